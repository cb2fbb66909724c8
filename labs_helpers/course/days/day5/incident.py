"""The incident in part 7, as real calls: reads of patient records, and an attempt to hide one of these reads.

This code gives away the answers to exercise 5.10.
"""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from labs_helpers.course.shown.mistakes import checked

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

_ACCOUNT = "arn:aws:iam::111122223333"
_PATIENTS = ("4711", "4712", "4713", "4714")


@checked
def play(cloud: Cloud, bucket: str) -> str:
    """Play the incident with the day's users on a new key, alias/incident, and return the key's ARN.

    The day's trail delivers log files to `bucket`.
    """
    admin = cloud.account(cloud.home).client("kms")
    alice, bob, carol = (boto3.Session(profile_name=who).client("kms") for who in ("alice", "bob", "carol"))
    key = admin.create_key(Description="incident", Policy=_key_policy())["KeyMetadata"]["Arn"]
    admin.create_alias(AliasName="alias/incident", TargetKeyId=key)
    records = {patient: _encrypted(alice, key, patient) for patient in _PATIENTS}
    alice.create_grant(KeyId=key, GranteePrincipal=f"{_ACCOUNT}:user/carol", Operations=["Decrypt"])
    _open(carol, records, "4711")
    _open(alice, records, "4712")
    _open_in_vain(bob, records, "4713")
    _let_trail_deliver(cloud, bucket)
    _open(carol, records, "4714")
    _let_trail_deliver(cloud, bucket)
    _open(alice, records, "4711")
    carol.disable_key(KeyId=key)
    _let_trail_deliver(cloud, bucket)
    _delete_log_files(cloud, bucket, key, "4714")
    admin.enable_key(KeyId=key)
    return str(key)


def _key_policy() -> str:
    account = {
        "Effect": "Allow",
        "Principal": {"AWS": f"{_ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    grants = {
        "Effect": "Allow",
        "Principal": {"AWS": f"{_ACCOUNT}:user/alice"},
        "Action": "kms:CreateGrant",
        "Resource": "*",
    }
    off = {**grants, "Principal": {"AWS": f"{_ACCOUNT}:user/carol"}, "Action": "kms:DisableKey"}
    return json.dumps({"Version": "2012-10-17", "Statement": [account, grants, off]})


def _encrypted(client: Any, key: str, patient: str) -> bytes:
    context = {"patient": patient}
    return bytes(client.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"])


def _open(client: Any, records: dict[str, bytes], patient: str) -> None:
    client.decrypt(CiphertextBlob=records[patient], EncryptionContext={"patient": patient})


def _open_in_vain(client: Any, records: dict[str, bytes], patient: str) -> None:
    try:
        _open(client, records, patient)
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise


def _let_trail_deliver(cloud: Cloud, bucket: str) -> None:
    """Advance the clock by an hour, and list the trail's bucket so that the trail delivers its log files."""
    cloud.clock.advance(hours=1, minutes=5)
    cloud.account(cloud.home).client("s3").list_objects_v2(Bucket=bucket, MaxKeys=1)


def _delete_log_files(cloud: Cloud, bucket: str, key: str, patient: str) -> None:
    """Delete, as an administrator, the log files that record the reading of one record."""
    s3 = cloud.account(cloud.home).client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", ()):
            if "/CloudTrail/" not in item["Key"]:
                continue
            packed = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
            if any(
                _is_read_of(event, key, patient) for event in json.loads(gzip.decompress(packed))["Records"]
            ):
                s3.delete_object(Bucket=bucket, Key=item["Key"])


def _is_read_of(event: dict[str, Any], key: str, patient: str) -> bool:
    asked = event.get("requestParameters") or {}
    about = key in [resource.get("ARN") for resource in event.get("resources") or ()]
    return (
        about and event["eventName"] == "Decrypt" and asked.get("encryptionContext") == {"patient": patient}
    )

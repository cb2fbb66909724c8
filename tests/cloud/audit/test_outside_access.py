"""Public and outside access to buckets, keys, roles, functions, queues, topics, and secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from labs_helpers.cloud import Cloud, outside_access
from tests.cloud.escalation_climbers import ACCOUNT, Details, document, trust
from tests.cloud.services.organizations.conftest import RCP, Org

VENDOR = "999999999999"
GITHUB = "token.actions.githubusercontent.com"
PROVIDER = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"}
TOKEN = "sts:AssumeRoleWithWebIdentity"


def found(folder: Path, made: Details | None = None) -> dict[str, str]:
    """Return what is found, by resource: "public", or "outside" with the conditions."""
    made = made or Details()
    made.user("carla")
    made.write(folder)
    with Cloud.from_account(folder) as cloud:
        result = outside_access(cloud)
    assert result.unanswered == {}
    return {
        each.resource.rpartition("/")[2].rpartition(":")[2]:
            "public" if each.public else "; ".join(["outside", *map(str, each.requirements)])
        for each in result.exposures
    }  # fmt: skip


AUDIENCE = {f"{GITHUB}:aud": "sts.amazonaws.com"}
ROLES = {
    "anyone": (trust({"AWS": "*"}), "public"),
    "own": (trust({"AWS": "*"}, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}), None),
    "account": (trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), None),
    "vendor": (trust({"AWS": VENDOR}), "outside"),
    "vendor-id": (trust({"AWS": VENDOR}, Condition={"StringEquals": {"sts:ExternalId": "x"}}), "outside; if"),
    "service": (trust({"Service": "lambda.amazonaws.com"}), None),
    "github": (trust(PROVIDER, TOKEN, Condition={"StringEquals": AUDIENCE}), "public"),
    "github-star": (trust(PROVIDER, TOKEN, Condition={"StringLike": {f"{GITHUB}:sub": "repo:*"}}), "public"),
    "github-if-exists": (trust(PROVIDER, TOKEN, Condition={"StringLikeIfExists": {f"{GITHUB}:sub": "repo:o/r:*"}}),
                         "public"),
    "github-org": (trust(PROVIDER, TOKEN, Condition={"StringLike": {f"{GITHUB}:sub": "repo:octo-org/*"}}), None),
    "github-repo": (trust(PROVIDER, TOKEN, Condition={"StringEquals": {f"{GITHUB}:sub": "repo:o/r:ref:x"}}), None),
}  # fmt: skip


def _fits(told: str | None, expected: str | None) -> bool:
    """Return whether what is told begins as expected; None means that nothing is."""
    return told is None if expected is None else (told or "").startswith(expected)


def test_trust_policies_are_told_apart_by_whom_they_let_in(tmp_path):
    made = Details()
    for name, (text, _) in ROLES.items():
        made.role(name, text)
    result = found(tmp_path, made)
    for name, (_, expected) in ROLES.items():
        assert _fits(result.get(name), expected), name


def _bucket(action: Any = "s3:GetObject", principal: Any = "*", **condition: Any) -> dict[str, Any]:
    condition = {"Condition": condition} if condition else {}
    return {
        "Effect": "Allow",
        "Principal": principal,
        "Action": action,
        "Resource": "arn:aws:s3:::NAME/*",
        **condition,
    }


BUCKETS = {
    "open-to-all": (_bucket(), "public"),
    "blocked": (_bucket(), None),
    "uploads": (_bucket("s3:PutObject", StringEquals={"s3:x-amz-acl": "bucket-owner-full-control"}), "public"),
    "endpoint": (_bucket("s3:*", StringEquals={"aws:SourceVpce": "vpce-1"}), None),
    "addresses": (_bucket(IpAddress={"aws:SourceIp": "198.51.100.0/24"}), "outside; if IpAddress"),
    "vendor-files": (_bucket(principal={"AWS": f"arn:aws:iam::{VENDOR}:role/etl"}), "outside"),
    "log-delivery": (_bucket("s3:PutObject", {"Service": "logging.s3.amazonaws.com"},
                             StringEquals={"aws:SourceAccount": ACCOUNT}), None),
    "any-delivery": (_bucket("s3:PutObject", {"Service": "logging.s3.amazonaws.com"}), "outside"),
}  # fmt: skip


def test_bucket_policies_are_told_apart_by_whom_they_let_in(tmp_path):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"""
    for name, (statement, _) in BUCKETS.items():
        text = json.dumps(document(statement)).replace("NAME", name)
        (tmp_path / f"bucket-policy-{name}.json").write_text(json.dumps({"Policy": text}))
    settings = {"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": True}}
    (tmp_path / "public-access-block-blocked.json").write_text(json.dumps(settings))
    result = found(tmp_path)
    for name, (_, expected) in BUCKETS.items():
        assert _fits(result.get(name), expected), name


def test_settings_of_a_bucket_that_is_not_named_are_refused(tmp_path):
    (tmp_path / "block.json").write_text('{"PublicAccessBlockConfiguration": {}}')
    Details().write(tmp_path)
    with pytest.raises(ValueError, match=r"public-access-block-NAME\.json"):
        Cloud.from_account(tmp_path)


def test_a_running_cloud_is_asked_in_the_same_way():
    with Cloud(seed=1) as cloud:
        s3, sqs, iam = boto3.client("s3"), boto3.client("sqs"), boto3.client("iam")
        for name in ("open-to-all", "blocked"):
            s3.create_bucket(Bucket=name)
            s3.delete_public_access_block(Bucket=name)
            s3.put_bucket_policy(Bucket=name, Policy=json.dumps(document(_bucket())).replace("NAME", name))
        settings = {"RestrictPublicBuckets": True}
        s3.put_public_access_block(Bucket="blocked", PublicAccessBlockConfiguration=settings)
        arn = f"arn:aws:sqs:us-east-1:{cloud.home}:orders"
        send = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
        sqs.create_queue(QueueName="orders", Attributes={"Policy": json.dumps(document(send))})
        iam.create_role(RoleName="vendor", AssumeRolePolicyDocument=json.dumps(trust({"AWS": VENDOR})))
        result = outside_access(cloud)
    assert {each.resource.rpartition(":")[2] for each in result.public} == {"open-to-all", "orders"}
    assert [(each.resource, each.who) for each in result.outside] == [
        (f"arn:aws:iam::{cloud.home}:role/vendor", VENDOR)
    ]


def _key(folder: Path, name: str, *grants: dict[str, Any], statement: Any = ()) -> str:
    """Write what the CLI prints of a key, its policy, and its grants, and return the key's ARN."""
    arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{name}"
    own = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    (folder / f"keys-{name}.json").write_text(json.dumps({"Keys": [{"KeyId": name, "KeyArn": arn}]}))
    policy = json.dumps(document(own, *statement))
    (folder / f"key-policy-{name}.json").write_text(json.dumps({"PolicyName": "default", "Policy": policy}))
    listed = [{"KeyId": arn, "GrantId": f"g{number}", **each} for number, each in enumerate(grants)]
    (folder / f"grants-{name}.json").write_text(json.dumps({"Grants": listed}))
    return arn


def test_grants_on_keys_are_told_apart_by_whom_they_let_in(tmp_path):
    """https://docs.aws.amazon.com/kms/latest/developerguide/grants.html"""
    outsider, denied = f"arn:aws:iam::{VENDOR}:role/etl", f"arn:aws:iam::{VENDOR}:user/gone"
    names = [f"{number}2345678-1234-1234-1234-123456789012" for number in range(4)]
    lent = _key(
        tmp_path, names[0],
        {"GranteePrincipal": outsider, "Operations": ["Decrypt", "DescribeKey"]},
        {"GranteePrincipal": f"arn:aws:iam::{VENDOR}:root", "Operations": ["CreateGrant"],
         "Constraints": {"EncryptionContextSubset": {"Team": "red"}}},
    )  # fmt: skip
    own = {"GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:role/app", "Operations": ["Decrypt"]}
    _key(tmp_path, names[1], own)
    _key(
        tmp_path,
        names[2],
        {"GranteePrincipal": "dynamodb.us-east-1.amazonaws.com", "Operations": ["Decrypt"]},
    )
    forbidden = {"Effect": "Deny", "Principal": {"AWS": denied}, "Action": "kms:*", "Resource": "*"}
    _key(tmp_path, names[3], {"GranteePrincipal": denied, "Operations": ["Decrypt"]}, statement=[forbidden])
    made = Details()
    made.user("carla")
    made.write(tmp_path)
    with Cloud.from_account(tmp_path) as cloud:
        result = outside_access(cloud)
    assert result.unanswered == {}
    assert result.public == ()
    assert [
        (each.resource, each.who, each.actions, each.grant, each.statement) for each in result.outside
    ] == [
        (lent, outsider, ("kms:Decrypt", "kms:DescribeKey"), "g0", None),
        (lent, VENDOR, ("kms:CreateGrant",), "g1", None),
    ]
    assert (
        str(result.outside[0]) == f"{lent}: {outsider} can do kms:Decrypt, kms:DescribeKey through grant g0"
    )


def test_grants_in_a_running_cloud_are_found_until_a_resource_control_policy_stops_them():
    with Cloud(seed=1) as cloud:
        organization = Org(cloud)
        member = organization.member()
        kms = cloud.account(member).client("kms")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        grantee = f"arn:aws:iam::{VENDOR}:root"
        kms.create_grant(KeyId=key, GranteePrincipal=grantee, Operations=["Decrypt"])
        assert [(each.resource, each.who) for each in outside_access(cloud).outside] == [(key, VENDOR)]
        organization.enable(RCP)
        others = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": organization.id}}
        perimeter = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "kms:*",
            "Resource": "*",
            "Condition": others,
        }
        organization.attach(json.dumps(document(perimeter)), member, RCP)
        assert outside_access(cloud).exposures == ()

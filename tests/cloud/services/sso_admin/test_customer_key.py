"""An instance and its identity store, encrypted with a customer's KMS key.

https://docs.aws.amazon.com/singlesignon/latest/userguide/encryption-at-rest.html
https://docs.aws.amazon.com/singlesignon/latest/userguide/baseline-KMS-key-policy.html
"""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from labs_helpers.cloud.actors.browser import Browser
from tests.cloud.services.organizations.conftest import refusal
from tests.cloud.services.sso.test_sign_in import DEVICE, Program

SERVICES = ("sso.amazonaws.com", "identitystore.amazonaws.com")
OWNED = {"KeyType": "AWS_OWNED_KMS_KEY"}


class Keys:
    """KMS keys of the management account, and an instance that one of them is chosen for."""

    def __init__(self, center):
        self.center, self.kms, self.of = center, boto3.client("kms"), {"InstanceArn": center.arn}

    def key(self, *services, **more):
        root = {"AWS": f"arn:aws:iam::{self.center.cloud.home}:root"}
        statements = [{"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}]
        for service in services:
            name = "sso:instance-arn" if service.startswith("sso") else "identitystore:identitystore-arn"
            statements.append(
                {
                    "Effect": "Allow", "Principal": {"Service": service}, "Resource": "*",
                    "Action": ["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext"],
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": self.center.cloud.home},
                        "StringLike": {f"kms:EncryptionContext:aws:{name}": "*"},
                    },
                }
            )  # fmt: skip
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        return self.kms.create_key(Policy=policy, **more)["KeyMetadata"]["Arn"]

    def choose(self, arn):
        chosen = {"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": arn}
        return self.center.admin.update_instance(**self.of, EncryptionConfiguration=chosen)

    def shown(self):
        return self.center.admin.describe_instance(**self.of)["EncryptionConfigurationDetails"]


@pytest.fixture
def keys(center):
    return Keys(center)


def test_an_instance_takes_a_customers_key_and_gives_it_back(keys):
    arn = keys.key(*SERVICES)
    keys.choose(arn)
    assert keys.shown() == {
        "KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": arn, "EncryptionStatus": "ENABLED",
    }  # fmt: skip
    user = keys.center.user()
    keys.center.admin.update_instance(**keys.of, EncryptionConfiguration=OWNED)
    assert keys.shown() == {"KeyType": "AWS_OWNED_KMS_KEY", "EncryptionStatus": "ENABLED"}
    keys.kms.disable_key(KeyId=arn)
    keys.center.store.describe_user(IdentityStoreId=keys.center.store_id, UserId=user)


def test_keys_that_cannot_be_taken(keys):
    """If KMS denied the call, the reason is KMS's."""
    elsewhere = boto3.client("kms", region_name="eu-west-1").create_key()["KeyMetadata"]["Arn"]
    theirs = keys.center.org.as_account(keys.center.org.member(), "kms").create_key()["KeyMetadata"]["Arn"]
    off, doomed, good = keys.key(*SERVICES), keys.key(*SERVICES), keys.key(*SERVICES)
    keys.kms.disable_key(KeyId=off)
    keys.kms.schedule_key_deletion(KeyId=doomed)
    for arn, wanted in (
        (f"{good[:-12]}000000000000", ("ResourceNotFoundException", "KMS_NotFoundException")),
        (off, ("ValidationException", "KMS_DisabledException")),
        (doomed, ("ValidationException", "KMS_InvalidStateException")),
        (keys.key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY"),
         ("ValidationException", "KMS_InvalidKeyUsageException")),
        (elsewhere, ("ValidationException", None)),
        (theirs, ("ValidationException", None)),
    ):  # fmt: skip
        assert refusal(keys.choose, arn) == wanted
    member = keys.center.org.as_account(keys.center.org.member("two"), "sso-admin")
    own = member.create_instance()["InstanceArn"]
    chosen = {"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": good}
    refused = refusal(member.update_instance, InstanceArn=own, EncryptionConfiguration=chosen)
    assert refused == ("ValidationException", None)
    assert keys.shown() == {"KeyType": "AWS_OWNED_KMS_KEY", "EncryptionStatus": "ENABLED"}


def test_a_key_that_the_services_may_not_use_leaves_the_old_one(keys):
    before = keys.key(*SERVICES)
    keys.choose(before)
    for services in ((), SERVICES[:1], SERVICES[1:]):
        keys.choose(keys.key(*services))
        shown = keys.shown()
        assert (shown["KmsKeyArn"], shown["EncryptionStatus"]) == (before, "UPDATE_FAILED")
        assert "kms:GenerateDataKeyWithoutPlaintext" in shown["EncryptionStatusReason"]
    keys.choose(before)
    assert keys.shown()["EncryptionStatus"] == "ENABLED"


def test_without_the_key_nothing_is_read_and_nobody_signs_in(keys):
    center, member = keys.center, keys.center.org.member()
    center.assign(member, center.permission_set(), center.user())
    program, arn = Program(center), keys.key(*SERVICES)
    keys.choose(arn)
    started = program.start()
    center.console.approve(started["userCode"], "anne")
    keys.kms.disable_key(KeyId=arn)
    store = {"IdentityStoreId": center.store_id}
    assert refusal(center.store.list_users, **store) == ("ValidationException", "KMS_DISABLED")
    assert refusal(center.admin.list_permission_sets, **keys.of) == (
        "ValidationException", "KMS_DisabledException",
    )  # fmt: skip
    center.store.describe_identity_store(**store)
    with pytest.raises(ClientError) as caught:
        program.token(grantType=DEVICE, deviceCode=started["deviceCode"])
    answer = caught.value.response
    assert answer["Error"]["Code"] == "InvalidRequestException"
    assert (answer["error"], answer["reason"]) == ("invalid_request", "KMS_DisabledException")
    keys.kms.enable_key(KeyId=arn)
    center.store.list_users(**store)
    policy = keys.kms.get_key_policy(KeyId=arn)["Policy"]
    alone = json.dumps(json.loads(policy) | {"Statement": json.loads(policy)["Statement"][:1]})
    keys.kms.put_key_policy(KeyId=arn, Policy=alone)
    with pytest.raises(ClientError) as caught:
        program.token(grantType=DEVICE, deviceCode=started["deviceCode"])
    answer = caught.value.response
    assert answer["Error"]["Code"] == "AccessDeniedException"
    assert (answer["error"], answer["reason"]) == ("access_denied", "KMS_AccessDeniedException")
    center.console.choose_password("anne", "Correct-horse-1")
    browser = Browser()
    browser.open(center.console.start_url)
    refused = browser.send(username="anne")
    assert (refused.status, refused.location) == (400, None)
    keys.kms.put_key_policy(KeyId=arn, Policy=policy)
    program.token(grantType=DEVICE, deviceCode=started["deviceCode"])


def test_who_reads_needs_the_key_too(keys):
    """Each caller's own permissions apply, through the service that uses the key."""
    keys.choose(keys.key(*SERVICES))
    member = keys.center.org.as_account(keys.center.org.member(), "identitystore")
    refused = refusal(member.list_users, IdentityStoreId=keys.center.store_id)
    assert refused == ("AccessDeniedException", "KMS_ACCESS_DENIED")
    keys.center.store.list_users(IdentityStoreId=keys.center.store_id)
    events = boto3.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "Decrypt"}]
    )["Events"]
    last = json.loads(events[0]["CloudTrailEvent"])
    assert last["sourceIPAddress"] == "identitystore.amazonaws.com"
    arn = f"arn:aws:identitystore::{keys.center.cloud.home}:identitystore/{keys.center.store_id}"
    assert last["requestParameters"]["encryptionContext"] == {"aws:identitystore:identitystore-arn": arn}

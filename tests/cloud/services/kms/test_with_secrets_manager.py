"""Secrets Manager asks KMS: https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html"""

from __future__ import annotations

import json

import boto3
import pytest

from tests.cloud.services.kms.test_trail import events, last
from tests.clouds import allow, error_of, make_user

HOME, OTHER, REGION = "111122223333", "444455556666", "us-east-1"
READER = f"arn:aws:iam::{OTHER}:user/reader"


@pytest.fixture
def kms(cloud):
    return boto3.client("kms", region_name=REGION)


@pytest.fixture
def secrets(cloud):
    return boto3.client("secretsmanager", region_name=REGION)


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


def of(user):
    return user.client("secretsmanager", region_name=REGION)


def contexts(name):
    return [each["requestParameters"]["encryptionContext"] for each in events(name)]


def test_a_secret_is_encrypted_with_the_accounts_own_key_for_secrets_manager(secrets, kms):
    made = secrets.create_secret(Name="db", SecretString="one")
    assert secrets.get_secret_value(SecretId="db")["SecretString"] == "one"
    default = kms.describe_key(KeyId="alias/aws/secretsmanager")["KeyMetadata"]["Arn"]
    wrote, opened = last("GenerateDataKey"), last("Decrypt")
    context = {"SecretARN": made["ARN"], "SecretVersionId": made["VersionId"]}
    assert wrote["requestParameters"] == {
        "keyId": default, "keySpec": "AES_256", "encryptionContext": context,
    }  # fmt: skip
    assert opened["requestParameters"]["encryptionContext"] == context
    for event in (wrote, opened):
        assert event["userIdentity"]["arn"] == f"arn:aws:iam::{HOME}:user/admin"
        assert event["sourceIPAddress"] == "secretsmanager.amazonaws.com"
        assert event["resources"][0]["ARN"] == default


def test_a_key_of_the_customers_is_tried_before_it_is_used(secrets, key):
    made = secrets.create_secret(Name="db", SecretString="one", KmsKeyId=key)
    trial = {"SecretARN": made["ARN"], "SecretVersionId": "RequestToValidateKeyAccess"}
    assert contexts("GenerateDataKey") == [trial, {**trial, "SecretVersionId": made["VersionId"]}]
    assert contexts("Decrypt") == [trial]
    second = secrets.put_secret_value(SecretId="db", SecretString="two")
    assert contexts("GenerateDataKey")[-1]["SecretVersionId"] == second["VersionId"]
    assert len(events("GenerateDataKey")) == 3
    secrets.put_secret_value(SecretId="db", SecretString="two", ClientRequestToken=second["VersionId"])
    assert len(events("GenerateDataKey")) == 3


@pytest.mark.ledger("F-KMS-09")
def test_who_may_not_use_the_key_neither_writes_nor_reads_the_secret(cloud, secrets, kms, key):
    reader = make_user(cloud, "reader", allow("secretsmanager:*"))
    client = of(reader)
    refused = error_of(client.create_secret, Name="db", SecretString="one", KmsKeyId=key)
    assert refused == ("AccessDeniedException", "Access to KMS is not allowed")
    assert error_of(secrets.describe_secret, SecretId="db")[0] == "ResourceNotFoundException"
    secrets.create_secret(Name="db", SecretString="one", KmsKeyId=key)
    assert error_of(client.get_secret_value, SecretId="db") == refused
    assert error_of(client.put_secret_value, SecretId="db", SecretString="two") == refused
    assert error_of(client.update_secret, SecretId="db", SecretString="two") == refused
    assert secrets.get_secret_value(SecretId="db")["SecretString"] == "one"
    assert len(secrets.list_secret_version_ids(SecretId="db")["Versions"]) == 1
    batch = client.batch_get_secret_value(SecretIdList=["db"])
    assert batch["SecretValues"] == []
    assert batch["Errors"][0]["ErrorCode"] == "AccessDeniedException"
    condition = {"StringEquals": {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}}
    cloud.account(HOME).client("iam").put_user_policy(
        UserName="reader", PolicyName="kms",
        PolicyDocument=allow("kms:Decrypt", key, Condition=condition),
    )  # fmt: skip
    assert client.get_secret_value(SecretId="db")["SecretString"] == "one"


def test_a_disabled_key_keeps_the_secret_closed(secrets, kms, key):
    secrets.create_secret(Name="db", SecretString="one", KmsKeyId=key)
    kms.disable_key(KeyId=key)
    assert error_of(secrets.get_secret_value, SecretId="db")[0] == "DecryptionFailure"
    assert error_of(secrets.put_secret_value, SecretId="db", SecretString="two")[0] == "EncryptionFailure"
    assert secrets.describe_secret(SecretId="db")["Name"] == "db"
    kms.enable_key(KeyId=key)
    assert secrets.get_secret_value(SecretId="db")["SecretString"] == "one"


def test_with_another_key_the_versions_in_use_are_encrypted_anew_and_open_with_either(secrets, kms, key):
    made = secrets.create_secret(Name="db", SecretString="one", KmsKeyId=key)
    other = kms.create_key()["KeyMetadata"]["Arn"]
    before = len(events("GenerateDataKey"))
    secrets.update_secret(SecretId="db", KmsKeyId=other)
    assert [each["requestParameters"]["keyId"] for each in events("GenerateDataKey")][before:] == [other] * 2
    assert contexts("GenerateDataKey")[-1]["SecretVersionId"] == made["VersionId"]
    kms.disable_key(KeyId=other)
    assert secrets.get_secret_value(SecretId="db")["SecretString"] == "one"
    kms.enable_key(KeyId=other)
    kms.disable_key(KeyId=key)
    assert secrets.get_secret_value(SecretId="db")["SecretString"] == "one"


def test_no_key_no_secret(secrets):
    missing = f"arn:aws:kms:{REGION}:{HOME}:key/{'0' * 8}-0000-0000-0000-{'0' * 12}"
    assert error_of(secrets.create_secret, Name="db", SecretString="one", KmsKeyId=missing)[0] == (
        "EncryptionFailure"
    )
    assert secrets.list_secrets()["SecretList"] == []


def test_another_account_reads_what_a_key_that_lets_it_in_encrypts(cloud, secrets, kms, key):
    secrets.create_secret(Name="plain", SecretString="one")
    secrets.create_secret(Name="shared", SecretString="two", KmsKeyId=key)
    other = make_user(cloud, "reader", allow(["secretsmanager:*", "kms:*"]), OTHER)
    policy = allow("secretsmanager:GetSecretValue", "*", Principal={"AWS": READER})
    arns = {}
    for name in ("plain", "shared"):
        secrets.put_resource_policy(SecretId=name, ResourcePolicy=policy)
        arns[name] = secrets.describe_secret(SecretId=name)["ARN"]
    code, message = error_of(of(other).get_secret_value, SecretId=arns["plain"])
    assert code == "InvalidRequestException"
    assert "default KMS service key" in message
    assert error_of(of(other).get_secret_value, SecretId=arns["shared"])[0] == "AccessDeniedException"
    document = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    document["Statement"].append(
        {"Effect": "Allow", "Principal": {"AWS": READER}, "Action": "kms:Decrypt", "Resource": "*"}
    )
    kms.put_key_policy(KeyId=key, Policy=json.dumps(document))
    assert of(other).get_secret_value(SecretId=arns["shared"])["SecretString"] == "two"


def test_a_replica_is_encrypted_for_itself(secrets, cloud):
    secrets.create_secret(Name="db", SecretString="one", AddReplicaRegions=[{"Region": "eu-west-1"}])
    west = boto3.client("secretsmanager", region_name="eu-west-1")
    assert west.get_secret_value(SecretId="db")["SecretString"] == "one"
    opened = last("Decrypt", region="eu-west-1")
    managed = boto3.client("kms", region_name="eu-west-1").describe_key(KeyId="alias/aws/secretsmanager")
    assert opened["resources"][0]["ARN"] == managed["KeyMetadata"]["Arn"]
    assert opened["requestParameters"]["encryptionContext"]["SecretARN"].startswith(
        "arn:aws:secretsmanager:eu-west-1"
    )


def test_a_version_is_replicated_only_for_who_can_decrypt_it(secrets, cloud, key):
    secrets.create_secret(Name="db", SecretString="one", KmsKeyId=key)
    client = of(make_user(cloud, "reader", allow("secretsmanager:*")))
    request = {"SecretId": "db", "AddReplicaRegions": [{"Region": "eu-west-1"}]}
    for change in ({}, {"KmsKeyId": "alias/aws/secretsmanager"}, {"SecretString": "two"}):
        client.update_secret(SecretId="db", **change)
        assert error_of(client.replicate_secret_to_regions, **request)[0] == "AccessDeniedException"
    secrets.replicate_secret_to_regions(**request)

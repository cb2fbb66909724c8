"""DynamoDB asks KMS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html"""

from __future__ import annotations

import boto3
import pytest

from tests.cloud.services.kms.test_trail import events, last
from tests.clouds import allow, error_of, make_user

HOME, REGION = "111122223333", "us-east-1"
CONTEXT = {"aws:dynamodb:tableName": "pay", "aws:dynamodb:subscriberId": HOME}
SERVICE = f"dynamodb.{REGION}.amazonaws.com"
ITEM = {"id": {"S": "1"}}


@pytest.fixture
def kms(cloud):
    return boto3.client("kms", region_name=REGION)


@pytest.fixture
def db(cloud):
    return boto3.client("dynamodb", region_name=REGION)


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


def table(db, key=None, name="pay", **more):
    specification = {"Enabled": True, "SSEType": "KMS"} | ({"KMSMasterKeyId": key} if key else {})
    return db.create_table(
        TableName=name, AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        **{"SSESpecification": specification, **more},
    )["TableDescription"]  # fmt: skip


def test_a_table_gets_a_grant_and_a_table_key(db, kms, key):
    made = table(db, key)
    assert made["SSEDescription"] == {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key}
    granted = last("CreateGrant")
    assert granted["userIdentity"]["arn"] == f"arn:aws:iam::{HOME}:user/admin"
    assert granted["requestParameters"]["constraints"] == {"encryptionContextSubset": CONTEXT}
    assert granted["requestParameters"]["granteePrincipal"] == SERVICE
    assert last("GenerateDataKey")["requestParameters"]["encryptionContext"] == CONTEXT
    grants = kms.list_grants(KeyId=key)["Grants"]
    assert [each["RetiringPrincipal"] for each in grants] == [SERVICE]
    db.delete_table(TableName="pay")
    assert kms.list_grants(KeyId=key)["Grants"] == []
    assert last("RetireGrant")["userIdentity"]["invokedBy"] == SERVICE


def test_items_need_the_tables_key_once_in_five_minutes(db, kms, key, cloud):
    table(db, key)
    db.put_item(TableName="pay", Item=ITEM)
    db.get_item(TableName="pay", Key=ITEM)
    assert [each["requestParameters"]["encryptionContext"] for each in events("Decrypt")] == [CONTEXT]
    cloud.clock.advance(minutes=5)
    db.scan(TableName="pay")
    assert len(events("Decrypt")) == 2


@pytest.mark.ledger("F-KMS-09")
def test_without_the_keys_permission_the_table_stays_closed(db, kms, key, cloud):
    names = db.list_tables()["TableNames"]
    alice = make_user(cloud, "alice", allow("dynamodb:*")).client("dynamodb", REGION)
    assert error_of(table, alice, key)[0] == "AccessDeniedException"
    assert db.list_tables()["TableNames"] == names
    table(db, key)
    db.put_item(TableName="pay", Item=ITEM)
    code, message = error_of(alice.get_item, TableName="pay", Key=ITEM)
    assert code == "AccessDeniedException"
    assert "kms:Decrypt" in message
    for call, given in (
        (alice.query, {"KeyConditionExpression": "id = :i", "ExpressionAttributeValues": {":i": {"S": "1"}}}),
        (alice.put_item, {"Item": ITEM}),
    ):
        assert error_of(call, TableName="pay", **given)[0] == "AccessDeniedException"
    assert (
        error_of(alice.batch_get_item, RequestItems={"pay": {"Keys": [ITEM]}})[0] == "AccessDeniedException"
    )
    kms.create_grant(KeyId=key, GranteePrincipal=f"arn:aws:iam::{HOME}:user/alice", Operations=["Decrypt"])
    assert alice.get_item(TableName="pay", Key=ITEM)["Item"] == ITEM


def test_a_disabled_key_closes_the_table_at_once(db, kms, key):
    table(db, key)
    db.put_item(TableName="pay", Item=ITEM)
    kms.disable_key(KeyId=key)
    assert error_of(db.get_item, TableName="pay", Key=ITEM)[0] == "AccessDeniedException"
    assert db.describe_table(TableName="pay")["Table"]["TableName"] == "pay"
    assert error_of(table, db, key, "other")[0] == "ValidationException"
    kms.enable_key(KeyId=key)
    assert db.get_item(TableName="pay", Key=ITEM)["Item"] == ITEM


def test_the_key_aws_manages_and_the_one_nobody_sees(db, kms):
    made = table(db)
    managed = kms.describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]["Arn"]
    assert made["SSEDescription"]["KMSMasterKeyArn"] == managed
    assert db.describe_table(TableName="pay")["Table"]["SSEDescription"]["KMSMasterKeyArn"] == managed
    before = len(events())
    assert "SSEDescription" not in table(db, name="plain", SSESpecification={"Enabled": False})
    db.put_item(TableName="plain", Item=ITEM)
    assert len(events()) == before


def test_a_table_changes_its_key(db, kms, key):
    table(db, key)
    other = kms.create_key()["KeyMetadata"]["Arn"]
    specification = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": other}
    answer = db.update_table(TableName="pay", SSESpecification=specification)
    assert answer["TableDescription"]["SSEDescription"]["KMSMasterKeyArn"] == other
    assert kms.list_grants(KeyId=key)["Grants"] == []
    kms.disable_key(KeyId=key)
    db.put_item(TableName="pay", Item=ITEM)
    db.update_table(TableName="pay", SSESpecification={"Enabled": False})
    assert "SSEDescription" not in db.describe_table(TableName="pay")["Table"]
    assert kms.list_grants(KeyId=other)["Grants"] == []


def test_a_restored_table_keeps_its_key_and_needs_it(db, kms, key, cloud):
    table(db, key)
    db.put_item(TableName="pay", Item=ITEM)
    recovery = {"PointInTimeRecoveryEnabled": True}
    db.update_continuous_backups(TableName="pay", PointInTimeRecoverySpecification=recovery)
    backup = db.create_backup(TableName="pay", BackupName="daily")["BackupDetails"]["BackupArn"]
    alice = make_user(cloud, "alice", allow("dynamodb:*")).client("dynamodb", REGION)
    for operation, source in (
        ("restore_table_from_backup", {"BackupArn": backup}),
        ("restore_table_to_point_in_time", {"SourceTableName": "pay", "UseLatestRestorableTime": True}),
    ):
        given = {**source, "TargetTableName": operation}
        assert error_of(getattr(alice, operation), **given)[0] == "AccessDeniedException"
        made = getattr(db, operation)(**given)["TableDescription"]
        assert made["SSEDescription"]["KMSMasterKeyArn"] == key
        assert error_of(alice.scan, TableName=operation)[0] == "AccessDeniedException"
        assert db.scan(TableName=operation)["Items"] == [ITEM]
        kms.disable_key(KeyId=key)
        plain = {**source, "TargetTableName": "plain", "SSESpecificationOverride": {"Enabled": False}}
        assert error_of(getattr(db, operation), **plain)[0] == "AccessDeniedException"
        # The key must not be disabled "while a restore is in progress": before that, the request itself is checked.
        assert error_of(getattr(db, operation), **given)[0] == "TableAlreadyExistsException"
        kms.enable_key(KeyId=key)
    kms.disable_key(KeyId=key)
    changed = error_of(db.update_table, TableName="pay", SSESpecification={"Enabled": False})
    assert changed[0] == "AccessDeniedException"

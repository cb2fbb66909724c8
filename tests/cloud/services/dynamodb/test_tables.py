"""Descriptions of tables, tables that do not exist, keys that are out of reach, and public policies."""

from __future__ import annotations

import json

import boto3
import pytest

from tests.clouds import error_of

REGION = "us-east-1"
BASIC = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "BillingMode": "PAY_PER_REQUEST",
}  # fmt: skip


@pytest.fixture
def db(cloud):
    return boto3.client("dynamodb", region_name=REGION)


def test_a_table_has_the_members_of_its_page_and_no_empty_lists(db):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html"""
    made = db.create_table(TableName="ttt", **BASIC)["TableDescription"]
    assert made["TableStatus"] == "CREATING"
    assert not {"GlobalSecondaryIndexes", "LocalSecondaryIndexes"} & made.keys()
    shown = db.describe_table(TableName="ttt")["Table"]
    assert (shown["TableStatus"], shown["TableId"]) == ("ACTIVE", made["TableId"])
    assert shown["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"] == shown[
        "CreationDateTime"
    ].replace(microsecond=shown["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"].microsecond)
    gone = db.delete_table(TableName="ttt")["TableDescription"]
    assert (gone["TableStatus"], gone["TableId"]) == ("DELETING", made["TableId"])
    assert not {"KeySchema", "AttributeDefinitions", "CreationDateTime"} & gone.keys()


def test_a_provisioned_table_has_no_summary_of_billing_and_its_indexes_have_arns(db):
    throughput = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    index = {
        "IndexName": "by_team", "KeySchema": [{"AttributeName": "team", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"}, "ProvisionedThroughput": throughput,
    }  # fmt: skip
    arn = db.create_table(
        TableName="ttt", KeySchema=BASIC["KeySchema"], ProvisionedThroughput=throughput, GlobalSecondaryIndexes=[index],
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("id", "team")],
    )["TableDescription"]["TableArn"]  # fmt: skip
    shown = db.describe_table(TableName="ttt")["Table"]
    assert "BillingModeSummary" not in shown
    (listed,) = shown["GlobalSecondaryIndexes"]
    assert (listed["IndexArn"], listed["IndexStatus"]) == (f"{arn}/index/by_team", "ACTIVE")
    assert listed["ProvisionedThroughput"] == {**throughput, "NumberOfDecreasesToday": 0}


@pytest.mark.parametrize(
    ("operation", "given", "code"),
    [
        ("describe_table", {}, "ResourceNotFoundException"), ("delete_table", {}, "ResourceNotFoundException"),
        ("describe_time_to_live", {}, "ResourceNotFoundException"),
        ("update_table", {"BillingMode": "PAY_PER_REQUEST"}, "ResourceNotFoundException"),
        ("describe_continuous_backups", {}, "TableNotFoundException"),
        ("create_backup", {"BackupName": "now"}, "TableNotFoundException"),
    ],
)  # fmt: skip
def test_a_table_that_there_is_not(db, operation, given, code):
    assert error_of(getattr(db, operation), TableName="none", **given)[0] == code
    arn = f"arn:aws:dynamodb:{REGION}:111122223333:table/none"
    assert error_of(db.tag_resource, ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])[0] == (
        "ResourceNotFoundException"
    )


def test_a_table_shows_that_its_key_is_out_of_reach_and_since_when(db, cloud):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSEDescription.html"""
    kms = boto3.client("kms", region_name=REGION)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    db.create_table(
        TableName="ttt", **BASIC, SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    )
    kms.disable_key(KeyId=key)
    shown = db.describe_table(TableName="ttt")["Table"]
    assert shown["TableStatus"] == "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
    cloud.clock.advance(hours=1)
    again = db.describe_table(TableName="ttt")["Table"]["SSEDescription"]
    assert (
        again["InaccessibleEncryptionDateTime"] == shown["SSEDescription"]["InaccessibleEncryptionDateTime"]
    )
    kms.enable_key(KeyId=key)
    shown = db.describe_table(TableName="ttt")["Table"]
    assert shown["TableStatus"] == "ACTIVE"
    assert "InaccessibleEncryptionDateTime" not in shown["SSEDescription"]
    (grant,) = kms.list_grants(KeyId=key)["Grants"]
    kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])
    assert db.describe_table(TableName="ttt")["Table"]["TableStatus"] == "INACCESSIBLE_ENCRYPTION_CREDENTIALS"


@pytest.mark.parametrize(
    ("principal", "condition", "public"),
    [
        ("*", None, True), ({"AWS": "*"}, None, True), ({"AWS": "444455556666"}, None, False),
        ("*", {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, False),
        ("*", {"StringLike": {"aws:PrincipalOrgID": "o-*"}}, True),
        ("*", {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, True),
        ("*", {"Bool": {"aws:PrincipalIsAWSService": "true"}}, False),
    ],
)  # fmt: skip
def test_block_public_access_refuses_a_public_policy(db, principal, condition, public):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-bpa-rbp.html"""
    arn = db.create_table(TableName="ttt", **BASIC)["TableDescription"]["TableArn"]
    statement = {"Effect": "Allow", "Principal": principal, "Action": "dynamodb:GetItem", "Resource": arn}
    statement |= {"Condition": condition} if condition else {}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    if public:
        assert error_of(db.put_resource_policy, ResourceArn=arn, Policy=policy)[0] == "ValidationException"
        assert error_of(db.get_resource_policy, ResourceArn=arn)[0] == "PolicyNotFoundException"
    else:
        db.put_resource_policy(ResourceArn=arn, Policy=policy)
    made = {"TableName": "new", **BASIC, "ResourcePolicy": policy.replace("table/ttt", "table/new")}
    assert (
        (error_of(db.create_table, **made)[0] == "ValidationException") if public else db.create_table(**made)
    )

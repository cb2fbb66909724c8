"""RDS: DB instances, their snapshots, the accounts that share a snapshot, and permission to restore it."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.core.errors import NotModelled
from tests.clouds import allow, make_user

HOME, STRANGER, FRIEND = "111122223333", "999988887777", "444455556666"
GIVEN: dict[str, Any] = {
    "DBInstanceIdentifier": "shop", "DBInstanceClass": "db.t3.micro", "Engine": "postgres", "AllocatedStorage": 20,
    "MasterUsername": "shop", "MasterUserPassword": "hyacinth-and-rue-7",
}  # fmt: skip
MAY = {"DBSnapshotIdentifier": "may"}
SNAPSHOT = f"arn:aws:rds:us-east-1:{HOME}:snapshot:may"


@pytest.fixture
def rds(cloud: Cloud) -> Any:
    return boto3.client("rds")


@pytest.fixture
def taken(rds: Any) -> Any:
    """A DB instance, and a snapshot of it."""
    rds.create_db_instance(**GIVEN)
    rds.create_db_snapshot(DBInstanceIdentifier="shop", DBSnapshotIdentifier="may")
    return rds


def code(error: Any) -> str:
    return error.value.response["Error"]["Code"]


def test_without_a_subnet_group_an_instance_is_public_and_unencrypted_unless_the_request_says_otherwise(rds):
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html"""
    made = rds.create_db_instance(**GIVEN)["DBInstance"]
    assert (made["PubliclyAccessible"], made["StorageEncrypted"]) == (True, False)
    assert (made["DBInstanceStatus"], made["BackupRetentionPeriod"], made["StorageType"]) == (
        "creating",
        1,
        "gp3",
    )
    found = rds.describe_db_instances(DBInstanceIdentifier="shop")["DBInstances"][0]
    assert found["DBInstanceStatus"] == "available"
    assert found["Endpoint"]["Port"] == 5432
    assert found["Endpoint"]["Address"].endswith(".us-east-1.rds.amazonaws.com")
    assert found["DBSubnetGroup"]["DBSubnetGroupName"] == "default"


def test_names_are_kept_in_small_letters(rds):
    rds.create_db_instance(**{**GIVEN, "DBInstanceIdentifier": "ShOp"})
    assert (
        rds.describe_db_instances(DBInstanceIdentifier="SHOP")["DBInstances"][0]["DBInstanceIdentifier"]
        == "shop"
    )


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"DBInstanceIdentifier": "1shop"}, "InvalidParameterValue"),
        ({"DBInstanceIdentifier": "shop--a"}, "InvalidParameterValue"),
        ({"DBInstanceIdentifier": "shop-"}, "InvalidParameterValue"),
        ({"DBInstanceIdentifier": "a" * 64}, "InvalidParameterValue"),
        ({"Engine": "access"}, "InvalidParameterValue"),
        ({"DBInstanceClass": "t3.micro"}, "InvalidParameterValue"),
        ({"MasterUserPassword": "short"}, "InvalidParameterValue"),
        ({"MasterUserPassword": "with/slash-in-it"}, "InvalidParameterValue"),
        ({"BackupRetentionPeriod": 36}, "InvalidParameterValue"),
        ({"VpcSecurityGroupIds": ["sg-00000000000000000"]}, "InvalidParameterValue"),
        ({"Tags": [{"Value": "blue"}]}, "InvalidParameterValue"),
        ({"Tags": [{"Key": "aws:team", "Value": "blue"}]}, "InvalidParameterValue"),
        ({"StorageEncrypted": True, "KmsKeyId": "alias/none"}, "KMSKeyNotAccessibleFault"),
    ],
)
def test_what_an_instance_cannot_be_is_refused(rds, changed, expected):
    with pytest.raises(ClientError) as error:
        rds.create_db_instance(**{**GIVEN, **changed})
    assert code(error) == expected
    assert rds.describe_db_instances()["DBInstances"] == []


def test_a_parameter_that_nobody_honours_is_refused_by_name(rds):
    with pytest.raises(NotModelled, match="ManageMasterUserPassword"):
        rds.create_db_instance(**{**GIVEN, "ManageMasterUserPassword": True})


def test_what_is_there_and_what_is_not(taken):
    for expected, call, given in (
        ("DBInstanceAlreadyExists", "create_db_instance", GIVEN),
        ("DBSnapshotAlreadyExists", "create_db_snapshot", {"DBInstanceIdentifier": "shop", **MAY}),
        ("DBInstanceNotFound", "describe_db_instances", {"DBInstanceIdentifier": "none"}),
        ("DBInstanceNotFound", "create_db_snapshot", {"DBInstanceIdentifier": "none", "DBSnapshotIdentifier": "june"}),
        ("DBSnapshotNotFound", "describe_db_snapshots", {"DBSnapshotIdentifier": "none"}),
        ("DBSnapshotNotFound", "delete_db_snapshot", {"DBSnapshotIdentifier": "none"}),
        ("DBSnapshotNotFound", "describe_db_snapshot_attributes", {"DBSnapshotIdentifier": "none"}),
    ):  # fmt: skip
        with pytest.raises(ClientError) as error:
            getattr(taken, call)(**given)
        assert (call, code(error)) == (call, expected)


def test_an_instance_goes_with_a_last_snapshot_or_without_as_the_request_says(taken):
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html"""
    for given in ({}, {"SkipFinalSnapshot": True, "FinalDBSnapshotIdentifier": "last"}):
        with pytest.raises(ClientError) as error:
            taken.delete_db_instance(DBInstanceIdentifier="shop", **given)
        assert code(error) == "InvalidParameterCombination"
    taken.delete_db_instance(DBInstanceIdentifier="shop", FinalDBSnapshotIdentifier="last")
    assert taken.describe_db_instances()["DBInstances"] == []
    assert [each["DBSnapshotIdentifier"] for each in taken.describe_db_snapshots()["DBSnapshots"]] == [
        "last",
        "may",
    ]


def test_deletion_protection_has_to_be_taken_off_first(rds):
    rds.create_db_instance(**GIVEN, DeletionProtection=True)
    with pytest.raises(ClientError) as error:
        rds.delete_db_instance(DBInstanceIdentifier="shop", SkipFinalSnapshot=True)
    assert code(error) == "InvalidParameterCombination"
    rds.modify_db_instance(DBInstanceIdentifier="shop", DeletionProtection=False)
    rds.delete_db_instance(DBInstanceIdentifier="shop", SkipFinalSnapshot=True)


def test_lists_come_in_pages(rds):
    for number in range(45):
        rds.create_db_instance(**{**GIVEN, "DBInstanceIdentifier": f"shop-{number:02}"})
    first = rds.describe_db_instances(MaxRecords=20)
    assert len(first["DBInstances"]) == 20
    pages = rds.get_paginator("describe_db_instances").paginate(PaginationConfig={"PageSize": 20})
    assert len({each["DBInstanceIdentifier"] for page in pages for each in page["DBInstances"]}) == 45
    for wrong in ({"MaxRecords": 19}, {"MaxRecords": 101}, {"Marker": "made-up"}):
        with pytest.raises(ClientError) as error:
            rds.describe_db_instances(**wrong)
        assert code(error) == "InvalidParameterValue"


@pytest.mark.ledger("F-RES-06")
def test_a_snapshot_that_is_shared_with_all_is_restored_by_a_stranger(taken, cloud):
    """https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html"""
    theirs = cloud.account(STRANGER).client("rds")
    with pytest.raises(ClientError) as error:
        theirs.restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier="loot", DBSnapshotIdentifier=SNAPSHOT
        )
    assert code(error) == "DBSnapshotNotFound"
    taken.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="may", AttributeName="restore", ValuesToAdd=["all"]
    )
    theirs.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="loot", DBSnapshotIdentifier=SNAPSHOT)
    assert theirs.describe_db_instances()["DBInstances"][0]["MasterUsername"] == "shop"
    assert [
        each["DBSnapshotArn"] for each in theirs.describe_db_snapshots(SnapshotType="public")["DBSnapshots"]
    ] == [SNAPSHOT]
    assert theirs.describe_db_snapshots()["DBSnapshots"] == []


def test_a_snapshot_that_is_shared_with_one_account_is_nobody_else_s(taken, cloud):
    taken.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="may", AttributeName="restore", ValuesToAdd=[FRIEND]
    )
    friend, stranger = cloud.account(FRIEND).client("rds"), cloud.account(STRANGER).client("rds")
    assert friend.describe_db_snapshots(SnapshotType="shared")["DBSnapshots"]
    assert friend.describe_db_snapshots(IncludeShared=True)["DBSnapshots"]
    assert stranger.describe_db_snapshots(IncludeShared=True, IncludePublic=True)["DBSnapshots"] == []
    friend.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="copy", DBSnapshotIdentifier=SNAPSHOT)
    with pytest.raises(ClientError) as error:
        friend.delete_db_snapshot(DBSnapshotIdentifier=SNAPSHOT)
    assert code(error) in ("AccessDenied", "DBSnapshotNotFound")


def test_whoever_was_named_keeps_a_snapshot_that_is_public_no_more(taken, cloud):
    taken.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="may", AttributeName="restore", ValuesToAdd=["all", FRIEND]
    )
    taken.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="may", AttributeName="restore", ValuesToRemove=["all"]
    )
    friend = cloud.account(FRIEND).client("rds")
    assert friend.describe_db_snapshots(DBSnapshotIdentifier=SNAPSHOT)["DBSnapshots"]


@pytest.mark.ledger("F-RES-06")
def test_an_encrypted_snapshot_cannot_be_public_and_under_the_aws_managed_key_not_shared_at_all(rds, cloud):
    """https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/share-encrypted-snapshot.html"""
    rds.create_db_instance(**GIVEN, StorageEncrypted=True)
    rds.create_db_snapshot(DBInstanceIdentifier="shop", DBSnapshotIdentifier="may")
    share = {"DBSnapshotIdentifier": "may", "AttributeName": "restore"}
    for values in (["all"], [FRIEND]):
        with pytest.raises(ClientError):
            rds.modify_db_snapshot_attribute(**share, ValuesToAdd=values)
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    rds.copy_db_snapshot(SourceDBSnapshotIdentifier="may", TargetDBSnapshotIdentifier="ours", KmsKeyId=key)
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="ours", AttributeName="restore", ValuesToAdd=[FRIEND]
    )
    friend = cloud.account(FRIEND).client("rds")
    ours = SNAPSHOT.replace("may", "ours")
    with pytest.raises(ClientError) as error:
        friend.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="copy", DBSnapshotIdentifier=ours)
    assert code(error) == "KMSKeyNotAccessibleFault"


def test_who_is_not_allowed_is_refused_and_the_record_keeps_the_password_out(taken, cloud):
    bob = make_user(cloud, "bob", allow("rds:Describe*"))
    bob.client("rds").describe_db_instances()
    with pytest.raises(ClientError) as error:
        bob.client("rds").modify_db_snapshot_attribute(
            DBSnapshotIdentifier="may", AttributeName="restore", ValuesToAdd=["all"]
        )
    assert code(error) == "AccessDenied"
    found = boto3.client("cloudtrail").lookup_events()["Events"]
    assert {"CreateDBInstance", "CreateDBSnapshot", "ModifyDBSnapshotAttribute"} <= {
        each["EventName"] for each in found
    }
    assert GIVEN["MasterUserPassword"] not in json.dumps([each["CloudTrailEvent"] for each in found])


def test_tags_are_kept_and_decide(taken, cloud):
    arn = f"arn:aws:rds:us-east-1:{HOME}:db:shop"
    taken.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "team", "Value": "blue"}])
    assert taken.list_tags_for_resource(ResourceName=arn)["TagList"] == [{"Key": "team", "Value": "blue"}]
    only_blue = allow("rds:DeleteDBInstance", Condition={"StringEquals": {"aws:ResourceTag/team": "blue"}})
    bob = make_user(cloud, "bob", only_blue)
    bob.client("rds").delete_db_instance(DBInstanceIdentifier="shop", SkipFinalSnapshot=True)


def test_the_trail_shows_what_was_made_without_the_wrapping_and_the_password_as_stars(taken):
    """The events that Stratus Red Team's aws.exfiltration.rds-share-snapshot looks for.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/logging-using-cloudtrail.html
    """
    taken.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="may", AttributeName="restore", ValuesToAdd=["all"]
    )
    taken.modify_db_instance(DBInstanceIdentifier="shop", MasterUserPassword="rue-and-hyacinth-8")
    found = boto3.client("cloudtrail").lookup_events()["Events"]
    events = {each["EventName"]: json.loads(each["CloudTrailEvent"]) for each in found}
    shared = events["ModifyDBSnapshotAttribute"]
    assert shared["requestParameters"] == {
        "dBSnapshotIdentifier": "may",
        "attributeName": "restore",
        "valuesToAdd": ["all"],
    }
    assert shared["responseElements"]["dBSnapshotAttributes"] == [
        {"attributeName": "restore", "attributeValues": ["all"]}
    ]
    assert events["CreateDBInstance"]["responseElements"]["dBInstanceIdentifier"] == "shop"
    assert events["CreateDBInstance"]["requestParameters"]["masterUserPassword"] == "****"
    pending = events["ModifyDBInstance"]["responseElements"]["pendingModifiedValues"]
    assert pending == {"masterUserPassword": "****"}


@pytest.mark.parametrize(
    ("engine", "version", "parameter_group", "option_group"),
    [
        ("postgres", "17.6", "default.postgres17", "default:postgres-17"),
        ("mysql", "8.4.7", "default.mysql8.4", "default:mysql-8-4"),
    ],
)
def test_an_instance_has_its_engine_s_default_groups(rds, engine, version, parameter_group, option_group):
    """https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/parameter-groups-overview.html"""
    made = rds.create_db_instance(**{**GIVEN, "Engine": engine, "EngineVersion": version})["DBInstance"]
    assert made["DBParameterGroups"] == [
        {"DBParameterGroupName": parameter_group, "ParameterApplyStatus": "in-sync"}
    ]
    assert made["OptionGroupMemberships"] == [{"OptionGroupName": option_group, "Status": "in-sync"}]

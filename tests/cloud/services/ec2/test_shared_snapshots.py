"""EBS snapshots of other accounts: what is public or shared is listed and restored, and nothing else."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.cloud.services.organizations.conftest import Org
from tests.clouds import error_of

STRANGER, FRIEND = "999988887777", "444455556666"
PERMISSION = "createVolumePermission"


@pytest.fixture
def snapshot(cloud):
    """An unencrypted snapshot of the home account."""
    ec2 = boto3.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=8)["VolumeId"]
    return ec2.create_snapshot(VolumeId=volume)["SnapshotId"]


def share(snapshot, **whom):
    boto3.client("ec2").modify_snapshot_attribute(
        SnapshotId=snapshot, Attribute=PERMISSION, OperationType="add", **whom
    )


def restored(cloud, account, snapshot):
    ec2 = cloud.account(account).client("ec2")
    return ec2.create_volume(AvailabilityZone="us-east-1a", SnapshotId=snapshot)


def test_a_snapshot_that_is_not_shared_is_not_there_for_others(cloud, snapshot):
    with pytest.raises(ClientError, match=r"InvalidSnapshot\.NotFound"):
        restored(cloud, STRANGER, snapshot)
    ec2 = cloud.account(STRANGER).client("ec2")
    with pytest.raises(ClientError, match=r"InvalidSnapshot\.NotFound"):
        ec2.describe_snapshots(SnapshotIds=[snapshot])


@pytest.mark.ledger("F-RES-07")
def test_everybody_makes_a_volume_from_a_public_snapshot_and_it_is_theirs(cloud, snapshot):
    """https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html"""
    share(snapshot, GroupNames=["all"])
    made = restored(cloud, STRANGER, snapshot)
    assert (made["SnapshotId"], made["Size"]) == (snapshot, 8)
    theirs = cloud.account(STRANGER).client("ec2")
    assert theirs.describe_volumes(VolumeIds=[made["VolumeId"]])["Volumes"]
    found = theirs.describe_snapshots(RestorableByUserIds=["all"], OwnerIds=["111122223333"])["Snapshots"]
    assert [each["SnapshotId"] for each in found] == [snapshot]


@pytest.mark.parametrize("whom", [{"UserId": STRANGER}, {"Group": "all"}])
def test_a_snapshot_is_shared_and_taken_back_with_create_volume_permission(cloud, snapshot, whom):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolumePermissionModifications.html"""
    ec2 = boto3.client("ec2")
    given = {"SnapshotId": snapshot, "Attribute": PERMISSION}
    ec2.modify_snapshot_attribute(**given, CreateVolumePermission={"Add": [whom]})
    restored(cloud, STRANGER, snapshot)
    assert ec2.describe_snapshot_attribute(**given)["CreateVolumePermissions"] == [whom]
    ec2.modify_snapshot_attribute(**given, CreateVolumePermission={"Remove": [whom]})
    with pytest.raises(ClientError, match=r"InvalidSnapshot\.NotFound"):
        restored(cloud, STRANGER, snapshot)


def test_only_the_owner_shares_a_snapshot(cloud, snapshot):
    """https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html"""
    share(snapshot, UserIds=[FRIEND])
    given = {"SnapshotId": snapshot, "CreateVolumePermission": {"Add": [{"Group": "all"}]}}
    theirs = cloud.account(FRIEND).client("ec2")
    assert error_of(theirs.modify_snapshot_attribute, **given)[0] == "InvalidSnapshot.NotFound"
    with pytest.raises(ClientError, match=r"InvalidSnapshot\.NotFound"):
        restored(cloud, STRANGER, snapshot)


def test_a_snapshot_that_is_shared_with_one_account_is_restored_by_that_one(cloud, snapshot):
    share(snapshot, UserIds=[FRIEND])
    restored(cloud, FRIEND, snapshot)
    with pytest.raises(ClientError, match=r"InvalidSnapshot\.NotFound"):
        restored(cloud, STRANGER, snapshot)


def test_who_asks_for_their_own_gets_their_own(cloud, snapshot):
    share(snapshot, GroupNames=["all"])
    theirs = cloud.account(STRANGER).client("ec2")
    assert theirs.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []
    assert [
        each["SnapshotId"] for each in boto3.client("ec2").describe_snapshots(OwnerIds=["self"])["Snapshots"]
    ] == [snapshot]


def test_a_copy_of_a_public_snapshot_is_the_copier_s(cloud, snapshot):
    share(snapshot, GroupNames=["all"])
    theirs = cloud.account(STRANGER).client("ec2")
    copy = theirs.copy_snapshot(SourceSnapshotId=snapshot, SourceRegion="us-east-1")["SnapshotId"]
    assert [each["SnapshotId"] for each in theirs.describe_snapshots(OwnerIds=["self"])["Snapshots"]] == [
        copy
    ]


def test_an_encrypted_snapshot_cannot_be_public(cloud):
    """https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html"""
    ec2 = boto3.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=8, Encrypted=True)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    with pytest.raises(ClientError):
        share(snapshot, GroupNames=["all"])


def events(session, name):
    asked = [{"AttributeKey": "EventName", "AttributeValue": name}]
    found = session.client("cloudtrail").lookup_events(LookupAttributes=asked)["Events"]
    return [json.loads(each["CloudTrailEvent"]) for each in found]


@pytest.mark.ledger("F-RES-07")
def test_the_owner_s_trail_tells_who_used_a_shared_snapshot(cloud, snapshot):
    """https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html#shared-snapshot-cloudtrail-logging"""
    share(snapshot, GroupNames=["all"])
    restored(cloud, STRANGER, snapshot)
    cloud.account(STRANGER).client("ec2").copy_snapshot(SourceSnapshotId=snapshot, SourceRegion="us-east-1")
    for name in ("SharedSnapshotVolumeCreated", "SharedSnapshotCopyInitiated"):
        (event,) = events(boto3.Session(), name)
        assert event["eventType"] == "AwsServiceEvent"
        assert event["userIdentity"]["accountId"] == STRANGER
        assert event["recipientAccountId"] == "111122223333"
        assert event["serviceEventDetails"] == {"snapshotId": snapshot}
        assert events(cloud.account(STRANGER), name) == []


def test_sharing_is_written_down_as_who_was_added_in_either_form_of_the_request(snapshot):
    """The events that Stratus Red Team's aws.exfiltration.ec2-share-ebs-snapshot looks for."""
    ec2 = boto3.client("ec2")
    share(snapshot, UserIds=[FRIEND], GroupNames=["all"])
    people = [{"UserId": FRIEND}, {"Group": "all"}]
    ec2.modify_snapshot_attribute(
        SnapshotId=snapshot, Attribute=PERMISSION, CreateVolumePermission={"Add": people}
    )
    for event in events(boto3.Session(), "ModifySnapshotAttribute"):
        items = [{"userId": FRIEND}, {"groups": "all"}]
        assert event["requestParameters"] == {
            "snapshotId": snapshot,
            "attributeType": "CREATE_VOLUME_PERMISSION",
            "createVolumePermission": {"add": {"items": items}},
        }
        assert event["responseElements"] == {"requestId": event["requestID"], "_return": True}


def test_block_public_access_keeps_new_snapshots_private_or_all_of_them(cloud, snapshot):
    """https://docs.aws.amazon.com/ebs/latest/userguide/block-public-access-snapshots.html"""
    ec2 = boto3.client("ec2")
    assert ec2.get_snapshot_block_public_access_state()["State"] == "unblocked"
    share(snapshot, GroupNames=["all"])
    assert ec2.enable_snapshot_block_public_access(State="block-new-sharing")["State"] == "block-new-sharing"
    restored(cloud, STRANGER, snapshot)
    with pytest.raises(ClientError, match="OperationNotPermitted"):
        share(snapshot, GroupNames=["all"])
    share(snapshot, UserIds=[FRIEND])
    ec2.enable_snapshot_block_public_access(State="block-all-sharing")
    with pytest.raises(ClientError, match=r"InvalidSnapshot\.NotFound"):
        restored(cloud, STRANGER, snapshot)
    restored(cloud, FRIEND, snapshot)
    shown = ec2.describe_snapshot_attribute(SnapshotId=snapshot, Attribute=PERMISSION)[
        "CreateVolumePermissions"
    ]
    assert {"Group": "all"} in shown
    assert ec2.disable_snapshot_block_public_access()["State"] == "unblocked"
    restored(cloud, STRANGER, snapshot)


def test_block_public_access_knows_two_modes(cloud):
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        boto3.client("ec2").enable_snapshot_block_public_access(State="unblocked")


@pytest.mark.ledger("F-ORG-26")
def test_a_declarative_policy_stands_above_the_account_s_own_setting(cloud):
    org = Org(cloud)
    member = org.member()
    ec2 = org.as_account(member, "ec2")
    org.enable("DECLARATIVE_POLICY_EC2")
    declared = {
        "snapshot_block_public_access": {"state": {"@@assign": "block_all_sharing"}},
        "exception_message": {"@@assign": "Ask the platform team."},
    }
    org.attach(json.dumps({"ec2_attributes": declared}), org.root, "DECLARATIVE_POLICY_EC2")
    state = ec2.get_snapshot_block_public_access_state()
    assert (state["State"], state["ManagedBy"]) == ("block-all-sharing", "declarative-policy")
    for change in (
        ec2.disable_snapshot_block_public_access,
        lambda: ec2.enable_snapshot_block_public_access(State="block-new-sharing"),
    ):
        code, message = error_of(change)
        assert code == "DeclarativePolicyViolation"
        assert message.endswith("Your custom error message: Ask the platform team.")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    made = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    public = {"Attribute": "createVolumePermission", "OperationType": "add", "GroupNames": ["all"]}
    assert error_of(ec2.modify_snapshot_attribute, SnapshotId=made, **public)[0] == "OperationNotPermitted"
    org.client.disable_policy_type(RootId=org.root, PolicyType="DECLARATIVE_POLICY_EC2")
    assert ec2.get_snapshot_block_public_access_state()["ManagedBy"] == "account"
    ec2.modify_snapshot_attribute(SnapshotId=made, **public)


def test_an_image_is_copied_if_its_snapshot_is_shared_too(cloud):
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/CopyingAMIs.html"""
    ec2, theirs = boto3.client("ec2"), cloud.account(FRIEND).client("ec2")
    [launched] = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"]
    image = ec2.create_image(InstanceId=launched["InstanceId"], Name="web")["ImageId"]
    copy = {"SourceImageId": image, "SourceRegion": "us-east-1", "Name": "web"}
    assert error_of(theirs.copy_image, **copy)[0] == "InvalidAMIID.NotFound"
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": FRIEND}]})
    assert error_of(theirs.copy_image, **copy)[0] == "InvalidRequest"
    [shown] = ec2.describe_images(ImageIds=[image])["Images"]
    share(shown["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"], UserIds=[FRIEND])
    copied = theirs.copy_image(**copy)["ImageId"]
    [own] = theirs.describe_images(Owners=["self"])["Images"]
    assert (own["ImageId"], own["OwnerId"]) == (copied, FRIEND)

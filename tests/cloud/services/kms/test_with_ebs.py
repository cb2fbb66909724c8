"""EC2 asks KMS for EBS: https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html"""

from __future__ import annotations

import json

import boto3
import pytest

from tests.cloud.services.kms.test_trail import last
from tests.clouds import allow, error_of, make_user

IMAGE = "ami-12c6146b"
HOME, REGION, ZONE = "111122223333", "us-east-1", "us-east-1a"


@pytest.fixture
def kms(cloud):
    return boto3.client("kms", region_name=REGION)


@pytest.fixture
def ec2(cloud):
    return boto3.client("ec2", region_name=REGION)


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


def volume(ec2, key=None, **more):
    given = {"KmsKeyId": key} if key else {}
    return ec2.create_volume(AvailabilityZone=ZONE, Size=1, Encrypted=True, **given, **more)


def run(ec2, **ebs):
    devices = (
        {"BlockDeviceMappings": [{"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 1, **ebs}}]} if ebs else {}
    )
    made = ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, **devices)["Instances"][0]
    return ec2.describe_instances(InstanceIds=[made["InstanceId"]])["Reservations"][0]["Instances"][0]


def test_a_volume_gets_a_data_key(ec2, kms, key):
    made = volume(ec2, key)
    assert (made["Encrypted"], made["KmsKeyId"]) == (True, key)
    event = last("GenerateDataKeyWithoutPlaintext")
    assert event["requestParameters"] == {
        "keyId": key, "numberOfBytes": 64, "encryptionContext": {"aws:ebs:id": made["VolumeId"]},
    }  # fmt: skip
    assert event["userIdentity"]["invokedBy"] == "ec2.amazonaws.com"
    assert ec2.describe_volumes(VolumeIds=[made["VolumeId"]])["Volumes"][0]["KmsKeyId"] == key


@pytest.mark.ledger("F-KMS-09")
def test_a_volume_that_kms_refuses_vanishes(ec2, kms, key, cloud):
    alice = make_user(cloud, "alice", allow("ec2:*")).client("ec2", REGION)
    made = volume(alice, key)
    assert error_of(ec2.describe_volumes, VolumeIds=[made["VolumeId"]])[0] == "InvalidVolume.NotFound"
    kms.disable_key(KeyId=key)
    made = volume(ec2, key)
    assert error_of(ec2.describe_volumes, VolumeIds=[made["VolumeId"]])[0] == "InvalidVolume.NotFound"


def test_the_accounts_default_key(ec2, kms, key, cloud):
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"
    managed = volume(ec2)["KmsKeyId"]
    assert kms.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]["Arn"] == managed
    kms.create_alias(AliasName="alias/disks", TargetKeyId=key)
    assert ec2.modify_ebs_default_kms_key_id(KmsKeyId="alias/disks")["KmsKeyId"] == key
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == volume(ec2)["KmsKeyId"] == key
    ec2.enable_ebs_encryption_by_default()
    made = ec2.create_volume(AvailabilityZone=ZONE, Size=1)
    assert (made["Encrypted"], made["KmsKeyId"]) == (True, key)
    assert ec2.reset_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"
    assert volume(ec2)["KmsKeyId"] == managed
    assert error_of(ec2.modify_ebs_default_kms_key_id, KmsKeyId="alias/none")[0] == "InvalidParameterValue"


def test_attaching_grants_the_instance_and_detaching_retires(ec2, kms, key, cloud):
    made, instance = volume(ec2, key)["VolumeId"], run(ec2)["InstanceId"]
    alice = make_user(cloud, "alice", allow("ec2:*")).client("ec2", REGION)
    given = {"VolumeId": made, "InstanceId": instance, "Device": "/dev/sdf"}
    assert error_of(alice.attach_volume, **given)[0] == "InternalError"
    ec2.attach_volume(**given)
    grant = last("CreateGrant")["requestParameters"]
    assert grant["granteePrincipal"] == f"arn:aws:sts::{HOME}:assumed-role/aws:ec2-infrastructure/{instance}"
    assert grant["constraints"] == {"encryptionContextSubset": {"aws:ebs:id": made}}
    assert len(kms.list_grants(KeyId=key)["Grants"]) == 1
    ec2.detach_volume(VolumeId=made, InstanceId=instance)
    assert kms.list_grants(KeyId=key)["Grants"] == []
    kms.disable_key(KeyId=key)
    assert error_of(ec2.attach_volume, **given)[0] == "InvalidKMSKey.InvalidState"


def test_an_instance_terminates_whose_volumes_it_cannot_have(ec2, kms, key, cloud):
    assert run(ec2, Encrypted=True, KmsKeyId=key)["State"]["Name"] == "running"
    condition = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    alice = make_user(cloud, "alice", allow("ec2:*")).client("ec2", REGION)
    failed = run(alice, Encrypted=True, KmsKeyId=key)
    assert failed["State"]["Name"] == "terminated"
    assert failed["StateReason"]["Code"] == "Client.InternalError"
    iam = cloud.account(HOME).client("iam")
    iam.put_user_policy(
        UserName="alice", PolicyName="grant", PolicyDocument=allow("kms:CreateGrant", Condition=condition)
    )
    iam.put_user_policy(
        UserName="alice", PolicyName="key", PolicyDocument=allow("kms:GenerateDataKeyWithoutPlaintext")
    )
    assert run(alice, Encrypted=True, KmsKeyId=key)["State"]["Name"] == "running"
    kms.disable_key(KeyId=key)
    failed = run(ec2, Encrypted=True, KmsKeyId=key)
    assert failed["StateReason"]["Code"] == "Client.InvalidKMSKey.InvalidState"


# --- snapshots and images ---------------------------------------------------------------------------------------


@pytest.fixture
def snapshot(ec2, key):
    return ec2.create_snapshot(VolumeId=volume(ec2, key)["VolumeId"])["SnapshotId"]


@pytest.fixture
def image(ec2, snapshot):
    devices = [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}]
    return ec2.register_image(Name="own", RootDeviceName="/dev/xvda", BlockDeviceMappings=devices)["ImageId"]


@pytest.fixture
def alice(cloud, kms):
    """A user who can do anything in EC2, and use another key."""
    other = kms.create_key()["KeyMetadata"]["Arn"]
    session = make_user(cloud, "alice", allow("ec2:*"))
    document = json.dumps({"Version": "2012-10-17", "Statement": [{**EVERYTHING, "Resource": other}]})
    boto3.client("iam").put_user_policy(UserName="alice", PolicyName="other", PolicyDocument=document)
    return session.client("ec2", REGION), other


EVERYTHING = {"Effect": "Allow", "Action": "kms:*"}


def snapshot_shown(ec2, name):
    return ec2.describe_snapshots(SnapshotIds=[name])["Snapshots"][0]


def image_state(ec2, name):
    return ec2.describe_images(ImageIds=[name])["Images"][0]["State"]


def copies(ec2, snapshot, **more):
    return ec2.copy_snapshot(SourceRegion=REGION, SourceSnapshotId=snapshot, **more)["SnapshotId"]


def test_a_snapshot_and_the_volumes_from_it_keep_the_key(ec2, key, snapshot):
    assert snapshot_shown(ec2, snapshot)["KmsKeyId"] == key
    made = ec2.create_volume(AvailabilityZone=ZONE, SnapshotId=snapshot)
    assert (made["Encrypted"], made["KmsKeyId"]) == (True, key)
    copied = snapshot_shown(ec2, copies(ec2, snapshot))
    assert copied["State"] == "completed"
    assert copied["KmsKeyId"] == volume(ec2)["KmsKeyId"] != key
    there = boto3.client("ec2", region_name="eu-west-1")
    far = snapshot_shown(there, copies(there, snapshot))
    assert far["State"] == "completed"
    assert far["KmsKeyId"].startswith("arn:aws:kms:eu-west-1:")


def test_a_copy_whose_keys_kms_refuses_fails(ec2, snapshot, alice):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Snapshot.html (statusMessage)"""
    user, other = alice
    for more in ({}, {"Encrypted": True, "KmsKeyId": other}):
        failed = copies(user, snapshot, **more)
        assert snapshot_shown(ec2, failed)["State"] == "error"
        assert error_of(ec2.create_volume, AvailabilityZone=ZONE, SnapshotId=failed)[0] == "IncorrectState"
    unencrypted = ec2.create_snapshot(VolumeId=ec2.create_volume(AvailabilityZone=ZONE, Size=1)["VolumeId"])
    sealed = copies(user, unencrypted["SnapshotId"], Encrypted=True, KmsKeyId=other)
    assert snapshot_shown(ec2, sealed)["KmsKeyId"] == other


def test_a_volume_from_a_snapshot_whose_key_kms_refuses_vanishes(ec2, snapshot, alice):
    user, other = alice
    for more in ({}, {"Encrypted": True, "KmsKeyId": other}):
        made = user.create_volume(AvailabilityZone=ZONE, SnapshotId=snapshot, **more)
        unknown = error_of(ec2.describe_volumes, VolumeIds=[made["VolumeId"]])
        assert unknown[0] == "InvalidVolume.NotFound"
    assert run(user, SnapshotId=snapshot)["State"]["Name"] == "terminated"


def test_an_image_with_an_encrypted_snapshot(ec2, key, image, alice):
    launched = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    attached = [{"Name": "attachment.instance-id", "Values": [launched]}]
    assert [each["KmsKeyId"] for each in ec2.describe_volumes(Filters=attached)["Volumes"]] == [key]
    saved = ec2.create_image(InstanceId=launched, Name="saved")["ImageId"]
    user, _ = alice
    for each in (image, saved):
        refused = user.run_instances(ImageId=each, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
        shown = ec2.describe_instances(InstanceIds=[refused])["Reservations"][0]["Instances"][0]
        assert shown["StateReason"]["Code"] == "Client.InternalError"


def test_a_copy_of_an_image_whose_key_kms_refuses_fails(ec2, image, alice):
    user, _ = alice
    copied = ec2.copy_image(SourceRegion=REGION, SourceImageId=image, Name="copy")["ImageId"]
    assert image_state(ec2, copied) == "available"
    failed = user.copy_image(SourceRegion=REGION, SourceImageId=image, Name="failed")["ImageId"]
    assert image_state(ec2, failed) == "failed"
    launch = {"ImageId": failed, "MinCount": 1, "MaxCount": 1}
    assert error_of(ec2.run_instances, **launch)[0] == "InvalidAMIID.Unavailable"


def test_another_accounts_private_snapshot_is_of_no_image(snapshot, cloud):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RegisterImage.html"""
    devices = [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}]
    given = {"Name": "theirs", "RootDeviceName": "/dev/xvda", "BlockDeviceMappings": devices}
    other = cloud.account("444455556666").client("ec2", region_name=REGION)
    assert error_of(other.register_image, **given)[0] == "InvalidSnapshot.NotFound"


def test_images_with_encrypted_snapshots_that_cannot_be_shared(ec2, image):
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/sharingamis-explicit.html"""
    everybody, partner = ({"Add": [{"Group": "all"}]}, {"Add": [{"UserId": "444455556666"}]})
    assert error_of(ec2.modify_image_attribute, ImageId=image, LaunchPermission=everybody)[0] == (
        "InvalidParameter"
    )
    ec2.modify_image_attribute(ImageId=image, LaunchPermission=partner)
    copied = ec2.copy_image(SourceRegion=REGION, SourceImageId=image, Name="managed")["ImageId"]
    given = {"ImageId": copied, "OperationType": "add", "UserIds": ["444455556666"]}
    assert (
        error_of(ec2.modify_image_attribute, **given, Attribute="launchPermission")[0] == "InvalidParameter"
    )


def test_a_shared_image_needs_its_key(ec2, image, cloud):
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/sharingamis-explicit.html"""
    partner = {"Add": [{"UserId": "444455556666"}]}
    ec2.modify_image_attribute(ImageId=image, LaunchPermission=partner)
    other = cloud.account("444455556666").client("ec2", region_name=REGION)
    launched = other.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    shown = other.describe_instances(InstanceIds=[launched])["Reservations"][0]["Instances"][0]
    assert shown["StateReason"]["Code"] == "Client.InternalError"

"""IDs, security groups, and rules that EC2 rejects.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#CommonErrors
"""

from __future__ import annotations

import base64

import boto3
import pytest

from tests.clouds import error_of


def test_user_data_is_changed_as_the_sdk_sends_it(cloud, ec2):
    """OBSERVED in 2024, in events of ModifyInstanceAttribute: the SDK encodes the bytes as base64 once."""
    made = ec2.run_instances(ImageId="ami-03cf127a", MinCount=1, MaxCount=1, UserData="#!/bin/sh")
    instance = made["Instances"][0]["InstanceId"]
    ec2.stop_instances(InstanceIds=[instance])
    script = b"#!/bin/sh\necho \xff"
    ec2.modify_instance_attribute(InstanceId=instance, UserData={"Value": script})
    shown = ec2.describe_instance_attribute(InstanceId=instance, Attribute="userData")["UserData"]["Value"]
    assert base64.b64decode(shown) == script
    ec2.start_instances(InstanceIds=[instance])
    assert cloud.instance(instance).get("/latest/user-data").content == script
    text = base64.b64encode(b"other").decode()
    ec2.stop_instances(InstanceIds=[instance])
    ec2.modify_instance_attribute(InstanceId=instance, Attribute="userData", Value=text)
    ec2.start_instances(InstanceIds=[instance])
    assert cloud.instance(instance).get("/latest/user-data").content == b"other"
    ec2.stop_instances(InstanceIds=[instance])
    change = ec2.modify_instance_attribute
    assert error_of(change, InstanceId=instance, Attribute="userData", Value="no base64")[0] == (
        "InvalidUserData.Malformed"
    )


@pytest.fixture
def group(ec2):
    return ec2.create_security_group(GroupName="web", Description="of the shop")["GroupId"]


@pytest.mark.parametrize(
    ("call", "given", "code"),
    [
        ("describe_instances", {"InstanceIds": ["x"]}, "InvalidInstanceID.Malformed"),
        ("describe_security_groups", {"GroupIds": ["web"]}, "InvalidGroupId.Malformed"),
        ("describe_security_groups", {"GroupIds": ["sg-12345678"]}, "InvalidGroup.NotFound"),
        ("terminate_instances", {"InstanceIds": ["i-1234567890abcdef0"]}, "InvalidInstanceID.NotFound"),
        ("run_instances", {"MinCount": 1, "MaxCount": 1}, "MissingParameter"),
        ("create_security_group", {"GroupName": "sg-web", "Description": "d"}, "InvalidParameterValue"),
        ("delete_security_group", {"GroupName": "default"}, "CannotDelete"),
    ],
)
def test_ids_and_groups(ec2, call, given, code):
    assert error_of(getattr(ec2, call), **given)[0] == code


@pytest.mark.parametrize(
    "rule",
    [
        {"FromPort": 70_000, "ToPort": 70_001}, {"FromPort": 30, "ToPort": 20}, {"FromPort": 22, "ToPort": None},
        {"IpRanges": [{"CidrIp": "10.0.0.0/33"}]}, {"IpRanges": [{"CidrIp": "everywhere"}]},
    ],
)  # fmt: skip
def test_a_rule_that_is_none_opens_nothing(ec2, group, rule):
    whole = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]} | rule
    permission = {name: value for name, value in whole.items() if value is not None}
    assert error_of(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[permission])[0] == (
        "InvalidParameterValue"
    )
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"] == []


def test_an_error_names_one_of_several_unknown_things(cloud):
    ec2 = boto3.client("ec2")
    assert error_of(ec2.describe_key_pairs, KeyNames=["b", "a"]) == (
        "InvalidKeyPair.NotFound",
        "The key pair 'a' does not exist",
    )
    unknown = ("InvalidAddress.NotFound", "Address '192.0.2.4' not found.")
    assert error_of(ec2.describe_addresses, PublicIps=["192.0.2.5", "192.0.2.4"]) == unknown
    assert error_of(ec2.release_address, PublicIp="192.0.2.4") == unknown

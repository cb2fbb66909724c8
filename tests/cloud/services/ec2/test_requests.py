"""What EC2 refuses of ids, security groups and rules.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#CommonErrors
"""

from __future__ import annotations

import boto3
import pytest

from tests.clouds import error_of


@pytest.fixture
def ec2(cloud):
    return boto3.client("ec2")


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

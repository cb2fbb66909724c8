"""ModifyInstanceMetadataOptions: values that EC2 refuses, and options that a request omits."""

from __future__ import annotations

import boto3
import pytest

from tests.clouds import error_of


@pytest.fixture
def instance(cloud):
    launched = boto3.client("ec2").run_instances(ImageId="ami-03cf127a", MinCount=1, MaxCount=1)
    return launched["Instances"][0]["InstanceId"]


@pytest.mark.parametrize("wrong", [{"HttpTokens": "maybe"}, {"HttpPutResponseHopLimit": 65}])
def test_unknown_values_are_refused(cloud, instance, wrong):
    ec2 = boto3.client("ec2")
    assert (
        error_of(ec2.modify_instance_metadata_options, InstanceId=instance, **wrong)[0]
        == "InvalidParameterValue"
    )


def test_an_omitted_option_stays_as_it_was(cloud, instance):
    ec2 = boto3.client("ec2")
    ec2.modify_instance_metadata_options(InstanceId=instance, HttpTokens="required")
    options = ec2.modify_instance_metadata_options(InstanceId=instance, HttpPutResponseHopLimit=3)
    assert options["InstanceMetadataOptions"]["HttpTokens"] == "required"
    assert options["InstanceMetadataOptions"]["HttpPutResponseHopLimit"] == 3

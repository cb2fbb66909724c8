"""Requests with a client token: EC2 performs the first one only.

https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
"""

from __future__ import annotations

import boto3
import pytest
from botocore.session import get_session

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.core import registry
from tests.cloud.operations import states
from tests.clouds import error_of

LAUNCH = {"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1, "ClientToken": "again"}


@pytest.fixture
def ec2():
    with Cloud(seed=1):
        yield boto3.client("ec2")


def test_a_repeated_request_launches_nothing(ec2):
    first, second = (ec2.run_instances(**LAUNCH)["Instances"][0]["InstanceId"] for _ in range(2))
    assert first == second
    assert len(ec2.describe_instances()["Reservations"]) == 1


def test_another_request_with_the_token_is_rejected(ec2):
    ec2.run_instances(**LAUNCH)
    assert error_of(ec2.run_instances, **LAUNCH | {"MaxCount": 2})[0] == "IdempotentParameterMismatch"


def test_a_rejected_request_does_not_use_up_its_token(ec2):
    assert error_of(ec2.run_instances, **LAUNCH, KeyName="none")[0] == "InvalidKeyPair.NotFound"
    assert ec2.run_instances(**LAUNCH)["Instances"]


def test_the_token_of_a_terminated_instance_is_rejected(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"""
    [launched] = ec2.run_instances(**LAUNCH)["Instances"]
    ec2.terminate_instances(InstanceIds=[launched["InstanceId"]])
    assert error_of(ec2.run_instances, **LAUNCH)[0] == "IdempotentInstanceTerminated"


def test_a_token_belongs_to_an_operation_and_a_region(ec2):
    ec2.run_instances(**LAUNCH)
    assert ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, ClientToken="again")["VolumeId"]
    elsewhere = boto3.client("ec2", region_name="us-west-2")
    assert elsewhere.run_instances(**LAUNCH | {"MaxCount": 2})["Instances"]


def test_each_operation_with_a_client_token_is_performed_once():
    model = get_session().get_service_model("ec2")
    done = states("ec2")
    given = {
        name
        for name in (*done.done, *done.in_part)
        if "ClientToken" in getattr(model.operation_model(name).input_shape, "members", {})
    }
    steps = registry.steps_in_order("ec2")
    assert {
        name for name in given if "perform_once" not in [step.name for step in steps.get(name, ())]
    } == set()

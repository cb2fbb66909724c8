"""Dry runs: EC2 checks a request with DryRun, and creates nothing.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html
"""

from __future__ import annotations

import random
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from labs_helpers.cloud.moto import protocols
from labs_helpers.cloud.services.ec2.table import TABLE
from tests.clouds import allow, error_of, make_user
from tests.fuzz.calls import calls
from tests.fuzz.world import furnish

DRY = ("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")


def operations() -> list[str]:
    """The modeled operations that have a DryRun parameter."""
    model = protocols.model("ec2")
    shapes = {
        name: model.operation_model(name).input_shape
        for name in TABLE.operations & set(model.operation_names)
    }
    return sorted(name for name, shape in shapes.items() if shape is not None and "DryRun" in shape.members)


@pytest.fixture
def ec2(cloud):
    return boto3.client("ec2", config=Config(parameter_validation=False))


def test_nothing_is_performed_by_any_operation(ec2):
    world: dict[str, Any] = furnish("ec2")
    method = {operation: name for name, operation in ec2.meta.method_to_api_mapping.items()}
    before = ec2.describe_vpcs()["Vpcs"], ec2.describe_instances()["Reservations"]
    answered, passed = [], 0
    for name in operations():
        made = next(iter(calls("ec2", name, world, random.Random(name))))
        try:
            getattr(ec2, method[name])(**made.parameters | {"DryRun": True})
            answered.append(name)
        except ClientError as error:
            passed += error.response["Error"]["Code"] == DRY[0]
    assert answered == []
    assert passed > 100
    assert (ec2.describe_vpcs()["Vpcs"], ec2.describe_instances()["Reservations"]) == before


def test_unknown_ids_and_denials_come_first(cloud, ec2):
    assert error_of(ec2.create_vpc, CidrBlock="10.0.0.0/16", DryRun=True) == DRY
    unknown = "vpc-0123456789abcdef0"
    refused = error_of(ec2.create_subnet, VpcId=unknown, CidrBlock="10.0.0.0/24", DryRun=True)
    assert refused[0] == "InvalidVpcID.NotFound"
    reader = make_user(cloud, "reader", allow("ec2:DescribeVpcs")).client("ec2")
    assert error_of(reader.create_vpc, CidrBlock="10.0.0.0/16", DryRun=True)[0] == "UnauthorizedOperation"
    assert error_of(reader.describe_vpcs, DryRun=True) == DRY

"""Requests that name a resource in two of several alternative ways are rejected, for every table."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from itertools import pairwise
from typing import Any

import boto3
import pytest

from labs_helpers.cloud import services
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.moto import protocols
from tests.cloud.services import tables
from tests.clouds import allow, error_of, make_user

ALTERNATIVES = [
    (service, operation, one_of)
    for service in services.modelled_services()
    for operation, several in sorted(services.table(service).alternatives.items())
    for one_of in several
]
NO_TWO_RESOURCES = {
    # Of different operations, none of which has both.
    ("cloudtrail", "ResourceId", "ResourceArn"), ("events", "Rule", "Name"), ("sso-admin", "TargetId", "AccountId"),
    ("dynamodb", "Statements", "TransactStatements"), ("dynamodb", "Key", "Item"), ("s3", "Mode", "ObjectLockMode"),
    ("s3", "RetainUntilDate", "ObjectLockRetainUntilDate"), ("s3", "LegalHold", "ObjectLockLegalHoldStatus"),
    ("lambda", "Code", "Content"), ("sns", "Attributes", "attributes"), ("dynamodb", "PutRequest", "DeleteRequest"),
    # Not resources.
    ("dynamodb", "ProjectionExpression", "AttributesToGet"), ("dynamodb", "KeyConditionExpression", "KeyConditions"),
    ("kms", "KeySpec", "CustomerMasterKeySpec"),
    ("cognito-identity", "TagKey", "Key"), ("secretsmanager", "RotationLambdaARN", "rotation_lambda"),
}  # fmt: skip
"""Pairs `a or b` in the tables that name one thing all the same, and why."""


def _given(path: str, shape: Any) -> tuple[Any, Any]:
    """A value for a parameter by its path, as a nested request."""
    name, _, rest = path.partition(".")
    member = shape.members[name]
    return name, dict([_given(rest, member)]) if rest else _value(member)


def _value(shape: Any) -> Any:
    return {"list": ["x"], "blob": b"x", "timestamp": datetime(2026, 1, 1, tzinfo=UTC)}.get(
        shape.type_name, "x"
    )


def _merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {name: _merged(one.get(name), other.get(name)) for name in {*one, *other}}
    return other if one is None else one


@pytest.mark.ledger("F-GATE-01")
@pytest.mark.parametrize(
    ("service", "operation", "one_of"),
    ALTERNATIVES,
    ids=[f"{s}:{o}:{a.parameters[0]}" for s, o, a in ALTERNATIVES],
)
def test_two_ways_to_name_a_resource_are_refused_before_anything_is_asked(service, operation, one_of):
    shape = protocols.model(service).operation_model(operation).input_shape
    known = [path for path in one_of.parameters if path.partition(".")[0] in shape.members]
    known = [
        path
        for path in known
        if "." not in path or path.split(".")[1] in shape.members[path.split(".")[0]].members
    ]
    for first in known:
        for second in known:
            request = _merged(dict([_given(first, shape)]), dict([_given(second, shape)]))
            call = tables.call(service, operation, request)
            if first == second:
                one_of.refuse_two(call.parameters)
                continue
            with pytest.raises(ServiceError) as refused:
                services.table(service).settle(call)
            assert refused.value.code == one_of.code


def _ors(service: str) -> Iterator[tuple[str, str]]:
    """Each `….get("A") or ….get("B")` in the table of a service."""
    module = import_module(f"labs_helpers.cloud.services.{services.folder(service)}.table")
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            names = [
                each.args[0].value
                for each in node.values
                if isinstance(each, ast.Call)
                and isinstance(each.func, ast.Attribute)
                and each.func.attr == "get"
                and each.args
                and isinstance(each.args[0], ast.Constant)
            ]
            yield from pairwise(names)


@pytest.mark.ledger("F-GATE-01")
@pytest.mark.parametrize("service", services.modelled_services())
def test_every_a_or_b_of_a_table_is_held_to_one(service):
    held = {
        frozenset(path.rpartition(".")[2] for path in each.parameters)
        for several in services.table(service).alternatives.values()
        for each in several
    }
    model = protocols.model(service)
    inputs = [
        set(model.operation_model(name).input_shape.members)
        for name in model.operation_names
        if model.operation_model(name).input_shape is not None
    ]
    for first, second in _ors(service):
        if (service, first, second) in NO_TWO_RESOURCES or not any(
            {first, second} <= each for each in inputs
        ):
            continue
        assert any({first, second} <= names for names in held), f"{service}: {first} or {second}"


@pytest.mark.ledger("F-GATE-01")
def test_an_attachment_and_an_association_stand_for_the_resources_that_they_bind(cloud):
    ec2 = boto3.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    more = ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="10.1.0.0/16")["CidrBlockAssociation"][
        "AssociationId"
    ]
    alice = make_user(cloud, "alice", allow("ec2:*", "arn:aws:ec2:*:*:vpc/vpc-other")).client("ec2")
    code, message = error_of(alice.disassociate_vpc_cidr_block, AssociationId=more)
    assert code == "UnauthorizedOperation"
    assert f"vpc/{vpc}" in message
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    instance = ec2.run_instances(ImageId="ami-03cf127a", MinCount=1, MaxCount=1, SubnetId=subnet)[
        "Instances"
    ][0]
    attached = ec2.attach_network_interface(
        NetworkInterfaceId=interface, InstanceId=instance["InstanceId"], DeviceIndex=1
    )["AttachmentId"]
    code, message = error_of(alice.detach_network_interface, AttachmentId=attached)
    assert code == "UnauthorizedOperation"
    assert f"instance/{instance['InstanceId']}" in message


@pytest.mark.ledger("F-GATE-01")
def test_two_instance_profiles_in_one_request_are_refused(cloud, iam):
    own, other = (
        iam.create_instance_profile(InstanceProfileName=name)["InstanceProfile"] for name in ("own", "other")
    )
    assert error_of(
        boto3.client("ec2").run_instances, ImageId="ami-03cf127a", MinCount=1, MaxCount=1,
        IamInstanceProfile={"Arn": own["Arn"], "Name": other["InstanceProfileName"]},
    ) == (
        "InvalidParameterCombination",
        "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'",
    )  # fmt: skip

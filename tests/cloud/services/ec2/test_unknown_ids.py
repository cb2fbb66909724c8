"""IDs that don't exist: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.services.ec2 import unknown_ids
from labs_helpers.cloud.services.ec2.table import TABLE

ACCEPTED = {
    ("DeleteKeyPair", "KeyPairId"): "The page names no error for a key pair that doesn't exist.",
    ("DeleteVpcEndpoints", "VpcEndpointIds"): "The response lists it as unsuccessful.",
}
"""Calls that succeed with an ID that doesn't exist, with the reason."""
NUMBER = "0123456789abcdef0"
PREFIXES = {kind: prefix for prefix, kind in unknown_ids._PREFIXES.items()}


@pytest.fixture(scope="module")
def ec2():
    with Cloud(seed=1):
        yield boto3.client("ec2", config=Config(parameter_validation=False))


def value(shape: Any, name: str) -> Any:
    """The smallest value of a shape, in which every ID is of nothing that exists."""
    if shape.type_name == "structure":
        return {
            member: value(inner, member)
            for member, inner in shape.members.items()
            if member in shape.required_members
        }
    if shape.type_name == "list":
        return [value(shape.member, name)]
    if shape.type_name == "string":
        kind = unknown_ids.kind_of(name) if name.rstrip("s").endswith("Id") else None
        text = "10.0.0.0/16" if "Cidr" in name else "x"
        return f"{PREFIXES.get(kind, 'zzz')}-{NUMBER}" if kind else (shape.enum or [text])[0]
    return {"integer": 1, "boolean": False, "blob": b"x"}.get(shape.type_name, 0)


def calls(ec2: Any) -> Any:
    for operation in sorted(TABLE._questions):
        shape = ec2.meta.service_model.operation_model(operation).input_shape
        for name, inner in shape.members.items() if shape is not None else ():
            if name.rstrip("s").endswith("Id") and unknown_ids.kind_of(name):
                yield operation, name, {**value(shape, ""), name: value(inner, name)}


def test_no_operation_accepts_the_id_of_nothing(ec2):
    accepted, tried = set(), 0
    for operation, name, given in calls(ec2):
        try:
            getattr(ec2, xform_name(operation))(**given)
        except NotModelled:
            continue
        except ClientError:
            tried += 1
        else:
            accepted.add((operation, name))
    assert accepted == set(ACCEPTED)
    assert tried > 150

"""Operations of EC2 that nothing performs."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator

import boto3
import pytest
from botocore import xform_name
from moto.ec2.responses import EC2Response

from labs_helpers.cloud import NotModelled
from labs_helpers.cloud.services.ec2.table import TABLE
from labs_helpers.cloud.services.ec2.unperformed import NAMES


def without_an_answer() -> Iterator[str]:
    """The operations in the table whose method in moto ends with a NotImplementedError."""
    for operation in TABLE.operations:
        method = getattr(EC2Response, xform_name(operation), None)
        tree = ast.parse(textwrap.dedent(inspect.getsource(method))) if method is not None else ast.Module([])
        body = tree.body[0].body if tree.body else []
        if body and isinstance(body[-1], ast.Raise) and "NotImplementedError" in ast.unparse(body[-1]):
            yield operation


def test_no_other_operation_of_moto_ends_with_an_exception():
    assert set(without_an_answer()) - {"ModifyInstanceAttribute"} == set(NAMES.split())


def test_a_call_names_the_operation(cloud):
    instances = {"InstanceIds": ["i-0123456789abcdef0"]}
    with pytest.raises(NotModelled, match="ec2:MonitorInstances"):
        boto3.client("ec2").monitor_instances(**instances)

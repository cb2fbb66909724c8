"""Functions and settings that Lambda rejects.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
"""

from __future__ import annotations

import io
import json
import zipfile

import boto3
import pytest

from tests.clouds import error_of

TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.fixture
def make(cloud):
    """Makes a function named `resize` with these settings."""
    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    role = boto3.client("iam").create_role(RoleName="runs", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("a.py", "def handler(event, context): return 1")
    given = {"FunctionName": "resize", "Runtime": "python3.13", "Role": role, "Handler": "a.handler"}
    return lambda **more: boto3.client("lambda").create_function(
        **given, Code={"ZipFile": code.getvalue()}, **more
    )


def test_what_is_not_there_cannot_be_invoked(cloud):
    code, message = error_of(boto3.client("lambda").invoke, FunctionName="gone")
    assert code == "ResourceNotFoundException"
    assert message == "Function not found: arn:aws:lambda:us-east-1:111122223333:function:gone"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"Timeout": 901}, "ValidationException"),
        ({"Environment": {"Variables": {"AWS_REGION": "eu-west-1"}}}, "InvalidParameterValueException"),
        ({"Environment": {"Variables": {"TEXT": "x" * 4096}}}, "InvalidParameterValueException"),
    ],
)
def test_settings_that_no_function_has(make, settings, code):
    assert error_of(make, **settings)[0] == code
    assert boto3.client("lambda").list_functions()["Functions"] == []

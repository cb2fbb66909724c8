"""Fixtures for Lambda's tests: a function that runs with a role."""

from __future__ import annotations

import io
import zipfile

import boto3
import pytest
from botocore.config import Config

from tests.clouds import trust


def archive(code: str = "def handle(event, context): return event") -> bytes:
    """Return a deployment package with one handler, as a ZIP archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("app.py", code)
    return packed.getvalue()


@pytest.fixture
def create(cloud):
    """A function that creates a Lambda function which runs as a role, and returns the answer."""

    def create(role: str, name: str = "greet"):
        return boto3.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role,
            Handler="app.handle",
            Code={"ZipFile": archive()},
        )

    return create


@pytest.fixture
def function(create, iam):
    """A client that leaves checks to the service, after the Lambda function `greet` was created."""
    role = iam.create_role(
        RoleName="worker", AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"})
    )
    create(role["Role"]["Arn"])
    return boto3.client("lambda", config=Config(parameter_validation=False))

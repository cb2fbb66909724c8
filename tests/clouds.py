"""Shortcuts for tests that use a running cloud: policies as text, users with profiles, errors as pairs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from labs_helpers.cloud import Cloud


def allow(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> str:
    """Return a policy with one Allow statement, as JSON text."""
    return _policy("Allow", action, resource, **more)


def deny(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> str:
    """Return a policy with one Deny statement, as JSON text."""
    return _policy("Deny", action, resource, **more)


def _policy(effect: str, action: Any, resource: Any, **more: Any) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(principal: Any, action: Any = "sts:AssumeRole", **more: Any) -> str:
    """Return a trust policy with one Allow statement, as JSON text."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_user(
    cloud: Cloud, name: str, policy: str | None = None, account: str | None = None
) -> boto3.Session:
    """Create a user with at most one inline policy, and a profile with the user's name. Return the session."""
    iam = cloud.account(account or cloud.home).client("iam")
    iam.create_user(UserName=name)
    if policy is not None:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy)
    return cloud.profile(name, iam.create_access_key(UserName=name)["AccessKey"])


def session_of(answer: Mapping[str, Any]) -> boto3.Session:
    """Return a session with the temporary credentials in a response from STS."""
    keys = answer["Credentials"]
    return boto3.Session(
        keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name="us-east-1"
    )


def error_of(call: Any, *arguments: Any, **parameters: Any) -> tuple[str, str]:
    """Return the code and message of the `ClientError` that a boto3 call raises. Fails if it raises none."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **parameters)
    error = caught.value.response["Error"]
    return error["Code"], error.get("Message", "")


def new_member(name: str = "dev", **more: Any) -> str:
    """Create an account in the home account's organization, and return its ID from the request's status."""
    client = boto3.client("organizations")
    asked = client.create_account(AccountName=name, Email=f"{name}@example.com", **more)[
        "CreateAccountStatus"
    ]
    status = client.describe_create_account_status(CreateAccountRequestId=asked["Id"])["CreateAccountStatus"]
    assert status["State"] == "SUCCEEDED", status
    account: str = status["AccountId"]
    return account

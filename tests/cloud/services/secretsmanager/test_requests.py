"""Requests that Secrets Manager rejects, with AWS's error messages.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html
"""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.handlers import generate_idempotent_uuid

from tests.clouds import error_of


@pytest.fixture
def secrets(cloud):
    client = boto3.client("secretsmanager")
    client.create_secret(Name="db", SecretString="one")
    return client


def code(call, **given) -> str:
    return error_of(call, **given)[0]


def test_a_name_has_no_spaces(secrets):
    assert code(secrets.create_secret, Name="my db", SecretString="x") == "ValidationException"


def test_a_secret_that_is_not_there_is_told_with_400(secrets):
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html#API_GetSecretValue_Errors"""
    with pytest.raises(secrets.exceptions.ResourceNotFoundException) as caught:
        secrets.get_secret_value(SecretId="none")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_label_or_a_version_that_there_is_not(secrets):
    _, message = error_of(secrets.get_secret_value, SecretId="db", VersionStage="AWSPREVIOUS")
    assert "staging label: AWSPREVIOUS" in message
    assert code(secrets.get_secret_value, SecretId="db", VersionId="0" * 32) == "ResourceNotFoundException"
    old = secrets.get_secret_value(SecretId="db")["VersionId"]
    secrets.put_secret_value(SecretId="db", SecretString="two")
    assert code(secrets.get_secret_value, SecretId="db", VersionId=old, VersionStage="AWSCURRENT") == (
        "InvalidRequestException"
    )
    assert secrets.get_secret_value(SecretId="db", VersionId=old)["SecretString"] == "one"


def test_between_deletion_and_its_date_a_secret_can_only_be_described_and_restored(secrets):
    secrets.delete_secret(SecretId="db")
    for call, given in (
        (secrets.get_secret_value, {}), (secrets.put_secret_value, {"SecretString": "x"}),
        (secrets.tag_resource, {"Tags": [{"Key": "a", "Value": "b"}]}), (secrets.delete_secret, {}),
    ):  # fmt: skip
        assert code(call, SecretId="db", **given) == "InvalidRequestException"
    assert code(secrets.create_secret, Name="db", SecretString="x") == "InvalidRequestException"
    assert secrets.describe_secret(SecretId="db")["DeletedDate"]
    secrets.restore_secret(SecretId="db")
    assert secrets.get_secret_value(SecretId="db")["SecretString"] == "one"


def test_nothing_rotates_without_a_function(secrets):
    assert code(secrets.rotate_secret, SecretId="db") == "InvalidRequestException"


def policy(principal):
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_policy_is_validated_without_being_attached(secrets):
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ValidateResourcePolicy.html"""
    assert not secrets.validate_resource_policy(ResourcePolicy=policy("*"))["PolicyValidationPassed"]
    mine = policy({"AWS": "111122223333"})
    assert secrets.validate_resource_policy(ResourcePolicy=mine)["PolicyValidationPassed"]
    assert not secrets.validate_resource_policy(ResourcePolicy="{}")["PolicyValidationPassed"]


def test_messages_are_the_services_and_not_an_sdks(secrets):
    _, message = error_of(secrets.delete_secret, SecretId="db", RecoveryWindowInDays=3)
    assert message == "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."


def test_a_request_that_no_sdk_made_brings_a_token_of_its_own(secrets):
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html"""
    secrets.meta.events.unregister("before-parameter-build", generate_idempotent_uuid)
    assert code(secrets.put_secret_value, SecretId="db", SecretString="two") == "InvalidRequestException"

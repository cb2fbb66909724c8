"""DynamoDB's own errors where moto fails on a parameter.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

import boto3
import pytest
from botocore.config import Config

from tests.clouds import error_of

TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/t"


@pytest.fixture
def dynamodb(cloud):
    """A client that leaves checks to the service."""
    return boto3.client("dynamodb", config=Config(parameter_validation=False))


@pytest.mark.parametrize(
    ("operation", "parameters", "code", "message"),
    [
        ("describe_export", {"ExportArn": f"{TABLE}/export/01234567"}, "ExportNotFoundException",
         f"Export not found: {TABLE}/export/01234567"),
        ("describe_import", {"ImportArn": f"{TABLE}/import/012345678"}, "ImportNotFoundException",
         f"Import not found: {TABLE}/import/012345678"),
        ("transact_write_items", {"TransactItems": [{}]}, "ValidationException",
         "TransactItems can only contain one of Check, Put, Update or Delete"),
    ],
)  # fmt: skip
def test_the_services_own_error(cloud, dynamodb, operation, parameters, code, message):
    assert error_of(getattr(dynamodb, operation), **parameters) == (code, message)
    assert cloud.record[-1].error_code == code


def test_a_parameter_that_only_moto_needs_is_named(dynamodb):
    dynamodb.create_table(
        TableName="items",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    code, message = error_of(
        dynamodb.update_item,
        TableName="items",
        Key={"id": {"S": "1"}},
        AttributeUpdates={"size": {"Action": "PUT"}},
    )
    assert code == "ValidationException"
    assert message == "One or more parameter values were invalid: Value is required"

"""If moto fails on an ID, a token, or a member, the service's own error is returned and recorded."""

from __future__ import annotations

import boto3
import pytest
from botocore.config import Config

from tests.clouds import error_of

TOPIC = "arn:aws:sns:us-east-1:111122223333:none"
IMPORT = "arn:aws:dynamodb:us-east-1:111122223333:table/t/import/012345678"
FAR = {"LocationConstraint": "cn-north-1"}


@pytest.mark.ledger("F-GATE-02")
@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code"),
    [
        ("sns", "publish", {"Message": "x"}, "InvalidParameter"),
        ("sns", "publish", {"Message": "x", "TopicArn": TOPIC, "PhoneNumber": "+15550100"}, "InvalidParameter"),
        ("sns", "delete_topic", {"TopicArn": "news"}, "InvalidParameter"),
        ("sns", "subscribe", {"TopicArn": "news", "Protocol": "email"}, "InvalidParameter"),
        ("sns", "list_topics", {"NextToken": "thing"}, "InvalidParameter"),
        ("secretsmanager", "list_secret_version_ids", {"SecretId": "none"}, "ResourceNotFoundException"),
        ("secretsmanager", "list_secrets", {"NextToken": "thing"}, "InvalidNextTokenException"),
        ("dynamodb", "describe_import", {"ImportArn": IMPORT},
         "ImportNotFoundException"),
        ("dynamodb", "transact_write_items", {"TransactItems": [{}]}, "ValidationException"),
        ("logs", "get_query_results", {"queryId": "none"}, "ResourceNotFoundException"),
        ("logs", "start_query", {"startTime": 1, "endTime": 2, "queryString": "fields @message"},
         "InvalidParameterException"),
        ("lambda", "create_function", {"FunctionName": "f", "Role": "arn:aws:iam::111122223333:role/r", "Code": {}},
         "InvalidParameterValueException"),
        ("s3", "create_bucket", {"Bucket": "far-away", "CreateBucketConfiguration": FAR},
         "InvalidLocationConstraint"),
    ],
)  # fmt: skip
def test_the_services_own_error_comes_and_is_recorded(cloud, service, operation, parameters, code):
    client = boto3.client(service, config=Config(parameter_validation=False))
    found, message = error_of(getattr(client, operation), **parameters)
    assert found == code
    assert message
    assert cloud.record[-1].error_code == code

"""SNS's own errors where moto fails on a parameter.

https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html
"""

from __future__ import annotations

import boto3
import pytest
from botocore.config import Config

from tests.clouds import error_of

APPLICATION = "arn:aws:sns:us-east-1:111122223333:app/GCM/none"


@pytest.mark.parametrize(
    ("operation", "parameters", "code", "message"),
    [
        ("delete_topic", {"TopicArn": "news"}, "InvalidParameter",
         "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1"),
        ("publish", {"Message": "x"}, "InvalidParameter",
         "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter"),
        ("list_topics", {"NextToken": "thing"}, "InvalidParameter", "Invalid parameter: NextToken"),
        ("create_platform_endpoint", {"PlatformApplicationArn": APPLICATION, "Token": "t"}, "NotFound",
         "PlatformApplication does not exist"),
    ],
)  # fmt: skip
def test_the_services_own_error(cloud, operation, parameters, code, message):
    sns = boto3.client("sns", config=Config(parameter_validation=False))
    assert error_of(getattr(sns, operation), **parameters) == (code, message)
    assert cloud.record[-1].error_code == code

"""CloudWatch Logs' own errors where moto fails on a parameter.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

import boto3
import pytest

from tests.clouds import error_of


@pytest.mark.parametrize(
    ("operation", "parameters", "code", "message"),
    [
        ("get_query_results", {"queryId": "none"}, "ResourceNotFoundException",
         "The specified query does not exist."),
        ("start_query", {"startTime": 1, "endTime": 2, "queryString": "fields @message"}, "InvalidParameterException",
         "Please specify at least one log group to be queried."),
        ("put_delivery_source", {"name": "d", "resourceArn": "x", "logType": "y"}, "ValidationException",
         "x is not a valid ARN."),
        ("put_delivery_destination",
         {"name": "d", "deliveryDestinationConfiguration": {"destinationResourceArn": "x"}}, "ValidationException",
         "x is not a valid ARN."),
    ],
)  # fmt: skip
def test_the_services_own_error(cloud, operation, parameters, code, message):
    assert error_of(getattr(boto3.client("logs"), operation), **parameters) == (code, message)
    assert cloud.record[-1].error_code == code

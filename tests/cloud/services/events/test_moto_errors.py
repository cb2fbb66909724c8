"""EventBridge's own errors where moto fails on a parameter.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

import boto3

from tests.clouds import error_of


def test_an_unknown_event_source_is_not_found(cloud):
    name = "aws.partner/example.com/orders"
    code, message = error_of(boto3.client("events").describe_event_source, Name=name)
    assert code == "ResourceNotFoundException"
    assert message == f"Event source {name} does not exist."
    assert cloud.record[-1].error_code == code

"""The tests' shortcuts change how long something takes, and nothing else that a test can see."""

from __future__ import annotations

import boto3
import pytest
from botocore import endpoint
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import rsa


def test_keys_of_a_size_differ_until_they_are_used_again():
    keys = [rsa.generate_private_key(65537, 1024) for _ in range(25)]
    assert {key.key_size for key in keys} == {1024}
    assert len({key.public_key().public_numbers().n for key in keys}) == 24
    assert keys[24] is keys[0]


def test_a_call_is_retried_without_waiting(cloud, monkeypatch):
    waits = []
    monkeypatch.setattr(endpoint.time, "sleep", waits.append)
    events = boto3.client("events", region_name="us-east-1")
    events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)")
    targets = [{"Id": str(number), "Arn": "arn:aws:sqs:us-east-1:111122223333:q"} for number in range(6)]
    with pytest.raises(ClientError) as refused:
        events.put_targets(Rule="nightly", Targets=targets)
    assert refused.value.response["Error"]["Code"] == "LimitExceededException"
    assert refused.value.response["ResponseMetadata"]["RetryAttempts"] == len(waits) > 0
    assert set(waits) == {0}

"""Callers get only AWS's errors, whatever the parameters. `make fuzz` makes all of the calls."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.core import registry
from labs_helpers.cloud.core.call import Call
from tests.clouds import error_of
from tests.fuzz.run import Run

SEED, ONE_IN = 1, 60


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """A part of the calls, the same ones each time."""
    logging.getLogger("labs_helpers").setLevel(logging.CRITICAL)
    with Cloud(seed=SEED) as cloud:
        made = Run(cloud, SEED)
        made.all(ONE_IN)
        yield made
    logging.getLogger("labs_helpers").setLevel(logging.NOTSET)


@pytest.mark.ledger("F-GATE-02")
def test_answers_are_of_their_shape_and_every_call_is_recorded(run):
    assert run.made["answered"] + run.made["refused"] > 500
    assert run.broken == []


@pytest.mark.ledger("F-GATE-02")
def test_few_calls_fail_within(run):
    assert run.made["failed within"] <= 0.05 * sum(run.made.values())


@pytest.mark.ledger("F-GATE-02")
@pytest.mark.parametrize(
    ("service", "operation", "code", "message"),
    [
        ("iam", "GetAccountSummary", "InternalFailure", "The request processing has failed because of an unknown"),
        ("s3", "ListBuckets", "InternalError", "We encountered an internal error. Please try again."),
        ("kms", "ListKeys", "InternalFailure", "The request processing has failed because of an unknown"),
        ("lambda", "ListFunctions", "InternalFailure", "The request processing has failed because of an unknown"),
        ("ec2", "DescribeVpcs", "InternalFailure", "The request processing has failed because of an unknown"),
    ],
)  # fmt: skip
def test_a_failure_within_is_awss_answer_and_is_recorded_and_named_in_the_log(
    run, monkeypatch, caplog, service, operation, code, message
):
    def fails(call: Call) -> Any:
        raise AttributeError("'NoneType' object has no attribute 'id'")

    client = boto3.client(service)
    method = next(name for name, known in client._PY_TO_OP_NAME.items() if known == operation)
    monkeypatch.setitem(registry._operations, (service, operation), fails)
    caplog.set_level(logging.ERROR, "labs_helpers")
    found = error_of(getattr(client, method))
    assert found[0] == code
    assert found[1].startswith(message)
    last = run.cloud.record[-1]
    assert (last.service, last.operation, last.error_code) == (service, operation, code)
    assert f"{service}:{operation} failed within the cloud" in caplog.text
    assert "AttributeError" in caplog.text

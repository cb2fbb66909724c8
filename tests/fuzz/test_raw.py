"""Requests that botocore can't produce don't bypass the gate. `make fuzz` sends all of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from labs_helpers.cloud import Cloud
from tests.fuzz.raw_run import RawRun

ONE_IN = 60


@pytest.fixture(scope="module")
def run() -> Iterator[RawRun]:
    """A part of the requests, the same ones each time."""
    logging.getLogger("labs_helpers").setLevel(logging.CRITICAL)
    with Cloud(seed=1) as cloud:
        made = RawRun(cloud)
        made.all(ONE_IN)
        yield made
    logging.getLogger("labs_helpers").setLevel(logging.NOTSET)


@pytest.mark.ledger("F-GATE-04")
def test_what_is_of_another_type_is_refused_unasked_and_recorded_in_every_operation(run):
    assert run.made["type"] > 200
    assert run.made["text"] > 30
    assert run.made["surplus"] > 20
    assert run.faults == []

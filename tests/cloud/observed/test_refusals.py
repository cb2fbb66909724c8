"""Observed denials, repeated in this cloud: the error has the same code and the same wording as on AWS.

OBSERVED in CloudTrail events of 2024 and 2025, which `records` reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from labs_helpers.cloud import Cloud, modelled_services
from tests.cloud.observed import records

pytestmark = pytest.mark.skipif(
    not records.exist(), reason="LABS_VECTORS names no folder with observed events"
)

WORDS = 0.97
"""The part of the refusals that must have AWS's words."""


@pytest.fixture(scope="module")
def trail() -> Iterator[dict[str, tuple[dict[str, Any], dict[str, Any]]]]:
    """Key → AWS's event, and this cloud's event of the same call by a user without permissions."""
    with Cloud() as cloud:
        yield records.play(cloud)


def test_each_refusal_of_a_served_service_is_played_or_left_out_for_a_reason() -> None:
    served = {service.partition("-")[0] for service in modelled_services()}
    keys = {records.key(event) for event in records.events()}
    unknown = (
        {key for key in keys if key.partition(":")[0] in served} - set(records.CALLS) - set(records.LEFT_OUT)
    )
    assert unknown == set()


@pytest.mark.ledger("F-TRL-09")
def test_codes_are_aws_own(trail: Any) -> None:
    assert {
        key: (ours["errorCode"], theirs["errorCode"])
        for key, (theirs, ours) in trail.items()
        if ours["errorCode"] != theirs["errorCode"]
    } == {}


@pytest.mark.ledger("F-IAM-11", "F-IAM-26")
def test_words_are_aws_own(trail: Any) -> None:
    different = {
        key: (records.without_names(ours["errorMessage"]), records.without_names(theirs["errorMessage"]))
        for key, (theirs, ours) in trail.items()
        if records.without_names(ours["errorMessage"]) != records.without_names(theirs["errorMessage"])
    }
    assert len(trail) >= 110
    assert len(different) <= (1 - WORDS) * len(trail), different

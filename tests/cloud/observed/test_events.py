"""Events that AWS recorded, compared member by member with this cloud's events for the same calls.

OBSERVED in CloudTrail events of 2024 and 2025, which `records` reads.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.cloud.observed import records
from tests.cloud.observed.test_refusals import trail

__all__ = ["trail"]

pytestmark = pytest.mark.skipif(
    not records.exist(), reason="LABS_VECTORS names no folder with observed events"
)

_ABOUT_THE_RECORDER = {"eventVersion", "tlsDetails", "sessionCredentialFromConsole"}
"""Members that depend on when and from where a call was made: they are not compared."""


def _kinds(event: dict[str, Any], key: str) -> dict[str, str]:
    kinds = {name: type(value).__name__ for name, value in event.items() if name not in _ABOUT_THE_RECORDER}
    if key.startswith("ec2:") and not records.CALLS[key]:
        del kinds["requestParameters"]  # the recorded call had parameters that are not needed to play it
    return kinds


@pytest.mark.ledger("F-TRL-01")
def test_events_have_aws_own_members(trail: Any) -> None:
    assert len(trail) >= 40
    different = {
        key: (_kinds(ours, key), _kinds(theirs, key))
        for key, (theirs, ours) in trail.items()
        if _kinds(ours, key) != _kinds(theirs, key)
    }
    assert different == {}


@pytest.mark.ledger("F-TRL-05")
def test_a_denied_call_shows_what_it_asked_for_only_where_aws_does(trail: Any) -> None:
    denied = {key: pair for key, pair in trail.items() if "not authorized" in pair[0]["errorMessage"]}
    assert len(denied) >= 100
    for key, (theirs, ours) in denied.items():
        if records.CALLS[key]:
            assert (ours["requestParameters"] is None) == (theirs["requestParameters"] is None), key
        assert ("resources" in ours) == ("resources" in theirs), key


@pytest.mark.parametrize(
    "member", ["eventSource", "eventName", "readOnly", "eventType", "managementEvent", "eventCategory"]
)
def test_events_have_aws_own_values(trail: Any, member: str) -> None:
    different = {
        key: (ours[member], theirs[member])
        for key, (theirs, ours) in trail.items()
        if ours[member] != theirs[member]
    }
    assert different == {}

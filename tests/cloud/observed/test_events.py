"""Events that AWS recorded, compared member by member with this cloud's events for the same calls.

OBSERVED in CloudTrail events of 2024 and 2025, which `records` reads.
"""

from __future__ import annotations

from collections.abc import Iterator
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
_NEWER_SDK = {"requestParameters.x-amz-sdk-checksum-algorithm"}
"""What a boto3 of 2025 sends to S3, and the AWS CLI of 2024 that made the recorded calls didn't."""


def _kinds(event: dict[str, Any]) -> dict[str, str]:
    """Return the type of each member at any depth, by path; `[]` stands for each item of a list."""
    kinds = dict(_walk("", event))
    return {
        path: kind
        for path, kind in kinds.items()
        if path.split(".")[0] not in _ABOUT_THE_RECORDER and path not in _NEWER_SDK
    }


def _walk(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if path:
        yield path, type(value).__name__
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _walk(f"{path}.{name}" if path else name, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(f"{path}[]", inner)


def _different(theirs: dict[str, Any], ours: dict[str, Any]) -> set[tuple[str, str]]:
    pair = [_kinds(theirs), _kinds(ours)]
    if theirs["userIdentity"]["type"] != ours["userIdentity"]["type"]:
        # Some recorded callers were sessions of a role, and here each caller is a user.
        pair = [{path: kind for path, kind in each.items() if "userIdentity." not in path} for each in pair]
    return set(pair[0].items()) ^ set(pair[1].items())


@pytest.mark.ledger("F-TRL-01")
def test_events_have_aws_own_members_at_any_depth(trail: Any) -> None:
    assert len(trail) >= 130
    different = {key: _different(theirs, ours) for key, (theirs, ours) in trail.items()}
    assert {key: found for key, found in different.items() if found} == {}


def test_most_callers_are_compared_too(trail: Any) -> None:
    users = [theirs for theirs, _ in trail.values() if theirs["userIdentity"]["type"] == "IAMUser"]
    assert len(users) >= 0.9 * len(trail)


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

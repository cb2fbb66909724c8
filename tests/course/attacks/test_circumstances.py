"""Circumstances change how a call was sent, but never who did what."""

from __future__ import annotations

from typing import Any

import pytest

from labs_helpers.course.attacks.circumstances import CIRCUMSTANCES, varied

USER = {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/pia", "userName": "pia"}
FEDERATED = {"type": "FederatedUser", "sessionContext": {"attributes": {"mfaAuthenticated": "false"}}}
SERVICE = {"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"}
TURNS = range(len(CIRCUMSTANCES))


def record(who: dict[str, Any] = USER) -> dict[str, Any]:
    return {
        "eventName": "StopLogging",
        "eventTime": "2026-11-30T02:14:00Z",
        "requestParameters": {"name": "trail"},
        "sourceIPAddress": "198.51.100.66",
        "userAgent": "Boto3/1.40.70",
        "userIdentity": who,
    }


@pytest.mark.parametrize("turn", TURNS)
def test_the_caller_and_the_request_stay(turn):
    _, [changed] = varied([record()], turn)
    assert USER.items() <= changed["userIdentity"].items()
    assert changed["requestParameters"] == {"name": "trail"}
    assert changed["eventTime"] == "2026-11-30T02:14:00Z"


def test_the_first_circumstances_are_those_in_which_the_calls_were_played():
    assert varied([record()], 0) == ("", (record(),))
    assert varied([record()], len(CIRCUMSTANCES)) == ("", (record(),))


def test_a_user_signs_in_to_the_console_with_mfa_and_a_federated_user_does_not():
    how, found = varied([record(), record(FEDERATED)], 1)
    assert "MFA" in how
    assert found[0]["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"
    assert found[1]["userIdentity"] == FEDERATED


def test_a_service_calls_for_the_caller_but_not_for_another_service():
    _, found = varied([record(), record(SERVICE)], 2)
    assert (
        found[0]["sourceIPAddress"] == found[0]["userIdentity"]["invokedBy"] == "cloudformation.amazonaws.com"
    )
    assert found[1] == record(SERVICE)


def test_several_programs_take_part():
    _, found = varied([record()] * 6, 3)
    assert [each["userAgent"] for each in found].count(found[0]["userAgent"]) == 2

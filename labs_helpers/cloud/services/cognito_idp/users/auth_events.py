"""The history of user authentication events, which threat protection records.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-adaptive-authentication.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.calls import PAGES, client_address, pool_of, user_of
from labs_helpers.cloud.services.cognito_idp.errors import error, not_authorized, not_found
from labs_helpers.cloud.services.cognito_idp.state import User, UserPool


def note(
    call: Call, pool: UserPool, user: User, kind: str, outcome: str, challenge: tuple[str, str] | None = None
) -> None:
    """Record an authentication event if the pool's threat protection is on."""
    if not _watched(pool):
        return
    event: dict[str, Any] = {
        "EventId": call.state.ids.uuid(), "EventType": kind, "CreationDate": call.time, "EventResponse": outcome,
        "EventRisk": {"RiskDecision": "NoRisk", "RiskLevel": "Low", "CompromisedCredentialsDetected": False},
        "ChallengeResponses": [],
        "EventContextData": {"IpAddress": client_address(call, pool)},
    }  # fmt: skip
    if challenge:
        event["ChallengeResponses"] = [{"ChallengeName": challenge[0], "ChallengeResponse": challenge[1]}]
    user.events.insert(0, event)


def _watched(pool: UserPool) -> bool:
    mode = (pool.settings.get("UserPoolAddOns") or {}).get("AdvancedSecurityMode", "OFF")
    return bool(mode != "OFF")


def refuse_unwatched(pool: UserPool) -> None:
    """Raise UserPoolAddOnNotEnabledException if threat protection is off."""
    if not _watched(pool):
        raise error("UserPoolAddOnNotEnabled", "Threat protection is not enabled for this user pool.")


@operation("cognito-idp", "AdminListUserAuthEvents")
def admin_list_user_auth_events(call: Call) -> dict[str, Any]:
    """List a user's authentication events.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminListUserAuthEvents.html
    """
    pool = pool_of(call)
    refuse_unwatched(pool)
    return PAGES.page(call, "AuthEvents", user_of(call, pool).events)


@operation("cognito-idp", "AdminUpdateAuthEventFeedback")
def admin_update_auth_event_feedback(call: Call) -> dict[str, Any]:
    """Record an administrator's feedback on an authentication event.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUpdateAuthEventFeedback.html
    """
    pool = pool_of(call)
    refuse_unwatched(pool)
    _judge(call, user_of(call, pool), "Admin")
    return {}


def _judge(call: Call, user: User, provider: str) -> None:
    wanted = call.parameters["EventId"]
    event = next((each for each in user.events if each["EventId"] == wanted), None)
    if event is None:
        raise not_found(f"Event {wanted} does not exist.")
    event["EventFeedback"] = {
        "FeedbackValue": call.parameters["FeedbackValue"], "Provider": provider, "FeedbackDate": call.time,
    }  # fmt: skip


@operation("cognito-idp", "UpdateAuthEventFeedback")
def update_auth_event_feedback(call: Call) -> dict[str, Any]:
    """Reject feedback from a user on an authentication event.

    The feedback requires the token from a notification that Cognito sends when it detects a risk. Risks aren't modeled,
    so every token is invalid.
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateAuthEventFeedback.html
    """
    pool = pool_of(call)
    refuse_unwatched(pool)
    user_of(call, pool)
    raise not_authorized("Invalid feedback token.")

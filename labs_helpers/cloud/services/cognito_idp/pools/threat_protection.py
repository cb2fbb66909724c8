"""Threat protection: risk settings, blocked IP address ranges, and exported logs.

Cognito's risk assessment isn't modeled, so no sign-in is rated as risky. Lists of blocked IP addresses are enforced.
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-threat-protection.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.calls import client_address, client_of, given, pool_of
from labs_helpers.cloud.services.cognito_idp.errors import invalid, not_authorized, not_in_tier
from labs_helpers.cloud.services.cognito_idp.state import Client, UserPool
from labs_helpers.cloud.services.cognito_idp.users import auth_events

_MEMBERS = (
    "CompromisedCredentialsRiskConfiguration", "AccountTakeoverRiskConfiguration", "RiskExceptionConfiguration",
)  # fmt: skip


@operation("cognito-idp", "SetRiskConfiguration")
def set_risk_configuration(call: Call) -> dict[str, Any]:
    """Set the risk configuration of a pool or of one client. An empty request removes the risk configuration.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetRiskConfiguration.html
    """
    pool = pool_of(call)
    target = client_of(call, pool).id if call.parameters.get("ClientId") else ""
    auth_events.refuse_unwatched(pool)
    settings = given(call, *_MEMBERS)
    _check_takeover(settings.get("AccountTakeoverRiskConfiguration"))
    _check_addresses(settings.get("RiskExceptionConfiguration") or {})
    if settings:
        pool.risks[target] = {**settings, "LastModifiedDate": call.time}
    else:
        pool.risks.pop(target, None)
    return {"RiskConfiguration": _risk_configuration(pool, target)}


def _check_takeover(settings: Mapping[str, Any] | None) -> None:
    actions = (settings or {}).get("Actions") or {}
    if any(action.get("Notify") for action in actions.values()) and not (settings or {}).get(
        "NotifyConfiguration"
    ):
        raise invalid("NotifyConfiguration is required to notify users.")


def _check_addresses(settings: Mapping[str, Any]) -> None:
    for name in ("BlockedIPRangeList", "SkippedIPRangeList"):
        for text in settings.get(name) or ():
            try:
                ipaddress.ip_network(text)
            except ValueError as wrong:
                raise invalid(f"{text} in {name} is not an IP address range in CIDR notation.") from wrong


def _risk_configuration(pool: UserPool, target: str) -> dict[str, Any]:
    own = {"ClientId": target} if target and target in pool.risks else {}
    return {"UserPoolId": pool.id, **own, **(pool.risks.get(target) or pool.risks.get("") or {})}


@operation("cognito-idp", "DescribeRiskConfiguration")
def describe_risk_configuration(call: Call) -> dict[str, Any]:
    """Return the risk configuration of a client or, if the client has none, of the pool.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeRiskConfiguration.html
    """
    pool = pool_of(call)
    target = client_of(call, pool).id if call.parameters.get("ClientId") else ""
    auth_events.refuse_unwatched(pool)
    return {"RiskConfiguration": _risk_configuration(pool, target)}


def refuse_blocked(call: Call, pool: UserPool, client: Client) -> None:
    """Raise NotAuthorizedException for a request from a blocked IP address, if threat protection is enforced."""
    if (pool.settings.get("UserPoolAddOns") or {}).get("AdvancedSecurityMode") != "ENFORCED":
        return
    settings = pool.risks.get(client.id) or pool.risks.get("") or {}
    ranges = (settings.get("RiskExceptionConfiguration") or {}).get("BlockedIPRangeList") or ()
    try:
        source = ipaddress.ip_address(client_address(call, pool))
    except ValueError:
        return
    if any(source in ipaddress.ip_network(each) for each in ranges):
        raise not_authorized("Unable to login because of security reasons.")


# --- logs -----------------------------------------------------------------------------------------------------

_DESTINATIONS = ("CloudWatchLogsConfiguration", "S3Configuration", "FirehoseConfiguration")


@operation("cognito-idp", "SetLogDeliveryConfiguration")
def set_log_delivery_configuration(call: Call) -> dict[str, Any]:
    """Replace a pool's log configurations.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetLogDeliveryConfiguration.html
    """
    pool, wanted = pool_of(call), call.parameters["LogConfigurations"]
    sources = [each["EventSource"] for each in wanted]
    if len(set(sources)) < len(sources):
        raise invalid("Each event source can have only one log configuration.")
    for each in wanted:
        _check_log(pool, each)
    pool.logs = wanted
    return _log_configuration(pool)


def _check_log(pool: UserPool, settings: Mapping[str, Any]) -> None:
    where = [name for name in _DESTINATIONS if settings.get(name)]
    if len(where) != 1:
        raise invalid("A log configuration needs exactly one destination.")
    if settings["EventSource"] == "userAuthEvents":
        if pool.tier != "PLUS":
            raise not_in_tier("Export of userAuthEvents", pool.tier)
        if settings["LogLevel"] != "INFO":
            raise invalid("userAuthEvents are logged with the level INFO.")
    elif settings["LogLevel"] != "ERROR" or where != ["CloudWatchLogsConfiguration"]:
        raise invalid("userNotification events are logged with the level ERROR, to CloudWatch Logs.")


def _log_configuration(pool: UserPool) -> dict[str, Any]:
    return {"LogDeliveryConfiguration": {"UserPoolId": pool.id, "LogConfigurations": pool.logs}}


@operation("cognito-idp", "GetLogDeliveryConfiguration")
def get_log_delivery_configuration(call: Call) -> dict[str, Any]:
    """Return a pool's log configurations.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetLogDeliveryConfiguration.html
    """
    return _log_configuration(pool_of(call))

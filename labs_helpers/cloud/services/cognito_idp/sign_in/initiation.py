"""The beginning of an authentication: InitiateAuth and AdminInitiateAuth."""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.calls import (
    check_secret_hash,
    client_of,
    pool_of,
    public_client,
)
from labs_helpers.cloud.services.cognito_idp.errors import (
    invalid,
    not_in_tier,
)
from labs_helpers.cloud.services.cognito_idp.sign_in import (
    custom_challenges,
    first_factor_choice,
    password_verification,
)
from labs_helpers.cloud.services.cognito_idp.sign_in.challenges import required
from labs_helpers.cloud.services.cognito_idp.state import Client, UserPool
from labs_helpers.cloud.services.cognito_idp.tokens import renewal

_ALLOWED_BY = {
    "USER_SRP_AUTH": ("ALLOW_USER_SRP_AUTH",),
    "USER_PASSWORD_AUTH": ("ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"),
    "ADMIN_USER_PASSWORD_AUTH": ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"),
    "ADMIN_NO_SRP_AUTH": ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"),
    "CUSTOM_AUTH": ("ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY"),
    "REFRESH_TOKEN_AUTH": ("ALLOW_REFRESH_TOKEN_AUTH",),
    "REFRESH_TOKEN": ("ALLOW_REFRESH_TOKEN_AUTH",),
    "USER_AUTH": ("ALLOW_USER_AUTH",),
}


_ADMIN_ONLY = ("ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH")


_LEGACY_ALWAYS = ("USER_SRP_AUTH", "CUSTOM_AUTH", "REFRESH_TOKEN_AUTH", "REFRESH_TOKEN")
"""Flows that a client with older ExplicitAuthFlows values supports without listing them."""


@operation("cognito-idp", "InitiateAuth")
def initiate_auth(call: Call) -> dict[str, Any]:
    """Begin an authentication through an app client.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html
    """
    pool, client = public_client(call)
    if call.parameters["AuthFlow"] in _ADMIN_ONLY:
        raise invalid("Initiate Auth method not supported.")
    return _begin(call, pool, client)


@operation("cognito-idp", "AdminInitiateAuth")
def admin_initiate_auth(call: Call) -> dict[str, Any]:
    """Begin an authentication with an administrator's credentials.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminInitiateAuth.html
    """
    pool = pool_of(call)
    return _begin(call, pool, client_of(call, pool))


def _begin(call: Call, pool: UserPool, client: Client) -> dict[str, Any]:
    chosen, parameters = call.parameters["AuthFlow"], call.parameters.get("AuthParameters") or {}
    _check_flow(pool, client, chosen)
    if chosen in ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"):
        return renewal.refresh(call, pool, client, parameters)
    name = required(parameters, "USERNAME")
    check_secret_hash(client, name, parameters.get("SECRET_HASH"))
    match chosen:
        case "USER_SRP_AUTH":
            challenge = password_verification.begin_srp(call, pool, client, name, parameters)
            # The secret block identifies the session; AWS returns no session here.
            del challenge["Session"]
            return challenge
        case "CUSTOM_AUTH":
            return custom_challenges.begin(call, pool, client, name, parameters)
        case "USER_AUTH":
            return first_factor_choice.begin(call, pool, client, name, parameters)
    password = required(parameters, "PASSWORD")
    return password_verification.sign_in_by_password(
        call, pool, client, name, password, parameters.get("DEVICE_KEY")
    )


def _check_flow(pool: UserPool, client: Client, chosen: str) -> None:
    """Check that the client lists the flow and that the pool's feature plan has it.

    Raises InvalidParameterException or FeatureUnavailableInTierException.
    """
    if chosen == "USER_AUTH" and pool.tier == "LITE":
        raise not_in_tier("USER_AUTH", pool.tier)
    listed = client.settings["ExplicitAuthFlows"]
    if any(flow_name in listed for flow_name in _ALLOWED_BY[chosen]):
        return
    # Clients with values that lack the prefix ALLOW_ also support flows that they don't list, but
    # CUSTOM_AUTH_FLOW_ONLY excludes SRP.
    old_kind = not any(each.startswith("ALLOW_") for each in listed)
    if (
        old_kind
        and chosen in _LEGACY_ALWAYS
        and ("CUSTOM_AUTH_FLOW_ONLY" not in listed or chosen != "USER_SRP_AUTH")
    ):
        return
    if chosen in _ADMIN_ONLY:
        raise invalid("Auth flow not enabled for this client")
    if chosen == "USER_PASSWORD_AUTH":
        raise invalid("USER_PASSWORD_AUTH flow not enabled for this client")
    raise invalid(f"{chosen} is not enabled for the client.")

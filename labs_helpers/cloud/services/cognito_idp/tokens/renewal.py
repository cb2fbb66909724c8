"""Renewal and revocation of tokens with a refresh token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.calls import (
    check_secret,
    check_secret_hash,
    public_client,
    secret_hash,
)
from labs_helpers.cloud.services.cognito_idp.errors import (
    error,
    invalid,
)
from labs_helpers.cloud.services.cognito_idp.managed_login.state import ManagedLogin
from labs_helpers.cloud.services.cognito_idp.sign_in.challenges import required
from labs_helpers.cloud.services.cognito_idp.state import Client, User, UserPool
from labs_helpers.cloud.services.cognito_idp.tokens import issuing, sign_in_grants


def refresh(call: Call, pool: UserPool, client: Client, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Issue new tokens for the flow REFRESH_TOKEN_AUTH of InitiateAuth."""
    token = required(parameters, "REFRESH_TOKEN")
    found, user = sign_in_grants.find_usable(call, pool, client, token, parameters.get("DEVICE_KEY"))
    _check_secret_hash(client, user, parameters.get("SECRET_HASH"))
    found.last_active, found.address = call.time, call.source_ip
    result = issuing.issue(call, pool, client, user, found, None, "TokenGeneration_RefreshTokens")
    return {"AuthenticationResult": result, "ChallengeParameters": {}}


def _check_secret_hash(client: Client, user: User, given: str | None) -> None:
    """Check a refresh request's SECRET_HASH, which can contain any name with which the user can sign in."""
    names = (user.username, user.sub, *(user.attributes.get(name, "") for name in ("email", "phone_number")))
    fitting = [
        name
        for name in names
        if name and given in {secret_hash(s.value, name, client.id) for s in client.secrets}
    ]
    check_secret_hash(client, fitting[0] if fitting else user.username, given)


@operation("cognito-idp", "GetTokensFromRefreshToken")
def get_tokens_from_refresh_token(call: Call) -> dict[str, Any]:
    """Issue new tokens, and a new refresh token if the client rotates refresh tokens.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetTokensFromRefreshToken.html
    """
    pool, client = public_client(call)
    given = call.parameters
    check_secret(client, given.get("ClientSecret"))
    token = given["RefreshToken"]
    found, user = sign_in_grants.find_usable(call, pool, client, token, given.get("DeviceKey"))
    result = issuing.issue(call, pool, client, user, found, None, "TokenGeneration_RefreshTokens")
    fresh = sign_in_grants.rotate_refresh_token(call, client, found, token)
    return {"AuthenticationResult": result | ({"RefreshToken": fresh} if fresh else {})}


@operation("cognito-idp", "RevokeToken")
def revoke_token(call: Call) -> dict[str, Any]:
    """Revoke a refresh token's grant.

    Revoking a grant again succeeds. Raises UnauthorizedException for another client's token or a wrong secret, or
    InvalidParameterException for an unknown token.
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RevokeToken.html
    """
    try:
        pool, client = public_client(call)
    except ServiceError as unknown:
        raise error("Unauthorized", unknown.message) from unknown
    try:
        check_secret(client, call.parameters.get("ClientSecret"))
    except ServiceError as wrong:
        raise error("Unauthorized", wrong.message) from wrong
    token = call.parameters["Token"]
    if token.count(".") == 2:
        raise error("UnsupportedTokenType", "Only refresh tokens can be revoked.")
    if not client.settings.get("EnableTokenRevocation", True):
        raise error("UnsupportedOperation", "Token revocation is not enabled for the client.")
    found = sign_in_grants.find(pool, client, token)
    if found is None:
        raise (
            error("Unauthorized", "Invalid refresh token.")
            if _is_of_another_client(pool, token)
            else invalid("Invalid refresh token.")
        )
    found.revoked = True
    if call.parameters.get("RevokeAssociatedSessions") == "LINKED" and pool.session_tracking:
        call.state.part(ManagedLogin).end(found.parent)
    return {}


def _is_of_another_client(pool: UserPool, token: str) -> bool:
    digest = sign_in_grants.hashed(token)
    return any(digest == each.refresh for each in pool.grants.values())

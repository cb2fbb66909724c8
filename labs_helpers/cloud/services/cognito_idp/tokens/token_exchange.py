"""Token exchange: a token for one service, issued for a token of a user or of a client.

The claims follow the operation's page and, where it is silent, RFC 8693.
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetDerivedToken.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.services.cognito_idp import triggers
from labs_helpers.cloud.services.cognito_idp.calls import check_secret, ours, public_client
from labs_helpers.cloud.services.cognito_idp.errors import invalid, not_authorized, not_found
from labs_helpers.cloud.services.cognito_idp.state import Client, UserPool
from labs_helpers.cloud.services.cognito_idp.tokens import grants, issuing, lifetimes, verification
from labs_helpers.cloud.services.cognito_idp.tokens.verification import Verified


@ours("GetDerivedToken")
def get_derived_token(call: Call) -> dict[str, Any]:
    """Exchange a subject's token, and perhaps an actor's, for a token with an audience.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetDerivedToken.html
    """
    pool, client = public_client(call)
    if pool.account != call.account:
        raise not_found(f"User pool client {client.id} does not exist.")
    check_secret(client, call.parameters.get("ClientSecret"))
    actor = call.parameters.get("ActorToken")
    flow = "ALLOW_TOKEN_EXCHANGE_DELEGATION" if actor else "ALLOW_TOKEN_EXCHANGE_IMPERSONATION"
    if flow not in client.settings["ExplicitAuthFlows"]:
        raise invalid(f"{flow} is not enabled for the client.")
    if actor and not call.parameters.get("ActorTokenType"):
        raise invalid("ActorTokenType is required with an ActorToken.")
    if call.parameters.get("Audiences") and call.parameters.get("Resources"):
        raise invalid("Audiences and Resources can't be requested together.")
    audience = _audience(call, pool)
    subject = _verified_token(call, pool, "Subject")
    acting = _verified_token(call, pool, "Actor").claims["sub"] if actor else None
    return _exchange(call, pool, client, subject, _scopes(call, client, subject), audience, acting)


def _audience(call: Call, pool: UserPool) -> str | None:
    """Return the audience of the token. Raises ResourceNotFoundException for a resource server that doesn't exist."""
    for identifier in call.parameters.get("Resources") or ():
        if identifier not in pool.resource_servers:
            raise not_found(f"Resource server {identifier} does not exist.")
        return str(identifier)
    return next(iter(call.parameters.get("Audiences") or ()), None)


def _verified_token(call: Call, pool: UserPool, whose: str) -> Verified:
    """Return the subject's or the actor's token, verified as a token of this pool. Raises NotAuthorizedException."""
    kind = call.parameters[f"{whose}TokenType"]
    if call.parameters.get(f"{whose}TokenProviderName") or kind == "SAML2":
        raise NotModelled("cognito-idp GetDerivedToken with tokens of outside providers is not modelled")
    try:
        found = verification.verify(
            call.state, call.parameters[f"{whose}Token"], "id" if kind == "ID_TOKEN" else "access"
        )
    except verification.Rejected as why:
        raise not_authorized(str(why)) from why
    if found.pool is not pool:
        raise not_authorized("Invalid Access Token")
    return found


def _scopes(call: Call, client: Client, subject: Verified) -> list[str]:
    """Return the subject's scopes, or the requested ones that both the subject and the client have."""
    had = str(subject.claims.get("scope", "")).split() or list(subject.grant.scopes if subject.grant else ())
    requested = call.parameters.get("Scopes")
    if not requested:
        return had
    allowed = client.settings.get("AllowedOAuthScopes") or ()
    return [scope for scope in requested if scope in had and scope in allowed]


def _exchange(
    call: Call, pool: UserPool, client: Client, subject: Verified, scopes: list[str], audience: str | None,
    acting: str | None,
) -> dict[str, Any]:  # fmt: skip
    if (
        triggers.arn_of(pool, "PreTokenGeneration") is not None
        or subject.user is None
        or subject.grant is None
    ):
        raise NotModelled(
            "cognito-idp GetDerivedToken is not modelled with a pre token generation trigger, whose source is not "
            "documented, nor for tokens of client credentials"
        )
    found, _ = grants.create(
        call, pool, client, subject.user, scopes=scopes, auth_time=subject.grant.auth_time, resource=audience,
        actor=acting,
    )  # fmt: skip
    issued = issuing.issue(call, pool, client, subject.user, found, None, "")
    wanted = call.parameters.get("RequestedTokenType") or "ACCESS_TOKEN"
    kind = {"ACCESS_TOKEN": "AccessToken", "ID_TOKEN": "IdToken"}[wanted]
    return {
        "IssuedToken": issued[kind], "IssuedTokenType": wanted, "TokenType": "Bearer",
        "ExpiresIn": int(lifetimes.lifetime(client, kind).total_seconds()), **({"Scopes": scopes} if scopes else {}),
    }  # fmt: skip

"""Claims about users, groups, and roles, and their customization by a pre token generation trigger.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.cognito_idp import triggers
from labs_helpers.cloud.services.cognito_idp.state import Client, Grant, Group, User, UserPool

SCOPES: Mapping[str, tuple[str, ...]] = {
    "email": ("email", "email_verified"), "phone": ("phone_number", "phone_number_verified"), "profile": (),
}  # fmt: skip
"""OpenID scopes that restrict an ID token's claims, with each scope's claims. `profile` adds all other claims."""
CONTACT_CLAIMS = frozenset(name for names in SCOPES.values() for name in names)
_BOOLEANS = ("email_verified", "phone_number_verified")
_KEPT = frozenset(
    "acr amr at_hash aud auth_time azp exp iat iss jti nbf nonce origin_jti sub token_use cognito:username "
    "cognito:groups cognito:roles cognito:preferred_role".split()
)
"""Claims that no trigger changes."""
_KEPT_IN_ACCESS = _KEPT | frozenset("client_id device_key event_id scope username version".split())


def group_claims(groups: list[Group], *, roles: bool) -> dict[str, Any]:
    """Return `cognito:groups` and, for ID tokens, the roles of the groups and the preferred role."""
    claims: dict[str, Any] = {}
    if groups:
        claims["cognito:groups"] = [group.name for group in groups]
    arns = list(dict.fromkeys(group.role for group in groups if group.role))
    if roles and arns:
        claims["cognito:roles"] = arns
        preferred = preferred_role(groups)
        if preferred:
            claims["cognito:preferred_role"] = preferred
    return claims


def preferred_role(groups: list[Group]) -> str | None:
    """Return the only role of the groups, or the role of the group with the lowest precedence value, or None for a tie.

    https://docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html
    """
    with_role = [group for group in groups if group.role]
    ranked = [group for group in with_role if group.precedence is not None]
    best = min((group.precedence or 0 for group in ranked), default=None)
    first = ranked if best is not None else with_role
    roles = {group.role for group in first if best is None or group.precedence == best}
    return roles.pop() if len(roles) == 1 else None


def attribute_claims(user: User, released: Collection[str]) -> dict[str, Any]:
    """Return a user's attributes as claims. Custom attributes are strings, regardless of their type."""
    claims: dict[str, Any] = {}
    for name, value in user.attributes.items():
        if name not in released:
            continue
        if name in _BOOLEANS:
            claims[name] = value == "true"
        elif name == "updated_at" and value.isdigit():
            claims[name] = int(value)
        elif name == "address":
            claims[name] = {"formatted": value}
        else:
            claims[name] = value
    if user.identities and "identities" in released:
        claims["identities"] = user.identities
    return claims


def customize(
    call: Call,
    pool: UserPool,
    client: Client,
    user: User,
    found: Grant,
    groups: list[Group],
    id_claims: dict[str, Any],
    access_claims: dict[str, Any],
    source: str,
) -> None:
    """Have the pre token generation trigger change the claims of the ID token and the access token in place."""
    version = triggers.version(pool)
    request: dict[str, Any] = {
        "userAttributes": triggers.user_attributes(user),
        "groupConfiguration": {
            "groupsToOverride": [group.name for group in groups],
            "iamRolesToOverride": list(dict.fromkeys(group.role for group in groups if group.role)),
            "preferredRole": preferred_role(groups),
        },
        "clientMetadata": triggers.metadata(call),
    }
    old = version == "V1_0"
    if not old:
        request["scopes"] = list(found.scopes)
    member = "claimsOverrideDetails" if old else "claimsAndScopeOverrideDetails"
    answer = triggers.run(
        call, pool, "PreTokenGeneration", source, username=user.username, client=client.id, request=request,
        response={member: None}, event_version=version[1],
    )  # fmt: skip
    details = (answer or {}).get(member)
    if not details:
        return
    if not isinstance(details, dict):
        raise triggers.unreadable()
    if old:
        _override(id_claims, details, _KEPT, texts=True)
    else:
        _override(id_claims, details.get("idTokenGeneration") or {}, _KEPT)
        in_access = details.get("accessTokenGeneration") or {}
        _override(access_claims, in_access, _KEPT_IN_ACCESS)
        _bind_audience(access_claims, client, in_access)
        _override_scopes(access_claims, in_access)
    _override_groups(details.get("groupOverrideDetails"), id_claims, access_claims)


def _override(claims: dict[str, Any], change: Any, kept: frozenset[str], *, texts: bool = False) -> None:
    if not isinstance(change, dict):
        raise triggers.unreadable()
    for name, value in (change.get("claimsToAddOrOverride") or {}).items():
        if texts and not isinstance(value, str):
            raise triggers.unreadable()
        if name not in kept and not name.startswith(("aws:", "cognito:")):
            claims[name] = value
    for name in change.get("claimsToSuppress") or ():
        if name not in kept:
            claims.pop(name, None)


def _bind_audience(claims: dict[str, Any], client: Client, change: Mapping[str, Any]) -> None:
    """Let a trigger set an access token's `aud` claim to the client ID. Any other value is ignored."""
    if (change.get("claimsToAddOrOverride") or {}).get("aud") == client.id:
        claims["aud"] = client.id


def _override_scopes(claims: dict[str, Any], change: Mapping[str, Any]) -> None:
    scopes = dict.fromkeys([*claims["scope"].split(), *(change.get("scopesToAdd") or ())])
    gone = set(change.get("scopesToSuppress") or ())
    claims["scope"] = " ".join(scope for scope in scopes if scope not in gone)


def _override_groups(change: Any, id_claims: dict[str, Any], access_claims: dict[str, Any]) -> None:
    if not change:
        return
    if not isinstance(change, dict):
        raise triggers.unreadable()
    if change.get("groupsToOverride") is not None:
        for claims in (id_claims, access_claims):
            _put(claims, "cognito:groups", list(change["groupsToOverride"]))
    if change.get("iamRolesToOverride") is not None:
        _put(id_claims, "cognito:roles", list(change["iamRolesToOverride"]))
    if change.get("preferredRole") is not None:
        _put(id_claims, "cognito:preferred_role", change["preferredRole"])


def _put(claims: dict[str, Any], name: str, value: Any) -> None:
    if value:
        claims[name] = value
    else:
        claims.pop(name, None)


def customize_client_token(call: Call, pool: UserPool, client: Client, claims: dict[str, Any]) -> None:
    """Have a trigger with event version 3 change the claims in a client credentials token.

    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
    """
    if triggers.version(pool) != "V3_0":
        return
    answer = triggers.run(
        call, pool, "PreTokenGeneration", "TokenGeneration_ClientCredentials", username=client.id, client=client.id,
        request={
            "userAttributes": {}, "groupConfiguration": {}, "scopes": claims["scope"].split(),
            "clientMetadata": triggers.metadata(call),
        },
        response={"claimsAndScopeOverrideDetails": None}, event_version="3",
    )  # fmt: skip
    details = (answer or {}).get("claimsAndScopeOverrideDetails") or {}
    in_access = details.get("accessTokenGeneration") or {}
    _override(claims, in_access, _KEPT_IN_ACCESS)
    _override_scopes(claims, in_access)

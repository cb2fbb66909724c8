"""Developer-authenticated identities: an application's backend uses its AWS credentials to vouch for its users.

https://docs.aws.amazon.com/cognito/latest/developerguide/developer-authenticated-identities.html
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_identity.credentials import sign_token
from labs_helpers.cloud.services.cognito_identity.errors import conflict, invalid, not_authorized, not_found
from labs_helpers.cloud.services.cognito_identity.logins import Login, verify_logins
from labs_helpers.cloud.services.cognito_identity.pool_identities import (
    identity_of,
    join,
    merge,
    new_identity,
)
from labs_helpers.cloud.services.cognito_identity.pools import PAGES, SERVICE, pool_of
from labs_helpers.cloud.services.cognito_identity.state import Identity, IdentityPool

_DEFAULT_LIFE = 15 * 60


def _developer_provider(pool: IdentityPool, name: str | None = None) -> str:
    own = pool.settings.get("DeveloperProviderName")
    if own is None or (name is not None and name != own):
        raise not_authorized("The provider is not the developer provider of this identity pool.")
    return str(own)


@operation(SERVICE, "GetOpenIdTokenForDeveloperIdentity")
def get_open_id_token_for_developer_identity(call: Call) -> dict[str, Any]:
    """Return a token for a user of the developer provider, and link the user with the call's other logins.

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetOpenIdTokenForDeveloperIdentity.html
    """
    pool, given = pool_of(call), call.parameters
    provider, logins = _developer_provider(pool), dict(given["Logins"])
    user = logins.pop(provider, None)
    if user is None:
        raise invalid(f"Logins must name a user of the developer provider {provider}.")
    identity = _identity_to_use(call, pool, user, given.get("IdentityId"))
    proofs = verify_logins(call, pool, logins)
    if proofs:
        identity = join(call, pool, identity, proofs)
    identity = identity or new_identity(call, pool)
    if user not in identity.developer:
        identity.developer.append(user)
        identity.modified = call.time
    login = Login(provider, user, provider, ("authenticated", provider, f"{provider}:{pool.id}:{user}"))
    life = timedelta(seconds=given.get("TokenDuration") or _DEFAULT_LIFE)
    token = sign_token(call, pool, identity, [login, *proofs], life, dict(given.get("PrincipalTags") or {}))
    return {"IdentityId": identity.id, "Token": token}


def _identity_to_use(call: Call, pool: IdentityPool, user: str, named: str | None) -> Identity | None:
    """Return the identity of a developer provider's user, or the identity that the call specifies for the user.

    Raises DeveloperUserAlreadyRegisteredException if the user has another identity.
    """
    identity = pool.of_developer(user)
    if named is None:
        return identity
    chosen = pool.identities.get(named)
    if chosen is None:
        raise not_found(f"Identity '{named}' not found.")
    if identity is not None and identity is not chosen:
        raise ServiceError(
            "DeveloperUserAlreadyRegisteredException", "The user is registered with another identity.", 400
        )
    return chosen


@operation(SERVICE, "LookupDeveloperIdentity")
def lookup_developer_identity(call: Call) -> dict[str, Any]:
    """Return the identity of a developer provider's user, or the users of the provider that are linked to an identity.

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_LookupDeveloperIdentity.html
    """
    pool, given = pool_of(call), call.parameters
    _developer_provider(pool)
    name, user = given.get("IdentityId"), given.get("DeveloperUserIdentifier")
    if name is None and user is None:
        raise invalid("Either IdentityId or DeveloperUserIdentifier is required.")
    identity = pool.identities.get(name) if name is not None else pool.of_developer(str(user))
    if identity is None:
        raise not_found("The identity or the user was not found.")
    if user is not None and user not in identity.developer:
        raise conflict("The user is registered with another identity.")
    users = [user] if user is not None and name is not None else list(identity.developer)
    return {"IdentityId": identity.id, **PAGES.page(call, "DeveloperUserIdentifierList", users)}


@operation(SERVICE, "MergeDeveloperIdentities")
def merge_developer_identities(call: Call) -> dict[str, Any]:
    """Merge the identities of two users of a developer provider.

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_MergeDeveloperIdentities.html
    """
    pool, given = pool_of(call), call.parameters
    _developer_provider(pool, given["DeveloperProviderName"])
    source, target = (
        _identity_of_user(pool, given[name]) for name in ("SourceUserIdentifier", "DestinationUserIdentifier")
    )
    if source is target:
        raise conflict("Both users already belong to the same identity.")
    merge(call, source, target)
    return {"IdentityId": target.id}


def _identity_of_user(pool: IdentityPool, user: str) -> Identity:
    identity = pool.of_developer(user)
    if identity is None:
        raise not_found(f"Identity of the user '{user}' not found.")
    return identity


@operation(SERVICE, "UnlinkDeveloperIdentity")
def unlink_developer_identity(call: Call) -> dict[str, Any]:
    """Unlink a developer provider's user from an identity.

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_UnlinkDeveloperIdentity.html
    """
    pool, given = pool_of(call), call.parameters
    _developer_provider(pool, given["DeveloperProviderName"])
    found, identity = identity_of(call)
    if found is not pool or given["DeveloperUserIdentifier"] not in identity.developer:
        raise not_found("The identity has no such user.")
    identity.developer.remove(given["DeveloperUserIdentifier"])
    identity.modified = call.time
    return {}

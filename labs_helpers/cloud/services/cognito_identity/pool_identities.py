"""Functions that find, create, link, merge, list, and delete identities.

https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_identity import logins as proofs
from labs_helpers.cloud.services.cognito_identity.errors import conflict, invalid, not_authorized, not_found
from labs_helpers.cloud.services.cognito_identity.logins import Login
from labs_helpers.cloud.services.cognito_identity.pools import PAGES, SERVICE, all_pools, pool_of
from labs_helpers.cloud.services.cognito_identity.state import HOST, Identity, IdentityPool

LOGINS = 20
"""The maximum number of logins that an identity can be linked to.

https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_MergeDeveloperIdentities.html
"""
NO_MATCH = "Logins don't match. Please include at least one valid login for this identity or identity pool."


def new_identity(call: Call, pool: IdentityPool) -> Identity:
    """Create an identity without logins."""
    identity = Identity(f"{pool.region}:{call.state.ids.uuid()}", call.time, call.time)
    pool.identities[identity.id] = identity
    return identity


def identity_of(call: Call) -> tuple[IdentityPool, Identity]:
    """Return the identity that a call specifies, regardless of which account owns its pool.

    Raises ResourceNotFoundException if it doesn't exist.
    """
    name = call.parameters.get("IdentityId")
    found = all_pools(call).of_identity(call.region, name)
    if found is None:
        raise not_found(f"Identity '{name}' not found.")
    return found


@operation(SERVICE, "GetId")
def get_id(call: Call) -> dict[str, Any]:
    """Return the identity for the call's logins.

    The same logins always get the same identity. A guest gets a new identity.
    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetId.html
    """
    name = call.parameters["IdentityPoolId"]
    pool = all_pools(call).find(call.region, name)
    if pool is None:
        raise not_found(f"IdentityPool '{name}' not found.")
    account = call.parameters.get("AccountId")
    if account and account != pool.account:
        raise not_authorized("The identity pool belongs to another account.")
    given = proofs.verify_logins(call, pool)
    if not given:
        if not pool.settings.get("AllowUnauthenticatedIdentities"):
            raise not_authorized("Unauthenticated access is not supported for this identity pool.")
        return {"IdentityId": new_identity(call, pool).id}
    return {"IdentityId": join(call, pool, None, given).id}


def join(call: Call, pool: IdentityPool, identity: Identity | None, given: list[Login]) -> Identity:
    """Return one identity for all logins. Existing identities are merged, and new logins are linked to the result.

    Raises ResourceConflictException if the identity would have two logins with one provider.
    """
    known = [pool.of_login(each.provider, each.subject) for each in given]
    owners = list({id(each): each for each in known if each is not None}.values())
    owner = owners[0] if owners else identity or new_identity(call, pool)
    for other in [*owners[1:], *([identity] if identity is not None and identity is not owner else [])]:
        merge(call, other, owner)
    for each in given:
        if owner.logins.get(each.provider, each.subject) != each.subject:
            raise conflict(
                "This login is linked to another identity, or the identity already has a login with this provider."
            )
        if each.provider not in owner.logins:
            owner.logins[each.provider], owner.modified = each.subject, call.time
    return owner


def merge(call: Call, source: Identity, target: Identity) -> None:
    """Move all logins from `source` to `target` and disable `source`.

    Raises ResourceConflictException if `target` would have two logins with one provider.
    """
    if any(target.logins.get(name, subject) != subject for name, subject in source.logins.items()):
        raise conflict("The identities have different logins with one provider: they can't be merged.")
    if sum(len(each.logins) + len(each.developer) for each in (source, target)) > LOGINS:
        raise conflict(f"An identity can have at most {LOGINS} linked logins.")
    target.logins |= source.logins
    target.developer += [each for each in source.developer if each not in target.developer]
    source.logins, source.developer, source.merged_into = {}, [], target.id
    source.modified = target.modified = call.time


def authenticate(call: Call) -> tuple[IdentityPool, Identity, list[Login]]:
    """Return the pool, identity, and logins for a call that requests credentials.

    Raises NotAuthorizedException if the identity or a login isn't valid for the call.
    """
    pool, identity = identity_of(call)
    own = (call.parameters.get("Logins") or {}).get(HOST)
    if own is not None:
        if proofs.identity_of_own_token(call, pool, own) != identity.id:
            raise not_authorized("The token belongs to another identity.")
        return pool, identity, [_developer_login(pool, identity)]
    given = proofs.verify_logins(call, pool)
    if identity.disabled:
        raise not_authorized("The identity is disabled: it was merged into another one.")
    if given:
        # Another user's login must not take over the identity, so the call must include one of the identity's
        # own logins.
        if identity.authenticated and not any(
            identity.logins.get(each.provider) == each.subject for each in given
        ):
            raise not_authorized(NO_MATCH)
        return pool, join(call, pool, identity, given), given
    # An identity that has logins can't be used as a guest.
    if identity.authenticated:
        raise not_authorized(NO_MATCH)
    if not pool.settings.get("AllowUnauthenticatedIdentities"):
        raise not_authorized("Unauthenticated access is not supported for this identity pool.")
    return pool, identity, []


def _developer_login(pool: IdentityPool, identity: Identity) -> Login:
    name = str(pool.settings.get("DeveloperProviderName"))
    subject = identity.developer[0] if identity.developer else ""
    return Login(name, subject, name, ("authenticated", name, f"{name}:{pool.id}:{subject}"))


@operation(SERVICE, "DescribeIdentity")
def describe_identity(call: Call) -> dict[str, Any]:
    """Return an identity.

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_DescribeIdentity.html
    """
    pool, identity = identity_of(call)
    if pool.account != call.account:
        raise not_found(f"Identity '{identity.id}' not found.")
    return _identity_description(pool, identity)


def _identity_description(pool: IdentityPool, identity: Identity) -> dict[str, Any]:
    logins = [
        *identity.logins,
        *([str(pool.settings.get("DeveloperProviderName"))] if identity.developer else []),
    ]
    return {
        "IdentityId": identity.id, **({"Logins": logins} if logins else {}), "CreationDate": identity.created,
        "LastModifiedDate": identity.modified,
    }  # fmt: skip


@operation(SERVICE, "ListIdentities")
def list_identities(call: Call) -> dict[str, Any]:
    """List the identities of a pool.

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_ListIdentities.html
    """
    pool = pool_of(call)
    hide = call.parameters.get("HideDisabled")
    found = [
        _identity_description(pool, each) for each in pool.identities.values() if not (hide and each.disabled)
    ]
    return {"IdentityPoolId": pool.id, **PAGES.page(call, "Identities", found)}


@operation(SERVICE, "DeleteIdentities")
def delete_identities(call: Call) -> dict[str, Any]:
    """Delete identities.

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_DeleteIdentities.html
    """
    failed = []
    for name in call.parameters["IdentityIdsToDelete"]:
        found = all_pools(call).of_identity(call.region, name)
        if found is None or found[0].account != call.account:
            failed.append({"IdentityId": name, "ErrorCode": "AccessDenied"})
            continue
        del found[0].identities[name]
    return {"UnprocessedIdentityIds": failed}


@operation(SERVICE, "UnlinkIdentity")
def unlink_identity(call: Call) -> dict[str, Any]:
    """Remove logins from an identity. The caller must have one of its logins.

    An identity without any logins can't be used.
    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_UnlinkIdentity.html
    """
    pool, identity = identity_of(call)
    given = proofs.verify_logins(call, pool)
    if not any(identity.logins.get(each.provider) == each.subject for each in given):
        raise not_authorized(NO_MATCH)
    for name in call.parameters["LoginsToRemove"]:
        if name not in identity.logins:
            raise invalid(f"The identity has no login with {name}.")
    for name in call.parameters["LoginsToRemove"]:
        identity.logins.pop(name)
    identity.modified = call.time
    return {}

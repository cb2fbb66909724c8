"""Functions that user pool operations call first.

They find the pool, client, or user, and check secrets and limits.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.cognito_idp.errors import (
    above_limit,
    invalid,
    no_user,
    not_authorized,
    not_found,
)
from labs_helpers.cloud.services.cognito_idp.state import Client, UnknownName, User, UserPool, UserPools
from labs_helpers.cloud.services.cognito_idp.untrusted_text import equal, utf8
from labs_helpers.cloud.services.cognito_idp.users import directory
from labs_helpers.cloud.services.shared.paging import Pages

SERVICE = "cognito-idp"


def _wrong_token(_token: str) -> ServiceError:
    return invalid("Invalid pagination token.")


# The access token can change between pages, because it can be renewed.
PAGES = Pages(_wrong_token, most=60, unbound=("AccessToken",))
"""Pagination for most lists: `MaxResults` and `NextToken`.

https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html
"""
LIMITED_PAGES = Pages(_wrong_token, size="Limit", most=60, unbound=("AccessToken",))
"""Pagination for lists of groups and lists of the users in a group: `Limit` and `NextToken`."""
USER_PAGES = Pages(_wrong_token, token="PaginationToken", size="Limit", most=60, unbound=("AccessToken",))
"""Pagination for lists of users and devices: `Limit` and `PaginationToken`."""


def all_pools(call: Call) -> UserPools:
    """Return the cloud's user pools."""
    return call.state.part(UserPools)


def pool_of(call: Call, member: str = "UserPoolId") -> UserPool:
    """Return the pool that a call specifies, if the call's account owns it.

    Raises ResourceNotFoundException if there is no such pool in the account.
    """
    pool_id = call.parameters.get(member)
    pool = all_pools(call).find(call.region, pool_id)
    if pool is None or pool.account != call.account:
        raise not_found(f"User pool {pool_id} does not exist.")
    return pool


def client_of(call: Call, pool: UserPool) -> Client:
    """Return the pool's app client that a call specifies.

    Raises ResourceNotFoundException if the pool has no such client.
    """
    client = pool.clients.get(call.parameters.get("ClientId") or "")
    if client is None:
        raise not_found(f"User pool client {call.parameters.get('ClientId')} does not exist.")
    return client


def public_client(call: Call) -> tuple[UserPool, Client]:
    """Return the pool and app client for a public operation, whose request specifies only the client.

    Raises ResourceNotFoundException if the client doesn't exist.
    """
    pool = all_pools(call).of_client(call.region, call.parameters.get("ClientId"))
    if pool is None:
        raise not_found(f"User pool client {call.parameters.get('ClientId')} does not exist.")
    return pool, pool.clients[call.parameters["ClientId"]]


def user_of(call: Call, pool: UserPool, member: str = "Username") -> User:
    """Return the user that an administrator's call specifies.

    Raises UserNotFoundException if the user doesn't exist.
    """
    user = directory.find_for(call, pool, call.parameters[member])
    if user is None:
        raise no_user()
    return user


def hides_users(client: Client) -> bool:
    """Return True if responses to a client must hide that a user doesn't exist (PreventUserExistenceErrors).

    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html
    """
    return client.settings.get("PreventUserExistenceErrors") == "ENABLED"


def check_secret_hash(client: Client, username: str, given: str | None) -> None:
    """Check SECRET_HASH, which is an HMAC of the user name and the client ID. Clients with a secret must send it.

    Raises NotAuthorizedException for a missing or wrong hash, or for a hash from a client without a secret.
    https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html#cognito-user-pools-computing-secret-hash
    """
    if not client.secrets:
        if given:
            raise not_authorized(
                f"Client {client.id} is not configured for secret but secret hash was received"
            )
        return
    if not given:
        raise not_authorized(f"Client {client.id} is configured with secret but SECRET_HASH was not received")
    # Every secret is compared, so that the time doesn't reveal which one matches.
    fitting = [equal(secret_hash(secret.value, username, client.id), given) for secret in client.secrets]
    if not any(fitting):
        raise not_authorized(f"Unable to verify secret hash for client {client.id}")


def secret_hash(secret: str, username: str, client_id: str) -> str:
    """Return the Base64-encoded HMAC-SHA256 of the user name and client ID, keyed with the client secret."""
    return base64.b64encode(hmac.digest(utf8(secret), utf8(f"{username}{client_id}"), "sha256")).decode()


def check_secret(client: Client, given: str | None) -> None:
    """Raise NotAuthorizedException if a client secret is wrong.

    Use this check for operations that accept the secret itself.
    """
    if not client.secrets and not given:
        return
    fitting = [equal(secret.value, given or "") for secret in client.secrets]
    if not any(fitting):
        raise not_authorized(f"Unable to verify secret for client {client.id}")


def client_address(call: Call, pool: UserPool) -> str:
    """Return a request's source IP address: the caller's address, or a user's address reported by the user's server.

    A server can report a user's address if it has AWS credentials, or if the client has a secret and its settings allow
    it. Addresses from other callers can't be trusted.
    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-viewing-threat-protection-app.html
    """
    address = (call.parameters.get("ContextData") or {}).get("IpAddress")
    client = pool.clients.get(call.parameters.get("ClientId") or "")
    if client is not None and client.settings["EnablePropagateAdditionalUserContextData"]:
        address = address or (call.parameters.get("UserContextData") or {}).get("IpAddress")
    return address or call.source_ip


def limit_attempts(call: Call, user: User | UnknownName, operation: str, most: int) -> None:
    """Count a user's call to an operation. Raises LimitExceededException after `most` calls in one hour.

    https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html#resource-quotas
    """
    since = call.time - timedelta(hours=1)
    recent = [time for time in user.attempts.get(operation, ()) if time > since]
    if len(recent) >= most:
        raise above_limit()
    user.attempts[operation] = [*recent, call.time]


def without_none(**members: Any) -> dict[str, Any]:
    """Return the keyword arguments whose value isn't None."""
    return {name: value for name, value in members.items() if value is not None}


def given(call: Call, *names: str) -> dict[str, Any]:
    """Return the named parameters that the call contains."""
    parameters: Mapping[str, Any] = call.parameters
    return {name: parameters[name] for name in names if parameters.get(name) is not None}

"""Operations that list user sessions, revoke single sessions, and limit the number of sessions.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserSessions.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.calls import PAGES, all_pools, client_of, pool_of, user_of
from labs_helpers.cloud.services.cognito_idp.errors import error, invalid, not_found, not_in_tier
from labs_helpers.cloud.services.cognito_idp.managed_login.state import ManagedLogin, Session
from labs_helpers.cloud.services.cognito_idp.state import Client, Grant, User, UserPool
from labs_helpers.cloud.services.cognito_idp.tokens import sign_in_grants, verification
from labs_helpers.cloud.services.cognito_idp.users import directory


def delete_user(call: Call, pool: UserPool, user: User) -> None:
    """Delete a user, along with everything that could sign the user in: open challenges, codes, and browser sessions.

    These are stored under the user name, and a new user can have the same name.
    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
    """
    directory.remove(pool, user)
    challenges = all_pools(call).challenges
    for session in [
        name for name, each in challenges.items() if (each.pool, each.username) == (pool.id, user.username)
    ]:
        del challenges[session]
    call.state.part(ManagedLogin).forget(pool.id, user.username)


def _refuse_untracked(pool: UserPool) -> None:
    if not pool.session_tracking:
        raise error("OperationNotEnabled", "Session tracking is not enabled for this user pool.")


def _sessions(call: Call, pool: UserPool, user: User, current: Grant | None) -> dict[str, Any]:
    """Return sessions of both kinds: token sessions, and browser sessions on the pool's pages."""
    browsers = call.state.part(ManagedLogin).of_user(pool.id, user.username, call.time)
    found = [
        *(_token_session(each, current) for each in sign_in_grants.active(pool, user, call.time)),
        *(_browser_session(each) for each in browsers),
    ]
    return PAGES.page(call, "Sessions", found)


def _token_session(grant: Grant, current: Grant | None) -> dict[str, Any]:
    return {
        "SessionId": grant.session_id, "SessionType": "TOKEN", "ClientId": grant.client, "CreateDate": grant.created,
        "LastActiveDate": grant.last_active, "DeviceType": grant.agent[:1024] or "unknown",
        "LastIPAddress": grant.address, "LastLocation": {"Country": "unknown"}, "IsCurrentSession": grant is current,
        **({"OriginSessionId": grant.parent} if grant.parent else {}),
    }  # fmt: skip


def _browser_session(session: Session) -> dict[str, Any]:
    return {
        "SessionId": session.id, "SessionType": "SSO", "ClientId": session.client, "CreateDate": session.auth_time,
        "LastActiveDate": session.last_active, "DeviceType": session.agent[:1024] or "unknown",
        "LastIPAddress": session.address, "LastLocation": {"Country": "unknown"}, "IsCurrentSession": False,
    }  # fmt: skip


def _revoke(call: Call, pool: UserPool, user: User, current: Grant | None) -> dict[str, Any]:
    """End a session and, with LINKED, also the session that it came from or the sessions that came from it."""
    wanted, linked = call.parameters["SessionId"], call.parameters.get("RevokeAssociatedSessions") == "LINKED"
    login, active = call.state.part(ManagedLogin), sign_in_grants.active(pool, user, call.time)
    found = next((each for each in active if each.session_id == wanted), None)
    if found is not None:
        if found is current:
            raise invalid("The session that the access token belongs to can't be revoked.")
        found.revoked = True
        if linked:
            login.end(found.parent)
        return {}
    if wanted not in {each.id for each in login.of_user(pool.id, user.username, call.time)}:
        raise not_found("The session does not exist.")
    login.end(wanted)
    for each in active:
        if linked and each.parent == wanted:
            each.revoked = True
    return {}


@operation("cognito-idp", "ListUserSessions")
def list_user_sessions(call: Call) -> dict[str, Any]:
    """List the sessions of the user identified by the access token.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserSessions.html
    """
    found = verification.verify_caller(call)
    assert found.user is not None
    _refuse_untracked(found.pool)
    return _sessions(call, found.pool, found.user, found.grant)


@operation("cognito-idp", "RevokeUserSession")
def revoke_user_session(call: Call) -> dict[str, Any]:
    """End another session of the user identified by the access token.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RevokeUserSession.html
    """
    found = verification.verify_caller(call)
    assert found.user is not None
    _refuse_untracked(found.pool)
    return _revoke(call, found.pool, found.user, found.grant)


@operation("cognito-idp", "AdminListUserSessions")
def admin_list_user_sessions(call: Call) -> dict[str, Any]:
    """List a user's sessions.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminListUserSessions.html
    """
    pool = pool_of(call)
    user = user_of(call, pool)
    _refuse_untracked(pool)
    return _sessions(call, pool, user, None)


@operation("cognito-idp", "AdminRevokeUserSession")
def admin_revoke_user_session(call: Call) -> dict[str, Any]:
    """End one of a user's sessions.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminRevokeUserSession.html
    """
    pool = pool_of(call)
    user = user_of(call, pool)
    _refuse_untracked(pool)
    return _revoke(call, pool, user, None)


def _pool_settings(pool: UserPool) -> dict[str, Any]:
    return {
        "UserPoolId": pool.id,
        "UserSessionTracking": "ENABLED" if pool.session_tracking else "DISABLED",
        "TokenSession": {"MaxPerUser": pool.sessions_per_user},
    }


@operation("cognito-idp", "GetUserPoolSessionConfiguration")
def get_user_pool_session_configuration(call: Call) -> dict[str, Any]:
    """Return a pool's session settings.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserPoolSessionConfiguration.html
    """
    return _pool_settings(pool_of(call))


@operation("cognito-idp", "SetUserPoolSessionConfiguration")
def set_user_pool_session_configuration(call: Call) -> dict[str, Any]:
    """Turn session tracking on or off, and set the maximum number of sessions per user.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserPoolSessionConfiguration.html
    """
    pool = pool_of(call)
    if pool.tier == "LITE":
        raise not_in_tier("Session tracking", pool.tier)
    pool.session_tracking = call.parameters["UserSessionTracking"] == "ENABLED"
    pool.sessions_per_user = call.parameters["TokenSession"]["MaxPerUser"]
    return _pool_settings(pool)


@operation("cognito-idp", "GetUserPoolClientSessionConfiguration")
def get_user_pool_client_session_configuration(call: Call) -> dict[str, Any]:
    """Return a client's session settings.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserPoolClientSessionConfiguration.html
    """
    pool = pool_of(call)
    return _client_settings(pool, client_of(call, pool))


def _client_settings(pool: UserPool, client: Client) -> dict[str, Any]:
    return {
        "UserPoolId": pool.id, "ClientId": client.id, "SSOSession": {"MaxValidityMinutes": client.sso_minutes},
    }  # fmt: skip


@operation("cognito-idp", "SetUserPoolClientSessionConfiguration")
def set_user_pool_client_session_configuration(call: Call) -> Any:
    """Set the time for which a browser session can sign users in to a client.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserPoolClientSessionConfiguration.html
    """
    pool = pool_of(call)
    client = client_of(call, pool)
    if pool.tier == "LITE":
        raise not_in_tier("Session tracking", pool.tier)
    if not pool.session_tracking:
        raise invalid("Session tracking must be enabled for the user pool first.")
    client.sso_minutes = call.parameters["SSOSession"]["MaxValidityMinutes"]
    return _client_settings(pool, client)

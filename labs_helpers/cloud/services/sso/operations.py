"""The access portal's API: a signed-in user's accounts, roles, and role credentials.

https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.credentials import Credentials
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam import reserved_roles
from labs_helpers.cloud.services.identitystore.state import Entity
from labs_helpers.cloud.services.organizations.state import Member
from labs_helpers.cloud.services.shared.paging import Pages
from labs_helpers.cloud.services.sso.access_control_attributes import session_tags
from labs_helpers.cloud.services.sso.sign_in_events import record_federation
from labs_helpers.cloud.services.sso_admin import allowed_networks
from labs_helpers.cloud.services.sso_admin.access import reachable_accounts
from labs_helpers.cloud.services.sso_admin.state import IdentityCenters, Instance
from labs_helpers.cloud.services.sso_oidc.state import Grant, SignIns, digest
from labs_helpers.cloud.services.sso_oidc.token_identity import set_user_identity
from labs_helpers.engine.policy import Principal
from labs_helpers.engine.policy.arn import Arn


def _wrong_token(_token: str) -> ServiceError:
    return ServiceError("InvalidRequestException", "The page token is not valid.", 400)


_PAGES = Pages(_wrong_token, token="nextToken", size="maxResults", most=100)
_NOT_IN_NAMES = re.compile(r"[^\w+=,.@-]", re.ASCII)


def _signed_in(call: Call) -> tuple[Grant, Instance, Entity]:
    """Return the token's grant, instance, and user.

    Raises UnauthorizedException for a token that isn't known, has ended, or was logged out, and ForbiddenException for
    a network that the instance doesn't allow.
    """
    token = call.parameters.get("accessToken") or ""
    grant = call.state.part(SignIns).granted(token, call.time)
    instance = call.state.part(IdentityCenters).find(grant.instance) if grant is not None else None
    user = instance.store.users.get(grant.user) if grant is not None and instance is not None else None
    if grant is None or instance is None or user is None or instance.region != call.region:
        raise ServiceError("UnauthorizedException", "Session token not found or invalid", 401)
    set_user_identity(call, instance, user.id, digest(token))
    if allowed_networks.refuses(instance, call.source_ip):
        raise _no_access()
    return grant, instance, user


@operation("sso", "ListAccounts")
def list_accounts(call: Call) -> Mapping[str, Any]:
    """List the accounts assigned to the user, except closed accounts and accounts that the instance can't access."""
    _, instance, user = _signed_in(call)
    accounts = dict.fromkeys(each.account for each in instance.of_user(user.id))
    members = [_member(call, instance, account) for account in accounts]
    listed = [
        {"accountId": each.id, "accountName": each.name, "emailAddress": each.email}
        for each in members
        if each
    ]
    return _PAGES.page(call, "accountList", listed)


@operation("sso", "ListAccountRoles")
def list_account_roles(call: Call) -> Mapping[str, Any]:
    """List the roles in an account that are assigned to the user, by permission set name."""
    _, instance, user = _signed_in(call)
    account = call.parameters["accountId"]
    sets = {each.permission_set for each in instance.of_user(user.id) if each.account == account}
    if not sets or _member(call, instance, account) is None:
        raise _no_access()
    names = sorted(instance.sets[arn].name for arn in sets)
    return _PAGES.page(call, "roleList", [{"roleName": name, "accountId": account} for name in names])


@operation("sso", "GetRoleCredentials")
def get_role_credentials(call: Call) -> Mapping[str, Any]:
    """Return credentials for a permission set's role in an account.

    The session is named after the user, and its duration is specified in the permission set.
    """
    _, instance, user = _signed_in(call)
    parameters = call.parameters
    account, set_name = parameters["accountId"], parameters["roleName"]
    assignment = next(
        (
            each for each in instance.of_user(user.id)
            if each.account == account and instance.sets[each.permission_set].name == set_name
        ), None,
    )  # fmt: skip
    if assignment is None or _member(call, instance, account) is None:
        raise _no_access()
    provisioned = instance.provisioned[account, assignment.permission_set]
    provider = reserved_roles.find_provider(account, instance.issuer)
    if provider is None or not reserved_roles.trusts(account, provisioned.role, provider):
        raise _no_access()
    role = moto_iam.role(account, provisioned.role)
    assert role is not None, f"{provisioned.role} is provisioned in {account}"
    session = _session(call, instance, user, role, provisioned.session_seconds)
    record_federation(
        call, instance, session, provider, user.attributes["UserName"], provisioned.session_seconds
    )
    assert session.expires is not None
    return {
        "roleCredentials": {
            "accessKeyId": session.access_key_id, "secretAccessKey": session.secret, "sessionToken": session.token,
            "expiration": int(session.expires.timestamp() * 1000),
        }
    }  # fmt: skip


def _session(
    call: Call, instance: Instance, user: Entity, role: moto_iam.RoleView, seconds: int
) -> Credentials:
    ids, name = call.state.ids, _NOT_IN_NAMES.sub("_", user.attributes["UserName"])[:64]
    account = Arn.parse(role.arn).account
    return call.state.sessions.add(
        Credentials(
            ids.unique_id("ASIA"), ids.secret_key(),
            Principal.from_arn(f"arn:aws:sts::{account}:assumed-role/{role.name}/{name}", issuer=role.arn),
            f"{role.id}:{name}", token=ids.session_token(), issued=call.time,
            expires=call.time + timedelta(seconds=seconds), tags=session_tags(instance, user),
            via="AssumeRoleWithSAML",
            context={
                "identitystore:UserId": user.id, "identitystore:IdentityStoreArn": instance.store.arn,
            },
        )
    )  # fmt: skip


@operation("sso", "Logout")
def logout(call: Call) -> Mapping[str, Any]:
    """End the portal session. Role sessions continue until they expire.

    https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_Logout.html
    """
    grant, _, _ = _signed_in(call)
    call.state.part(SignIns).log_out(grant)
    return {}


def _member(call: Call, instance: Instance, account: str) -> Member | None:
    """Return the account, or None if it is closed or the instance can't access it."""
    member = (reachable_accounts(call.state, instance) or {}).get(account)
    return member if member is not None and member.close_requested is None else None


def _no_access() -> ServiceError:
    """Return AWS's error for a role that isn't assigned; the API's model doesn't contain this error."""
    return ServiceError("ForbiddenException", "No access", 403)

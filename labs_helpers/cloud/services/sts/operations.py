"""STS operations that return temporary credentials, and operations that identify callers and access keys.

https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.credentials import Credentials
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.sts.errors import access_denied, invalid
from labs_helpers.cloud.services.sts.sessions import (
    constraint,
    duration,
    packed,
    role_session,
    session_policies,
    session_tags,
    session_token,
    shown,
)
from labs_helpers.engine.policy import Principal, PrincipalKind

_FEDERATED_NAME = re.compile(r"[\w+=,.@-]{2,32}", re.ASCII)


@operation("sts", "GetCallerIdentity")
def get_caller_identity(call: Call) -> Mapping[str, Any]:
    """Return the user ID, account, and ARN of the principal that signed the request.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    assert call.credentials is not None
    return {"UserId": call.credentials.user_id, "Account": call.principal.account, "Arn": call.principal.arn}


@operation("sts", "GetAccessKeyInfo")
def get_access_key_info(call: Call) -> Mapping[str, Any]:
    """Return the account that an access key belongs to. Raises ValidationError for an unknown key.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
    """
    key_id = call.parameters["AccessKeyId"]
    key = call.state.sessions.find(key_id) or moto_iam.find_access_key(key_id)
    if key is None:
        raise invalid(f"Invalid access key id: {key_id}")
    return {"Account": key.account}


@operation("sts", "AssumeRole")
def assume_role(call: Call) -> Mapping[str, Any]:
    """Return credentials for a role, whose trust policy the gate has already evaluated.

    A session policy can only restrict the role's permissions. The session inherits the calling session's transitive
    tags and source identity. A chained session lasts at most one hour.
    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    given = call.parameters
    caller = call.credentials
    role = moto_iam.role(call.account, given["RoleArn"].rpartition("/")[2])
    assert role is not None, "the gate has found the role's trust policy"
    chained = caller is not None and caller.principal.kind is PrincipalKind.ROLE_SESSION
    tags, transitive = session_tags(given, caller)
    # No mfa_time even if the call contained a code: MFA is checked when the role is assumed, not afterward.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
    session = role_session(
        call, role, via="AssumeRole", most=3_600 if chained else None, tags=tags, transitive=transitive,
        source_identity=_source_identity(given, caller),
    )  # fmt: skip
    answer = {
        **shown(session),
        "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.principal.arn},
        **packed(given),
    }
    if session.source_identity:
        answer["SourceIdentity"] = session.source_identity
    return answer


@operation("sts", "GetSessionToken")
def get_session_token(call: Call) -> Mapping[str, Any]:
    """Return temporary credentials for the calling IAM user or root user.

    Rejects callers that use temporary credentials.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """
    caller = call.credentials
    assert caller is not None
    if caller.temporary:
        raise access_denied("Cannot call GetSessionToken with session credentials")
    seconds = _user_duration(call)
    with_mfa = bool(call.parameters.get("TokenCode"))  # already verified before the policies were evaluated
    session = call.state.sessions.add(
        Credentials(
            call.state.ids.unique_id("ASIA"),
            call.state.ids.secret_key(),
            caller.principal,
            caller.user_id,
            token=session_token(call),
            issued=call.time,
            expires=call.time + timedelta(seconds=seconds),
            user_name=caller.user_name,
            mfa_time=call.time if with_mfa else None,
            via="GetSessionToken",
        )
    )
    return shown(session)


@operation("sts", "GetFederationToken")
def get_federation_token(call: Call) -> Mapping[str, Any]:
    """Return credentials for a federated user with the calling user's permissions, limited by session policies.

    Without a session policy, the session has only the permissions that resource-based policies grant to the federated
    user's ARN.
    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
    """
    caller, given = call.credentials, call.parameters
    assert caller is not None
    if caller.temporary:
        raise access_denied("Cannot call GetFederationToken with session credentials")
    name = given.get("Name", "")
    if not _FEDERATED_NAME.fullmatch(name):
        raise constraint("name", name, r"Member must satisfy regular expression pattern: [\w+=,.@-]*")
    seconds = _user_duration(call)
    tags, _ = session_tags(given, None)
    session = call.state.sessions.add(
        Credentials(
            call.state.ids.unique_id("ASIA"),
            call.state.ids.secret_key(),
            Principal.from_arn(
                f"arn:aws:sts::{call.caller_account}:federated-user/{name}", issuer=caller.principal.arn
            ),
            f"{call.caller_account}:{name}",
            token=session_token(call),
            issued=call.time,
            expires=call.time + timedelta(seconds=seconds),
            session_policies=session_policies(given, call.caller_account),
            tags=tags,
            issuer_id=caller.user_id,
            via="GetFederationToken",
        )
    )
    return {
        **shown(session),
        "FederatedUser": {"FederatedUserId": session.user_id, "Arn": session.principal.arn},
        # OBSERVED in 2024: without a policy the size is 0; AssumeRole's response then has no such member.
        "PackedPolicySize": 0,
        **packed(given),
    }


def _user_duration(call: Call) -> int:
    """Return the duration of a user's session in seconds.

    The root user's session lasts at most one hour, whatever the request contains.
    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """
    seconds = duration(call.parameters, default=43_200, most=129_600)
    return min(seconds, 3_600) if call.principal.kind is PrincipalKind.ROOT else seconds


def _source_identity(given: Mapping[str, Any], caller: Credentials | None) -> str | None:
    inherited = caller.source_identity if caller else None
    requested = given.get("SourceIdentity")
    if inherited and requested and requested != inherited:
        raise access_denied("The source identity of a session cannot be changed by role chaining.")
    return requested or inherited

"""STS: temporary credentials that carry what AWS's carry, and expire.

https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from labs_helpers.core.call import Call
from labs_helpers.core.credentials import Credentials
from labs_helpers.core.errors import NotModelled, ServiceError
from labs_helpers.core.moto import iam as moto_iam
from labs_helpers.core.registry import operation
from labs_helpers.policy import Policy, PolicyError, PolicyKind, Principal, PrincipalKind, parse_policy

_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_FEDERATED_NAME = re.compile(r"[\w+=,.@-]{2,32}", re.ASCII)
_SESSION_POLICY_LIMIT = 2_048
_PACKED_LIMIT = 2_048


def refuse_limited_sessions(call: Call) -> None:
    """Refuse what the credentials of GetSessionToken and GetFederationToken can never call.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
    """
    credentials = call.credentials
    if credentials is None or credentials.via not in ("GetSessionToken", "GetFederationToken"):
        return
    federated = credentials.via == "GetFederationToken"
    if call.service == "iam" and (federated or credentials.mfa_time is None):
        raise ServiceError(
            "InvalidClientTokenId", "The security token included in the request is invalid", 403
        )
    allowed = {"GetCallerIdentity"} if federated else {"GetCallerIdentity", "AssumeRole"}
    if call.service == "sts" and call.operation not in allowed:
        raise ServiceError("AccessDenied", f"Cannot call {call.operation} with session credentials", 403)


@operation("sts", "GetCallerIdentity")
def get_caller_identity(call: Call) -> Mapping[str, Any]:
    """Who signed the request: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
    assert call.credentials is not None
    return {"UserId": call.credentials.user_id, "Account": call.principal.account, "Arn": call.principal.arn}


@operation("sts", "GetAccessKeyInfo")
def get_access_key_info(call: Call) -> Mapping[str, Any]:
    """The account that a key belongs to: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html"""
    key_id = call.parameters["AccessKeyId"]
    session = call.state.sessions.find(key_id)
    key = None if session else moto_iam.find_access_key(key_id)
    if session is None and key is None:
        raise ServiceError("ValidationError", f"Invalid access key id: {key_id}", 400)
    return {"Account": session.account if session else key.account}


@operation("sts", "AssumeRole")
def assume_role(call: Call) -> Mapping[str, Any]:
    """Credentials of a role: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html

    The gate has asked the trust policy before. A session policy only narrows; transitive tags and the source
    identity of the calling session are inherited; a chained session lasts an hour at most.
    """
    given = call.parameters
    caller = call.credentials
    if call.principal.kind is PrincipalKind.ROOT:
        raise ServiceError("AccessDenied", "Roles may not be assumed by root accounts.", 403)
    _refuse_mfa(given)
    name = given.get("RoleSessionName", "")
    if not _NAME.fullmatch(name):
        raise _constraint(
            "roleSessionName", name, r"Member must satisfy regular expression pattern: [\w+=,.@-]*"
        )
    role_arn = given["RoleArn"]
    role = moto_iam.role(call.account, role_arn.rpartition("/")[2])
    chained = caller is not None and caller.principal.kind is PrincipalKind.ROLE_SESSION
    seconds = _duration(given, default=3_600, most=43_200)
    if chained and seconds > 3_600:
        raise ServiceError(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        )
    if seconds > role.max_session_duration:
        raise ServiceError(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )
    tags, transitive = _session_tags(given, caller)
    session = call.state.sessions.add(
        Credentials(
            call.state.ids.unique_id("ASIA"),
            call.state.ids.secret_key(),
            Principal.from_arn(
                f"arn:aws:sts::{call.account}:assumed-role/{role.name}/{name}", issuer=role.arn
            ),
            f"{role.id}:{name}",
            token=call.state.ids.session_token(),
            issued=call.time,
            expires=call.time + timedelta(seconds=seconds),
            session_policies=_session_policies(given, call.account),
            tags=tags,
            transitive=transitive,
            source_identity=_source_identity(given, caller),
            via="AssumeRole",
        )
    )
    answer = {
        "Credentials": _shown(session),
        "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.principal.arn},
        "PackedPolicySize": _packed_size(given),
    }
    if session.source_identity:
        answer["SourceIdentity"] = session.source_identity
    return answer


@operation("sts", "GetSessionToken")
def get_session_token(call: Call) -> Mapping[str, Any]:
    """A user's own temporary credentials: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html"""
    caller = call.credentials
    assert caller is not None
    if caller.temporary:
        raise ServiceError("AccessDenied", "Cannot call GetSessionToken with session credentials", 403)
    _refuse_mfa(call.parameters)
    root = caller.principal.kind is PrincipalKind.ROOT
    seconds = _duration(call.parameters, default=3_600 if root else 43_200, most=3_600 if root else 129_600)
    session = _own_session(call, caller, seconds)
    return {"Credentials": _shown(session)}


def _own_session(call: Call, caller: Credentials, seconds: int) -> Credentials:
    return call.state.sessions.add(
        Credentials(
            call.state.ids.unique_id("ASIA"),
            call.state.ids.secret_key(),
            caller.principal,
            caller.user_id,
            token=call.state.ids.session_token(),
            issued=call.time,
            expires=call.time + timedelta(seconds=seconds),
            user_name=caller.user_name,
            via="GetSessionToken",
        )
    )


@operation("sts", "GetFederationToken")
def get_federation_token(call: Call) -> Mapping[str, Any]:
    """Credentials for a user that AWS does not know: the user's rights cut by the policy that is passed.

    Without a policy they can do only what a resource-based policy grants the federated user by name.
    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
    """
    caller, given = call.credentials, call.parameters
    assert caller is not None
    if caller.temporary:
        raise ServiceError("AccessDenied", "Cannot call GetFederationToken with session credentials", 403)
    name = given.get("Name", "")
    if not _FEDERATED_NAME.fullmatch(name):
        raise _constraint("name", name, r"Member must satisfy regular expression pattern: [\w+=,.@-]*")
    seconds = _duration(given, default=43_200, most=129_600)
    tags, _ = _session_tags(given, None)
    session = call.state.sessions.add(
        Credentials(
            call.state.ids.unique_id("ASIA"),
            call.state.ids.secret_key(),
            Principal.from_arn(
                f"arn:aws:sts::{call.caller_account}:federated-user/{name}", issuer=caller.principal.arn
            ),
            f"{call.caller_account}:{name}",
            token=call.state.ids.session_token(),
            issued=call.time,
            expires=call.time + timedelta(seconds=seconds),
            session_policies=_session_policies(given, call.caller_account),
            tags=tags,
            via="GetFederationToken",
        )
    )
    return {
        "Credentials": _shown(session),
        "FederatedUser": {"FederatedUserId": session.user_id, "Arn": session.principal.arn},
        "PackedPolicySize": _packed_size(given),
    }


def _shown(session: Credentials) -> dict[str, Any]:
    expires: datetime | None = session.expires
    return {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret,
        "SessionToken": session.token,
        "Expiration": expires,
    }


def _duration(given: Mapping[str, Any], *, default: int, most: int) -> int:
    seconds = int(given.get("DurationSeconds") or default)
    if not 900 <= seconds <= most:
        bound = "greater than or equal to 900" if seconds < 900 else f"less than or equal to {most}"
        raise _constraint("durationSeconds", seconds, f"Member must have value {bound}")
    return seconds


def _constraint(field: str, value: object, rule: str) -> ServiceError:
    return ServiceError(
        "ValidationError",
        f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: {rule}",
        400,
    )


def _session_policies(given: Mapping[str, Any], account: str) -> tuple[tuple[str, Policy], ...] | None:
    """The inline and managed session policies that were passed, parsed; None if there are none."""
    policies: list[tuple[str, Policy]] = []
    text = given.get("Policy")
    if text is not None:
        if len(text) > _SESSION_POLICY_LIMIT:
            raise _constraint(
                "policy",
                text[:40] + "…",
                f"Member must have length less than or equal to {_SESSION_POLICY_LIMIT}",
            )
        try:
            policies.append(("session policy", parse_policy(text, PolicyKind.SESSION)))
        except PolicyError as error:
            raise ServiceError("MalformedPolicyDocument", f"Syntax errors in policy. {error}", 400) from error
    arns = [item["arn"] for item in given.get("PolicyArns") or []]
    if len(arns) > 10:
        raise _constraint("policyArns", arns, "Member must have length less than or equal to 10")
    for arn in arns:
        document = moto_iam.managed_policy(account, arn)
        if document is None:
            raise ServiceError(
                "MalformedPolicyDocument", f"Policy {arn} does not exist in account {account}.", 400
            )
        policies.append((arn, parse_policy(document, PolicyKind.SESSION)))
    return tuple(policies) if policies else None


def _session_tags(
    given: Mapping[str, Any], caller: Credentials | None
) -> tuple[dict[str, str], frozenset[str]]:
    """The session's tags and which of them are transitive, those inherited from a chained session included.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
    """
    passed = {tag["Key"]: tag["Value"] for tag in given.get("Tags") or []}
    if len(passed) > 50 or len({name.lower() for name in passed}) < len(given.get("Tags") or []):
        raise ServiceError(
            "InvalidParameterValue", "Duplicate or too many session tags were passed; 50 are allowed.", 400
        )
    inherited = {}
    if caller is not None:
        inherited = {name: value for name, value in caller.tags.items() if name in caller.transitive}
    taken = {name.lower() for name in inherited} & {name.lower() for name in passed}
    if taken:
        raise ServiceError(
            "InvalidParameterValue",
            f"The session tag {sorted(taken)[0]} can't be set: it is a transitive tag of the calling session.",
            400,
        )
    transitive = set(given.get("TransitiveTagKeys") or [])
    missing = transitive - set(passed)
    if missing:
        raise ServiceError(
            "InvalidParameterValue",
            f"The transitive tag key {sorted(missing)[0]} is not among the session tags that were passed.",
            400,
        )
    return {**inherited, **passed}, frozenset(transitive | set(inherited))


def _source_identity(given: Mapping[str, Any], caller: Credentials | None) -> str | None:
    inherited = caller.source_identity if caller else None
    asked = given.get("SourceIdentity")
    if inherited and asked and asked != inherited:
        raise ServiceError(
            "AccessDenied", "The source identity of a session cannot be changed by role chaining.", 403
        )
    return asked or inherited


def _packed_size(given: Mapping[str, Any]) -> int:
    """The share of the packed limit that policy and tags take, in percent; ours counts characters unpacked."""
    size = len(given.get("Policy") or "")
    size += sum(len(tag["Key"]) + len(tag["Value"]) for tag in given.get("Tags") or [])
    return -(-100 * size // _PACKED_LIMIT)


def _refuse_mfa(given: Mapping[str, Any]) -> None:
    if given.get("SerialNumber") or given.get("TokenCode"):
        raise NotModelled("sts: MFA codes are not checked yet, so no session that claims MFA is given out")

"""The authorization table for STS. A role's trust policy is its resource policy.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.shared.authorization_table import Ask, Table
from labs_helpers.cloud.services.shared.service_facts import Facts
from labs_helpers.cloud.services.sts.authentication import authenticate, role_account
from labs_helpers.engine.policy import AccessRequest
from labs_helpers.engine.policy.arn import Arn


def _role_arn(call: Call) -> list[str]:
    return [call.parameters.get("RoleArn", "")]


def _trust_policy(call: Call, ask: Ask) -> tuple[str, str] | None:
    """Return a role's trust policy, or None if there is no such role: a missing role trusts no one."""
    named = Arn.read(ask.resource) if ask.type == "role" else None
    if named is None or not _exists(ask.resource):
        return None
    return f"{ask.resource} (trust policy)", moto_iam.trust_policy(named.account, named.name) or ""


def _exists(arn: str) -> bool:
    named = Arn.read(arn)
    role = moto_iam.role(named.account, named.name) if named is not None else None
    return role is not None and role.arn == arn


def _role_tags(call: Call, ask: Ask) -> Mapping[str, str]:
    return _tags_of_role(call, ask.resource) if ask.type == "role" else {}


def _tags_of_role(call: Call, arn: str) -> Mapping[str, str]:
    """Return a role's tags, in which the calling session's transitive tags replace tags with the same keys.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_know
    """
    role = Arn.read(arn)
    tags = moto_iam.role_tags(role.account, role.name) if role is not None else {}
    caller = call.credentials
    inherited = {name.lower(): caller.tags[name] for name in caller.transitive} if caller else {}
    return {name: inherited.get(name.lower(), value) for name, value in tags.items()}


def _iam_tags(call: Call) -> dict[str, str]:
    """Return iam:ResourceTag, which an assumed role has in addition to aws:ResourceTag."""
    tags = _tags_of_role(call, call.parameters.get("RoleArn", ""))
    return {f"iam:ResourceTag/{name}": value for name, value in tags.items()}


def _federated_user(call: Call) -> list[str]:
    return [f"arn:aws:sts::{call.account}:federated-user/{call.parameters.get('Name', '')}"]


def _session_keys(call: Call) -> dict[str, Any]:
    given = call.parameters
    keys = {
        "sts:RoleSessionName": given.get("RoleSessionName"),
        "sts:ExternalId": given.get("ExternalId"),
        "sts:DurationSeconds": given.get("DurationSeconds"),
        "sts:SourceIdentity": given.get("SourceIdentity") or _inherited_identity(call),
        "sts:TransitiveTagKeys": given.get("TransitiveTagKeys"),
    }
    return {name: value if isinstance(value, list) else str(value) for name, value in keys.items() if value}


def _target_account(call: Call) -> str | None:
    """Return the account in a root user's ARN, or the account ID itself."""
    target = call.parameters.get("TargetPrincipal") or ""
    return named.account if (named := Arn.read(target)) is not None else target or None


def _inherited_identity(call: Call) -> str | None:
    return call.credentials.source_identity if call.credentials else None


def _without_reason(call: Call, request: AccessRequest) -> str | None:
    """Return the end of the message for a caller whom a role doesn't trust, if the message gives no reason.

    The message gives no reason for a role in another account, because a reason would reveal whether the role
    exists, and for a missing role in the caller's account. OBSERVED: https://github.com/aws/aws-cli/issues/7216
    and the vectors of TrailDiscover.
    """
    refused_by = call.judgements[-1].decision.refused_by if call.judgements else None
    if refused_by is None or refused_by.effect == "EXPLICIT_DENY":
        return None
    own = request.principal.account == request.account
    concealed = not _exists(request.resource) if own else refused_by.check_type == "RESOURCE"
    return f" on resource: {request.resource}" if concealed else None


def _passes_tags(call: Call) -> bool:
    in_token = "aws:TagKeys" in call.caller_context
    return bool(call.parameters.get("Tags") or in_token or (call.credentials and call.credentials.transitive))


def _passes_identity(call: Call) -> bool:
    in_token = "sts:SourceIdentity" in call.caller_context
    return bool(call.parameters.get("SourceIdentity") or in_token or _inherited_identity(call))


TABLE = Table(
    "sts",
    "sts",
    resources={},
    before=authenticate,
    owner=role_account,
    policy=_trust_policy,
    tags=_role_tags,
    facts=Facts(conceals=_without_reason),
)
# Calls with web identity or SAML aren't signed: the caller is the bearer of the token or assertion, whose claims are
# already in the context (see web_identity.py and saml.py in this folder).
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
_ROLES = "AssumeRole AssumeRoleWithWebIdentity AssumeRoleWithSAML"
for _operation in _ROLES.split():
    TABLE.ask(_operation, on="role", arns=_role_arn, keys=(_session_keys, _iam_tags))
TABLE.ask(_ROLES, action="TagSession", on="role", arns=_role_arn, keys=(_session_keys,), when=_passes_tags)
TABLE.ask(
    _ROLES, action="SetSourceIdentity", on="role", arns=_role_arn, keys=(_session_keys,), when=_passes_identity
)  # fmt: skip
TABLE.ask("GetCallerIdentity GetSessionToken GetAccessKeyInfo DecodeAuthorizationMessage")
TABLE.ask("GetFederationToken", arns=_federated_user, keys=(_session_keys,))
TABLE.ask(
    "GetFederationToken", action="TagSession", arns=_federated_user, keys=(_session_keys,), when=_passes_tags
)
# Evaluated in the caller's account: no policy of the member account applies.
TABLE.ask(
    "AssumeRoot",
    on="root-user",
    arns=lambda call: [f"arn:aws:iam::{_target_account(call) or '*'}:root"],
    keys=(lambda call: {"sts:TaskPolicyArn": (call.parameters.get("TaskPolicyArn") or {}).get("arn") or ""},),
    account=lambda call: call.caller_account,
)
TABLE.leave_out(
    "GetDelegatedAccessToken",
    why="temporary delegation to product providers, which only partners of AWS can ask for, isn't modeled",
)
TABLE.leave_out(
    "GetWebIdentityToken",
    why="outbound web identity federation isn't modeled: no service outside the cloud would read its tokens",
)
TABLE.leave_out(
    "GetScopedCredentials",
    why="narrowing a session again isn't modeled: pass a session policy to AssumeRole or GetFederationToken",
)

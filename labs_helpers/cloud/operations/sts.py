"""What STS operations ask for: the role's trust policy is the policy of the resource.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.operations.table import Ask, Table
from labs_helpers.core.call import Call
from labs_helpers.core.errors import ServiceError
from labs_helpers.core.moto import iam as moto_iam


def _role_arn(call: Call) -> list[str]:
    return [call.parameters.get("RoleArn", "")]


def _owner(call: Call) -> str | None:
    parts = call.parameters.get("RoleArn", "").split(":")
    return parts[4] if len(parts) > 5 else None


def _trust_policy(call: Call, ask: Ask) -> tuple[str, str] | None:
    if ask.type != "role":
        return None
    parts = ask.resource.split(":")
    name = ask.resource.rpartition("/")[2]
    role = moto_iam.role(parts[4], name) if len(parts) > 5 else None
    if role is None or role.arn != ask.resource:
        # AWS does not tell a role that is missing from one that does not trust the caller.
        raise ServiceError(
            "AccessDenied",
            f"User: {call.principal.arn} is not authorized to perform: {ask.action} on resource: {ask.resource}",
            403,
        )
    return f"{role.arn} (trust policy)", moto_iam.trust_policy(parts[4], name) or ""


def _role_tags(_: Call, ask: Ask) -> Mapping[str, str]:
    parts = ask.resource.split(":")
    return moto_iam.role_tags(parts[4], ask.resource.rpartition("/")[2]) if ask.type == "role" else {}


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


def _inherited_identity(call: Call) -> str | None:
    return call.credentials.source_identity if call.credentials else None


def _passes_tags(call: Call) -> bool:
    return bool(call.parameters.get("Tags") or (call.credentials and call.credentials.transitive))


def _passes_identity(call: Call) -> bool:
    return bool(call.parameters.get("SourceIdentity") or _inherited_identity(call))


TABLE = Table(
    "sts",
    "sts",
    resources={},
    owner=_owner,
    policy=_trust_policy,
    tags=_role_tags,
)
TABLE.ask("AssumeRole", on="role", arns=_role_arn, keys=(_session_keys,))
TABLE.ask(
    "AssumeRole", action="TagSession", on="role", arns=_role_arn, keys=(_session_keys,), when=_passes_tags
)
TABLE.ask(
    "AssumeRole",
    action="SetSourceIdentity",
    on="role",
    arns=_role_arn,
    keys=(_session_keys,),
    when=_passes_identity,
)
TABLE.ask("GetCallerIdentity GetSessionToken GetAccessKeyInfo")
TABLE.ask(
    "GetFederationToken",
    arns=lambda call: [f"arn:aws:sts::{call.account}:federated-user/{call.parameters.get('Name', '')}"],
    keys=(_session_keys,),
)

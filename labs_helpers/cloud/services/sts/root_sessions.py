"""AssumeRoot: a session of up to 15 minutes as the root user of a member account, for one task.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html
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
from labs_helpers.cloud.services.iam.centralized_root import (
    CREDENTIALS,
    SERVICE,
    SESSIONS,
    manages_root_access,
)
from labs_helpers.cloud.services.organizations.state import Organization, Organizations
from labs_helpers.cloud.services.sts.errors import access_denied, invalid
from labs_helpers.cloud.services.sts.sessions import constraint, session_token, shown
from labs_helpers.engine.policy import PolicyKind, Principal, PrincipalKind, parse_policy

_LONGEST = 900
_GLOBAL_ENDPOINT = "sts.amazonaws.com"
_PATH = "arn:aws:iam::aws:policy/root-task/"
_TASKS = {
    f"{_PATH}IAMAuditRootUserCredentials": CREDENTIALS,
    f"{_PATH}IAMCreateRootUserPassword": CREDENTIALS,
    f"{_PATH}IAMDeleteRootUserCredentials": CREDENTIALS,
    f"{_PATH}S3UnlockBucketPolicy": SESSIONS,
    f"{_PATH}SQSUnlockQueuePolicy": SESSIONS,
}
"""AWS's task policies, with the feature that each one needs.

They only deny actions; everything else is allowed, as it is for the root user.
"""
_ROOT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
_TARGET = re.compile(r"(\d{12})|arn:aws:iam::(\d{12}):root", re.ASCII)


def target_account(call: Call) -> str | None:
    """Return the account in the request's account ID or root user ARN, or None for any other string."""
    match = _TARGET.fullmatch(call.parameters.get("TargetPrincipal") or "")
    return None if match is None else match[1] or match[2]


@operation("sts", "AssumeRoot")
def assume_root(call: Call) -> Mapping[str, Any]:
    """Return a member account's root credentials, limited by one of AWS's task policies.

    Raises AccessDenied for callers that the organization doesn't permit, and at the global endpoint, which doesn't
    support the operation (AWS doesn't document the error).
    """
    if call.host == _GLOBAL_ENDPOINT:
        raise access_denied("The global endpoint does not support AssumeRoot.")
    caller, given = call.credentials, call.parameters
    assert caller is not None
    account, task = target_account(call), given["TaskPolicyArn"].get("arn") or ""
    seconds = int(given.get("DurationSeconds", _LONGEST))
    if not 0 <= seconds <= _LONGEST:
        raise constraint(
            "durationSeconds", seconds, f"Member must have value less than or equal to {_LONGEST}"
        )
    if task not in _TASKS:
        raise invalid(f"AssumeRoot doesn't accept the task policy {task}.")
    if account is None:
        raise invalid("The target principal must be a member account or its root user.")
    if caller.principal.kind is PrincipalKind.ROOT:
        raise access_denied("AssumeRoot cannot be called with root user credentials.")
    organization = call.state.part(Organizations).of(call.caller_account)
    if organization is None or not _is_permitted(organization, call.caller_account, account, task):
        raise access_denied(
            f"User: {call.principal.arn} is not authorized to perform: sts:AssumeRoot on resource: "
            f"arn:aws:iam::{account}:root"
        )
    document = moto_iam.managed_policy(account, task)
    assert document is not None, f"{task} is one of AWS's policies"
    ids = call.state.ids
    session = call.state.sessions.add(
        Credentials(
            ids.unique_id("ASIA"), ids.secret_key(), Principal.from_arn(f"arn:aws:iam::{account}:root"), account,
            token=session_token(call), issued=call.time, expires=call.time + timedelta(seconds=seconds),
            session_policies=tuple(
                (name, parse_policy(text, PolicyKind.SESSION)) for name, text in ((task, document), ("root", _ROOT))
            ),
            source_identity=caller.source_identity, via="AssumeRoot", context={"aws:AssumedRoot": "true"},
        )
    )  # fmt: skip
    answer = shown(session)
    if session.source_identity:
        answer["SourceIdentity"] = session.source_identity
    return answer


def _is_permitted(organization: Organization, caller: str, account: str, task: str) -> bool:
    return (
        manages_root_access(organization, caller)
        and SERVICE in organization.services
        and _TASKS[task] in organization.root_features
        and account in organization.members
        and account != organization.management
        and organization.members[account].close_requested is None
    )

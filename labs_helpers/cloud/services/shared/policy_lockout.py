"""The lockout check: a new resource policy must allow its caller to change the policy again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Policies,
    Policy,
    PolicyKind,
    decide,
    parse_policy,
)

_EVERYTHING = Attached(
    "any",
    parse_policy(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}},
        PolicyKind.IDENTITY,
    ),
)


def locks_out(
    call: Call, action: str, arn: str, account: str, policy: Policy, context: Mapping[str, Any] | None = None
) -> bool:
    """Return True if a resource's new policy denies `action` to the caller of `call`.

    The condition keys come from the request and `context`. The caller is assumed to have every IAM permission, so a
    policy that delegates to IAM doesn't lock anyone out.
    """
    asked = {**(call.judgements[0].request.context if call.judgements else {}), **(context or {})}
    request = AccessRequest(call.principal, action, arn, account, asked, action.lower())
    policies = Policies(identity=(_EVERYTHING,), resource=Attached("the new policy", policy))
    return not decide(request, policies).allowed

"""Whether whoever puts a policy on a resource could put another one afterwards."""

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
    """Whether a resource's new policy refuses `action` to the caller of `call`, in the request's context and `context`.

    IAM policies count as far as the new policy lets them; which ones there are is not looked at.
    """
    asked = {**(call.judgements[0].request.context if call.judgements else {}), **(context or {})}
    request = AccessRequest(call.principal, action, arn, account, asked, action.lower())
    policies = Policies(identity=(_EVERYTHING,), resource=Attached("the new policy", policy))
    return not decide(request, policies).allowed

"""Repeated requests, identified by a ClientToken.

https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreateInstance.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.sso_admin.state import IdentityCenters


def perform_once(call: Call, perform: Callable[[], dict[str, Any]]) -> Mapping[str, Any]:
    """Return the response from `perform` or, for a ClientToken that was used before, the earlier response.

    Raises IdempotentParameterMismatch if the token was used with other parameters.
    """
    token = call.parameters.get("ClientToken")
    if token is None:
        return perform()
    answers = call.state.part(IdentityCenters).answers
    key = call.caller_account or "", call.operation, token
    request = json.dumps(call.parameters, sort_keys=True, default=str)
    if key not in answers:
        answers[key] = request, perform()
    before, answer = answers[key]
    if before != request:
        raise ServiceError(
            "IdempotentParameterMismatch",
            "The request uses the same client token as a previous, but non-identical request.",
            400,
        )
    return answer

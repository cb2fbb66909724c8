"""An event bus's policy, checked when it is set: moto stores any text.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html
"""

from __future__ import annotations

import json

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.shared.policy_text import refuse_malformed


@operation("events", "PutPermission")
def put_permission(call: Call) -> Answer:
    """Set an event bus's policy or add one statement, and reject a malformed policy.

    A whole policy needs a list of statements, each with a Sid.
    """
    text = call.parameters.get("Policy")
    refuse_malformed(text, "ValidationException", "This policy is not valid: {why}")
    if text:
        statements = json.loads(text)["Statement"]
        every = statements if isinstance(statements, list) else [statements]
        if not isinstance(statements, list) or not all(each.get("Sid") for each in every):
            raise ServiceError(
                "ValidationException", "Every statement of the policy needs a Sid, in a list.", 400
            )
    return call.moto()

"""A key's policy: checked when it comes in, since moto stores whatever text it is given.

https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
"""

from __future__ import annotations

from labs_helpers.core.call import Answer, Call
from labs_helpers.core.errors import ServiceError
from labs_helpers.core.registry import operation
from labs_helpers.policy import PolicyError, PolicyKind, parse_policy


@operation("kms", "CreateKey", "PutKeyPolicy", "ReplicateKey")
def put_key_policy(call: Call) -> Answer:
    """A key's policy: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html"""
    text = call.parameters.get("Policy")
    try:
        if text:
            parse_policy(text, PolicyKind.KEY)
    except PolicyError as error:
        raise ServiceError(
            "MalformedPolicyDocumentException", f"The policy is malformed: {error}", 400
        ) from error
    return call.moto()

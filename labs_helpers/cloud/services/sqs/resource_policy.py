"""A queue's policy, checked when it is set: moto stores any text.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.shared.policy_text import refuse_malformed


@operation("sqs", "CreateQueue", "SetQueueAttributes")
def set_queue_attributes(call: Call) -> Answer:
    """Create a queue or set its attributes, and reject a malformed policy among them; an empty policy removes it."""
    text = (call.parameters.get("Attributes") or {}).get("Policy")
    refuse_malformed(
        text,
        "InvalidAttributeValue",
        "Invalid value for the parameter Policy. Reason: {why}",
        "Invalid value for the parameter Policy.",
    )
    return call.moto()

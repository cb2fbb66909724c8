"""A topic's policy, checked when it is set: moto stores any text.

https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.shared.policy_text import refuse_malformed


@operation("sns", "CreateTopic", "SetTopicAttributes")
def set_topic_attributes(call: Call) -> Answer:
    """Create a topic or set an attribute, and reject a malformed policy among the attributes."""
    parameters = call.parameters
    text = (parameters.get("Attributes") or {}).get("Policy")
    if parameters.get("AttributeName") == "Policy":
        text = parameters.get("AttributeValue") or "{}"
    refuse_malformed(
        text,
        "InvalidParameter",
        "Invalid parameter: Policy Error: {why}",
        "Invalid parameter: Policy Error: PrincipalNotFound",
    )
    return call.moto()

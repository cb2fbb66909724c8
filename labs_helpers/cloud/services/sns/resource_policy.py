"""A topic's policy: checked when it comes in, since moto stores whatever text it is given.

https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.shared.policy_text import refuse_malformed


@operation("sns", "CreateTopic", "SetTopicAttributes")
def set_topic_attributes(call: Call) -> Answer:
    """A topic's policy, an attribute like others."""
    given = call.parameters
    text = (given.get("Attributes") or {}).get("Policy")
    if given.get("AttributeName") == "Policy":
        text = given.get("AttributeValue") or "{}"
    refuse_malformed(
        text,
        "InvalidParameter",
        "Invalid parameter: Policy Error: {why}",
        "Invalid parameter: Policy Error: PrincipalNotFound",
    )
    return call.moto()

"""Policies of log groups and destinations, which are validated when they are set, because moto stores any string.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.logs.destinations import require_destination
from labs_helpers.cloud.services.logs.errors import invalid
from labs_helpers.cloud.services.shared.policy_text import refuse_malformed

_LONGEST = 5120


@operation("logs", "PutResourcePolicy")
def put_log_policy(call: Call) -> Answer:
    """Set a resource policy for an account's log groups. Rejects a malformed policy with InvalidParameterException."""
    text = call.parameters.get("policyDocument") or "{}"
    if len(text) > _LONGEST:
        raise invalid(f"The policy document is longer than {_LONGEST} characters.")
    refuse_malformed(
        text,
        "InvalidParameterException",
        "Invalid policy document: {why}",
        "Could not convert to persistable policy.",
    )
    return call.moto()


@operation("logs", "PutDestinationPolicy")
def put_destination_policy(call: Call) -> Answer:
    """Set a destination's access policy. Rejects a malformed policy with InvalidParameterException."""
    refuse_malformed(
        call.parameters.get("accessPolicy") or "{}",
        "InvalidParameterException",
        "Invalid access policy: {why}",
    )
    require_destination(call)
    return call.moto()


@operation("logs", "PutDeliveryDestinationPolicy")
def put_delivery_destination_policy(call: Call) -> Answer:
    """Set a delivery destination's policy. Rejects a malformed policy with ValidationException.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliveryDestinationPolicy.html
    """
    text = call.parameters["deliveryDestinationPolicy"]
    refuse_malformed(text, "ValidationException", "Invalid delivery destination policy: {why}")
    return call.moto()

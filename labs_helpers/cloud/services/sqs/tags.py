"""Queues' tags.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html
"""

from __future__ import annotations

from collections.abc import Mapping

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.shared.tag_keys import reserved_key
from labs_helpers.cloud.services.sqs.errors import invalid, queue_of

_LONGEST_KEY, _LONGEST_VALUE = 128, 256


@operation("sqs", "TagQueue")
def tag_queue(call: Call) -> Answer:
    """Add tags to a queue. Rejects keys and values of invalid lengths, and keys that are reserved for AWS."""
    queue_of(call)
    check_tags(call.parameters.get("Tags") or {})
    return call.moto()


def check_tags(tags: Mapping[str, str]) -> None:
    """Reject tags that queues can't have."""
    for key, value in tags.items():
        if not 1 <= len(key) <= _LONGEST_KEY:
            raise invalid(f"Tag keys must be between 1 and {_LONGEST_KEY} characters in length.")
        if len(value) > _LONGEST_VALUE:
            raise invalid(f"Tag values must be between 0 and {_LONGEST_VALUE} characters in length.")
    reserved = reserved_key(tags)
    if reserved is not None:
        raise invalid(f"The tag key {reserved} begins with the reserved prefix aws:")

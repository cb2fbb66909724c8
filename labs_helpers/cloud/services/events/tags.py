"""Tags of rules and event buses.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TagResource.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.events import moto_view as events
from labs_helpers.cloud.services.events.errors import invalid, not_found
from labs_helpers.cloud.services.shared.tag_keys import reserved_key

_MOST = 50
"""https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-tagging.html"""


@operation("events", "TagResource", "UntagResource", "ListTagsForResource")
def use_tags(call: Call) -> Answer:
    """Add, remove, or list tags. Rejects an unknown bus, and tag keys that are reserved for AWS."""
    arn = call.parameters["ResourceARN"]
    if ":event-bus/" in arn and events.bus(arn) is None:
        raise not_found(f"Event bus {arn.rpartition('/')[2]} does not exist.")
    check_tags(call)
    return call.moto()


def check_tags(call: Call) -> None:
    """Reject more tags than a resource can have, and tag keys that are reserved for AWS."""
    tags = call.parameters.get("Tags") or ()
    if len(tags) > _MOST:
        raise invalid(f"A resource can have at most {_MOST} tags.")
    reserved = reserved_key(tag["Key"] for tag in tags)
    if reserved is not None:
        raise invalid(f"Tag key {reserved} begins with the reserved prefix aws:")

"""Tags of functions and event source mappings. Versions, aliases, and layers have none.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.lambda_ import moto_view as lambdas
from labs_helpers.cloud.services.lambda_.errors import invalid
from labs_helpers.cloud.services.shared.tag_keys import reserved_key

_MOST = 50


@operation("lambda", "TagResource", "UntagResource", "ListTags")
def use_tags(call: Call) -> Answer:
    """Add, remove, or list tags. Rejects versions and aliases, reserved keys, and more than 50 tags."""
    arn, tags = call.parameters["Resource"], call.parameters.get("Tags")
    if ":function:" in arn and arn.count(":") > 6:
        raise invalid(
            "Tags on function aliases and versions are not supported. Please specify a function ARN."
        )
    if tags is not None:
        check_tags(tags, lambdas.tags(arn).keys())
        if not tags:
            raise invalid("An error occurred and the request cannot be processed.")
    return call.moto()


def check_tags(tags: Mapping[str, str], others: Iterable[str] = ()) -> None:
    """Reject reserved keys, and tags that would give the resource more than 50 tags."""
    reserved = reserved_key(tags)
    if reserved is not None:
        raise invalid(f"The tag key {reserved} begins with the reserved prefix aws:")
    if len({*tags, *others}) > _MOST:
        raise invalid("Number of tags exceeds resource tag limit.")

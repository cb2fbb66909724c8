"""The operations that add, list, and remove the tags of keys.

https://docs.aws.amazon.com/kms/latest/developerguide/tagging-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.kms.access import find, key_of
from labs_helpers.cloud.services.kms.pages import PAGES
from labs_helpers.cloud.services.shared.refusals import refusal
from labs_helpers.cloud.services.shared.tag_keys import reserved_key

_invalid_tag = refusal("TagException", 400)


_MAX_TAGS = 50
_RESERVED = "Tags beginning with aws: are reserved"
_ALLOWED = re.compile(r"[\w\s+\-=.:/@]*")


def new(given: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """Return a request's tags. Raises `ServiceError` (TagException) for invalid tags.

    OBSERVED in 2025: 51 tags in CreateKey cause a TagException, although the AWS page also lists
    LimitExceededException.
    """
    tags: dict[str, str] = {}
    for tag in given or ():
        key, value = tag["TagKey"], tag["TagValue"]
        if key in tags:
            raise _invalid_tag("Duplicate tag keys")
        if reserved_key((key,)) is not None:
            raise _invalid_tag(_RESERVED)
        if not (_ALLOWED.fullmatch(key) and _ALLOWED.fullmatch(value)):
            raise _invalid_tag(
                "Tag keys and values can contain only letters, digits, spaces, and + - = . _ : / @."
            )
        tags[key] = value
    _refuse_too_many(tags)
    return tags


def _refuse_too_many(tags: Mapping[str, str]) -> None:
    if len(tags) > _MAX_TAGS:
        raise _invalid_tag("Too many tags")


def listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags in the form that KMS returns."""
    return [{"TagKey": key, "TagValue": value} for key, value in tags.items()]


@operation("kms", "TagResource")
def tag_resource(call: Call) -> Mapping[str, Any]:
    """Add tags to a key, or replace the values of existing tags.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_TagResource.html
    """
    key = key_of(call)
    tags = key.tags | new(call.parameters["Tags"])
    _refuse_too_many(tags)
    key.tags = tags
    return {}


@operation("kms", "UntagResource")
def untag_resource(call: Call) -> Mapping[str, Any]:
    """Remove tags from a key. Tag keys that the key doesn't have are ignored.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_UntagResource.html
    """
    key = key_of(call)
    gone = set(call.parameters["TagKeys"])
    if reserved_key(gone) is not None:
        raise _invalid_tag(_RESERVED)
    key.tags = {name: value for name, value in key.tags.items() if name not in gone}
    return {}


@operation("kms", "ListResourceTags")
def list_resource_tags(call: Call) -> Mapping[str, Any]:
    """List the tags of a key.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ListResourceTags.html
    """
    key = find(call, call.parameters["KeyId"])
    return PAGES.page(call, "Tags", listed(key.tags), default=50, most=50)

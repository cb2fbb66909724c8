"""Tags of objects and buckets, parsed once: conditions see the tags that are stored.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.s3.errors import invalid_tag

_MOST_OF_OBJECT, _MOST_OF_BUCKET, _LONGEST_KEY, _LONGEST_VALUE = 10, 50, 128, 256
_CHARACTERS = re.compile(r"[\w\s+\-=.:/@]*")
"""Letters, digits, spaces and + - = . _ : / @, as the page above lists them."""
_HEADER = (
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name "
    "duplicates."
)


def in_header(call: Call) -> list[tuple[str, str]]:
    """Return the tags of x-amz-tagging. Raises `ServiceError` for a header that isn't a query, or has a key twice."""
    text = call.parameters.get("Tagging")
    if not isinstance(text, str):
        return []
    try:
        tags = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict")
    except ValueError:
        tags = [] if not text else [("", "")] * 2
    if _has_duplicates(tags):
        raise ServiceError("InvalidArgument", _HEADER, 400, ArgumentName="x-amz-tagging", ArgumentValue=text)
    return tags


def check(call: Call) -> None:
    """Reject the tags that S3 rejects, before any condition sees them."""
    tagging = call.parameters.get("Tagging")
    if isinstance(tagging, Mapping):
        tags = [(tag.get("Key", ""), tag.get("Value", "")) for tag in tagging.get("TagSet") or ()]
        if _has_duplicates(tags):
            raise invalid_tag("Cannot provide multiple Tags with the same key")
    else:
        tags = in_header(call)
    of_bucket = call.operation == "PutBucketTagging"
    if len(tags) > (_MOST_OF_BUCKET if of_bucket else _MOST_OF_OBJECT):
        message = (
            "Bucket tag count cannot be greater than 50"
            if of_bucket
            else "Object tags cannot be greater than 10"
        )
        raise ServiceError("BadRequest", message, 400)
    for key, value in tags:
        _check_tag(key, value)


def _check_tag(key: str, value: str) -> None:
    if key.lower().startswith("aws:"):
        raise invalid_tag("System tags cannot be added/updated by requester")
    if not 1 <= len(key) <= _LONGEST_KEY or not _CHARACTERS.fullmatch(key):
        raise invalid_tag("The TagKey you have provided is invalid")
    if len(value) > _LONGEST_VALUE or not _CHARACTERS.fullmatch(value):
        raise invalid_tag("The TagValue you have provided is invalid")


def _has_duplicates(tags: list[tuple[str, Any]]) -> bool:
    """Return whether a key occurs twice in any case. AWS would keep both, but condition keys ignore case."""
    return len({key.lower() for key, _ in tags}) < len(tags)

"""Tags on objects and buckets, which are parsed only once, so that conditions apply to the tags that are stored.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.s3.errors import wrong_argument
from labs_helpers.cloud.services.shared.tag_keys import reserved_key

_MOST_OF_OBJECT, _MOST_OF_BUCKET, _LONGEST_KEY, _LONGEST_VALUE = 10, 50, 128, 256
_CHARACTERS = re.compile(r"[\w\s+\-=.:/@]*")
"""Letters, digits, spaces, and + - = . _ : / @, as the page above lists them."""
_HEADER = (
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name "
    "duplicates."
)


def in_header(call: Call) -> list[tuple[str, str]]:
    """Return the tags in x-amz-tagging. Raises `ServiceError` for a header that isn't a query or has duplicate keys.

    OBSERVED in 2026: a key without "=" is a tag with an empty value; a second "=" is rejected.
    """
    text = call.parameters.get("Tagging")
    if not isinstance(text, str):
        return []
    try:
        tags = parse_qsl(text, keep_blank_values=True, errors="strict")
    except ValueError:
        tags = [("", "")] * 2
    if _has_duplicates(tags) or any(part.count("=") > 1 for part in text.split("&")):
        raise wrong_argument(_HEADER, "x-amz-tagging", text)
    return tags


def check(call: Call) -> None:
    """Reject the tags that S3 rejects, before any condition is evaluated."""
    tagging = call.parameters.get("Tagging")
    if call.operation == "CreateBucket":
        tagging = {"TagSet": (call.parameters.get("CreateBucketConfiguration") or {}).get("Tags") or ()}
    if isinstance(tagging, Mapping):
        tags = [(tag.get("Key", ""), tag.get("Value", "")) for tag in tagging.get("TagSet") or ()]
        twice = _duplicate(tags)
        if twice is not None:
            raise _invalid("Cannot provide multiple Tags with the same key", twice)
    else:
        tags = in_header(call)
    of_bucket = call.operation in ("PutBucketTagging", "CreateBucket")
    if len(tags) > (_MOST_OF_BUCKET if of_bucket else _MOST_OF_OBJECT):
        message = (
            "Bucket tag count cannot be greater than 50"
            if of_bucket
            else "Object tags cannot be greater than 10"
        )
        raise ServiceError("BadRequest", message, 400)
    for key, value in tags:
        _check_tag(key, value, of_bucket=of_bucket)


def _check_tag(key: str, value: str, *, of_bucket: bool) -> None:
    """Reject a tag, with its key and value among the error's elements. OBSERVED in 2026."""
    if reserved_key((key,)) is not None:
        words = "System tags cannot be added/updated by requester"
        raise _invalid(words if of_bucket else "Your TagKey cannot be prefixed with aws:", key)
    if not 1 <= len(key) <= _LONGEST_KEY or not _CHARACTERS.fullmatch(key):
        raise _invalid("The TagKey you have provided is invalid", key)
    if len(value) > _LONGEST_VALUE or not _CHARACTERS.fullmatch(value):
        raise _invalid("The TagValue you have provided is invalid", key, TagValue=value)


def _invalid(message: str, key: str, **more: str) -> ServiceError:
    return ServiceError("InvalidTag", message, 400, TagKey=key, **more)


def _duplicate(tags: list[tuple[str, Any]]) -> str | None:
    """Return a key that occurs twice, ignoring case. AWS would keep both, but condition keys ignore case."""
    seen: set[str] = set()
    for key, _ in tags:
        if key.lower() in seen:
            return key
        seen.add(key.lower())
    return None


def _has_duplicates(tags: list[tuple[str, Any]]) -> bool:
    return _duplicate(tags) is not None

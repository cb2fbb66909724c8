"""Tag keys that are reserved for AWS: in every service, customers can't set tags whose keys begin with `aws:`.

https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html#id_tags_naming_best_practices
"""

from __future__ import annotations

from collections.abc import Iterable

PREFIX = "aws:"


def reserved_key(keys: Iterable[str]) -> str | None:
    """Return the first key that is reserved for AWS, or None. The prefix is reserved in any case, such as `AWS:`."""
    return next((key for key in keys if key.lower().startswith(PREFIX)), None)

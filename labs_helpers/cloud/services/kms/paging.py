"""Lists in pages: `Limit`, `Marker`, `NextMarker` and `Truncated`, as all of KMS's lists have them.

https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labs_helpers.cloud.core import sealed
from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.kms import validation


def page(
    call: Call, member: str, items: Sequence[Any], *, default: int, most: int, of: str = ""
) -> dict[str, Any]:
    """One page of `items` as the output's `member`. `of` says what is listed, so that markers fit nothing else.

    Raises `ServiceError`: InvalidMarkerException for a marker of another list, ValidationException for a limit.
    """
    limit = call.parameters.get("Limit")
    limit = default if limit is None else limit
    if limit > most:
        raise validation.out_of_range("limit", limit, f"have value less than or equal to {most}")
    purpose = f"kms {call.operation} {call.region} {of}"
    marker = call.parameters.get("Marker")
    start = _start(call, purpose, marker) if marker is not None else 0
    found: dict[str, Any] = {member: list(items[start : start + limit])}
    found["Truncated"] = start + limit < len(items)
    if found["Truncated"]:
        found["NextMarker"] = sealed.seal(call.state.ids, purpose, call.account, start + limit)
    return found


def _start(call: Call, purpose: str, marker: str) -> int:
    try:
        start = sealed.unseal(call.state.ids, purpose, call.account, marker)
    except (sealed.NotOurs, UnicodeError) as error:
        raise ServiceError("InvalidMarkerException", "The marker is not valid.", 400) from error
    return int(start)

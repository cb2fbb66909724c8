"""Lists as Identity Center's services give them: 100 entries at most, and fewer of some things."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.shared.paging import WrongToken, cut

_MOST = 100


def page(call: Call, name: str, items: Sequence[Any], most: int = _MOST) -> dict[str, Any]:
    """The output of a list operation. Raises ValidationException for another list's token."""
    try:
        shown, token = cut(call, items, min(call.parameters.get("MaxResults") or most, most))
    except WrongToken:
        raise ServiceError("ValidationException", "The pagination token is not valid.", 400) from None
    return {name: shown} | ({"NextToken": token} if token else {})

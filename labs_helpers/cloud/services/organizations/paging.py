"""Lists as Organizations gives them: 20 entries at most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.organizations.errors import invalid
from labs_helpers.cloud.services.shared.paging import WrongToken, cut

_MOST = 20


def page(call: Call, name: str, items: Sequence[Any], most: int = _MOST) -> dict[str, Any]:
    """The output of a list operation: `name` → one page, and NextToken where there is more.

    Raises InvalidInputException for a token that this operation did not give for these parameters.
    """
    try:
        shown, token = cut(call, items, call.parameters.get("MaxResults") or most)
    except WrongToken:
        raise invalid("INVALID_NEXT_TOKEN") from None
    return {name: shown} | ({"NextToken": token} if token else {})

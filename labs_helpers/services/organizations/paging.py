"""Lists in pages, as Organizations gives them: 20 entries at most, and an opaque token for the rest."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from labs_helpers.core.call import Call
from labs_helpers.services.organizations.errors import invalid

_MOST = 20


def page(call: Call, name: str, items: Sequence[Any], most: int = _MOST) -> dict[str, Any]:
    """The output of a list operation: `name` → one page, and NextToken where there is more.

    Raises InvalidInputException for a token that this operation did not give for these parameters.
    """
    start = _position(call)
    size = call.parameters.get("MaxResults") or most
    answer: dict[str, Any] = {name: list(items[start : start + size])}
    if start + size < len(items):
        answer["NextToken"] = _token(call, start + size)
    return answer


def _token(call: Call, position: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([_asked(call), position]).encode()).decode()


def _position(call: Call) -> int:
    token = call.parameters.get("NextToken")
    if token is None:
        return 0
    try:
        asked, position = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, TypeError):
        raise invalid("INVALID_NEXT_TOKEN") from None
    if asked != _asked(call) or not isinstance(position, int) or position < 0:
        raise invalid("INVALID_NEXT_TOKEN")
    return position


def _asked(call: Call) -> str:
    """What identifies a list: account, operation and parameters, but for the page's size."""
    rest = {name: value for name, value in call.parameters.items() if name not in ("NextToken", "MaxResults")}
    text = json.dumps([call.caller_account, call.operation, rest], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]

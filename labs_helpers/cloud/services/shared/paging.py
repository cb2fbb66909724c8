"""Lists in pages: an opaque token says where the next page begins, and only the list that gave it takes it back."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from labs_helpers.cloud.core.call import Call


class WrongToken(Exception):
    """A token that this list did not give."""


def cut(
    call: Call, items: Sequence[Any], size: int, *, token: str = "NextToken", limit: str = "MaxResults"
) -> tuple[list[Any], str | None]:
    """One page of a list, and the token of the next, None after the last. `token` and `limit` are the names of the
    parameters that are not part of what was asked. Raises `WrongToken`."""
    asked = _asked(call, (token, limit))
    start = _position(call.parameters.get(token), asked)
    following = None if start + size >= len(items) else _token(asked, start + size)
    return list(items[start : start + size]), following


def _token(asked: str, position: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([asked, position]).encode()).decode()


def _position(token: str | None, asked: str) -> int:
    if token is None:
        return 0
    try:
        of, position = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, TypeError):
        raise WrongToken from None
    if of != asked or not isinstance(position, int) or position < 0:
        raise WrongToken
    return position


def _asked(call: Call, apart: tuple[str, ...]) -> str:
    """What identifies a list: account, operation and parameters, but for the page."""
    rest: Mapping[str, Any] = {name: value for name, value in call.parameters.items() if name not in apart}
    text = json.dumps([call.caller_account, call.operation, rest], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]

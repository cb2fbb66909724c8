"""Pagination: each service declares its API's pagination once, and all of its list operations use the declaration.

A token is encrypted and bound to the list that returned it: service, operation, Region, accounts, and the request's
parameters. Forged tokens and tokens from another list are rejected with the service's error.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.sealed import NotOurs, seal, unseal


@dataclass(frozen=True, slots=True)
class Pages:
    """The declaration of one service's pagination."""

    wrong_token: Callable[[str], ServiceError]
    """A function that returns the error for a token that the list didn't return."""
    token: str = "NextToken"
    """The name of the request parameter that contains the token."""
    next: str | None = None
    """The response member that contains the next page's token, or None if it has the name of the request
    parameter.
    """
    size: str = "MaxResults"
    """The name of the request parameter that contains the number of items per page."""
    most: int = 100
    """The maximum number of items per page."""
    default: int | None = None
    """The number of items per page if the request doesn't specify one. None means `most`."""
    least: int = 1
    wrong_size: Callable[[int, int], ServiceError] | None = None
    """A function that returns the error for a page size outside `least` and `most`, given the size and `most`.

    If None, larger sizes are reduced to `most`.
    """
    truncated: str | None = None
    """The response member that indicates whether there are more pages, or None if the API doesn't have one."""
    unbound: tuple[str, ...] = ()
    """Parameters that can differ from page to page, besides the token and the size."""

    def page(
        self,
        call: Call,
        name: str,
        items: Iterable[Any],
        *,
        most: int | None = None,
        default: int | None = None,
    ) -> dict[str, Any]:
        """Return one page of `items` as the response member `name`, with the next page's token if there is one.

        `most` and `default` override the service's values for one operation. Raises the service's errors for an invalid
        token or size.
        """
        shown, token = self.cut(call, items, most=most, default=default)
        answer: dict[str, Any] = {name: shown}
        if self.truncated is not None:
            answer[self.truncated] = token is not None
        return answer | self.following(token)

    def following(self, token: str | None) -> dict[str, str]:
        """Return the response member with the next page's token, or nothing after the last page."""
        return {} if token is None else {self.next or self.token: token}

    def cut(
        self, call: Call, items: Iterable[Any], *, most: int | None = None, default: int | None = None
    ) -> tuple[list[Any], str | None]:
        """Return one page of `items` and the next page's token, or None after the last page.

        Raises the service's errors for an invalid token or size.
        """
        listed = list(items)
        size = self.length(call, most=most, default=default)
        place = self.open(call)
        start = 0 if place is None else _start(place, listed)
        end = start + size
        token = self.seal(call, [end, _digest(listed[end])]) if end < len(listed) else None
        return listed[start:end], token

    def open(self, call: Call) -> Any:
        """Return the position that the request's token encodes, or None if there is no token.

        Raises the service's error for an invalid token.
        """
        token = call.parameters.get(self.token)
        if token is None:
            return None
        try:
            return unseal(call.state.ids, self._list(call), call.account, token)
        except NotOurs:
            raise self.wrong_token(token) from None

    def seal(self, call: Call, place: Any) -> str:
        """Return a token for a position (any JSON-serializable value) in the requested list."""
        return seal(call.state.ids, self._list(call), call.account, place)

    def length(self, call: Call, *, most: int | None = None, default: int | None = None) -> int:
        """Return the requested number of items per page. Raises the service's error for an invalid size."""
        given, most = call.parameters.get(self.size), most or self.most
        if self.wrong_size is not None and given is not None and not self.least <= given <= most:
            raise self.wrong_size(given, most)
        return min(int(given or default or self.default or most), most)

    def _list(self, call: Call) -> str:
        """Return a string that identifies the requested list, regardless of the page."""
        apart = (self.token, self.size, *self.unbound)
        asked = {name: value for name, value in call.parameters.items() if name not in apart}
        names = [call.service, call.operation, call.region, call.caller_account, asked]
        text = json.dumps(names, sort_keys=True, default=str)
        return f"page {hashlib.sha256(text.encode()).hexdigest()}"


def _start(place: Sequence[Any], items: Sequence[Any]) -> int:
    """Return the index of a page's first item. Items before it might have been deleted since the last page."""
    index, digest = place
    at = min(int(index), len(items))
    near = (*range(at, len(items)), *range(at))
    return next((each for each in near if _digest(items[each]) == digest), at)


def _digest(item: Any) -> str:
    return hashlib.sha256(_identity(item).encode(errors="surrogatepass")).hexdigest()[:24]


def _identity(item: Any) -> str:
    """Return an item's strings, which identify it in the list. Counts and times are left out, because they change."""
    if isinstance(item, str):
        return item
    if isinstance(item, tuple):
        return " ".join(map(_identity, item))
    if isinstance(item, Mapping):
        return " ".join(value for value in item.values() if isinstance(value, str))
    return str(getattr(item, "arn", ""))

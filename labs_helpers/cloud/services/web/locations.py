"""URLs to which browsers are redirected."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode


def located(uri: str, parameters: Mapping[str, str | None], *, fragment: bool = False) -> str:
    """Return a registered URL with parameters in its query string, or in its fragment for the implicit flow."""
    words = urlencode({name: value for name, value in parameters.items() if value is not None})
    if fragment:
        return f"{uri}#{words}"
    return f"{uri}{'&' if '?' in uri else '?'}{words}"

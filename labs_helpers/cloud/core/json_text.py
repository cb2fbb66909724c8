"""JSON text from callers, which can be malformed in more ways than `json.loads` reports in one error."""

from __future__ import annotations

import json
from typing import Any, NoReturn


def parsed(text: str | bytes) -> Any:
    """Return the value of JSON text.

    Raises `ValueError` for text that isn't JSON, such as NaN, and for text that is nested too deeply to be read.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")

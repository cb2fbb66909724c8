"""Condition keys as text: one `key = value` per line, with multiple values as a JSON list (`["a", "b"]`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labs_helpers.engine.policy import PolicyError
from labs_helpers.engine.reference.global_keys import spelled

MAX_TEXT = 100_000
MAX_LINES = 500
_SELDOM = [
    f"aws:{name}"
    for name in "principaltype principalaccount viaawsservice currenttime epochtime userid useragent".split()
]
_TIMES = ("aws:currenttime", "aws:epochtime")
_KEY = re.compile(r"[A-Za-z0-9._/-]+:.+")  # aws:SourceIp, accounts.google.com:aud, aws:RequestTag/cost center
_FORM = "key = value, for example aws:SourceIp = 203.0.113.10"


def ordered(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return the context in display order: the keys that policies rarely use come last."""
    return dict(
        sorted(context.items(), key=lambda item: _SELDOM.index(item[0]) if item[0] in _SELDOM else -1)
    )


def as_text(context: Mapping[str, Any]) -> str:
    """Return a context as lines of text, with keys in AWS's spelling."""
    return "\n".join(f"{spelled(key)} = {_written(value)}" for key, value in context.items())


def read(text: str) -> dict[str, Any]:
    """Return the context that the lines describe. Raises `PolicyError`, which names the line, for an invalid line.

    Empty lines and lines that begin with # are ignored.
    """
    read: dict[str, Any] = {}
    places: dict[str, int] = {}
    for number, line in _lines(text):
        path = f"context line {number}"
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not key:
            raise PolicyError(path, "not a key with a value", _FORM)
        if not _KEY.fullmatch(key):
            raise PolicyError(path, f'"{key[:60]}" isn\'t a condition key', _FORM)
        first = places.setdefault(key.lower(), number)
        if first != number:
            raise PolicyError(
                path,
                f"{key[:60]} is already in line {first}",
                'a list for several values, such as ["a", "b"]',
            )
        read[key] = _value(value, path)
    return read


def refreshed(text: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Return the text with the automatically filled keys updated from `before` to `now`.

    Lines that were written or edited by hand are kept, and keys that were removed are not added again.
    """
    lines, names = [], set()
    for line in text.splitlines():
        key, _, value = (part.strip() for part in line.partition("="))
        name = key.lower()
        names.add(name)
        if name not in before or value != _written(before[name]):
            lines.append(line)
        elif name in now:
            lines.append(as_text({name: now[name]}))
    new = {key: value for key, value in now.items() if key not in before and key not in names}
    return "\n".join([*lines, *as_text(new).splitlines()])


def without_times(text: str, filled: Mapping[str, Any]) -> str:
    """Return the text without the automatically filled times, which differ in each request."""
    return refreshed(text, {key: filled[key] for key in _TIMES if key in filled}, {})


def _lines(text: str) -> Iterator[tuple[int, str]]:
    if len(text) > MAX_TEXT:
        raise PolicyError("context", f"{len(text):,} characters", f"at most {MAX_TEXT:,}")
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        raise PolicyError("context", f"{len(lines):,} lines", f"at most {MAX_LINES}")
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line


def _value(text: str, path: str) -> str | list[Any]:
    if not text.startswith("["):
        return text
    try:
        found: list[Any] = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise PolicyError(path, "not a valid JSON list", '["a", "b"]') from None
    if not all(isinstance(item, str) for item in found):
        raise PolicyError(path, "a list with a value that isn't a string", '["a", "b"]')
    return found


def _written(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return json.dumps([str(item) for item in value], ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)

"""A strict JSON reader, which rejects duplicate keys, NaN, control characters, and deep nesting."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from labs_helpers.engine.policy.errors import UNKNOWN_ELEMENT, PolicyError

MAX_BYTES = 10_000_000
MAX_STRING = 32_768
MAX_DEPTH = 20
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_SHOWN = 60


def read_json(text: str, path: str) -> Any:
    """Return the value of JSON text. Raises `PolicyError` with `path` for anything that isn't strict JSON."""
    if len(text) > MAX_BYTES:
        raise PolicyError(path, f"{len(text)} characters, above the limit of {MAX_BYTES}")
    try:
        value, has_duplicates = _decoded(text)
    except RecursionError:
        raise PolicyError(path, "nested too deeply") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise PolicyError(path, f"not JSON ({error.msg} at {where})") from None
    except ValueError as error:
        raise PolicyError(path, f"not JSON ({error})") from None
    if has_duplicates:
        _name_duplicate(value, path, 0)
    return value


def _decoded(text: str) -> tuple[Any, bool]:
    """Return the value, and whether an object in it has a duplicate key, which is then marked."""
    try:
        return _DECODER.decode(text), False
    except _DuplicateKey:
        return json.loads(text, object_pairs_hook=_marked, parse_constant=_refuse_constant), True


class _DuplicateKey(Exception):
    """The error that ends the reading of an object with a duplicate key, whose place is then determined."""


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _DuplicateKey
    return made


def _marked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object, marked if it has a duplicate key."""
    made = dict(pairs)
    return made if len(made) == len(pairs) else _Repeated(made, pairs)


class _Repeated(dict[str, Any]):
    """An object with a duplicate key; it exists only until the error that names the key is raised."""

    def __init__(self, made: dict[str, Any], pairs: list[tuple[str, Any]]) -> None:
        super().__init__(made)
        seen: set[str] = set()
        self.key = ""
        for key, _ in pairs:
            if key in seen:
                self.key = key
                break
            seen.add(key)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} isn't a JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_object_of, parse_constant=_refuse_constant)


def _name_duplicate(value: Any, path: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise PolicyError(path, f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, _Repeated):
        raise PolicyError(join(path, value.key), "given twice in one object")
    if isinstance(value, dict):
        for key, item in value.items():
            _name_duplicate(item, join(path, key), depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _name_duplicate(item, f"{path}[{index}]", depth + 1)
    if depth == 0:  # the object with the duplicate was itself overwritten by a later duplicate
        raise PolicyError(path, "a key is given twice in one object")


def join(path: str, key: object) -> str:
    """Return a member's path, such as "policies.identity". Long or unusual keys are shortened."""
    name = key if isinstance(key, str) else repr(key)
    name = _CONTROL.sub("?", name)
    if len(name) > _SHOWN:
        name = name[:_SHOWN] + "…"
    return f"{path}.{name}" if path else name


def describe(value: Any) -> str:
    """Return a description of a value for an error message, such as '"Alow"', "a number", or "a list"."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        shown = _CONTROL.sub("?", value)
        return f'"{shown[:_SHOWN]}…"' if len(shown) > _SHOWN else f'"{shown}"'
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    return f"a {type(value).__name__}"


def as_object(value: Any, path: str, allowed: str = "an object") -> dict[str, Any]:
    """Return the value if it is an object. Otherwise, raise `PolicyError`."""
    if not isinstance(value, dict):
        raise PolicyError(path, describe(value), allowed)
    return value


def as_list(value: Any, path: str, allowed: str = "a list") -> list[Any]:
    """Return the value if it is a list. Otherwise, raise `PolicyError`."""
    if not isinstance(value, list):
        raise PolicyError(path, describe(value), allowed)
    return value


def as_text(value: Any, path: str, allowed: str = "a string") -> str:
    """Return the value if it is a string that isn't too long and has no control characters.

    Raises `PolicyError` otherwise.
    """
    if not isinstance(value, str):
        raise PolicyError(path, describe(value), allowed)
    if len(value) > MAX_STRING:
        raise PolicyError(path, f"{len(value)} characters, above the limit of {MAX_STRING}")
    if _CONTROL.search(value):
        raise PolicyError(path, "a control character in the string", allowed)
    return value


def only_known(value: dict[str, Any], known: Iterable[str], path: str) -> None:
    """Raise `PolicyError` for the first key of an object that isn't one of the known keys."""
    for key in value:
        if key not in known:
            raise PolicyError(join(path, key), UNKNOWN_ELEMENT, ", ".join(known))


def one_or_more(value: Any, path: str, allowed: str) -> list[tuple[Any, str]]:
    """Return a single value, or the items of a nonempty list, as (item, path) pairs.

    Raises `PolicyError` for an empty list, because "Arrays can take one or more values":
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    if not isinstance(value, list):
        return [(value, path)]
    if not value:
        raise PolicyError(path, "an empty list", f"{allowed}, one or more")
    return [(item, f"{path}[{index}]") for index, item in enumerate(value)]

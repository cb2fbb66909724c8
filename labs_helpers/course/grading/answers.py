"""A reader for a learner's answer, which accepts any type and doesn't run any of the answer's code.

An answer can be a dict that contains itself, a subclass whose methods raise, or 10 MB of text. `plain` copies the JSON
values in the answer, within limits, with the base types' own methods. Anything else raises `AnswerError` with an
explanation.
"""

from __future__ import annotations

import json
from typing import Any

MOST_TEXT = 1_000_000
MOST_PARTS = 200_000
DEEPEST = 40


class AnswerError(Exception):
    """The error for an answer that can't be graded. The message states what was found and what would be accepted."""


def type_name(value: object) -> str:
    """Return the name of a value's type, from `type(value)`.

    `__class__` can return any value or raise an exception.
    """
    name: str = type.__dict__["__name__"].__get__(type(value))
    return name


def is_missing(answer: object) -> bool:
    """Return True for the values that mean "no answer yet": None and `...`."""
    return answer is None or answer is ...


def plain(answer: object) -> Any:
    """Return a copy of `answer` made only of dict, list, str, int, float, bool, and None.

    Raises `AnswerError` if it contains anything else.
    """
    return _Copier().copy(answer, "", 0)


class _Copier:
    def __init__(self) -> None:
        self.parts = 0

    def copy(self, value: Any, path: str, depth: int) -> Any:
        """Return a copy of the JSON in a value; `path` and `depth` are the value's place in the answer."""
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise AnswerError(
                f"The answer has more than {MOST_PARTS:,} parts. No policy on AWS is that large."
            )
        if depth > DEEPEST:
            raise AnswerError(
                f"{path[:80]} …: nested more than {DEEPEST} levels deep. Does it contain itself?"
            )
        kind = type(value)
        if value is None or kind in (bool, int, float):
            return value
        if issubclass(kind, str):
            return self._text(str.__str__(value), path)
        if issubclass(kind, dict):
            return {
                self._key(key, path): self.copy(part, _below(path, key), depth + 1)
                for key, part in dict.items(value)
            }
        if issubclass(kind, (list, tuple)):
            members = list.__iter__(value) if issubclass(kind, list) else tuple.__iter__(value)
            return [self.copy(part, f"{path}[{index}]", depth + 1) for index, part in enumerate(members)]
        found = f"{path}: found" if path else "Found"
        raise AnswerError(
            f"{found} a value of type {type_name(value)}. JSON has only objects (dict), lists, "
            "strings, numbers, true, false, and null."
        )

    def _key(self, key: object, path: str) -> str:
        if not issubclass(type(key), str):
            raise AnswerError(
                f"{path or 'The answer'}: a key is of type {type_name(key)}, but in JSON every key is a string."
            )
        return self._text(str.__str__(key), path)

    def _text(self, text: str, path: str) -> str:
        if len(text) > MOST_TEXT:
            raise AnswerError(
                f"{path or 'The answer'}: {len(text):,} characters of text. At most {MOST_TEXT:,} "
                "are read, and no policy on AWS is that long."
            )
        return text


def _below(path: str, key: object) -> str:
    name = str.__str__(key)[:40] if issubclass(type(key), str) else type_name(key)
    return f"{path}.{name}" if path else name


def policy_document(answer: object) -> dict[str, Any] | str:
    """Return the policy in an answer: a plain dict, or the unchanged JSON text.

    Raises `AnswerError` for any other type.
    """
    if is_missing(answer):
        raise AnswerError("There is no answer here yet. Give the policy as a dict or as JSON text.")
    kind = type(answer)
    if not issubclass(kind, (dict, str)):
        raise AnswerError(
            f"This answer is of type {type_name(answer)}. Give the policy as a dict or as JSON text."
        )
    document: dict[str, Any] | str = plain(answer)
    return document


def as_object(document: dict[str, Any] | str) -> dict[str, Any]:
    """Return a policy as a dict. JSON text must be valid."""
    value: dict[str, Any] = json.loads(document) if isinstance(document, str) else document
    return value


WORDS = {"allow": "allow", "allowed": "allow", "deny": "refuse", "denied": "refuse", "refuse": "refuse"}


def predictions(answer: Any, count: int) -> dict[int, str | None]:
    """Return "allow", "refuse", or None (unreadable) for each request number from 1 to `count`.

    The answer's numbers can be int or str, and its words are case-insensitive. Raises `AnswerError` if the answer isn't
    a dict or has other numbers.
    """
    if is_missing(answer) or not issubclass(type(answer), dict):
        found = (
            "There is no answer here yet"
            if is_missing(answer)
            else f"This answer is of type {type_name(answer)}"
        )
        raise AnswerError(
            f'{found}. Give a dict of request number → "allow" or "deny", '
            'for example {1: "deny", 2: "allow"}.'
        )
    given: dict[int, str | None] = dict.fromkeys(range(1, count + 1))
    for key, word in dict.items(answer):
        number = _number(key)
        if number not in given:
            raise AnswerError(
                f"{_short(key)} isn't a request number. The requests are numbered 1 to {count}."
            )
        given[number] = WORDS.get(str.__str__(word).strip().lower()) if issubclass(type(word), str) else None
    return given


def chosen_word(value: object) -> str | None:
    """Return the word that was chosen for an item, in lowercase, or None if the choice is still open."""
    text = "" if value is None else str(value).strip().lower()
    return text if text not in ("", "?", "...") else None


def _number(key: object) -> int | None:
    if type(key) is int:
        return key
    text = str.__str__(key) if issubclass(type(key), str) else ""
    return int(text) if len(text) < 4 and text.isdecimal() else None


def _short(key: object) -> str:
    """Return a key in a form that is safe to show: short text and small numbers unchanged, other keys as their type."""
    if issubclass(type(key), str):
        return f'"{str.__str__(key)[:40]}"'
    if type(key) is int and key.bit_length() < 64:
        return str(key)
    return f"A key of type {type_name(key)}"

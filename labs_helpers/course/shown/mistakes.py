"""A learner's typing errors: a name, an ID, or an option that doesn't exist, answered in one to three lines.

A notebook shows a `Mistake` without a traceback (labs_helpers.course.lesson.uncaught_errors).
"""

from __future__ import annotations

import functools
import inspect
import os
import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, ParamSpec, TypeVar

T = TypeVar("T", str, int)
P = ParamSpec("P")
R = TypeVar("R")
_MOST_NAMED = 30


class Mistake(ValueError):
    """The error for something that doesn't exist or can't be read.

    `what` states the problem, and `do` states how to fix it.
    """

    def __init__(self, what: str, do: str = "") -> None:
        super().__init__(f"{what} {do}".strip())
        self.what = what
        self.do = do


class UnknownName(Mistake, LookupError):
    """The error for a name that doesn't exist. It lists the names that exist, and the closest one."""


class FileExists(Mistake, FileExistsError):
    """The error for a file that already exists, and so can't be written."""


def write_new(path: str | os.PathLike[str], text: str) -> None:
    """Write text to a new file. Raises `FileExists` if the file already exists."""
    try:
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise FileExists(
            f"{path} exists already.", "Choose another name, or delete the file first."
        ) from None


def one_of(given: object, known: Iterable[T], kind: str, where: str = "") -> T:
    """Return `given`, which must be one of `known`. `kind` is what it names, in the singular: "attempt".

    `where`: where these names exist, in a few words: "on Day 2".

    Raises `UnknownName` for anything else.
    """
    names = list(known)
    if type(given) in (str, int):
        for name in names:
            if type(name) is type(given) and name == given:
                return name
    place = f" {where}" if where else ""
    raise UnknownName(f"There is no {kind} {shortened(given)}{place}.", choose(given, names, f"{kind}s"))


def shortened(given: object) -> str:
    """Return a value as a learner typed it, in at most 40 characters, or its type if it isn't text or a number."""
    if type(given) is str:
        return f'"{given[:40]}"' + (" …" if len(given) > 40 else "")
    if given is None or type(given) in (int, float, bool):
        return f"{given!r:.40}"
    return f"of type {type(given).__name__:.40}"


def choose(given: object, names: Iterable[Any], kinds: str) -> str:
    """Return a line with the closest name, and up to thirty of the names that exist."""
    texts = [str(name) for name in names]
    meant = closest(given, texts) if type(given) is str else None
    listed = ", ".join(texts[:_MOST_NAMED]) + (", …" if len(texts) > _MOST_NAMED else "")
    hint = f'Did you mean "{meant}"? ' if meant else ""
    return f"{hint}{kinds[:1].upper()}{kinds[1:]}: {listed or 'none'}."


def closest(given: str, names: Iterable[str]) -> str | None:
    """Return the name that is closest to a mistyped one, in any case, or None if none is close."""
    texts = list(names)
    close = get_close_matches(given.lower(), [text.lower() for text in texts], 1, 0.5)
    return next((text for text in texts if close and text.lower() == close[0]), None)


# Values of a wrong type


_WORDS: dict[str, tuple[type, str]] = {
    "str": (str, "text"), "int": (int, "a whole number"), "float": (float, "a number"), "bytes": (bytes, "bytes"),
    "bool": (bool, "True or False"), "None": (type(None), "None"), "dict": (dict, "a dict"), "list": (list, "a list"),
    "Mapping": (Mapping, "a dict"), "Iterable": (Iterable, "a list"), "Sequence": (Iterable, "a list"),
    "Collection": (Iterable, "a list"), "tuple": (Iterable, "a list"), "os.PathLike": (os.PathLike, "a path"),
}  # fmt: skip
_PART = re.compile(r"\[[^\[\]]*\]")


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function so that it raises `Mistake` for an argument whose type isn't the annotated one.

    Use it for functions that learners call. Annotations that don't name Python's own types are looked up where the
    function is defined; those that aren't found there are not checked.
    """

    @functools.wraps(function)
    def call(*args: P.args, **more: P.kwargs) -> R:
        """Check the arguments, and call the function."""
        try:
            given = _signature(function).bind(*args, **more).arguments
        except TypeError:
            return function(*args, **more)  # Python's own message says which argument is missing
        for name, value in given.items():
            _check(function, name, value)
        return function(*args, **more)

    return call


@functools.cache
def _signature(function: Callable[..., Any]) -> inspect.Signature:
    return inspect.signature(function)


def _check(function: Callable[..., Any], name: str, value: Any) -> None:
    parameter = _signature(function).parameters[name]
    accepted = _accepted(function, name)
    if accepted is None or value is parameter.default:
        return
    values = [value]
    if parameter.kind is parameter.VAR_POSITIONAL:
        values = list(value)
    elif parameter.kind is parameter.VAR_KEYWORD:
        values = list(value.values())
    for one in values:
        if not any(_fits(one, kind) for kind, _ in accepted):
            words = " or ".join(dict.fromkeys(word for _, word in accepted if word != "None"))
            raise Mistake(f"{function.__name__}: {name} must be {words}, not {shortened(one)}.")


def _fits(value: Any, kind: type) -> bool:
    if kind is Iterable:
        return isinstance(value, Iterable) and not isinstance(value, str)
    if kind is float:
        return isinstance(value, (int, float))
    return isinstance(value, kind)


@functools.cache
def _accepted(function: Callable[..., Any], name: str) -> tuple[tuple[type, str], ...] | None:
    """Return the types that an argument can have, each with its word, or None if not all of them are known."""
    annotation = _signature(function).parameters[name].annotation
    text = annotation if isinstance(annotation, str) else ""
    while _PART.search(text):
        text = _PART.sub("", text)
    found = []
    for part in text.split("|"):
        word = part.strip()
        there = function.__globals__.get(word)
        if there is Any:
            return None
        if word in _WORDS:
            found.append(_WORDS[word])
        elif isinstance(there, type) and not getattr(there, "_is_protocol", False):
            found.append((there, f"a {word}"))
        else:
            return None
    return tuple(found)

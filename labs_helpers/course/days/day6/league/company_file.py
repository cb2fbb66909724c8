"""The company file: a design as data, with the SHA-256 of its canonical JSON.

The hash detects damage, such as a truncated file or an accidental edit. It doesn't prove who wrote the file, because
anyone can compute it. A file from another person is read as data, with limits, and checked as a whole before anything
is built.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from labs_helpers.course.content.schema import Document, Model
from labs_helpers.course.days.day6.blueprint import PLACEHOLDER
from labs_helpers.course.days.day6.design_grading import blueprint_of
from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.shown.mistakes import Mistake
from labs_helpers.limits import DESIGN_BYTES, TooLarge, read_limited

FORMAT: Literal["larkspur-company"] = "larkspur-company"
DEPTH = 40
"""The maximum depth of nested objects and lists in a company file or an attack log."""
VALUES = 50_000
"""The maximum number of values in a company file or an attack log."""
_ACCESS_KEY = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY")
_WORDS = ("name", "title", "alias")
"""The members that hold names. Elsewhere, `<` can be a part of policies, of objects' contents, and of sentences."""


class CompanyFile(Model):
    """The schema of a company file. `sha256` is the hash of the rest of the file."""

    format: Literal["larkspur-company"]
    version: Literal[1]
    design: Document
    sha256: str


def fingerprint(design: Mapping[str, Any]) -> str:
    """Return the SHA-256, in hexadecimal, of a design's canonical JSON, which has sorted keys and no spaces."""
    return _sha256({"format": FORMAT, "version": 1, "design": design})


def _sha256(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def company_text(design: Mapping[str, Any]) -> str:
    """Return the text of a design's company file. Raises `Mistake` if the file would be rejected when it is opened."""
    whole = {"format": FORMAT, "version": 1, "design": design, "sha256": fingerprint(design)}
    text = json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
    if len(text.encode("utf-8", "surrogatepass")) > DESIGN_BYTES:
        raise Mistake(f"The company has more than {DESIGN_BYTES:,} bytes as a file.")
    _check(whole)
    return text


def read_company(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the design in a company file.

    Raises `Mistake`, with the location and the limit, for any other file, and `OSError` if it can't be read.
    """
    return design_of(read_json(path))


def design_of(value: Any) -> dict[str, Any]:
    """Return the design in the content of a company file.

    Raises `Mistake`, with the location, for any other content.
    """
    try:
        file = CompanyFile.model_validate(value)
    except ValidationError as error:
        raise Mistake(f"This isn't a company file: {_fault(error)}.", _HOW) from None
    if not hmac.compare_digest(file.sha256.encode("utf-8", "replace"), fingerprint(file.design).encode()):
        raise Mistake("The file is damaged: its SHA-256 doesn't match its content.", "Ask for it again.")
    _check(value)
    try:
        blueprint_of(file.design)
    except AnswerError as error:
        raise Mistake(f"{error!s:.400}") from None
    return file.design


_HOW = '`day.company.save("mine.json")` writes one.'


def _fault(error: ValidationError) -> str:
    first = error.errors()[0]
    place = "/".join(str(step)[:60] for step in first["loc"])
    return f"{place}: {_FAULTS.get(first['type'], first['msg'])}" if place else "it isn't an object"


_FAULTS = {"missing": "missing", "extra_forbidden": "unknown member"}


def is_company(value: Any) -> bool:
    """Return True for the content of a file that claims to be a company file."""
    return isinstance(value, dict) and value.get("format") == FORMAT


def read_json(path: str | os.PathLike[str]) -> Any:
    """Return the content of a JSON file from another person.

    Raises `Mistake` for a file that is too large, too deep, or has too many values, for a member that occurs twice, and
    for text that isn't JSON. Raises `OSError` if the file can't be read.
    """
    name = Path(path).name
    try:
        text = read_limited(path, DESIGN_BYTES).decode("utf-8")
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite)
    except TooLarge as error:
        raise Mistake(f"{name:.60} {error.problem}.") from None
    except RecursionError:
        raise Mistake(f"{name:.60} has more than {DEPTH} levels of objects and lists.") from None
    except Mistake as error:
        raise Mistake(f"{name:.60} isn't JSON: {error}.") from None
    except ValueError as error:
        raise Mistake(f"{name:.60} isn't JSON: {error!s:.100}.") from None
    _measure(value, name)
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Mistake(f"the member {twice!r:.60} occurs twice")
    return made


def _no_constant(name: str) -> Any:
    raise Mistake(f"{name} isn't a valid JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise Mistake(f"the number {text:.20} is too large")
    return value


def _measure(value: Any, name: str) -> None:
    count, level = 0, [value]
    for _ in range(DEPTH + 1):
        count += len(level)
        if count > VALUES:
            raise Mistake(f"{name:.60} has more than {VALUES:,} values.")
        level = [inner for each in level for inner in _inner(each)]
        if not level:
            return
    raise Mistake(f"{name:.60} has more than {DEPTH} levels of objects and lists.")


def _inner(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _check(value: Any) -> None:
    """Raise `Mistake` for text that isn't allowed in a company file: secrets, markup, and control characters."""
    for path, text in _texts(value, ()):
        place = "/".join(path)[-120:]
        if _ACCESS_KEY.search(text):
            raise Mistake(
                f"{place} contains an access key or a private key.", "Remove it, and create a new one."
            )
        if path[-1] in _WORDS and re.search(r"[<>]", PLACEHOLDER.sub("", text)):
            raise Mistake(f"{place} contains HTML: {text!r:.60}.", "A name is plain text.")
        if any(not (char.isprintable() or char in "\n\t\r") for char in text):
            raise Mistake(f"{place} contains a character that can't be printed.")


def _texts(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield all strings with their paths. The name of a member is treated like a name in a value."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, each in value.items():
            if "Statement" not in value and path[-1:] != ("objects",):
                yield (*path, "name"), name
            yield from _texts(each, (*path, name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _texts(each, (*path, str(number)))

"""Wildcards and policy variables as formulas over Z3's strings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import z3

from tests.engine.z3_judge.formulas import Formula, all_of, atom

Pieces = tuple["str | Wildcard | Variable", ...]
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"\s*(?P<key>[^,]*?)\s*,\s*'(?P<default>(?:[^']|'')*)'\s*")


class UnsupportedError(Exception):
    """Something that this judge has no formula for."""


class Wildcard(NamedTuple):
    """A `*` or a `?`."""

    many: bool


class Variable(NamedTuple):
    """A policy variable: the lowercase name of its key, and its default."""

    key: str
    default: str | None


MANY, ONE = Wildcard(many=True), Wildcard(many=False)


def pieces(text: str, *, wildcards: bool, variables: bool) -> Pieces:
    """Split a policy's value into literal text, wildcards, and variables.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    found: list[str | Wildcard | Variable] = []
    start = 0
    for match in _VARIABLE.finditer(text) if variables else ():
        found += _literal(text[start : match.start()], wildcards=wildcards)
        found.append(_variable(match[1]))
        start = match.end()
    found += _literal(text[start:], wildcards=wildcards)
    return simplified(found)


def simplified(split: Sequence[str | Wildcard | Variable]) -> Pieces:
    """Return pieces with neighboring literal texts joined."""
    result: list[str | Wildcard | Variable] = []
    for piece in split:
        if isinstance(piece, str) and result and isinstance(result[-1], str):
            result[-1] += piece
        else:
            result.append(piece)
    return tuple(piece for piece in result if piece)


def _literal(text: str, *, wildcards: bool) -> list[str | Wildcard | Variable]:
    if not wildcards:
        return [text] if text else []
    parts = (part for part in re.split(r"([*?])", text) if part)
    return [{"*": MANY, "?": ONE}.get(part, part) for part in parts]


def _variable(text: str) -> str | Variable:
    if text in ("*", "?", "$"):
        return text
    match = _DEFAULT.fullmatch(text)
    if match:
        return Variable(match["key"].lower(), match["default"].replace("''", "'"))
    return Variable(text.strip().lower(), None)


def variables_of(split: Pieces) -> list[Variable]:
    """Return the variables of a value."""
    return [piece for piece in split if isinstance(piece, Variable)]


@cache
def anything() -> z3.ReRef:
    """Return the expression of all texts: of printable ASCII characters, which are enough to tell values apart."""
    return z3.Star(_any_character())


@cache
def _any_character() -> z3.ReRef:
    return z3.Range(" ", "~")


@cache
def no_colons() -> z3.ReRef:
    """Return the expression of texts without a colon."""
    return z3.Star(_not_colon())


@cache
def _not_colon() -> z3.ReRef:
    return z3.Union(z3.Range(" ", "9"), z3.Range(";", "~"))


def joined(parts: Sequence[z3.ReRef | str]) -> z3.ReRef:
    """Return the concatenation of texts and expressions, with as few texts as possible, because Z3 is then faster."""
    merged: list[z3.ReRef | str] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif not isinstance(part, str) or part:
            merged.append(part)
    expressions = [z3.Re(part) if isinstance(part, str) else part for part in merged or [""]]
    result = expressions[-1]
    for expression in reversed(expressions[:-1]):
        result = z3.Concat(expression, result)
    return result


@cache
def glob(split: Pieces, *, within_part: bool = False, any_case: bool = False) -> z3.ReRef:
    """Return the expression of the strings that a value without variables matches.

    With `within_part`, wildcards don't match a colon.
    """
    return joined(_expressions(split, within_part=within_part, any_case=any_case))


def _expressions(split: Pieces, *, within_part: bool, any_case: bool = False) -> list[z3.ReRef | str]:
    many = no_colons() if within_part else anything()
    one = _not_colon() if within_part else _any_character()
    parts: list[z3.ReRef | str] = []
    for piece in split:
        if isinstance(piece, Wildcard):
            parts.append(many if piece.many else one)
        elif any_case:
            parts += [_letter(letter) for letter in str(piece)]
        else:
            parts.append(str(piece))
    return parts


def _letter(letter: str) -> z3.ReRef | str:
    cases = sorted({letter.lower(), letter.upper()})
    return letter if len(cases) == 1 else z3.Union(*(z3.Re(case) for case in cases))


def parts_of(split: Pieces) -> list[Pieces]:
    """Return the six parts of an ARN, or fewer if the value has fewer."""
    parts: list[list[str | Wildcard | Variable]] = [[]]
    for piece in split:
        if not isinstance(piece, str):
            parts[-1].append(piece)
            continue
        first, *others = piece.split(":", 6 - len(parts))
        parts[-1] += [first] if first else []
        parts += [[other] if other else [] for other in others]
    return [tuple(part) for part in parts]


@cache
def resource_pattern(split: Pieces) -> z3.ReRef:
    """Return the expression of the ARNs that a value of Resource without variables matches.

    A `*` that ends a part of the ARN can match beyond the next colon; any other stays in its part.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    expressions: list[z3.ReRef | str] = []
    for number, part in enumerate(parts_of(split)):
        expressions += [":"] if number else []
        if number < 5 and part[-1:] == (MANY,):
            expressions += [*_expressions(part[:-1], within_part=True), anything()]
        else:
            expressions += _expressions(part, within_part=number < 5)
    return joined(expressions)


@cache
def arn_pattern(split: Pieces) -> z3.ReRef | None:
    """Return the expression of the ARNs that a value of an ARN operator without variables matches.

    Each of the six parts is compared separately. Returns None for a value with fewer parts, which matches nothing.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    parts = parts_of(split)
    if len(parts) < 6:
        return None
    expressions: list[z3.ReRef | str] = []
    for number, part in enumerate(parts):
        expressions += [":"] if number else []
        expressions += _expressions(part, within_part=number < 5)
    return joined(expressions)


Value = Callable[[Variable], z3.SeqRef]


def concatenated(split: Sequence[str | Variable], value: Value) -> z3.SeqRef:
    """Return the text of literals and variables as one Z3 string."""
    texts = [value(piece) if isinstance(piece, Variable) else piece for piece in split]
    strings = [z3.StringVal(text) if isinstance(text, str) else text for text in texts]
    if not strings:
        return z3.StringVal("")
    return strings[0] if len(strings) == 1 else z3.Concat(*strings)


def greedy(split: Pieces, subject: z3.SeqRef, value: Value) -> Formula:
    """Return whether a string matches a value with variables and `*`, found from the left without quantifiers.

    Between the first and the last `*`, the leftmost place of each run of text is as good as any other.
    Raises `UnsupportedError` for a `?` beside a variable.
    """
    if ONE in split:
        raise UnsupportedError("a ? in a value with variables")
    runs: list[list[str | Variable]] = [[]]
    for piece in split:
        if isinstance(piece, Wildcard):
            runs.append([])
        else:
            runs[-1].append(piece)
    texts = [concatenated(run, value) for run in runs]
    if len(texts) == 1:
        return atom(subject == texts[0])
    found = [z3.PrefixOf(texts[0], subject)]
    place = z3.Length(texts[0])
    for run, text in zip(runs[1:-1], texts[1:-1], strict=True):
        if run:
            start = z3.IndexOf(subject, text, place)
            found.append(start >= 0)
            place = start + z3.Length(text)
    if runs[-1]:
        found += [z3.SuffixOf(texts[-1], subject), place + z3.Length(texts[-1]) <= z3.Length(subject)]
    return all_of(*map(atom, found))

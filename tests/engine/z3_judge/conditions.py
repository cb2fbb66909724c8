"""The Condition element as a formula.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import z3

from tests.engine.z3_judge.formulas import ALWAYS, NEVER, Formula, all_of, any_of, atom, constant, none_of
from tests.engine.z3_judge.patterns import (
    MANY,
    Pieces,
    UnsupportedError,
    arn_pattern,
    glob,
    greedy,
    pieces,
    simplified,
    variables_of,
)
from tests.engine.z3_judge.request import (
    ADDRESS,
    BOOLEAN,
    DATE,
    NUMBER,
    TEXT,
    TEXTS,
    Key,
    Request,
    listed,
    read_date,
    read_network,
    read_number,
)


class Operator(NamedTuple):
    """A condition operator, taken apart: its quantifier, its positive name, and its modifiers."""

    quantifier: str
    name: str
    negated: bool
    if_exists: bool


_POSITIVE = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
}
_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "Equals": lambda left, right: left == right,
    "LessThan": lambda left, right: left < right,
    "LessThanEquals": lambda left, right: left <= right,
    "GreaterThan": lambda left, right: left > right,
    "GreaterThanEquals": lambda left, right: left >= right,
}
_KINDS = {"Numeric": NUMBER, "Date": DATE, "Bool": BOOLEAN, "IpAddress": ADDRESS, "String": TEXT, "Arn": TEXT}


def operator(text: str) -> Operator:
    """Take an operator apart."""
    quantifier, _, name = text.rpartition(":")
    plain = name.removesuffix("IfExists")
    return Operator(quantifier, _POSITIVE.get(plain, plain), plain in _POSITIVE, plain != name)


def kind_of(name: str) -> str | None:
    """Return the kind of keys that a positive operator compares; None for Null."""
    return next((kind for start, kind in _KINDS.items() if name.startswith(start)), None)


def entries(condition: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[Operator, str, list[Any]]]:
    """Yield each operator of a Condition with a lowercase key and the values."""
    for name, keys in condition.items():
        for key, values in keys.items():
            yield operator(name), key.lower(), list(listed(values))


def holds(condition: Mapping[str, Mapping[str, Any]], request: Request, *, variables: bool) -> Formula:
    """Return whether a Condition holds. With `variables`, policy variables count: Version is 2012-10-17."""
    return all_of(*(_entry(*entry, request, variables=variables) for entry in entries(condition)))


def _entry(compare: Operator, name: str, values: list[Any], request: Request, *, variables: bool) -> Formula:
    key = request.keys.get(name)
    if compare.name == "Null":
        present = key.present if key else NEVER
        return any_of(*(none_of(present) if str(value).lower() == "true" else present for value in values))
    if key is None:
        negated = compare.negated and not compare.quantifier
        return constant(compare.if_exists or compare.quantifier == "ForAllValues" or negated)

    def meets(value: Any) -> Formula:
        matching = (_matches(compare, key, value, text, request, variables=variables) for text in values)
        return none_of(*matching) if compare.negated else any_of(*matching)

    absent = none_of(key.present)
    if not compare.quantifier:
        if compare.if_exists or compare.negated:
            return any_of(absent, meets(key.value))
        return all_of(key.present, meets(key.value))
    members = [(_member(key, used, value), meets(value)) for used, value in key.places]
    if compare.quantifier == "ForAllValues":
        return all_of(*(any_of(none_of(used), met) for used, met in members))
    found = any_of(*(all_of(used, met) for used, met in members))
    return any_of(absent, found) if compare.if_exists else found


def _member(key: Key, used: Formula, value: Any) -> Formula:
    """Return whether a place is a member of a key's set: a single empty string makes an empty set."""
    return (
        all_of(used, none_of(atom(value == z3.StringVal(""))))
        if key.kind == TEXT and not key.several
        else used
    )


def _matches(
    compare: Operator, key: Key, value: Any, text: Any, request: Request, *, variables: bool
) -> Formula:
    """Return whether a value of a request matches one value of a positive operator."""
    kind = kind_of(compare.name)
    if kind == TEXT:
        return _matches_text(compare.name, key, value, _as_text(text), request, variables=variables)
    if kind is None:
        raise UnsupportedError(compare.name)
    if key.kind != kind:
        raise UnsupportedError(f"{compare.name} with {key.name}, a {key.kind}")
    if key.loose and compare.quantifier:
        raise UnsupportedError(f"{compare.quantifier} with {key.name}, a text that is compared as a {kind}")
    return all_of(key.readable, _matches_typed(compare.name, kind, value, text))


def _matches_typed(name: str, kind: str, value: Any, text: Any) -> Formula:
    if kind == BOOLEAN:
        read = _as_text(text).lower()
        return {"true": atom(value), "false": none_of(atom(value))}.get(read, NEVER)
    if kind == ADDRESS:
        network = read_network(_as_text(text))
        if network is None:
            return NEVER
        is_v4 = atom(value.is_v4) if network.version == 4 else none_of(atom(value.is_v4))
        first, last = int(network.network_address), int(network.broadcast_address)
        return all_of(is_v4, atom(value.number >= first), atom(value.number <= last))
    number = read_number(text) if kind == NUMBER else read_date(text)
    if number is None:
        return NEVER
    return atom(_COMPARISONS[name.removeprefix("Numeric").removeprefix("Date")](value, z3.RealVal(number)))


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _matches_text(
    name: str, key: Key, value: Any, text: str, request: Request, *, variables: bool
) -> Formula:
    split = pieces(text, wildcards=name in ("StringLike", "ArnEquals", "ArnLike"), variables=variables)

    def formula(subject: z3.SeqRef) -> Formula:
        return resolved(split, request, lambda found: _text(name, subject, found, request))

    if key.kind == BOOLEAN:
        words = [(atom(value), "true"), (none_of(atom(value)), "false")]
        return any_of(*(all_of(case, formula(z3.StringVal(word))) for case, word in words))
    if key.kind not in TEXTS:
        raise UnsupportedError(f"{name} with {key.name}, a {key.kind}")
    return formula(value)


def _text(name: str, value: z3.SeqRef, split: Pieces, request: Request) -> Formula:
    if not variables_of(split):
        if name.startswith("Arn"):
            pattern = arn_pattern(split)
            return NEVER if pattern is None else atom(z3.InRe(value, pattern))
        if name == "StringEquals" or (
            all(isinstance(piece, str) for piece in split) and name == "StringLike"
        ):
            return atom(value == z3.StringVal("".join(map(str, split))))
        return (
            ALWAYS
            if split == (MANY,)
            else atom(z3.InRe(value, glob(split, any_case=name == "StringEqualsIgnoreCase")))
        )
    if name == "StringEqualsIgnoreCase":
        raise UnsupportedError("a variable beside StringEqualsIgnoreCase")
    if name.startswith("Arn") and MANY in split[:-1]:
        raise UnsupportedError("a * before the end of an ARN with variables")
    return greedy(split, value, request.text)


def resolved(split: Pieces, request: Request, formula: Callable[[Pieces], Formula]) -> Formula:
    """Return a formula over a value, whose variables have a value or a default; otherwise, it doesn't hold.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value
    """
    cases: list[tuple[list[Formula], Pieces]] = [([], split)]
    for variable in dict.fromkeys(variables_of(split)):
        key = request.keys.get(variable.key)
        if key is not None and not key.several and key.kind not in TEXTS:
            raise UnsupportedError(f"the variable {variable.key}, a {key.kind}")
        new: list[tuple[list[Formula], Pieces]] = []
        for facts, found in cases:
            if key is not None and not key.several:
                new.append(([*facts, key.present], found))
            if variable.default is not None:
                missing = [] if key is None or key.several else [none_of(key.present)]
                filled = simplified([variable.default if piece == variable else piece for piece in found])
                new.append(([*facts, *missing], filled))
        cases = new
    return any_of(*(all_of(*facts, formula(found)) for facts, found in cases))

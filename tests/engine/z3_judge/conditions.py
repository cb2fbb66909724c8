"""The Condition element as a formula.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import z3

from tests.engine.z3_judge.patterns import (
    MANY,
    Pieces,
    UnsupportedError,
    Variable,
    arn_pattern,
    concatenated,
    glob,
    greedy,
    pieces,
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

NEVER, ALWAYS = z3.BoolVal(False), z3.BoolVal(True)


class Operator(NamedTuple):
    """A condition operator, taken apart: its quantifier, its positive name, and its modifiers."""

    quantifier: str
    name: str
    negated: bool
    if_exists: bool


_POSITIVE = {
    "StringNotEquals": "StringEquals", "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase", "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals", "ArnNotLike": "ArnLike", "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals", "NotIpAddress": "IpAddress",
}  # fmt: skip
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


def holds(condition: Mapping[str, Mapping[str, Any]], request: Request, *, variables: bool) -> z3.BoolRef:
    """Return whether a Condition holds. With `variables`, policy variables count: the policy's Version is 2012-10-17."""
    found = [_entry(*entry, request, variables=variables) for entry in entries(condition)]
    return z3.And(*found) if found else ALWAYS


def _entry(compare: Operator, name: str, values: list[Any], request: Request, *, variables: bool) -> z3.BoolRef:
    key = request.keys.get(name)
    if compare.name == "Null":
        present = key.present if key else NEVER
        return z3.Or(*(z3.Not(present) if str(value).lower() == "true" else present for value in values))

    def meets(value: Any) -> z3.BoolRef:
        assert key is not None
        any_of = z3.Or(*(_matches(compare.name, key, value, text, request, variables=variables) for text in values))
        return z3.Not(any_of) if compare.negated else any_of

    if key is None:
        return z3.BoolVal(compare.if_exists or compare.quantifier == "ForAllValues" or (compare.negated and not compare.quantifier))
    absent = z3.Not(key.present)
    if not compare.quantifier:
        return z3.Or(absent, meets(key.value)) if compare.if_exists or compare.negated else z3.And(key.present, meets(key.value))
    members = [(_member(key, used, value), meets(value)) for used, value in key.places]
    if compare.quantifier == "ForAllValues":
        return z3.And(*(z3.Implies(used, met) for used, met in members))
    any_of = z3.Or(*(z3.And(used, met) for used, met in members))
    return z3.Or(absent, any_of) if compare.if_exists else any_of


def _member(key: Key, used: z3.BoolRef, value: Any) -> z3.BoolRef:
    """Return whether a place is a member of a key's set: a single empty string makes an empty set."""
    return z3.And(used, value != z3.StringVal("")) if key.kind == TEXT and not key.several else used


def _matches(name: str, key: Key, value: Any, text: Any, request: Request, *, variables: bool) -> z3.BoolRef:
    """Return whether a value of a request matches one value of a positive operator."""
    kind = kind_of(name)
    if kind == TEXT:
        return _matches_text(name, key, value, _as_text(text), request, variables=variables)
    if kind is None:
        raise UnsupportedError(name)
    if key.kind != kind:
        raise UnsupportedError(f"{name} with {key.name}, a {key.kind}")
    if kind == BOOLEAN:
        read = _as_text(text).lower()
        return NEVER if read not in ("true", "false") else value == z3.BoolVal(read == "true")
    if kind == ADDRESS:
        network = read_network(_as_text(text))
        if network is None:
            return NEVER
        first, last = int(network.network_address), int(network.broadcast_address)
        return z3.And(value.is_v4 == z3.BoolVal(network.version == 4), value.number >= first, value.number <= last)
    number = read_number(text) if kind == NUMBER else read_date(text)
    if number is None:
        return NEVER
    return _COMPARISONS[name.removeprefix("Numeric").removeprefix("Date")](value, z3.RealVal(number))


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _matches_text(name: str, key: Key, value: Any, text: str, request: Request, *, variables: bool) -> z3.BoolRef:
    split = pieces(text, wildcards=name in ("StringLike", "ArnEquals", "ArnLike"), variables=variables)
    if key.kind == BOOLEAN:
        words = [(value, "true"), (z3.Not(value), "false")]
        return z3.Or(*(z3.And(case, _text(name, z3.StringVal(word), split, request)) for case, word in words))
    if key.kind not in TEXTS:
        raise UnsupportedError(f"{name} with {key.name}, a {key.kind}")
    return _text(name, value, split, request)


def _text(name: str, value: z3.SeqRef, split: Pieces, request: Request) -> z3.BoolRef:
    used = variables_of(split)
    if not used:
        if name.startswith("Arn"):
            pattern = arn_pattern(split)
            return NEVER if pattern is None else z3.InRe(value, pattern)
        if name == "StringEquals":
            return value == concatenated([str(piece) for piece in split], lambda _: "")
        return z3.InRe(value, glob(split, any_case=name == "StringEqualsIgnoreCase"))
    if name == "StringEqualsIgnoreCase":
        raise UnsupportedError("a variable beside StringEqualsIgnoreCase")
    if name.startswith("Arn") and MANY in split[:-1]:
        raise UnsupportedError("a * before the end of an ARN with variables")
    return resolved(used, request, lambda read: greedy(split, value, read))


def resolved(
    used: list[Variable], request: Request, formula: Callable[[Callable[[Variable], z3.SeqRef | str]], z3.BoolRef]
) -> z3.BoolRef:
    """Return a formula over variables' values, which is false if one has neither a value nor a default.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value
    """
    cases: list[tuple[list[z3.BoolRef], dict[Variable, z3.SeqRef | str]]] = [([], {})]
    for variable in dict.fromkeys(used):
        key = request.keys.get(variable.key)
        if key is not None and not key.several and key.kind not in TEXTS:
            raise UnsupportedError(f"the variable {variable.key}, a {key.kind}")
        new = []
        for facts, values in cases:
            if key is not None and not key.several:
                new.append(([*facts, key.present], {**values, variable: key.value}))
            if variable.default is not None:
                missing = [] if key is None or key.several else [z3.Not(key.present)]
                new.append(([*facts, *missing], {**values, variable: variable.default}))
        cases = new
    return z3.Or(*(z3.And(*facts, formula(values.__getitem__)) for facts, values in cases))

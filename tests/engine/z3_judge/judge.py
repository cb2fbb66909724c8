"""The question to Z3: is there a request that one situation allows and another doesn't?"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import z3

from tests.engine.z3_judge.conditions import entries, kind_of
from tests.engine.z3_judge.decision import Situation, allowed
from tests.engine.z3_judge.formulas import Formula, all_of, any_of, atom, none_of
from tests.engine.z3_judge.patterns import MANY, anything, glob, joined, no_colons, pieces, resource_pattern
from tests.engine.z3_judge.request import ARN, TEXT, Request, listed, new_key
from tests.engine.z3_judge.solving import GaveUpError, solve

RLIMIT = 2_000_000


class Verdict(enum.StrEnum):
    """Whether every request that the first situation allows is allowed in the second one."""

    CONTAINED = "CONTAINED"
    WIDER = "WIDER"
    GAVE_UP = "GAVE UP"


@dataclass(frozen=True)
class World:
    """The requests that are asked about: the keys with their kinds, and whether they have several values.

    `actions` and `resources` are patterns; `present` are the keys that every request has.
    """

    kinds: Mapping[str, tuple[str, bool]]
    present: frozenset[str] = frozenset()
    actions: Sequence[str] = ("*",)
    resources: Sequence[str] = ("*",)


@dataclass(frozen=True)
class Judgment:
    """Z3's answer, and for WIDER a request that shows it."""

    verdict: Verdict
    request: Mapping[str, Any] = field(default_factory=dict)


def compare(a: Situation, b: Situation, world: World, rlimit: int = RLIMIT) -> Judgment:
    """Ask Z3 whether a allows a request that b doesn't. `rlimit` counts Z3's steps, so that time doesn't matter.

    Raises `UnsupportedError`.
    """
    request = symbolic(world, a.policies, b.policies)
    formula = all_of(within(world, request), allowed(a, request), none_of(allowed(b, request)))
    try:
        solution = solve(formula, rlimit)
    except GaveUpError:
        return Judgment(Verdict.GAVE_UP)
    return Judgment(Verdict.WIDER, request.read(solution.value)) if solution else Judgment(Verdict.CONTAINED)


def symbolic(world: World, *policies: Any) -> Request:
    """Return a request with the world's keys.

    A key with several values has a place for each value that a condition of the policies can ask for, and one more.
    A text that all operators compare as something else can be one that isn't readable as that.
    """
    asked: dict[str, list[str | None]] = {}
    for condition in conditions_in(policies):
        for operator, key, _ in entries(condition):
            asked.setdefault(key, []).append(kind_of(operator.name))
    named = _named_in_variables(policies)
    keys = {}
    for name, (kind, several) in world.kinds.items():
        compared = set(asked.get(name, ())) - {None}
        if kind == TEXT and len(compared) == 1 and TEXT not in compared and name not in named and not several:
            keys[name] = new_key(name, str(*compared), loose=True)
        elif name in asked or name in named:
            keys[name] = new_key(name, kind, len(asked.get(name, ())) + 1 if several else 0)
    return Request(keys)


def within(world: World, request: Request) -> Formula:
    """Return what holds of every request of a world."""
    facts = [
        request.well_formed(),
        atom(z3.InRe(request.action, _ACTION)),
        any_of(atom(request.resource == "*"), atom(z3.InRe(request.resource, _ARN))),
    ]
    for key in request.keys.values():
        if key.kind == ARN:
            facts += [atom(z3.InRe(value, _ARN)) for _, value in key.places]
        if key.name in world.present:
            facts.append(key.present)
    for values, subject, lower in (
        (world.actions, request.action, True),
        (world.resources, request.resource, False),
    ):
        split = [
            pieces(value.lower() if lower else value, wildcards=True, variables=False) for value in values
        ]
        if (MANY,) not in split:
            make = glob if lower else resource_pattern
            facts.append(any_of(*(atom(z3.InRe(subject, make(one))) for one in split)))
    return all_of(*facts)


def _characters(text: str, *ranges: tuple[str, str]) -> z3.ReRef:
    return z3.Union(*(z3.Re(letter) for letter in text), *(z3.Range(*ends) for ends in ranges))


_WORD = _characters("-", ("a", "z"), ("0", "9"))
_ACTION = z3.Concat(z3.Plus(_WORD), z3.Re(":"), z3.Plus(z3.Union(_WORD, _characters("_./"))))
# At least five colons, however many more.
_ARN = joined(["arn:", *[part for _ in range(4) for part in (no_colons(), ":")], anything()])


def conditions_in(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield each Condition in policies."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name == "Condition":
                yield inner
            else:
                yield from conditions_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from conditions_in(inner)


def _named_in_variables(value: Any) -> frozenset[str]:
    if isinstance(value, str):
        found = pieces(value, wildcards=False, variables=True) if "${" in value else ()
        return frozenset(piece.key for piece in found if not isinstance(piece, str) and hasattr(piece, "key"))
    if isinstance(value, Mapping):
        value = list(value.values())
    return (
        frozenset().union(*map(_named_in_variables, listed(value)))
        if isinstance(value, list | tuple)
        else frozenset()
    )

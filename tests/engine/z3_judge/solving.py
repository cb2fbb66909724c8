"""Z3 in two steps: what holds of texts is asked apart from everything else.

Given all of a formula, Z3 spends its time on texts that don't matter. Here, each atom about texts is a Boolean for Z3
first. Only the atoms that a model needs are then asked about, text by text; if they contradict each other, the
contradiction is added and Z3 looks for another model. Z3 answers both questions. Contradictions are kept for the
formulas that follow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

import z3

from tests.engine.z3_judge.formulas import Formula, stand_in, text_atom, texts_in, texts_of
from tests.engine.z3_judge.patterns import anything

MOST_MODELS = 400
Literals = frozenset[tuple[int, bool]]
"""Atoms about texts, by number, and whether they hold."""


class GaveUpError(Exception):
    """Z3 reached a limit, which counts steps."""


@dataclass(frozen=True)
class Solution:
    """Values that satisfy a formula: a model of what isn't about texts, and one for each group of texts."""

    rest: z3.ModelRef
    texts: dict[str, z3.ExprRef]

    def value(self, expression: z3.ExprRef) -> z3.ExprRef:
        """Return an expression's value."""
        found = self.texts.get(str(expression))
        return self.rest.eval(expression, model_completion=True) if found is None else found


def solve(formula: Formula, rlimit: int) -> Solution | None:
    """Return values that satisfy a formula; None if none do. Raises `GaveUpError`."""
    solver = z3.Solver()
    solver.set("rlimit", rlimit)
    solver.add(formula.abstract, *map(_clause, _learned(frozenset(formula.text_atoms()))))
    for _ in range(MOST_MODELS):
        answer = solver.check()
        if answer == z3.unsat:
            return None
        if answer == z3.unknown:
            raise GaveUpError
        model = solver.model()
        groups = list(_groups(frozenset(_Needed(model).literals(formula))))
        texts: dict[str, z3.ExprRef] = {}
        for group in groups:
            found = _values(group, rlimit)
            if found is None:
                contradiction = _smallest(group, rlimit)
                _CONTRADICTIONS.setdefault(min(contradiction)[0], set()).add(contradiction)
                solver.add(_clause(contradiction))
                break
            texts |= found
        else:
            return Solution(model, texts)
    raise GaveUpError


_CONTRADICTIONS: dict[int, set[Literals]] = {}
"""Atoms about texts that contradict each other, by the lowest number among them."""


def _learned(numbers: frozenset[int]) -> Iterator[Literals]:
    for number in sorted(numbers):
        for literals in _CONTRADICTIONS.get(number, ()):
            if all(other in numbers for other, _ in literals):
                yield literals


def _clause(contradiction: Literals) -> z3.BoolRef:
    return z3.Or(
        *(z3.Not(stand_in(number)) if holds else stand_in(number) for number, holds in sorted(contradiction))
    )


@dataclass
class _Needed:
    """The atoms about texts that a model needs for a formula to hold, few of them."""

    model: z3.ModelRef
    values: dict[Formula, bool] = field(default_factory=dict)
    costs: dict[Formula, int] = field(default_factory=dict)

    def value(self, formula: Formula) -> bool:
        found = self.values.get(formula)
        if found is None:
            found = self.values[formula] = self._value(formula)
        return found

    def _value(self, formula: Formula) -> bool:
        if formula.atom is not None:
            return z3.is_true(self.model.eval(formula.abstract, model_completion=True))
        if formula.kind == "not":
            return not self.value(formula.children[0])
        return (all if formula.kind == "and" else any)(self.value(child) for child in formula.children)

    def reasons(self, formula: Formula) -> tuple[Formula, ...]:
        """Return the children that make a formula's value: one if one is enough."""
        value = self.value(formula)
        if not formula.children or formula.kind == "not" or value == (formula.kind == "and"):
            return formula.children
        return (min((child for child in formula.children if self.value(child) == value), key=self.cost),)

    def cost(self, formula: Formula) -> int:
        found = self.costs.get(formula)
        if found is None:
            own = 1 if formula.kind == "text" else 0
            found = self.costs[formula] = own + sum(map(self.cost, self.reasons(formula)))
        return found

    def literals(self, formula: Formula) -> Iterator[tuple[int, bool]]:
        if formula.kind == "text":
            yield formula.number, self.value(formula)
        for child in self.reasons(formula):
            yield from self.literals(child)


def _groups(needed: Literals) -> Iterable[Literals]:
    """Return the atoms in groups that share no text."""
    groups: list[tuple[set[str], set[tuple[int, bool]]]] = []
    for literal in sorted(needed):
        texts, members = set(texts_of(literal[0])), {literal}
        apart = []
        for group in groups:
            if group[0] & texts:
                texts |= group[0]
                members |= group[1]
            else:
                apart.append(group)
        groups = [*apart, (texts, members)]
    return [frozenset(members) for _, members in groups]


Texts = dict[str, z3.ExprRef]
_ANSWERS: dict[Literals, Texts | None] = {}


def _values(literals: Literals, rlimit: int) -> Texts | None:
    """Return values of the texts that satisfy the atoms; None if none do."""
    if literals not in _ANSWERS:
        atoms = [(text_atom(number), holds) for number, holds in sorted(literals)]
        _ANSWERS[literals] = _guessed(literals, atoms, rlimit) or _solved(atoms, rlimit)
    return _ANSWERS[literals]


def _solved(atoms: Iterable[tuple[z3.BoolRef, bool]], rlimit: int, *more: z3.BoolRef) -> Texts | None:
    solver = z3.Solver()
    solver.set("rlimit", rlimit)
    solver.add(*_merged(atoms), *more)
    answer = solver.check()
    if answer == z3.unknown:
        raise GaveUpError
    model = solver.model() if answer == z3.sat else None
    return None if model is None else {one.name(): model[one] for one in model}


def _guessed(literals: Literals, atoms: list[tuple[z3.BoolRef, bool]], rlimit: int) -> Texts | None:
    """Return values that satisfy atoms about several texts; None if a guess at all texts but one doesn't lead to any.

    Each guess satisfies what holds of its text alone. The first ones are unlike anything in a policy.
    """
    found = Counter(name for number, _ in literals for name in texts_of(number))
    if len(found) < 2:
        return None
    most = max(sorted(found), key=found.__getitem__)
    for unusual in (True, False):
        guesses: Texts = {}
        for name in sorted(found.keys() - {most}):
            own = [
                (text_atom(number), holds) for number, holds in sorted(literals) if texts_of(number) == {name}
            ]
            text = z3.String(name)
            values = _solved(
                own, rlimit, z3.InRe(text, z3.Concat(z3.Re("~"), anything()) if unusual else anything())
            )
            if values is None:
                break
            guesses[name] = values[name]
        else:
            known = [(z3.String(name), value) for name, value in guesses.items()]
            filled = [(z3.simplify(z3.substitute(atom, *known)), holds) for atom, holds in atoms]
            rest = _solved(filled, rlimit)
            if rest is not None:
                return guesses | rest
    return None


def _merged(literals: Iterable[tuple[z3.BoolRef, bool]]) -> Iterator[z3.BoolRef]:
    """Yield the atoms, with one expression for everything that a text is compared with, which makes Z3 ten times
    faster.
    """
    inside: dict[z3.SeqRef, list[z3.ReRef]] = {}
    outside: dict[z3.SeqRef, list[z3.ReRef]] = {}
    for atom, holds in literals:
        compared = _comparison(atom)
        if compared:
            (inside if holds else outside).setdefault(compared[0], []).append(compared[1])
        else:
            yield atom if holds else z3.Not(atom)
            yield from (z3.InRe(z3.String(name), anything()) for name in texts_in(atom))
    for text in dict.fromkeys([*inside, *outside]):
        expected, refused = inside.get(text, [anything()]), outside.get(text, [])
        pattern = z3.Intersect(*expected) if len(expected) > 1 else expected[0]
        if refused:
            pattern = z3.Diff(pattern, z3.Union(*refused) if len(refused) > 1 else refused[0])
        yield z3.InRe(text, pattern)


def _comparison(atom: z3.BoolRef) -> tuple[z3.SeqRef, z3.ReRef] | None:
    """Return a text and the expression that the atom compares it with; None for an atom of another form."""
    kind, children = atom.decl().kind(), atom.children()
    if kind == z3.Z3_OP_SEQ_IN_RE and z3.is_const(children[0]):
        return children[0], children[1]
    if kind in (z3.Z3_OP_SEQ_PREFIX, z3.Z3_OP_SEQ_SUFFIX) and z3.is_string_value(children[0]):
        ends = [z3.Re(children[0]), anything()]
        return children[1], z3.Concat(*(ends if kind == z3.Z3_OP_SEQ_PREFIX else reversed(ends)))
    if kind == z3.Z3_OP_EQ:
        for one, other in (children, list(reversed(children))):
            if z3.is_string_value(one) and z3.is_const(other):
                return other, z3.Re(one)
    return None


def _smallest(literals: Literals, rlimit: int) -> Literals:
    """Return atoms that contradict each other, none of which can be left out: two, if two are enough."""
    for two in map(frozenset, combinations(sorted(literals), 2)):
        if texts_of(min(two)[0]) & texts_of(max(two)[0]) and _values(two, rlimit) is None:
            return two
    for literal in sorted(literals):
        fewer = literals - {literal}
        if _values(fewer, rlimit) is None:
            literals = fewer
    return literals

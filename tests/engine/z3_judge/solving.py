"""Z3 in two steps: what holds of texts is asked apart from everything else.

Given all of a formula, Z3 spends its time on texts that don't matter. Here, each atom about texts is a Boolean for Z3
first. Only the atoms that a model needs are then asked about, text by text; if they contradict each other, the
contradiction is added and Z3 looks for another model. Z3 answers both questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import z3

from tests.engine.z3_judge.patterns import anything

MOST_MODELS = 400
Literals = frozenset[tuple[int, bool]]
"""Atoms about texts, by number, and whether they hold."""


class GaveUpError(Exception):
    """Z3 reached a limit, which counts steps."""


@dataclass(frozen=True)
class Solution:
    """Values that satisfy a formula: a model of what isn't about texts, and one for each group of texts."""

    models: tuple[z3.ModelRef, ...]

    def value(self, expression: z3.ExprRef) -> z3.ExprRef:
        """Return an expression's value."""
        for model in self.models[1:]:
            if any(model[declaration] is not None and declaration.name() == str(expression) for declaration in model):
                return model.eval(expression)
        return self.models[0].eval(expression, model_completion=True)


def solve(formula: z3.BoolRef, rlimit: int) -> Solution | None:
    """Return values that satisfy a formula; None if none do. Raises `GaveUpError`."""
    atoms = Atoms()
    root = _Reader(atoms).node(formula)
    solver = z3.Solver()
    solver.set("rlimit", rlimit)
    solver.add(root.abstract())
    for _ in range(MOST_MODELS):
        answer = solver.check()
        if answer == z3.unsat:
            return None
        if answer == z3.unknown:
            raise GaveUpError
        model = solver.model()
        needed = frozenset(_Needed(model).literals(root))
        models, contradiction = _texts(needed, atoms, rlimit)
        if not contradiction:
            return Solution((model, *models))
        solver.add(z3.Or(*(z3.Not(_boolean(number)) if holds else _boolean(number) for number, holds in contradiction)))
    raise GaveUpError


def _boolean(number: int) -> z3.BoolRef:
    return z3.Bool(f"text atom {number}")


class Atoms:
    """The atoms about texts of a formula, with the texts that each is about."""

    _known: dict[int, tuple[int, z3.BoolRef]] = {}
    _all: list[tuple[z3.BoolRef, frozenset[str]]] = []

    def number(self, atom: z3.BoolRef) -> int:
        """Return an atom's number, the same in all formulas."""
        if atom.get_id() not in self._known:
            self._known[atom.get_id()] = (len(self._all), atom)
            self._all.append((atom, frozenset(_texts_in(atom))))
        return self._known[atom.get_id()][0]

    def atom(self, number: int) -> z3.BoolRef:
        """Return the atom with a number."""
        return self._all[number][0]

    def texts(self, number: int) -> frozenset[str]:
        """Return the names of the texts that an atom is about."""
        return self._all[number][1]


def _texts_in(expression: z3.ExprRef) -> Iterator[str]:
    if z3.is_const(expression):
        if expression.sort() == z3.StringSort() and expression.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            yield str(expression)
        return
    if not isinstance(expression, z3.ReRef):
        for child in expression.children():
            yield from _texts_in(child)


@dataclass(eq=False)
class Node:
    """A formula, read: `and`, `or`, `not`, `text` (an atom's number), or `other` (anything without texts)."""

    kind: str
    children: tuple[Node, ...] = ()
    number: int = -1
    expression: z3.BoolRef | None = None

    def abstract(self) -> z3.BoolRef:
        """Return the formula with a Boolean for each atom about texts."""
        return self._abstract

    @cached_property
    def _abstract(self) -> z3.BoolRef:
        if self.kind == "text":
            return _boolean(self.number)
        if self.kind == "other":
            assert self.expression is not None
            return self.expression
        children = [child.abstract() for child in self.children]
        return z3.Not(children[0]) if self.kind == "not" else (z3.And if self.kind == "and" else z3.Or)(*children)


class _Reader:
    """Reads Z3's formula once, because each call of Z3 costs more than a step of Python."""

    def __init__(self, atoms: Atoms) -> None:
        self._atoms = atoms
        self._read: dict[int, Node] = {}

    def node(self, formula: z3.BoolRef) -> Node:
        found = self._read.get(formula.get_id())
        if found is None:
            found = self._read[formula.get_id()] = self._new(formula)
        return found

    def _new(self, formula: z3.BoolRef) -> Node:
        kind, children = formula.decl().kind(), formula.children()
        if kind in _CONNECTIVES:
            return Node(_CONNECTIVES[kind], tuple(self.node(child) for child in children))
        if kind == z3.Z3_OP_IMPLIES:
            return Node("or", (Node("not", (self.node(children[0]),)), self.node(children[1])))
        if kind == z3.Z3_OP_ITE:
            test, then, other = map(self.node, children)
            return Node("or", (Node("and", (test, then)), Node("and", (Node("not", (test,)), other))))
        if any(True for _ in _texts_in(formula)):
            return Node("text", number=self._atoms.number(formula))
        return Node("other", expression=formula)


_CONNECTIVES = {z3.Z3_OP_AND: "and", z3.Z3_OP_OR: "or", z3.Z3_OP_NOT: "not"}


@dataclass
class _Needed:
    """The atoms about texts that a model needs for a formula to hold, few of them."""

    model: z3.ModelRef
    values: dict[Node, bool] = field(default_factory=dict)
    costs: dict[Node, int] = field(default_factory=dict)

    def value(self, node: Node) -> bool:
        found = self.values.get(node)
        if found is None:
            found = self.values[node] = self._value(node)
        return found

    def _value(self, node: Node) -> bool:
        if node.kind in ("text", "other"):
            return z3.is_true(self.model.eval(node.abstract(), model_completion=True))
        if node.kind == "not":
            return not self.value(node.children[0])
        return (all if node.kind == "and" else any)(self.value(child) for child in node.children)

    def reasons(self, node: Node) -> tuple[Node, ...]:
        """Return the children that make a node's value, one if one is enough."""
        if node.kind == "not" or self.value(node) == (node.kind == "and"):
            return node.children
        return (min((child for child in node.children if self.value(child) == self.value(node)), key=self.cost),)

    def cost(self, node: Node) -> int:
        found = self.costs.get(node)
        if found is None:
            own = 1 if node.kind == "text" else 0
            found = self.costs[node] = own + sum(map(self.cost, self.reasons(node) if node.children else ()))
        return found

    def literals(self, node: Node) -> Iterator[tuple[int, bool]]:
        if node.kind == "text":
            yield node.number, self.value(node)
        elif node.children:
            for child in self.reasons(node):
                yield from self.literals(child)


def _texts(needed: Literals, atoms: Atoms, rlimit: int) -> tuple[list[z3.ModelRef], Literals]:
    """Return models of the texts, or atoms that contradict each other."""
    models = []
    for group in _groups(needed, atoms):
        model = _model(group, atoms, rlimit)
        if model is None:
            return [], _smallest(group, atoms, rlimit)
        models.append(model)
    return models, frozenset()


def _groups(needed: Literals, atoms: Atoms) -> Iterable[Literals]:
    """Return the atoms in groups that share no text."""
    groups: list[tuple[set[str], set[tuple[int, bool]]]] = []
    for literal in sorted(needed):
        texts, members = set(atoms.texts(literal[0])), {literal}
        apart = []
        for group in groups:
            if group[0] & texts:
                texts |= group[0]
                members |= group[1]
            else:
                apart.append(group)
        groups = [*apart, (texts, members)]
    return [frozenset(members) for _, members in groups]


_answers: dict[Literals, z3.ModelRef | None] = {}


def _model(literals: Literals, atoms: Atoms, rlimit: int) -> z3.ModelRef | None:
    if literals not in _answers:
        solver = z3.Solver()
        solver.set("rlimit", rlimit)
        solver.add(*_merged((atoms.atom(number), holds) for number, holds in sorted(literals)))
        answer = solver.check()
        if answer == z3.unknown:
            raise GaveUpError
        _answers[literals] = solver.model() if answer == z3.sat else None
    return _answers[literals]


def _merged(literals: Iterable[tuple[z3.BoolRef, bool]]) -> Iterator[z3.BoolRef]:
    """Yield the atoms, with one expression for each text that is compared with expressions: Z3 is ten times faster so."""
    inside: dict[z3.SeqRef, list[z3.ReRef]] = {}
    outside: dict[z3.SeqRef, list[z3.ReRef]] = {}
    for atom, holds in literals:
        compared = _comparison(atom)
        if compared:
            (inside if holds else outside).setdefault(compared[0], []).append(compared[1])
        else:
            yield atom if holds else z3.Not(atom)
    for text in dict.fromkeys([*inside, *outside]):
        expected, refused = inside.get(text, [anything()]), outside.get(text, [])
        pattern = z3.Intersect(*expected) if len(expected) > 1 else expected[0]
        if refused:
            pattern = z3.Diff(pattern, z3.Union(*refused) if len(refused) > 1 else refused[0])
        yield z3.InRe(text, pattern)


def _comparison(atom: z3.BoolRef) -> tuple[z3.SeqRef, z3.ReRef] | None:
    """Return a text and the expression that the atom compares it with; None for an atom of another form."""
    kind, children = atom.decl().kind(), atom.children()
    if kind == z3.Z3_OP_SEQ_IN_RE:
        return children[0], children[1]
    if kind == z3.Z3_OP_EQ:
        for one, other in (children, reversed(children)):
            if z3.is_string_value(one) and z3.is_const(other):
                return other, z3.Re(one)
    return None


def _smallest(literals: Literals, atoms: Atoms, rlimit: int) -> Literals:
    """Return atoms that contradict each other, none of which can be left out."""
    for literal in sorted(literals):
        fewer = literals - {literal}
        if _model(fewer, atoms, rlimit) is None:
            literals = fewer
    return literals


__all__ = ["GaveUpError", "Mapping", "Solution", "solve"]

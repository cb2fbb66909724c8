"""Formulas over Z3's atoms: whole ones in Z3 cost more time to build and read than to solve."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import z3


@dataclass(eq=False, frozen=True)
class Formula:
    """A formula: `and` or `or` of others, `not` another, a `text` atom (about texts), or an `other` atom."""

    kind: str
    children: tuple[Formula, ...] = ()
    atom: z3.BoolRef | None = None
    number: int = -1

    @cached_property
    def abstract(self) -> z3.BoolRef:
        """The formula in Z3, with a Boolean for each atom about texts."""
        if self.kind == "text":
            return stand_in(self.number)
        if self.atom is not None:
            return self.atom
        return self._with([child.abstract for child in self.children])

    @cached_property
    def whole(self) -> z3.BoolRef:
        """The formula in Z3."""
        return self.atom if self.atom is not None else self._with([child.whole for child in self.children])

    def _with(self, children: list[z3.BoolRef]) -> z3.BoolRef:
        return (
            z3.Not(children[0])
            if self.kind == "not"
            else (z3.And if self.kind == "and" else z3.Or)(*children)
        )

    def text_atoms(self) -> Iterator[int]:
        """Yield the numbers of the atoms about texts."""
        if self.kind == "text":
            yield self.number
        for child in self.children:
            yield from child.text_atoms()


ALWAYS, NEVER = Formula("and"), Formula("or")


def all_of(*formulas: Formula) -> Formula:
    """Return the formula that holds if all of these do."""
    return _joined("and", ALWAYS, NEVER, formulas)


def any_of(*formulas: Formula) -> Formula:
    """Return the formula that holds if one of these does."""
    return _joined("or", NEVER, ALWAYS, formulas)


def _joined(kind: str, without_any: Formula, decisive: Formula, formulas: tuple[Formula, ...]) -> Formula:
    if decisive in formulas:
        return decisive
    children = tuple(dict.fromkeys(formula for formula in formulas if formula is not without_any))
    if not children:
        return without_any
    return children[0] if len(children) == 1 else Formula(kind, children)


def none_of(*formulas: Formula) -> Formula:
    """Return the formula that holds if none of these does."""
    formula = any_of(*formulas)
    if formula in (ALWAYS, NEVER):
        return NEVER if formula is ALWAYS else ALWAYS
    return formula.children[0] if formula.kind == "not" else Formula("not", (formula,))


def constant(value: bool) -> Formula:
    """Return the formula that always holds, or the one that never does."""
    return ALWAYS if value else NEVER


_ATOMS: dict[int, Formula] = {}
_TEXT_ATOMS: list[tuple[z3.BoolRef, frozenset[str]]] = []


def atom(expression: z3.BoolRef) -> Formula:
    """Return an atom, the same formula for the same expression."""
    found = _ATOMS.get(expression.get_id())
    if found is None:
        texts = frozenset(texts_in(expression))
        found = Formula(
            "text" if texts else "other", atom=expression, number=len(_TEXT_ATOMS) if texts else -1
        )
        if texts:
            _TEXT_ATOMS.append((expression, texts))
        _ATOMS[expression.get_id()] = found
    return found


def text_atom(number: int) -> z3.BoolRef:
    """Return the atom about texts that has a number."""
    return _TEXT_ATOMS[number][0]


def texts_of(number: int) -> frozenset[str]:
    """Return the names of the texts that an atom is about."""
    return _TEXT_ATOMS[number][1]


def stand_in(number: int) -> z3.BoolRef:
    """Return the Boolean that stands for an atom about texts."""
    return z3.Bool(f"text atom {number}")


def texts_in(expression: z3.ExprRef) -> Iterator[str]:
    """Yield the names of the texts in an expression."""
    if z3.is_const(expression):
        if expression.sort() == z3.StringSort() and expression.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            yield str(expression)
    elif not isinstance(expression, z3.ReRef):
        for child in expression.children():
            yield from texts_in(child)

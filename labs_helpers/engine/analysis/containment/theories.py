"""Knowledge about one variable of a request: the action's name, the resource, or one condition key.

A *literal* is an atom's number, or its negative. A theory keeps the literals that are assumed about its variable,
determines which others follow or are impossible, and finds a value that fits all of them. Values are immutable, so that
a search can go back to an earlier one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from labs_helpers.engine.analysis.containment.languages import Language, Steps, literal, word
from labs_helpers.engine.analysis.containment.verdict import Budget, UnclearError
from labs_helpers.engine.policy.variables import ContextValue

_MOST_COMPARED = 64
"""The maximum number of literals to compare a new one with, because more comparisons cost more than they save."""


class Theory(Protocol):
    """The functions that the search calls for a variable. A state is opaque to the search."""

    start: Any

    def assume(self, state: Any, literals: Iterable[int]) -> Any:
        """Return the state in which the literals are also true, or None if that is impossible."""

    def status(self, state: Any, literal: int) -> bool | None:
        """Return whether a literal certainly holds (True) or certainly doesn't (False) in a state."""

    def value(self, state: Any) -> ContextValue | None:
        """Return a value that fits; None means that the key is absent. Raises `UnclearError`."""


class Finite:
    """A variable with a few values. A state is a bit mask of the values that are still possible."""

    def __init__(self, values: Sequence[ContextValue | None]) -> None:
        """Start with all values possible."""
        self._values = tuple(dict.fromkeys(values))
        self.start = (1 << len(self._values)) - 1
        self._masks: dict[int, int] = {}

    def add(self, atom: int, holds: Callable[[ContextValue | None], bool]) -> None:
        """Add an atom, given by a test of one value."""
        mask = sum(1 << i for i, value in enumerate(self._values) if holds(value))
        self._masks[atom], self._masks[-atom] = mask, self.start & ~mask

    def assume(self, state: int, literals: Iterable[int]) -> int | None:
        """Return the state in which the literals are also true, or None if that is impossible."""
        for each in literals:
            state &= self._masks[each]
        return state or None

    def status(self, state: int, literal: int) -> bool | None:
        """Return whether a literal certainly holds or certainly doesn't."""
        if not state & self._masks[literal]:
            return False
        return None if state & self._masks[-literal] else True

    def value(self, state: int) -> ContextValue | None:
        """Return the first possible value."""
        return self._values[(state & -state).bit_length() - 1]


class TextSet:
    """A set of strings: a union of patterns, with each variable as a single symbol and, in `loose`, as any text."""

    def __init__(self, exact: Sequence[Steps], loose: Sequence[Steps] | None = None) -> None:
        """Store the patterns. They are compiled when they are first needed, because many sets are never compared."""
        self._exact, self._loose = exact, loose

    @property
    def open(self) -> bool:
        """True if there are variables whose text isn't known."""
        return self._loose is not None

    @cached_property
    def exact(self) -> Language:
        """The strings, with each variable as a single symbol."""
        return Language(self._exact)

    @cached_property
    def wide(self) -> Language:
        """The strings, with each variable as a single symbol that runs also cover."""
        return Language(self._exact, wide=True) if self.open else self.exact

    @cached_property
    def loose(self) -> Language:
        """The strings, with variables as any text."""
        return self.exact if self._loose is None else Language(self._loose)


class Texts:
    """Finds a string in some sets and not in others."""

    def __init__(
        self,
        domain: Language,
        budget: Budget,
        preferred: Callable[[], Iterable[str]] = tuple,
        *,
        excluded: Sequence[str] = (),
    ) -> None:
        """Store the `domain` of strings, without those in `excluded`. `nicest` returns one of `preferred`."""
        self._domain = domain
        self._budget = budget
        self._preferred = preferred
        self._excluded = [TextSet([literal(text) for text in excluded])] if excluded else []

    def find(self, inside: Sequence[TextSet], outside: Sequence[TextSet]) -> tuple[str | None, bool]:
        """Return a string, or None if there isn't one, and whether the result is certain.

        With variables, None is always certain, because it holds for all of their values.
        """
        outside = [*outside, *self._excluded]
        within = [each.loose for each in inside]
        found = word([self._domain, *within], [each.exact for each in outside if not each.open], self._budget)
        if found is None:
            return None, True
        if not any(each.open for each in (*inside, *outside)):
            return found, True
        without = [each.wide for each in outside]
        for each in inside:
            if each.open and word([each.exact], without, self._budget) is None:
                return None, True
        return found, False

    def nicest(self, inside: Sequence[TextSet], outside: Sequence[TextSet]) -> str | None:
        """Return the first preferred string that every set in `inside` contains and no set in `outside` contains.

        The sets in `inside` have no variables.
        """
        for text in self._preferred():
            if all(each.exact.accepts(text) for each in inside) and not any(
                each.exact.accepts(text) for each in outside
            ):
                return text
        return None


class Cells:
    """Finds one of a few values in some sets (bit masks) and not in others."""

    def __init__(self, values: Sequence[str]) -> None:
        """Store the `values`, one for each cell."""
        self.values = tuple(values)

    def find(self, inside: Sequence[int], outside: Sequence[int]) -> tuple[str | None, bool]:
        """Return a value, or None if there is none. The result is always certain."""
        mask = (1 << len(self.values)) - 1
        for each in inside:
            mask &= each
        for each in outside:
            mask &= ~each
        return (self.values[(mask & -mask).bit_length() - 1] if mask else None), True

    def nicest(self, inside: Sequence[int], outside: Sequence[int]) -> str | None:
        """Return None: no value in a cell is nicer than the others."""
        return None


class Elements(Protocol):
    """Finds an element for a value: `Texts` or `Cells`."""

    def find(self, inside: Sequence[Any], outside: Sequence[Any]) -> tuple[str | None, bool]:
        """Return an element in all sets of `inside` and in none of `outside`, and whether the result is certain."""

    def nicest(self, inside: Sequence[Any], outside: Sequence[Any]) -> str | None:
        """Return an element that readers recognize, or None."""


class Meaning(NamedTuple):
    """The meaning of an atom for a variable.

    `specials` is a bit mask of the special values for which the atom is true. For other values, `constant` is
    its truth value. If `constant` is None, the atom is true if each element of the value (or, with `some`, at
    least one) is in `set`; without `inside`, the elements must be outside `set`.
    """

    specials: int
    constant: bool | None
    set: Any = None
    inside: bool = True
    some: bool = False


class _State(NamedTuple):
    specials: int
    literals: frozenset[int] | None  # None: only special values are left


class Values:
    """A variable whose value is a special value, a string, a value from a cell, or several strings or cell values.

    Special values, such as an absent key, are tried before other values, except for the empty text, which is last.
    """

    def __init__(
        self,
        specials: Sequence[ContextValue | None],
        elements: Elements,
        budget: Budget,
        *,
        several: bool = False,
    ) -> None:
        """Start with all values possible."""
        self.special_values = tuple(specials)
        self.elements = elements
        self._several = several
        self._budget = budget
        self._all = (1 << len(self.special_values)) - 1
        self.start = _State(self._all, frozenset())
        self._meanings: dict[int, Meaning] = {}
        self._found: dict[frozenset[int], tuple[ContextValue | None, bool]] = {}
        self._together: dict[tuple[int, int], bool] = {}

    def add(self, atom: int, meaning: Meaning) -> None:
        """Add an atom. If a value can't have several elements, `some` makes no difference."""
        opposite = Meaning(
            self._all & ~meaning.specials,
            None if meaning.constant is None else not meaning.constant,
            meaning.set,
            not meaning.inside,
            not meaning.some,
        )
        self._meanings[atom], self._meanings[-atom] = meaning, opposite

    def assume(self, state: _State, literals: Iterable[int]) -> _State | None:
        """Return the state in which the literals are also true, or None if that is impossible."""
        specials, known = state
        added = set()
        for each in literals:
            meaning = self._meanings[each]
            specials &= meaning.specials
            if meaning.constant is False:
                known = None
            elif meaning.constant is None:
                added.add(each)
        if known is not None and not added <= known:
            known = known.union(added)
            if any(-each in known for each in added) or self._find(known)[0] is None:
                known = None
        return None if known is None and not specials else _State(specials, known)

    def status(self, state: _State, literal: int) -> bool | None:
        """Return whether a literal certainly holds or certainly doesn't."""
        if not self._possible(state, literal):
            return False
        return None if self._possible(state, -literal) else True

    def value(self, state: _State) -> ContextValue | None:
        """Return a value that fits. Raises `UnclearError` if it depends on a variable's value."""
        special = (
            self.special_values[(state.specials & -state.specials).bit_length() - 1] if state.specials else ""
        )
        if state.literals is None or special != "":
            return special
        found, certain = self._find(state.literals)
        if not certain:
            raise UnclearError("variable")
        if not self._several:
            meanings = [self._meanings[each] for each in state.literals]
            return self.elements.nicest(*_sides(meanings)) or found
        return found

    def guess(self, state: _State) -> ContextValue | None:
        """Return a value that fits, provided that the variables have suitable values."""
        return self._find(state.literals)[0] if state.literals is not None else None

    def _possible(self, state: _State, literal: int) -> bool:
        meaning = self._meanings[literal]
        if state.specials & meaning.specials:
            return True
        if state.literals is None or meaning.constant is False:
            return False
        if meaning.constant is True or literal in state.literals:
            return True
        if -literal in state.literals:
            return False
        if len(state.literals) > _MOST_COMPARED:
            return True  # not shown to be impossible
        together = self._together
        for each in state.literals:
            pair = (each, literal)
            possible = together.get(pair)
            if possible is None:
                self._budget.spend()
                possible = self._find(frozenset(pair))[0] is not None
                together[pair] = possible
            if not possible:
                return False
        return True if state.literals else self._find(frozenset((literal,)))[0] is not None

    def _find(self, literals: frozenset[int]) -> tuple[ContextValue | None, bool]:
        """Return a value that fits, or None, and whether the result is certain."""
        found = self._found.get(literals)
        if found is None:
            found = self._found[literals] = self._search(literals)
        return found

    def _search(self, literals: frozenset[int]) -> tuple[ContextValue | None, bool]:
        meanings = [self._meanings[each] for each in sorted(literals, key=abs)]
        if not self._several:
            return self._element(meanings)
        each = [meaning for meaning in meanings if not meaning.some]
        groups = [[*each, meaning] for meaning in meanings if meaning.some] or [each]
        values: list[str] = []
        certain = True
        for group in groups:
            value, sure = self._element(group)
            if value is None:
                return None, True
            values.append(value)
            certain = certain and sure
        return tuple(dict.fromkeys(values)), certain

    def _element(self, meanings: Sequence[Meaning]) -> tuple[str | None, bool]:
        return self.elements.find(*_sides(meanings))


def _sides(meanings: Sequence[Meaning]) -> tuple[list[Any], list[Any]]:
    return [each.set for each in meanings if each.inside], [each.set for each in meanings if not each.inside]


class Unclear:
    """A key about which only syntactic contradictions are known. Its value is one of several guesses."""

    start: frozenset[int] = frozenset()

    def __init__(self, guesses: Sequence[ContextValue | None], reason: str) -> None:
        """Store the guesses, and the `reason` to give if no guess settles a question."""
        self._guesses = tuple(dict.fromkeys(guesses))
        self._reason = reason
        self._tests: dict[int, Callable[[ContextValue | None], bool]] = {}

    def add(self, atom: int, holds: Callable[[ContextValue | None], bool]) -> None:
        """Add an atom, given by a test of one value."""
        self._tests[atom] = holds

    def assume(self, state: frozenset[int], literals: Iterable[int]) -> frozenset[int] | None:
        """Return the state in which some literals hold as well, or None if the negation of one was assumed."""
        known = state.union(literals)
        return None if any(-each in known for each in known) else known

    def status(self, state: frozenset[int], literal: int) -> bool | None:
        """Return whether a literal (True) or its negation (False) was assumed."""
        return True if literal in state else False if -literal in state else None

    def value(self, state: frozenset[int]) -> ContextValue | None:
        """Return a guess that fits. Raises `UnclearError`."""
        for guess in self._guesses:
            if all(self._tests[abs(each)](guess) is (each > 0) for each in state):
                return guess
        raise UnclearError(self._reason)

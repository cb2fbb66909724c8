"""The search for values that make a formula true. Each of its branches ends in a contradiction or in such values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from labs_helpers.engine.analysis.containment.formulas import All, Node, Some, is_literal, negation
from labs_helpers.engine.analysis.containment.theories import Theory
from labs_helpers.engine.analysis.containment.verdict import Budget

Model = dict[str, Any]
"""A theory's state for each variable that a branch assumed something about."""
_Branch = tuple[Model, list[Some], list[Node]]


class Tableau:
    """A search in progress. `owner` maps each atom to its variable."""

    def __init__(self, owner: Mapping[int, str], theories: Mapping[str, Theory], budget: Budget) -> None:
        """Store the variables' theories."""
        self._owner = owner
        self._theories = theories
        self._budget = budget

    def models(self, formula: Node) -> Iterator[Model]:
        """Yield the models at the open ends of branches, or none if the formula can't be true.

        Raises `OutOfStepsError`.
        """
        stack: list[_Branch] = [({}, [], [formula])]
        while stack:
            self._budget.spend()
            model, choices, assumed = stack.pop()
            model = dict(model)
            left = self._settled(model, choices, assumed)
            if left is None:
                continue
            if not left:
                yield model
                continue
            chosen = self._choice(left)
            rest = [each for each in left if each is not chosen]
            branches: list[_Branch] = []
            before: list[Node] = []
            for part in chosen.parts:
                branches.append((model, rest, [part, *before]))
                before.append(negation(part))
            stack.extend(reversed(branches))

    def _settled(self, model: Model, choices: list[Some], assumed: list[Node]) -> list[Some] | None:
        """Assume formulas and all that follows; return the disjunctions that are left, or None at a contradiction."""
        choices = list(choices)
        if not self._assume(model, choices, assumed):
            return None
        while True:
            left: list[Some] = []
            forced: list[Node] = []
            self._budget.spend(1 + len(choices) // 8)
            for choice in choices:
                parts = self._open_parts(model, choice)
                if parts is None:
                    continue
                if not parts:
                    return None
                if len(parts) == 1:
                    forced.append(parts[0])
                else:
                    left.append(choice if len(parts) == len(choice.parts) else Some(tuple(parts)))
            if len(left) == len(choices):
                return left
            choices = left
            if not self._assume(model, choices, forced):
                return None

    def _assume(self, model: Model, choices: list[Some], nodes: Iterable[Node]) -> bool:
        """Assume formulas; add the disjunctions among them to `choices`. Return False at a contradiction."""
        literals: dict[str, list[int]] = defaultdict(list)
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            if node is False:
                return False
            if isinstance(node, All):
                waiting.extend(node.parts)
            elif isinstance(node, Some):
                choices.append(node)
            elif node is not True:
                literals[self._owner[abs(node)]].append(node)
        for variable, together in literals.items():
            theory = self._theories[variable]
            state = theory.assume(model.get(variable, theory.start), together)
            if state is None:
                return False
            model[variable] = state
        return True

    def _open_parts(self, model: Model, choice: Some) -> list[Node] | None:
        """Return the parts of a disjunction that aren't certainly false, or None if one is certainly true."""
        parts: list[Node] = []
        for part in choice.parts:
            status = self._status(model, part)
            if status is True:
                return None
            if status is None:
                parts.append(part)
        return parts

    def _status(self, model: Model, node: Node) -> bool | None:
        if is_literal(node):
            variable = self._owner[abs(node)]
            theory = self._theories[variable]
            return theory.status(model.get(variable, theory.start), node)
        assert isinstance(node, All | Some)
        decided = isinstance(node, Some)  # one true part makes Some true, and one false part makes All false
        certain = True
        for part in node.parts:
            status = self._status(model, part)
            if status is decided:
                return decided
            certain = certain and status is not None
        return (not decided) if certain else None

    @staticmethod
    def _choice(choices: list[Some]) -> Some:
        """Return the disjunction to branch on: the one with the largest conjunction, then the shortest."""
        return min(
            choices,
            key=lambda choice: (
                -max(len(part.parts) if isinstance(part, All) else 1 for part in choice.parts),
                len(choice.parts),
            ),
        )

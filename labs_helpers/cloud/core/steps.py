"""Steps around operations, ordered by stage and, within a stage, by the order that they declare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.stages import Stage

Step = Callable[[Call, Callable[[], Answer]], Answer]
"""A function of two arguments, a call and a function that performs the rest of the call. It returns the response."""

_PLACES = {stage: place for place, stage in enumerate(Stage)}
"""The position of each stage; 0 is the outermost."""


@dataclass(frozen=True, slots=True)
class RegisteredStep:
    """A step, its stage, the steps in that stage that it must follow or precede, and whether it can reject a call.

    `function` is a `Step`, or a function registered with `core.registry.before_every_call`.
    """

    function: Callable[..., Any]
    stage: Stage
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    refuses: bool = True

    @property
    def name(self) -> str:
        """The function's name, which other steps use to refer to it.

        The name doesn't change when a module is renamed.
        """
        return self.function.__name__


def check_names(service: str, steps: Iterable[RegisteredStep]) -> None:
    """Raise `ValueError` if two steps have the same name, or a declared order names a step that isn't in its stage."""
    by_name: dict[str, RegisteredStep] = {}
    for step in sorted(steps, key=_module_and_name):
        other = by_name.setdefault(step.name, step)
        if other is not step:
            raise ValueError(
                f"{service}: two steps are called {step.name!r}: {_shown(other)} and {_shown(step)}"
            )
    for step in by_name.values():
        for name in (*step.after, *step.before):
            named = by_name.get(name)
            if named is None:
                raise ValueError(
                    f"{service}: {_shown(step)} names {name!r}, which is not a step of this service"
                )
            if named.stage is not step.stage:
                raise ValueError(
                    f"{service}: {_shown(step)} names {_shown(named)}, but their stages already order them"
                )


def in_order(operation: str, steps: Sequence[RegisteredStep]) -> list[RegisteredStep]:
    """Return the steps around an operation, outermost first.

    Raises `ValueError` if two steps in a stage have no declared order, or if each is declared to come before the other.
    """
    if len(steps) == 1:
        return list(steps)
    earlier = _earlier(steps)
    for one, other in combinations(sorted(steps, key=_module_and_name), 2):
        if one.stage is not other.stage:
            continue
        first, second = one.name in earlier[other.name], other.name in earlier[one.name]
        if first == second:
            wrong = "each claim to come first" if first else "name no order between them"
            raise ValueError(
                f"{operation}: two steps at {one.stage.name} {wrong}: {_shown(one)} and {_shown(other)}; "
                "add after=(…) or before=(…) to one of them"
            )
    return sorted(steps, key=lambda step: (_PLACES[step.stage], len(earlier[step.name])))


def _earlier(steps: Sequence[RegisteredStep]) -> dict[str, set[str]]:
    """Return, for each step's name, the names of the steps that come before it in its stage, directly or indirectly."""
    names = {step.name for step in steps}
    earlier = {step.name: set(step.after) & names for step in steps}
    for step in steps:
        for later in set(step.before) & names:
            earlier[later].add(step.name)
    grown = True
    while grown:
        grown = False
        for found in earlier.values():
            indirect = set().union(*(earlier[name] for name in found)) - found
            found |= indirect
            grown = grown or bool(indirect)
    return earlier


def _module_and_name(step: RegisteredStep) -> tuple[str, str]:
    return step.function.__module__, step.name


def _shown(step: RegisteredStep) -> str:
    return f"{step.function.__module__}.{step.name}"

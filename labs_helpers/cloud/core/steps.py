"""Steps round operations, and the order among them: by stage, and within a stage by the order that they name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.stages import Stage

Step = Callable[[Call, Callable[[], Answer]], Answer]
"""Gets a call and a function that performs the rest of it, and returns the answer."""

_PLACES = {stage: place for place, stage in enumerate(Stage)}
"""By stage its place: 0 is the outermost."""


@dataclass(frozen=True, slots=True)
class RegisteredStep:
    """A step with its stage, the steps of the same stage that it names as earlier or later, and if it may refuse.

    `function` is a `Step`, or what `core.registry.before_every_call` registers.
    """

    function: Callable[..., Any]
    stage: Stage
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    refuses: bool = True

    @property
    def name(self) -> str:
        """The function's name, by which other steps name it: it stays when a module is renamed."""
        return self.function.__name__


def check_names(service: str, steps: Iterable[RegisteredStep]) -> None:
    """Raise `ValueError` for two steps of one name, and for an order that names no step of the same stage."""
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
                    f"{service}: {_shown(step)} names {_shown(named)}, but their stages order them already"
                )


def in_order(operation: str, steps: Sequence[RegisteredStep]) -> list[RegisteredStep]:
    """Return the steps round an operation, outermost first.

    Raises `ValueError` for two steps of one stage whose order follows from no name, or that come before one another.
    """
    if len(steps) == 1:
        return list(steps)
    earlier = _earlier(steps)
    for one, other in combinations(sorted(steps, key=_module_and_name), 2):
        if one.stage is not other.stage:
            continue
        first, second = one.name in earlier[other.name], other.name in earlier[one.name]
        if first == second:
            wrong = "each name themselves first" if first else "name no order between them"
            raise ValueError(
                f"{operation}: two steps at {one.stage.name} {wrong}: {_shown(one)} and {_shown(other)}; "
                "add after=(…) or before=(…) to one of them"
            )
    return sorted(steps, key=lambda step: (_PLACES[step.stage], len(earlier[step.name])))


def _earlier(steps: Sequence[RegisteredStep]) -> dict[str, set[str]]:
    """By name, the names of all steps that come before a step of the same stage, directly or through others."""
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

"""The registry of neglected settings.

For each setting, it contains functions that create it, attack it, use it for the shop's work, and recognize incomplete
fixes. Each module in settings/ registers its own settings, so there is no separate list of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labs_helpers.course.days.day1.actors import ShopAccount

Step = Callable[["ShopAccount"], Any]


@dataclass(frozen=True, slots=True)
class Attack:
    """An attack by an outsider, as real API calls.

    The steps raise `ClientError` if AWS denies a call, or return False if nothing is reachable (for example, a port
    that no rule opens).
    """

    setting: str
    who: str
    what: str
    steps: Step


@dataclass(frozen=True, slots=True)
class Task:
    """A task in the account's own work: real calls that raise `ClientError` or `WorkStopped` if the task fails."""

    name: str
    setting: str
    steps: Step


@dataclass(slots=True)
class Setting:
    """A neglected setting. `make` creates it, or restores it from any state."""

    id: str
    title: str
    where: str
    make: Step
    attacks: list[Attack] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    partial_fixes: list[Callable[[ShopAccount], str | None]] = field(default_factory=list)


SETTINGS: dict[str, Setting] = {}
"""Every setting by its ID, in the order of registration."""


class WorkStopped(Exception):
    """The error for work that can't continue because a resource is gone, although AWS didn't deny a call."""


def setting(id: str, title: str, where: str) -> Callable[[Step], Step]:
    """Register the decorated function, which creates a neglected setting.

    `where` is the name of its resource in the console.
    """

    def register(make: Step) -> Step:
        """Register the function that creates the neglected setting."""
        if id in SETTINGS:
            raise ValueError(f"the setting {id!r} is registered twice")
        SETTINGS[id] = Setting(id, title, where, make)
        return make

    return register


def attack(setting: str, who: str, what: str) -> Callable[[Step], Step]:
    """Register the decorated function as an attack that a setting makes possible."""

    def register(steps: Step) -> Step:
        """Add the steps of an attack."""
        SETTINGS[setting].attacks.append(Attack(setting, who, what, steps))
        return steps

    return register


def task(setting: str, name: str) -> Callable[[Step], Step]:
    """Register the decorated function as work that depends on a setting and must continue."""

    def register(steps: Step) -> Step:
        """Add the steps of a task."""
        SETTINGS[setting].tasks.append(Task(name, setting, steps))
        return steps

    return register


def partial_fix(
    setting: str,
) -> Callable[[Callable[[ShopAccount], str | None]], Callable[[ShopAccount], str | None]]:
    """Register the decorated function, which returns a sentence if a fix is incomplete, or None otherwise."""

    def register(sees: Callable[[ShopAccount], str | None]) -> Callable[[ShopAccount], str | None]:
        """Add the function that recognizes an incomplete fix."""
        SETTINGS[setting].partial_fixes.append(sees)
        return sees

    return register

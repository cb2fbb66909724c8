"""What a setting of the account is: how it was neglected, who gets in by it, what work needs it, what half mends it.

Each module in settings/ registers its own: nothing is listed elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labs_helpers.course.days.day1.actors import Hands

Step = Callable[["Hands"], Any]


@dataclass(frozen=True, slots=True)
class Attack:
    """What an outsider tries: real calls that raise ClientError where AWS refuses, or return False where there is
    nothing to be had (a port that no rule opens)."""

    setting: str
    who: str
    what: str
    steps: Step


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of the account's own work: real calls that raise ClientError, or Stopped, where it cannot go on."""

    name: str
    setting: str
    steps: Step


@dataclass(slots=True)
class Setting:
    """One neglected setting. `make` makes it, or makes it again, from whatever is there."""

    id: str
    title: str
    where: str
    make: Step
    attacks: list[Attack] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    halves: list[Callable[[Hands], str | None]] = field(default_factory=list)


SETTINGS: dict[str, Setting] = {}
"""Every setting by its id, in the order in which the account got them."""


class Stopped(Exception):
    """Work that cannot go on though AWS refused nothing: what it needs is gone, or is not told to it."""


def setting(id: str, title: str, where: str) -> Callable[[Step], Step]:
    """Register how a setting is neglected: `where` says in which resource, as the console would name it."""

    def register(make: Step) -> Step:
        if id in SETTINGS:
            raise ValueError(f"the setting {id!r} is registered twice")
        SETTINGS[id] = Setting(id, title, where, make)
        return make

    return register


def attack(setting: str, who: str, what: str) -> Callable[[Step], Step]:
    """Register what an outsider gets by a setting."""

    def register(steps: Step) -> Step:
        SETTINGS[setting].attacks.append(Attack(setting, who, what, steps))
        return steps

    return register


def task(setting: str, name: str) -> Callable[[Step], Step]:
    """Register work that goes by a setting and must go on."""

    def register(steps: Step) -> Step:
        SETTINGS[setting].tasks.append(Task(name, setting, steps))
        return steps

    return register


def half(setting: str) -> Callable[[Callable[[Hands], str | None]], Callable[[Hands], str | None]]:
    """Register what sees a half-mended setting: a sentence about it, or None."""

    def register(sees: Callable[[Hands], str | None]) -> Callable[[Hands], str | None]:
        SETTINGS[setting].halves.append(sees)
        return sees

    return register

"""The rules of the league, as data: the footholds, the flags, and what the robots try (data/day6/league.json)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from labs_helpers.course.content.paths import data_path
from labs_helpers.course.content.schema import Model, Name, Text
from labs_helpers.course.days.day6.company_probes import Act

Flag = Literal["secret", "plaintext", "object", "administrator", "trail"]


class Hint(Model):
    """A hint, and the number of calls that it costs."""

    cost: int = Field(ge=1)
    says: Text


class Foothold(Model):
    """The place where an attack begins. The first of `actors` is the main one.

    `address` is the address of the calls, if it isn't the actor's usual address.
    """

    name: Name
    about: Text
    actors: tuple[Name, ...] = Field(min_length=1)
    address: Text | None = None
    hints: tuple[Hint, ...]


class FlagText(Model):
    """A flag, and what has to be taken."""

    name: Flag
    about: Text


class Administrator(Model):
    """The definition of an administrator: a session that is allowed at least `at_least` of these actions."""

    at_least: int = Field(ge=1)
    actions: tuple[tuple[Text, Text], ...]


class Campaigns(Model):
    """Campaigns of one strength."""

    strength: int = Field(ge=1, le=3)
    seeds: tuple[int, ...] = Field(min_length=1)


class SearchMove(Model):
    """A call that a robot tries with each of its sessions.

    `each`: what the call is repeated for; the target's names are then available in angle brackets. `anonymous`: the
    call isn't signed. `foothold`: the only foothold from which the call is tried. `keep` names the response for `undo`.
    `gives` is the member of the response that contains a new session's credentials. `undo` and `restore` revert the
    effects; the account "target" is the account of the target.
    """

    name: Name
    foothold: Name | None = None
    service: Text
    call: Text
    each: Literal["role", "user", "trail"] | None = None
    anonymous: bool = False
    parameters: dict[str, Any]
    keep: Annotated[str, StringConstraints(pattern=r"^[a-z_]\w*$")] | None = None
    gives: Literal["Credentials", "AccessKey"] | None = None
    undo: tuple[Act, ...] = ()
    restore: tuple[Text, ...] = ()


class Rules(Model):
    """The schema of data/day6/league.json.

    `budget` is the number of calls that an attack can use, and `work_on_monday` is the number of work probes that are
    green in Monday's company. `trail_events` are the events that show who turned off a trail.
    """

    day: int
    budget: int = Field(ge=1)
    work_on_monday: int
    footholds: tuple[Foothold, ...] = Field(min_length=5)
    flags: tuple[FlagText, ...]
    administrator: Administrator
    trail_events: tuple[Text, ...]
    campaigns: tuple[Campaigns, ...]
    search: tuple[SearchMove, ...]

    def all_campaigns(self) -> Iterator[tuple[int, int]]:
        """Yield the seed and the strength of each campaign."""
        for group in self.campaigns:
            for seed in group.seeds:
                yield seed, group.strength

    def foothold(self, name: str) -> Foothold:
        """Return the foothold with a name, which must exist."""
        return next(each for each in self.footholds if each.name == name)


@cache
def rules() -> Rules:
    """Return the rules. Raises `pydantic.ValidationError`, which locates the fault, if the data is invalid."""
    return Rules.model_validate_json(data_path("day6", "league.json").read_text(encoding="utf-8"))

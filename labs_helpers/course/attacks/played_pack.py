"""A played pack, as learners see it: its scenarios as a table, and their records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labs_helpers.course.attacks.nights import FIRST
from labs_helpers.course.attacks.packs import load_pack
from labs_helpers.course.attacks.playing import Scenario, play
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.display import Page
from labs_helpers.course.shown.mistakes import checked

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

_KINDS = {"attack": "attack", "benign": "legitimate"}


@dataclass(frozen=True, slots=True, repr=False)
class PlayedPack:
    """The scenarios of a pack in the first night."""

    title: str
    scenarios: tuple[Scenario, ...]

    @property
    def attacks(self) -> list[Mapping[str, Any]]:
        """The records of the attacks, in order of time."""
        return self._records("attack")

    @property
    def legitimate(self) -> list[Mapping[str, Any]]:
        """The records of the legitimate calls, in order of time."""
        return self._records("benign")

    @checked
    def records(self, name: str) -> list[Mapping[str, Any]]:
        """Return the records of the first scenario with this name, such as "by ARN". Raises `LookupError`."""
        from labs_helpers.course.shown.mistakes import one_of

        names = list(dict.fromkeys(scenario.name for scenario in self.scenarios))
        found = one_of(name, names, "scenario")
        return next(list(each.records) for each in self.scenarios if each.name == found)

    def _records(self, kind: str) -> list[Mapping[str, Any]]:
        return [record for each in self.scenarios if each.kind == kind for record in each.records]

    def page(self) -> Page:
        """Return a table with the pack's scenarios, and the names of their events."""
        rows: dict[tuple[str, str, str], int] = {}
        for each in self.scenarios:
            events = ", ".join(dict.fromkeys(str(record["eventName"]) for record in each.records))
            place = (_KINDS[each.kind], each.name, events)
            rows[place] = rows.get(place, 0) + 1
        page = Page().heading(self.title)
        return page.table(
            ("kind", "scenario", "events", "played"),
            [(*row, counted(n, "time")) for row, n in sorted(rows.items())],
        )

    def _ipython_display_(self) -> None:
        self.page().show()

    def __repr__(self) -> str:
        return self.page().text


def played(cloud: Cloud, name: str) -> PlayedPack:
    """Play a pack in the first night. Raises `UnknownName`."""
    return PlayedPack(load_pack(name).title, tuple(play(cloud, [name], FIRST)))

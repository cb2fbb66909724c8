"""The rows of an exercise whose answer is one of a few words for each of many items, such as allow or deny."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """An item to choose a word for, its key in the answer, and its group's key if the answer has groups.

    `words`: the item's own words, if the items don't share them.
    """

    key: str | int
    label: str
    group: str | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChoiceRows:
    """All items, and the words to choose from. `several`: True if an answer contains only some of the groups.

    `row_by_row`: False if the check judges an answer as a whole.
    """

    rows: tuple[ChoiceRow, ...]
    words: tuple[str, ...]
    several: bool = False
    row_by_row: bool = True

    def answer(self, chosen: Mapping[int, str]) -> dict[Any, Any]:
        """Return the answer in the form that `day.check` reads. `chosen`: the words, by the row's place (from 0)."""
        found: dict[Any, Any] = {}
        for place in sorted(chosen):
            row = self.rows[place]
            into = found if row.group is None else found.setdefault(row.group, {})
            into[row.key] = chosen[place]
        return found

    def form(self, chosen: Mapping[int, str]) -> dict[Any, Any]:
        """Return the answer with a question mark for each row without a word, in the groups that an answer contains."""
        begun = {self.rows[place].group for place in chosen}
        places = self.of(begun if self.several else self.groups)
        return self.answer({place: chosen.get(place, "?") for place in places})

    @property
    def groups(self) -> tuple[str | None, ...]:
        """Return the groups in order, each once."""
        return tuple(dict.fromkeys(row.group for row in self.rows))

    def of(self, groups: Iterable[str | None]) -> list[int]:
        """Return the places of the rows in these groups."""
        wanted = set(groups)
        return [place for place, row in enumerate(self.rows) if row.group in wanted]

"""The predictions aren't given away: what readers noted who read each one in its place.

Each JSON file in `predictions/` holds one reading, as it was. The first was before the predictions were rewritten, the
last one of each day is of today's. Days without such a reading, and the weekend, have only the trials of whole days
(test_replay.py), which counted what was given away, without names.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from labs_helpers.course.content.loading import read
from labs_helpers.course.content.numbering import WEEKEND
from labs_helpers.course.content.schema import Model, Name, Text
from tests.notebooks.predictions import asked
from tests.readers.test_replay import DAYS as TRIED
from tests.readers.test_replay import DayTried

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


class DayRead(Model):
    """How the predictions of a day were read.

    `right`: how many the reader answered right, or None if the reader knew the answers. The others are the names of
    predictions: `given_away`: something on the page told the answer, in the text above or in the code below; `hinted`:
    something pointed to it; `unclear`: the question was unclear, or had no believable alternative. `changed_since`: the
    questions that were given away and were reworded afterward, as they were read.
    """

    day: int = Field(ge=1, le=WEEKEND)
    predictions: int = Field(ge=1)
    right: int | None = Field(ge=0)
    given_away: tuple[Name, ...]
    hinted: tuple[Name, ...]
    unclear: tuple[Name, ...]
    changed_since: dict[Name, Text] = Field(default_factory=dict)


class Reading(Model):
    """One reader's reading of the predictions."""

    reader: Text
    date: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")
    days: tuple[DayRead, ...] = Field(min_length=1)


READINGS = [read(path, Reading.model_validate) for path in sorted((HERE / "predictions").glob("*.json"))]


LAST = {day.day: day for reading in READINGS for day in reading.days}
"""The last reading of each day that has one."""
COUNTED = {day.day: day for day in TRIED if day.day not in LAST}
"""The last trial of each other day."""


def cells_of(day: int) -> list[dict[str, Any]]:
    (path,) = (ROOT / "notebooks").glob("weekend_*.ipynb" if day == WEEKEND else f"day{day}_*.ipynb")
    cells: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cells"]
    return cells


def test_every_day_and_the_weekend_have_a_reading_or_a_trial() -> None:
    assert sorted([*LAST, *COUNTED]) == list(range(1, WEEKEND + 1))


@pytest.mark.parametrize("day", LAST.values(), ids=lambda day: str(day.day))
def test_the_last_reading_is_of_the_predictions_of_today(day: DayRead) -> None:
    names = [name for _, name in asked(cells_of(day.day))]
    assert len(names) == day.predictions
    assert {*day.given_away, *day.hinted, *day.unclear} <= set(names)


@pytest.mark.parametrize("day", COUNTED.values(), ids=lambda day: str(day.day))
def test_a_day_that_was_only_tried_has_as_many_predictions_as_then(day: DayTried) -> None:
    assert len(list(asked(cells_of(day.day)))) == day.predictions


@pytest.mark.parametrize("day", LAST.values(), ids=lambda day: str(day.day))
def test_what_is_called_changed_was_given_away_and_reads_otherwise_today(day: DayRead) -> None:
    assert day.changed_since.keys() <= set(day.given_away)
    shown = "\n\n".join("".join(cell["source"]) for cell in cells_of(day.day))
    assert [name for name, was in day.changed_since.items() if was in shown] == []


def test_at_most_two_percent_of_the_predictions_are_given_away() -> None:
    """Without those that were reworded after the reading, because they haven't been read again since."""
    days = [*LAST.values(), *COUNTED.values()]
    given_away, reworded = figures()
    assert given_away - reworded <= 0.02 * sum(day.predictions for day in days)


def figures() -> tuple[int, int]:
    """Return how many predictions were given away in the last reading or trial, and how many of them were reworded."""
    given_away = sum(len(day.given_away) for day in LAST.values()) + sum(
        day.given_away for day in COUNTED.values()
    )
    return given_away, sum(len(day.changed_since) for day in LAST.values())


def test_the_page_for_instructors_shows_the_sum_over_all_days() -> None:
    page = " ".join((ROOT / "docs" / "instructors.md").read_text("utf-8").split())
    (given_away, reworded), asked_about = (
        figures(),
        sum(day.predictions for day in [*LAST.values(), *COUNTED.values()]),
    )
    assert (
        f"In the last readings of all days, {given_away} of {asked_about} predictions were given away. "
        f"{'One of them was' if reworded == 1 else f'{reworded} of them were'} reworded"
    ) in page


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.date)
def test_the_page_for_instructors_shows_each_reading(reading: Reading) -> None:
    page = (ROOT / "docs" / "instructors.md").read_text("utf-8")
    sums = [
        sum(len(getattr(day, what)) for day in reading.days) for what in ("given_away", "hinted", "unclear")
    ]
    asked_about = sum(day.predictions for day in reading.days)
    assert f"| {asked_about} | {' | '.join(map(str, sums))} |" in page

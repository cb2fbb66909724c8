"""The predictions of Days 1 to 5 aren't given away: what readers noted who read each one in its place.

Each JSON file in `predictions/` holds one reading, as it was. The first was before the predictions were rewritten, the
last is of today's.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import Field

from labs_helpers.course.content.loading import read
from labs_helpers.course.content.schema import Model, Name, Text
from tests.notebooks.predictions import asked

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


class DayRead(Model):
    """How the predictions of a day were read.

    `right`: how many the reader answered right, or None if the reader knew the answers. The others are the names of
    predictions: `given_away`: something on the page told the answer, in the text above or in the code below; `hinted`:
    something pointed to it; `unclear`: the question was unclear, or had no believable alternative.
    """

    day: int = Field(ge=1, le=5)
    predictions: int = Field(ge=1)
    right: int | None = Field(ge=0)
    given_away: tuple[Name, ...]
    hinted: tuple[Name, ...]
    unclear: tuple[Name, ...]


class Reading(Model):
    """One reader's reading of the predictions."""

    reader: Text
    date: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")
    days: tuple[DayRead, ...] = Field(min_length=1)


READINGS = [read(path, Reading.model_validate) for path in sorted((HERE / "predictions").glob("*.json"))]


@pytest.mark.parametrize("day", READINGS[-1].days, ids=lambda day: str(day.day))
def test_the_last_reading_is_of_the_predictions_of_today(day: DayRead) -> None:
    (path,) = (ROOT / "notebooks").glob(f"day{day.day}_*.ipynb")
    names = [name for _, name in asked(json.loads(path.read_text("utf-8"))["cells"])]
    assert len(names) == day.predictions
    assert {*day.given_away, *day.hinted, *day.unclear} <= set(names)


def test_at_most_two_percent_of_the_predictions_are_given_away() -> None:
    given_away = sum(len(day.given_away) for day in READINGS[-1].days)
    assert given_away <= 0.02 * sum(day.predictions for day in READINGS[-1].days)


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.date)
def test_the_page_for_instructors_shows_each_reading(reading: Reading) -> None:
    page = (ROOT / "docs" / "instructors.md").read_text("utf-8")
    sums = [
        sum(len(getattr(day, what)) for day in reading.days) for what in ("given_away", "hinted", "unclear")
    ]
    asked_about = sum(day.predictions for day in reading.days)
    assert f"| {asked_about} | {' | '.join(map(str, sums))} |" in page

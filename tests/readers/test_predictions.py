"""The predictions of Days 1 to 5 aren't given away: what readers noted who read each one in its place.

Each JSON file in `predictions/` holds one reading, as it was. The first was before the predictions were rewritten, the
last is of today's.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from pydantic import Field

from labs_helpers.course.content.loading import lessons, load_demos, read
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


@pytest.mark.parametrize("options", [3, 4])
def test_no_letter_is_rarely_the_right_one(options: int) -> None:
    asked_about = [
        demo
        for day in lessons()
        for demo in load_demos(day).demos.values()
        if demo.choices is not None and len(demo.choices) == options
    ]
    right = Counter(demo.right for demo in asked_about)
    assert min(right[letter] for letter in "abcd"[:options]) >= len(asked_about) / (2 * options)


def test_the_only_yes_and_the_only_no_are_right_no_more_often_than_others() -> None:
    """A reader who notices that the odd one out is right needs to know nothing of AWS."""
    odd_is_right = []
    for day in lessons():
        for demo in load_demos(day).demos.values():
            words = {letter: text[:3].strip(":,.") for letter, text in (demo.choices or {}).items()}
            counted = Counter(words.values())
            if set(counted) == {"Yes", "No"} and min(counted.values()) == 1 and len(words) > 2:
                odd_is_right.append(counted[words[demo.right]] == 1)
    assert len(odd_is_right) >= 20
    assert 0.2 <= sum(odd_is_right) / len(odd_is_right) <= 0.5

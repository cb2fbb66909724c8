"""The model of minutes agrees with the time that whole days took in trials, and headers and headings add up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.notebooks import times
from tests.notebooks.test_spoilers import notebook_at

DAYS = sorted((Path(__file__).parents[2] / "notebooks").glob("day*.ipynb"))
LESSONS = [*DAYS, DAYS[0].with_name("weekend_the_alarm.ipynb")]
TRIALS = json.loads((Path(__file__).parent / "trials.json").read_text("utf-8"))


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial["day"])
def test_the_model_gives_the_minutes_of_a_trial(
    tmp_path: Path, trial: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trial's `kinds` are the former kinds of exercises whose kind has changed since."""
    of_today, then = times._exercise, trial.get("kinds", {})
    monkeypatch.setattr(
        times,
        "_exercise",
        lambda id: {"kind": then[id], "prompt": of_today(id)["prompt"]} if id in then else of_today(id),
    )
    path = tmp_path / f"{trial['day']}_then.ipynb"
    path.write_text(json.dumps({"cells": notebook_at(trial["commit"], trial["day"])}), encoding="utf-8")
    assert sum(times.measured(path).values()) == pytest.approx(trial["minutes"], rel=0.05)


HEADER = (
    "# Day\n\n**Time:** about one hour in total (70 minutes).\n\n"
    "**Core path:** about one hour (40 minutes): the marked parts, with exercise 1.1.\n\n"
    "| part | minutes | core |\n|---|---|---|\n| opening | 5 | 5 |\n| 1 · Words | 30 | 30 |\n| 2 · Tasks | 35 | 5 |"
)


def notebook(path: Path, header: str = HEADER, *, reading: int = 30) -> Path:
    """A day of two parts, one of words and one of exercises, of which the core path has the first."""
    texts = [header, "## 1 · Words\n\n" + "word " * 170 * reading, "## 2 · Tasks\n\nGo."]
    cells = [{"cell_type": "markdown", "id": text[:4], "source": [text]} for text in texts]
    for id in ("1.2", "1.3"):
        cells += [
            {
                "cell_type": "markdown",
                "id": f"heading-{id}",
                "source": [f"### Exercise {id}: Try\n\nWrite it."],
            },
            {"cell_type": "code", "id": id, "source": [f'day.exercise("{id}")']},
        ]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return path


def test_minutes_are_written_below_the_headings_of_a_day_whose_predictions_bind(tmp_path: Path) -> None:
    path = notebook(tmp_path / "day1_words.ipynb")
    path.write_text(times.mended(path, binding=True), encoding="utf-8")
    cells = ["".join(cell["source"]) for cell in json.loads(path.read_text("utf-8"))["cells"]]
    assert cells[1].startswith("## 1 · Words\n\n*Part 1 of 2, core, 30 minutes.*\n\nword")
    assert "\n\n*Part 2 of 2, core (5 minutes of " in cells[2]
    assert ", exercises 1.2 and 1.3.*\n\nGo." in cells[2]
    assert list(times.problems(path, binding=True)) == []
    path.write_text(times.mended(path, binding=True), encoding="utf-8")
    assert cells == ["".join(cell["source"]) for cell in json.loads(path.read_text("utf-8"))["cells"]]


@pytest.mark.parametrize(
    ("said", "instead", "problem"),
    [
        ("| 1 · Words | 30 | 30 |", "| 1 · Words | 30 | 25 |", "don't add up"),
        ("| 1 · Words | 30 | 30 |", "| 1 · Words | 30 | ✓ |", "don't add up"),
        ("(70 minutes)", "(370 minutes)", "360 and 180 are the most"),
        ("(40 minutes)", "(190 minutes)", "360 and 180 are the most"),
        ("# Day", "# Day", "below the heading of part 1 it should say *Part 1 of 2, core, 30 minutes.*"),
    ],
)
def test_hours_that_are_not_honest_are_named(tmp_path: Path, said: str, instead: str, problem: str) -> None:
    path = notebook(tmp_path / "day1_words.ipynb", HEADER.replace(said, instead))
    assert any(problem in each for each in times.problems(path, binding=True))


def test_minutes_beyond_six_hours_are_named_even_if_those_of_the_parts_are_rounded_down(
    tmp_path: Path,
) -> None:
    path = notebook(
        tmp_path / "day1_words.ipynb", HEADER.replace("(70 minutes)", "(360 minutes)"), reading=336
    )
    assert 360 < sum(times.measured(path).values()) < 370
    assert any("before its parts are rounded" in each for each in times.problems(path, binding=True))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_headers_and_headings_have_the_measured_minutes(path: Path) -> None:
    assert times.mended(path, binding=True) == path.read_text("utf-8"), "run tests.notebooks.times --write"


def test_an_exercise_that_the_core_path_leaves_out_takes_its_cells_along(tmp_path: Path) -> None:
    path = notebook(tmp_path / "day1_words.ipynb")
    without, with_one = (times.core_minutes(path, ["2"], ids)["2"] for ids in (set(), {"1.3"}))
    assert without == 5
    assert with_one > times.exercise_minutes("1.3")


@pytest.mark.parametrize("path", DAYS, ids=lambda path: path.stem)
def test_a_day_takes_at_most_six_hours_by_the_model(path: Path) -> None:
    assert sum(times.measured(path).values()) <= times.WHOLE

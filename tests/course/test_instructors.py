"""docs/instructors.md and the index: the commands in them work."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from labs_helpers.course import open_day
from labs_helpers.course.content.files import read_json
from labs_helpers.course.content.loading import days
from labs_helpers.course.content.numbering import WEEKEND
from labs_helpers.course.content.paths import data_path, notebooks_in
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.lesson.day_pages import card_page
from labs_helpers.course.lesson.overview import stops, way

HERE = Path(__file__).parent.parent.parent
PAGE = (HERE / "docs" / "instructors.md").read_text(encoding="utf-8")


def test_nbgraders_test_cell_passes_for_a_right_answer_and_fails_for_a_wrong_one(tmp_path):
    """A check's result is true if the exercise is passed, so an assert can be a test cell."""
    line = re.search(r"```python\n(assert day\.check\(.*\))\n```", PAGE)
    assert line is not None
    day = open_day(2, progress=tmp_path / "p.json")
    try:
        right = {"day": day, "answer_2_1": load(2)["2.1"].solution}
        exec(line[1], right)
        with pytest.raises(AssertionError):
            exec(line[1], {"day": day, "answer_2_1": {}})
    finally:
        day.cloud.stop()


def test_the_index_links_every_notebook_that_there_is():
    folder = HERE / "notebooks"
    linked = {stop.notebook for stop in stops(Progress("none.json"), folder) if stop.notebook}
    assert linked == {path.name for path in notebooks_in(folder)}


def test_the_index_counts_the_checks_of_every_day(tmp_path, capsys):
    progress = Progress(tmp_path / "p.json")
    progress.attempted("2.1", True)
    way(tmp_path / "p.json")
    said = capsys.readouterr().out
    assert re.search(r"day 2\s+1 of ", said)
    assert re.search(rf"weekend\s+0 of {len(load(WEEKEND))} ", said)
    assert f"Checks passed: 1 of {sum(len(load(day)) for day in days())}" in said


def test_the_index_names_the_next_exercise_of_every_day_and_the_day_to_continue_with(tmp_path, capsys):
    progress = Progress(tmp_path / "p.json")
    progress.attempted("3.1", True)
    found = {stop.day: stop for stop in stops(progress, HERE / "notebooks")}
    assert (found[2].following, found[3].following) == ("2.1", "3.2")
    way(tmp_path / "p.json")
    said = capsys.readouterr().out
    assert f"Next: 3.2 {load(3)['3.2'].title}" in said
    assert "Continue with Day 3." in said


def test_the_index_says_so_when_everything_is_passed(tmp_path, capsys):
    progress = Progress(tmp_path / "p.json")
    for id in (id for day in days() for id in load(day)):
        progress.attempted(id, True)
    way(tmp_path / "p.json")
    said = capsys.readouterr().out
    assert said.count("All passed") == len(days())
    assert "Continue with Day" not in said


def test_the_index_is_a_notebook_whose_links_exist():
    cells = json.loads((HERE / "notebooks" / "index.ipynb").read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells)
    for target in re.findall(r"\]\(\.\./([^)]+)\)", text):
        assert (HERE / target).exists(), target


def test_the_card_shows_how_far_somebody_is_on_every_day(tmp_path, capsys):
    Progress(tmp_path / "p.json").attempted("3.1", True)
    day = open_day(2, progress=tmp_path / "p.json")
    day.cloud.stop()
    said = capsys.readouterr().out
    assert f"day 3: 1 of {len(load(3))}" in said
    assert f"day 2: 0 of {len(load(2))}" in said
    assert f"Next: 2.1 {load(2)['2.1'].title}" in said


def test_the_card_names_four_calls_and_folds_the_others(tmp_path):
    page = card_page(2, read_json(data_path("day2", "day.json")), Progress(tmp_path / "p.json"))
    seen, folded = page.html.split("<details>")
    assert set(re.findall(r"day\.(\w+)\(", seen)) == {"exercise", "check", "hint", "progress"}
    assert set(re.findall(r"day\.(\w+)\(", folded)) >= {
        "solution",
        "quiz",
        "self_test",
        "recall",
        "glossary",
        "reset",
    }
    assert all(call in page.text for call in ("day.solution(", "day.recall("))

"""Every notebook follows the conventions, and the checker finds violations."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from labs_helpers.course.content.files import read_json
from labs_helpers.course.content.numbering import folder_of, lesson_in, title_of
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.lesson.overview import GROUPS, takes
from tests.notebooks import predictions, times
from tests.notebooks.conventions import problems
from tests.notebooks.shown import missing, pieces

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
SHOWN_BEFORE = {"day2", "day3", "day4", "day5", "weekend"}
"""The days whose exercises ask for nothing that was not shown. The others follow."""
MOST_COLUMNS = 90
"""A window of 900 pixels cuts longer lines of code."""
SAY_MINUTES = {"day2", "day3", "day4", "day5", "weekend"}
"""The days whose headers say minutes, a part at a time. The others follow."""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_keeps_the_conventions(path: Path) -> None:
    assert problems(path) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_leaves_it_to_the_card_to_say_where_progress_is_kept(path: Path) -> None:
    """In a folder that cannot be written it is not, and a fixed text would be false."""
    assert "Your progress is kept" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_prints_no_hour_of_the_learners_own_time_zone(path: Path) -> None:
    """In the times that boto3 returns, the hour is the learner's. The trail's records have UTC."""
    assert not re.search(r"\w\\?['\"]\]:%[^}]*%H", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_narrow_window_cuts_no_line_of_code(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert [line for source in code for line in source.splitlines() if len(line) > MOST_COLUMNS] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_a_solution_needs_was_shown_before(path: Path) -> None:
    """Each action, operator, key and call of a solution occurs earlier, or the exercise says where to look."""
    if path.stem.split("_")[0] not in SHOWN_BEFORE:
        pytest.skip("not yet")
    assert missing(path) == {}


def test_a_day_has_one_name_in_the_index_in_its_notebook_and_on_its_card() -> None:
    """The whole name is the link, so that a click on any of its words opens the day."""
    index = next(path for path in NOTEBOOKS if path.stem == "index")
    links = re.findall(r'href=\\"(\w+\.ipynb)\\">((?:Day|Weekend)[^<]*)<', index.read_text(encoding="utf-8"))
    named = {file: name.replace("&nbsp;", " ") for file, name in links}
    assert len(named) == 7
    for path in NOTEBOOKS:
        if path.name in named:
            header = json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"]
            assert "".join(header).splitlines()[0] == f"# {named[path.name]}"
            number = lesson_in(path.name)
            assert named[path.name] == f"{title_of(number)} · {called_on_its_card(number)}"


def test_the_index_says_how_each_day_begins_and_how_long_it_takes_as_its_notebook_and_its_card_do() -> None:
    index = next(path for path in NOTEBOOKS if path.stem == "index").read_text(encoding="utf-8")
    cards = index.replace("&nbsp;", "\N{NO-BREAK SPACE}").split("<li ")
    for path in NOTEBOOKS:
        if path.stem == "index":
            continue
        card = read_json(data_path(folder_of(lesson_in(path.name)), "day.json"))
        header = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
        whole, core = (int(found) for found in re.findall(r"\*\* [^\n]*?\((\d+) minutes\)", header)[:2])
        named = f"write {whole} and {core} to day.json, and to the day's card in index.ipynb: {takes(whole, core)}"
        assert (card["minutes"], card["core_minutes"]) == (whole, core), named
        shown = next(each for each in cards if path.name in each)
        assert card["begins"] in shown
        assert f"<div>{takes(whole, core)}</div>" in shown.partition(card["begins"])[2], named


def test_the_index_lists_the_days_in_the_groups_that_its_cell_shows() -> None:
    index = next(path for path in NOTEBOOKS if path.stem == "index")
    cells = json.loads(index.read_text(encoding="utf-8"))["cells"]
    week = next("".join(cell["source"]) for cell in cells if cell["id"] == "index-week")
    groups = [part.partition("\n") for part in week.split("### ")[1:]]
    found = {title: re.findall(r'href="(day\d|weekend)', cards) for title, _, cards in groups}
    assert found == {title: [folder_of(day) for day in days] for title, days in GROUPS.items()}


def called_on_its_card(number: int) -> str:
    return read_json(data_path(folder_of(number), "day.json"))["title"]


def test_pieces_of_a_solution_are_its_actions_operators_keys_and_calls() -> None:
    statement = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Condition": {"Bool": {"aws:SecureTransport": "true"}},
    }
    step = {
        "service": "iam",
        "call": "put_user_policy",
        "parameters": {"PolicyDocument": {"Statement": [statement]}},
    }
    assert list(pieces([step])) == ["put_user_policy", "s3:GetObject", "Bool", "aws:SecureTransport"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_header_says_how_long_each_part_takes(path: Path) -> None:
    header = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
    if path.stem.split("_")[0] in SAY_MINUTES:
        assert times.says_minutes(header)


def test_a_header_that_is_off_by_more_than_a_quarter_is_refused(tmp_path: Path) -> None:
    """170 words are a minute."""
    header = (
        "# Day\n\n**Time:** about one hour in total (60 minutes).\n\n"
        "**Core path:** about one hour (60 minutes): the marked parts.\n\n"
        "| part | minutes | core |\n|---|---|---|\n| opening | 5 | ✓ |\n| 1 · Words | {} | ✓ |"
    )
    path = tmp_path / "day9_words.ipynb"
    for said, wrong in ((60, False), (75, False), (80, True), (40, True)):
        cells = [_markdown(header.format(said), "a"), _markdown("## 1 · Words\n\n" + "word " * 170 * 60, "b")]
        path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
        assert any('"1"' in problem for problem in times.problems(path)) == wrong


def test_measured_minutes_can_be_written_into_a_header(tmp_path: Path) -> None:
    header = (
        "# Day\n\n**Time:** about one hour in total (60 minutes).\n\n"
        "**Core path:** about one hour (60 minutes): the marked parts.\n\n"
        "| part | minutes | core |\n|---|---|---|\n| opening | 5 | ✓ |\n| 1 · Words | 5 |  |"
    )
    path = tmp_path / "day9_words.ipynb"
    cells = [_markdown(header, "a"), _markdown("## 1 · Words\n\n" + "word " * 170 * 90, "b")]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    path.write_text(times.mended(path), encoding="utf-8")
    mended = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
    assert "about one and a half hours in total (95 minutes)" in mended
    assert "| 1 · Words | 90 |  |" in mended
    assert list(times.problems(path)) == []


def _markdown(text: str, name: str) -> dict:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": [text]}


def _code(text: str, name: str) -> dict:
    return {**_markdown(text, name), "cell_type": "code", "outputs": [], "execution_count": None}


def _check(tmp_path: Path, *more: dict, kernel: str = "python3") -> list[str]:
    opening = "# Day\n\nBy the end, you'll be able to … What you need to know … **Time:** about …"
    closing = "## Quiz\n\n## Recap\n\n## In real AWS\n\n## What comes next"
    cells = [_markdown(opening, "a"), _markdown(closing, "b"), *more]
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": kernel}},
        "cells": cells,
    }
    path = tmp_path / "day.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return problems(path)


def test_a_plain_notebook_has_no_problems(tmp_path: Path) -> None:
    assert _check(tmp_path, _code("1 + 1", "c")) == []


def test_a_cell_that_draws_one_decision_twice_is_found(tmp_path: Path) -> None:
    attempt = 'with day.attempt("x") as result:\n    1 + 1\n'
    found = _check(
        tmp_path, _code(attempt, "c"), _markdown("Why?", "d"), _code(attempt + "day.explain()", "e")
    )
    assert found == ["cell e: day.explain shows again what day.attempt has shown"]


def test_kernel_and_cell_ids_are_checked(tmp_path: Path) -> None:
    found = _check(tmp_path, _code("1", "a"), kernel="conda")
    assert found == ["its kernelspec is not python3", "a cell has no id of its own"]


@pytest.mark.parametrize(
    ("cell", "part"),
    [
        (_code("\n".join(["x = 1"] * 13), "c"), "13 lines of code"),
        ({**_code("1", "c"), "execution_count": 3}, "has outputs"),
        (_code("open('/" + "home/ann/x')", "c"), "a path of one machine"),
        (_markdown("![a](https://example.com/a.png)", "c"), "fetches something"),
        (_markdown("<script src='a.js'></script>", "c"), "fetches something"),
        (_markdown("![](attachment:a.png)", "c"), "no alternative text"),
        (_markdown("<img src='attachment:a.png'>", "c"), "no alternative text"),
        (_markdown('She said "yes" to `day["a"]`.', "c"), "straight quotes"),
        (_markdown("```mermaid\nflowchart LR\n```", "c"), "only some readers draw"),
        (_code('day.check("9.99", {})', "c"), "no exercise 9.99"),
    ],
)
def test_a_cell_that_breaks_a_convention_is_named(tmp_path: Path, cell: dict, part: str) -> None:
    assert any("cell c" in problem and part in problem for problem in _check(tmp_path, cell))


def test_code_after_code_needs_text_between(tmp_path: Path) -> None:
    found = _check(tmp_path, _code("1", "c"), _code("2", "d"))
    assert found == ["cell d: no text before this code says what to watch for"]


@pytest.mark.parametrize(
    "part", ["What you need to know", "**Time:** about", "## Recap", "## What comes next"]
)
def test_opening_and_closing_parts_must_be_there(tmp_path: Path, part: str) -> None:
    path = tmp_path / "day.ipynb"
    _check(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace(part, "…"), encoding="utf-8")
    assert any(part.removeprefix("## ") in problem for problem in problems(path))


ASKED = {
    "expected": "works", "question": "Can `alice` read?", "choices": {"a": "Yes.", "b": "No."}, "right": "a",
    "reason": "So.",
}  # fmt: skip


def _asking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *cells: dict) -> Path:
    """A notebook of these cells, whose day has one question."""
    monkeypatch.setattr(predictions, "_demos", lambda path: {"alice-reads": ASKED})
    monkeypatch.setattr(predictions, "FEWEST", 1)
    path = tmp_path / "day9_asking.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return path


PREDICTS = _code('day.predict("alice-reads")', "b")
ATTEMPT = _code('with day.attempt("alice-reads") as result:\n    pass', "c")
SCORE = _code("day.predictions()", "e")


def test_questions_of_data_are_written_into_the_cells_around_a_choice(tmp_path, monkeypatch) -> None:
    answer = _markdown("<details><summary>Answer: x</summary>\n\nYes.\n\n</details>", "d")
    path = _asking(
        tmp_path, monkeypatch, _markdown("She asks.\n\n**Predict:**", "a"), PREDICTS, ATTEMPT, answer, SCORE
    )
    assert len(predictions.problems(path)) == 3
    predictions.write(path)
    cells = json.loads(path.read_text("utf-8"))["cells"]
    assert "".join(cells[0]["source"]) == (
        "She asks.\n\n**Predict:** Can `alice` read?\n\n- a) Yes.\n- b) No."
    )
    assert "".join(cells[3]["source"]).startswith(
        "<details><summary>Answer: Can <code>alice</code> read?</summary>"
    )
    assert predictions.problems(path) == ["a) is right in more than half of the questions"]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ((PREDICTS, ATTEMPT), "doesn't end with the question"),
        (
            (PREDICTS, ATTEMPT, _markdown(f"{predictions.summary(ASKED)}\n\nNo. She can't.", "d")),
            "begins with No",
        ),
        ((PREDICTS, _code("1", "c")), "none of the next three code cells"),
        ((PREDICTS, ATTEMPT, PREDICTS, ATTEMPT), "asked twice"),
        ((ATTEMPT,), "never asked"),
        ((_code('day.predict("bob")', "b"),), "data has no such question"),
        ((), "0 predictions, not 1 to 25"),
        ((), "how many predictions were not made"),
    ],
)
def test_a_prediction_that_does_not_follow_the_form_is_named(tmp_path, monkeypatch, cells, said) -> None:
    path = _asking(tmp_path, monkeypatch, _markdown("She asks.", "a"), *cells, _markdown("And so on.", "z"))
    assert any(said in problem for problem in predictions.problems(path))

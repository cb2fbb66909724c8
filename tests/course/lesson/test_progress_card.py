"""The progress page as a picture: what comes next, the week, the exercises, and how often the learner was right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from labs_helpers.course.content.loading import exercise_ids, lessons
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.learner.self_test import Calibration, certainty
from labs_helpers.course.lesson.day_pages import progress_page
from labs_helpers.course.lesson.progress_card import progress_card, said_of

NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"


@pytest.fixture
def progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Progress:
    monkeypatch.chdir(NOTEBOOKS)
    return Progress(tmp_path / "progress.json")


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL))


def test_it_begins_with_the_next_exercise_and_a_link_to_it(progress: Progress) -> None:
    progress.attempted("2.1", True)
    html = progress_card(2, progress)
    assert f"1 of {len(exercise_ids(2))} passed" in html
    todo = html[html.index('class="todo') :]
    assert 'href="day2_iam.ipynb#cell-id=' in todo[: todo.index("</p>")]
    assert "Next: 2.3 " in words(html), "in the order of the notebook"


def test_every_exercise_is_a_link_with_how_it_went(progress: Progress) -> None:
    progress.attempted("2.1", True)
    progress.hinted("2.2", 2)
    html = progress_card(2, progress)
    tasks = html[html.index('class="tasks"') :]
    assert tasks.count("<a href=") == len(exercise_ids(2))
    assert tasks.count('class="mark good"') == 1
    assert tasks.count('class="mark calm"') == 1


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ((False, 0, 0, False), "not begun"),
        ((True, 1, 0, False), "passed, 1 attempt"),
        ((True, 3, 1, False), "passed, 3 attempts, 1 hint"),
        ((False, 0, 2, False), "begun, 2 hints"),
        ((False, 2, 3, True), "begun, 2 attempts, 3 hints, solution seen"),
    ],
)
def test_how_an_exercise_went_is_said_in_words(entry: tuple[bool, int, int, bool], said: str) -> None:
    assert said_of(dict(zip(("passed", "attempts", "hints", "solution_shown"), entry, strict=True))) == said


def test_the_week_has_a_bar_for_each_day_and_says_where_one_is(progress: Progress) -> None:
    for id in exercise_ids(1):
        progress.attempted(id, True)
    html = progress_card(2, progress)
    assert html.count('class="bar"') == len(lessons())
    assert words(html).count("✓ {0} of {0}".format(len(exercise_ids(1)))) == 1
    assert re.search(r'<li class="here" aria-current="true"><span>Day 2</span>', html)


def test_how_sure_one_was_stands_next_to_how_often_one_was_right(progress: Progress) -> None:
    said = words(progress_card(2, progress))
    assert "Your predictions not yet" in said
    progress.predicted(2, "alice-payroll", True)
    progress.quizzed(2, 6, 8)
    progress.believed(2, "before", {1: 2, 2: 1})
    said = words(progress_card(2, progress))
    assert "Your predictions 1 of 1" in said
    assert "The quiz 6 of 8" in said
    assert re.search(r"The self-test, at the start of the day When sure [01] of 1", said)
    assert re.search(r"When less sure [01] of 1", said)


@pytest.mark.parametrize(
    ("right", "of", "said"),
    [
        (1, 2, "You were overconfident: of 2 sure answers, 1 was wrong."),
        (1, 4, "You were overconfident: of 4 sure answers, 3 were wrong."),
        (3, 3, "Whenever you were sure, you were right."),
    ],
)
def test_a_sentence_says_whether_one_was_surer_than_right(right: int, of: int, said: str) -> None:
    assert (
        certainty([Calibration("at the start", "sure", right, of), Calibration("", "less sure", 0, 1)])
        == said
    )
    assert certainty([Calibration("at the start", "less sure", right, of)]) == ""


def test_how_often_one_was_right_when_sure_is_no_success_and_no_warning(progress: Progress) -> None:
    progress.believed(2, "before", {1: 2, 2: -2})
    html = progress_card(2, progress)
    gauge = next(each for each in html.split("<li>") if "When sure" in each)
    assert 'class="meter calm"' in gauge


def test_the_text_has_what_the_picture_has(progress: Progress) -> None:
    progress.attempted("2.1", True)
    text = progress_page(2, progress).text
    first, second = (len(exercise_ids(day)) for day in (1, 2))
    assert f"1 of {second} checks passed. Next: 2.3" in text
    assert f"The week: day 1: 0 of {first} · day 2: 1 of {second}" in text
    assert "export" in text


def test_without_the_notebooks_there_are_no_links(progress: Progress, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    html = progress_card(2, progress)
    assert "<a " not in html
    assert "First exercise: 2.1 " in words(html)

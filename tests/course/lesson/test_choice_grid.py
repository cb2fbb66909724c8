"""The grid of an exercise with many choices: it fills in the dict, checks it, and marks each row."""

from __future__ import annotations

import ast
import html
import re
from typing import Any

import pytest

from labs_helpers.course.content.loading import days
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.grading.kinds import Exercise
from labs_helpers.course.shown.verdict_strip import outcome

pytest.importorskip("ipywidgets")
CLICKED = [each for day in days() for each in load(day).values() if each.choice_rows() is not None]
TYPED = "1.1 1.5 1.6 1.8 1.9 2.5 3.2 3.10 4.1 4.2 4.4 4.7 5.6 6.12".split()


def grid(exercise: Exercise) -> Any:
    from labs_helpers.course.lesson.choice_grid import ChoiceGrid

    return ChoiceGrid(exercise.id, exercise.choice_rows(), lambda id, answer: grade(exercise, answer))


def words(exercise: Exercise) -> list[str]:
    """Return the solution's word for each row, in order, or None for rows of groups that the solution leaves out."""
    flat = {}
    for key, value in exercise.solution.items():
        if isinstance(value, dict):
            flat |= {(key, item): word for item, word in value.items()}
        else:
            flat[None, key] = value
    return [flat.get((row.group, str(row.key))) for row in exercise.choice_rows().rows]


def test_every_exercise_that_is_answered_by_typing_words_has_a_grid() -> None:
    assert {each.id for each in CLICKED} >= set(TYPED)


@pytest.mark.parametrize("exercise", CLICKED, ids=lambda exercise: exercise.id)
def test_the_solution_by_click_passes_and_the_dict_to_copy_is_the_answer(exercise: Exercise) -> None:
    shown = grid(exercise)
    for place, word in enumerate(words(exercise)):
        shown.controls[place].value = word
    answer = shown._rows.answer(shown.chosen)
    if exercise.live:  # test_proof grades its solution in a cloud
        assert answer == exercise.solution
    else:
        assert shown.submit().passed
        assert grade(exercise, answer).passed
    code = shown.answer.value
    assert f"day.check(&quot;{exercise.id}&quot;" in code
    assert ast.literal_eval(str(answer)) == answer


def test_a_wrong_row_says_why_and_a_row_without_a_choice_says_nothing() -> None:
    exercise = load(1)["1.1"]
    shown, right = grid(exercise), words(exercise)
    shown.controls[0].value = next(word for word in exercise.choices if word not in exercise.items[0].right)
    shown.controls[1].value = right[1]
    assert not shown.submit().passed
    assert "✗" in shown._marks[0].value
    assert shown._rows.rows[0].label not in shown._marks[0].value, "the label is in the row above"
    assert "✓" in shown._marks[1].value
    assert shown._marks[2].value == ""
    shown.controls[0].value = right[0]
    assert shown._marks[0].value == ""


def test_the_check_is_active_once_every_row_has_a_word() -> None:
    shown = grid(load(2)["2.5"])
    assert shown.button.disabled
    assert "To check them" in shown.rest.value
    for control in shown.controls.values():
        assert shown.button.disabled
        control.value = "deny"
    assert not shown.button.disabled
    assert "12 of 12 chosen" in shown.title.value
    assert "To check them" not in shown.rest.value


def test_workloads_can_be_checked_one_by_one_as_the_exercise_suggests() -> None:
    exercise = load(1)["1.1"]
    shown, right = grid(exercise), words(exercise)
    for place in range(5):
        assert shown.button.disabled
        shown.controls[place].value = right[place]
    assert not shown.button.disabled
    result = shown.submit()
    assert not result.passed
    assert not result.counts
    assert ["✓" in mark.value for mark in shown._marks.values()] == [True] * 5 + [False] * 25


def test_the_dict_to_copy_has_a_question_mark_for_each_row_without_a_word() -> None:
    shown = grid(load(1)["1.5"])
    assert html.unescape(shown.answer.value).count('": "?",') == 9
    shown.controls[1].value = "look"
    assert html.unescape(shown.answer.value).count('": "?",') == 8
    card = grid(load(1)["1.9"])
    assert "answer_1_9 = {}" in html.unescape(card.answer.value)
    card.controls[0].value = "aws"
    assert html.unescape(card.answer.value).count('": "?",') == 11


def test_a_result_is_marked_as_old_while_the_choices_differ_from_those_checked() -> None:
    exercise = load(1)["1.1"]
    shown, right = grid(exercise), words(exercise)
    for control, word in zip(shown.controls.values(), right, strict=True):
        control.value = word
    assert shown.rest.value == ""
    assert shown.submit().passed
    assert shown.rest.value == ""
    shown.controls[0].value = next(word for word in exercise.choices if word != right[0])
    assert "earlier choices" in shown.rest.value
    shown.controls[0].value = right[0]
    assert shown.rest.value == ""


def test_code_in_a_row_is_code_and_other_text_stays_text() -> None:
    shown = grid(load(4)["4.4"])
    assert "of <code>play</code> (Sandbox)" in shown.controls[0].description
    assert all("`" not in each.description for each in shown.controls.values())
    assert all(each.description_allow_html for each in shown.controls.values())


def test_a_row_says_why_its_word_is_right() -> None:
    exercise = load(2)["2.5"]
    shown = grid(exercise)
    for place, word in enumerate(words(exercise)):
        shown.controls[place].value = word
    result = shown.submit()
    for trial, mark in zip(result.trials, shown._marks.values(), strict=True):
        assert outcome(trial.judgement.decision) in html.unescape(mark.value)


def test_decisions_about_a_draft_have_words_of_their_own_and_are_judged_as_a_whole() -> None:
    shown = grid(load(6)["6.5"])
    assert shown.controls[0].options == ("a", "b")
    assert shown.controls[1].options == ("a", "b", "c")
    for control in shown.controls.values():
        control.value = "a"
    assert not shown.submit().passed
    assert {mark.value for mark in shown._marks.values()} == {""}


def test_a_card_of_services_shows_one_service_at_a_time_and_answers_for_those_that_were_filled_in() -> None:
    shown = grid(load(1)["1.9"])
    assert len(shown._body.children) == 1 + 2 * 12
    shown.controls[12].value = "aws"
    assert len(shown._rows.answer(shown.chosen)) == 1
    for place in range(12, 23):
        assert shown.button.disabled
        shown.controls[place + 1].value = "aws"
    assert not shown.button.disabled


@pytest.mark.parametrize(
    "exercise", [each for each in CLICKED if not each.live], ids=lambda exercise: exercise.id
)
def test_a_reason_below_a_row_does_not_repeat_the_row(exercise: Exercise) -> None:
    shown = grid(exercise)
    rows = exercise.choice_rows()
    for place, (row, word) in enumerate(zip(rows.rows, words(exercise), strict=True)):
        shown.controls[place].value = next(each for each in row.words or rows.words if each != word)
    shown.submit()
    told = [html.unescape(re.sub(r"<[^>]*>", "", mark.value)) for mark in shown._marks.values()]
    assert any("wrong" in each for each in told)
    for row, each in zip(rows.rows, told, strict=True):
        assert not each.split("wrong", 1)[-1].strip().startswith(f"{row.key}: "), each

"""The card of a hint: its number, its text, and what helps next."""

from __future__ import annotations

import html
import re

from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.lesson.hint_card import hint_page

EXERCISE = load(2)["2.3"]


def words(number: int) -> str:
    shown = re.sub(r"<style>.*?</style>|<[^>]*>", "", hint_page(EXERCISE, number).html, flags=re.DOTALL)
    return html.unescape(shown)


def test_a_hint_is_a_card_with_its_number_and_the_call_for_the_next_one() -> None:
    page = hint_page(EXERCISE, 1)
    assert page.text == f"Hint 1 of 3: {EXERCISE.hints[0]}"
    assert '<div class="card calm">' in page.html
    assert words(1).startswith(f"• hint 1 of 3 2.3 {EXERCISE.title}")
    assert 'Not enough? day.hint("2.3")' in words(1)


def test_after_the_last_hint_there_is_the_solution_unless_a_teacher_keeps_it(monkeypatch) -> None:
    assert 'Not enough? day.solution("2.3")' in words(3)
    assert 'To see a solution, call day.solution("2.3").' in words(4)
    monkeypatch.setenv("LABS_SOLUTIONS", "off")
    assert "Not enough?" not in words(3)

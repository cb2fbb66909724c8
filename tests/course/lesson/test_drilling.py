"""The drill as a widget: a button per option, the answer below, and the next question after it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from labs_helpers.course.learner.drill import Drill
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.lesson.drilling import drill_widget


@pytest.fixture
def drill(tmp_path) -> Drill:
    return Drill(Progress(tmp_path / "p.json"), now=datetime(2027, 1, 1, tzinfo=UTC))


def test_a_click_answers_and_another_one_goes_on(drill):
    shown, row, below = drill_widget(drill).children
    question = drill.question
    assert question.text.partition("?")[0] in shown.value
    assert [button.description for button in row.children] == [
        f"Answer {letter}" for letter in question.options
    ]
    row.children[list(question.options).index(question.right)].click()
    assert "✓ Right." in below.value
    assert question.rule.page in below.value
    (following,) = row.children
    following.click()
    assert below.value == ""
    assert drill.question.rule.id != question.rule.id
    assert "Drill: question 2" in shown.value


def test_a_policy_is_shown_as_code_and_not_read_as_html(drill):
    shown, _, _ = drill_widget(drill).children
    assert '<pre class="json"' in shown.value
    assert "&quot;Effect&quot;" in shown.value


def test_a_question_that_was_answered_elsewhere_isn_t_answered_again(drill):
    _, row, below = drill_widget(drill).children
    drill.answer(drill.question.right)
    following = drill.next_question()
    row.children[0].click()
    assert "already" in below.value
    assert drill.question is following

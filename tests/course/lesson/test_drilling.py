"""The drill as a widget: a button per option, the answer below, and the next question after it."""

from __future__ import annotations

import html
import json
from datetime import UTC, datetime

import pytest

from labs_helpers.course.learner.drill import Drill
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.lesson.drilling import DrillCard


@pytest.fixture
def drill(tmp_path) -> Drill:
    """The drill of one learner, whose ID determines the questions."""
    kept = {"version": 3, "learner": "0123456789abcdef", "exercises": {}, "quizzes": {}}
    (tmp_path / "p.json").write_text(json.dumps(kept), encoding="utf-8")
    return Drill(Progress(tmp_path / "p.json"), now=datetime(2027, 1, 1, tzinfo=UTC))


def test_a_click_answers_and_another_one_goes_on(drill):
    card = DrillCard(drill)
    question = drill.question
    assert question.text.partition("?")[0] in html.unescape(card.head.value)
    buttons = card.options._buttons
    assert buttons["a"].description.replace("\u200b", "") == f"a) {question.options['a'].text}".replace(
        "`", ""
    )
    assert "Keys: a" in card.keys.value
    assert card.next.layout.display == "none"
    buttons[question.right].click()
    assert buttons[question.right].description.endswith("(your answer)")
    assert card.heard.value == "Right."
    assert question.rule.page in card.told.value
    assert "Enter or →" in card.keys.value
    card.next.click()
    assert card.told.value == ""
    assert drill.question.rule.id != question.rule.id
    assert "Drill: question 2" in card.title.value
    assert "1 of 1 right" in card.title.value


def test_a_wrong_answer_and_the_right_one_are_marked_once(drill):
    card = DrillCard(drill)
    question = drill.question
    wrong = next(letter for letter in question.options if letter != question.right)
    for _ in range(2):
        card.choose(wrong)
    assert card.options._buttons[wrong].description.startswith("✗ ")
    assert card.options._buttons[question.right].description.endswith("(right)")
    assert "0 of 1 right" in card.title.value


def test_a_policy_is_shown_as_code_and_not_read_as_html(drill):
    card = DrillCard(drill)
    assert '<pre class="json"' in card.situation.value
    assert "&quot;Effect&quot;" in card.situation.value


def test_a_question_that_was_answered_elsewhere_isn_t_answered_again(drill):
    card = DrillCard(drill)
    drill.answer(drill.question.right)
    following = drill.next_question()
    card.choose("a")
    assert "already" in card.told.value
    assert drill.question is following

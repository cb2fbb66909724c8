"""The quiz: questions as text, a reason for every option, and an explanation for an answer of any type."""

from __future__ import annotations

import pytest

from labs_helpers.course.content.loading import load_quiz
from labs_helpers.course.learner.quiz import grade_quiz

QUIZ = load_quiz(2)
RIGHT = {number: question.right for number, question in enumerate(QUIZ.questions, 1)}


def test_right_answers_score_full():
    assert grade_quiz(QUIZ, RIGHT).right == len(QUIZ.questions)
    assert grade_quiz(QUIZ, list(RIGHT.values())).right == len(QUIZ.questions)
    assert grade_quiz(QUIZ, {str(n): letter.upper() for n, letter in RIGHT.items()}).right == len(
        QUIZ.questions
    )


@pytest.mark.parametrize("number", RIGHT)
def test_every_option_gives_its_reason(number):
    for letter, option in QUIZ.questions[number - 1].options.items():
        result = grade_quiz(QUIZ, {number: letter})
        assert result.right == (letter == RIGHT[number])
        assert option.reason in result.messages[0]


def test_right_letters_are_spread():
    assert len(set(RIGHT.values())) >= 3


def test_questions_that_are_left_out_are_named():
    assert grade_quiz(QUIZ, {1: RIGHT[1]}).messages[-1].startswith("Not answered yet: 2, 3")


ANSWERS = [..., 7, "abc", b"a", object(), {1, 2}, (letter for letter in "abc"), [], [None] * 10_000]
DICTS = [{0: "a"}, {99: "a"}, {None: "a"}, {1: 2}, {1: None}, {1: "z"}, {1: "<b>"}, {"1": ["a"]}]


@pytest.mark.parametrize("answers", ANSWERS + DICTS, ids=lambda answers: str(answers)[:20])
def test_any_answer_is_graded_or_explained(day, capsys, answers):
    result = day.quiz(answers)
    assert result is None or result.right == 0
    assert capsys.readouterr().out


def test_without_answers_the_questions_are_printed(day, capsys):
    assert day.quiz() is None
    printed = capsys.readouterr().out
    assert all(question.question in printed for question in QUIZ.questions)
    assert not any(
        option.reason in printed for question in QUIZ.questions for option in question.options.values()
    )


def test_best_score_is_kept(day):
    day.quiz(RIGHT)
    day.quiz({1: RIGHT[1]})
    assert day._progress.quiz(2) == {"best": len(RIGHT), "of": len(RIGHT)}

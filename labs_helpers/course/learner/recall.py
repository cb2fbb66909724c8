"""Questions of earlier days, to begin a day with: those first that went wrong, then those that were never asked."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labs_helpers.course.content.loading import days, load_quiz
from labs_helpers.course.shown.display import Page

if TYPE_CHECKING:
    from labs_helpers.course.content.schema import Question, Quiz
    from labs_helpers.course.learner.progress import Progress

HOW_MANY = 5


@dataclass(frozen=True, slots=True)
class Draw:
    """The questions that were drawn, and their ids ("1.4": day and place) in the same order."""

    day: int
    questions: tuple[Question, ...]
    ids: tuple[str, ...]

    def as_quiz(self) -> Quiz:
        """The drawn questions in the form that is graded."""
        from labs_helpers.course.content.schema import Quiz

        return Quiz(day=self.day, questions=self.questions)


def drawn(day: int, progress: Progress) -> Draw:
    """Five questions of the days before `day`, or as many as there are.

    Which of equals come is left to chance, but the same as long as nothing more was answered.
    """
    answers = progress.answers()
    known = {
        f"{earlier}.{place}": question
        for earlier in days()
        if earlier < day
        for place, question in enumerate(_questions(earlier), 1)
    }
    ids = list(known)
    random.Random(f"{day} {sum(map(sum, answers.values()))}").shuffle(ids)

    def due(id: str) -> tuple[int, int]:
        right, wrong = answers.get(id, (0, 0))
        return (0 if wrong > right else 1 if not right + wrong else 2), right - wrong

    chosen = tuple(sorted(ids, key=due)[:HOW_MANY])
    return Draw(day, tuple(known[id] for id in chosen), chosen)


def _questions(day: int) -> tuple[Question, ...]:
    """The questions of a day; none of one that has no quiz yet."""
    try:
        return load_quiz(day).questions
    except FileNotFoundError:
        return ()


def recall_page(quiz: Quiz) -> Page:
    """The questions, to answer from memory."""
    page = Page().heading("From earlier days: answer from memory, three minutes")
    for number, question in enumerate(quiz.questions, 1):
        page.say(f"{number}. {question.question}")
        page.bullets(f"{letter}) {option.text}" for letter, option in question.options.items())
    return page.say('Answer with `day.recall({1: "a", 2: "b", …})`, or go on without.')

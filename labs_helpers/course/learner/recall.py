"""Questions about earlier days, for the start of a day: first those answered incorrectly, then new ones."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING

from labs_helpers.course.content.loading import days, load_quiz
from labs_helpers.course.learner.quiz import listed
from labs_helpers.course.shown.display import Page

if TYPE_CHECKING:
    from labs_helpers.course.content.schema import Question, Quiz
    from labs_helpers.course.drill.drill_question import Question as DrillQuestion
    from labs_helpers.course.learner.progress import Progress

HOW_MANY = 5
FROM_DRILL = 2
"""The maximum number of questions from the drill, about rules that the learner has been asked about."""
DRILL = "drill:"
"""The start of the ID of a question from the drill. The rule's ID follows."""


@dataclass(frozen=True, slots=True)
class Draw:
    """The chosen questions and, in the same order, their IDs ("1.4": day and position in the quiz).

    `subjects`: what each question from the drill is about, by its ID, because the same question is asked of many
    situations.
    """

    day: int
    questions: tuple[Question, ...]
    ids: tuple[str, ...]
    subjects: Mapping[str, str] = field(default_factory=dict)

    def as_quiz(self) -> Quiz:
        """Return the chosen questions as a quiz, which can be graded."""
        from labs_helpers.course.content.schema import Quiz

        return Quiz(day=self.day, questions=self.questions)


def draw(day: int, progress: Progress, drilled: Sequence[DrillQuestion] = ()) -> Draw:
    """Draw five questions about the days before `day`, or all questions if there are fewer than five.

    Those answered wrong come first. The others come from each earlier day in turn, and chance decides among questions
    of equal rank. The order of their options differs from the order in the quiz. The selection stays the same until
    another question is answered. `drilled` are questions of the drill, which take the last places.
    """
    answers = progress.answers()
    known = {
        f"{earlier}.{place}": question
        for earlier in days()
        if earlier < day
        for place, question in enumerate(_questions(earlier), 1)
    }
    chance = random.Random(f"{day} {sum(map(sum, answers.values()))}")
    ids = list(known)
    chance.shuffle(ids)

    def rank(id: str) -> tuple[int, int]:
        """Return the rank of a question: wrong ones first, then unanswered ones, then those answered right."""
        right, wrong = answers.get(id, (0, 0))
        return (0 if wrong > right else 1 if not right + wrong else 2), right - wrong

    ids.sort(key=rank)
    wrong = [id for id in ids if rank(id)[0] == 0]
    last = drilled[:FROM_DRILL] if known else ()
    chosen = tuple([*wrong, *_in_turn([id for id in ids if rank(id)[0]])][: HOW_MANY - len(last)])
    questions = (*(_reordered(known[id], chance) for id in chosen), *map(_from_drill, last))
    subjects = {DRILL + question.rule.id: _subject(question) for question in last}
    return Draw(day, questions, (*chosen, *subjects), subjects)


def _subject(drawn: DrillQuestion) -> str:
    from labs_helpers.course.drill.question_pages import subject

    return subject(drawn)


def _from_drill(drawn: DrillQuestion) -> Question:
    """Return a question of the drill as a quiz's question, with the engine's reason for each option."""
    from labs_helpers.course.content.schema import Option, Question
    from labs_helpers.course.drill.question_pages import option_reason, question_text

    options = {
        letter: Option(text=option.text, reason=option_reason(drawn, letter))
        for letter, option in drawn.options.items()
    }
    return Question(question=question_text(drawn), options=options, right=drawn.right, source=drawn.rule.page)


def _in_turn(ids: list[str]) -> list[str]:
    """Return the IDs so that the days take turns, each with its questions in the given order."""
    by_day: dict[str, list[str]] = {}
    for id in ids:
        by_day.setdefault(id.partition(".")[0], []).append(id)
    return [id for turn in zip_longest(*by_day.values()) for id in turn if id is not None]


def _reordered(question: Question, chance: random.Random) -> Question:
    """Return the question with its options in another order, and with new letters, beginning with a."""
    options = list(question.options.items())
    order = options[:]
    while order == options:
        chance.shuffle(order)
    letters = dict(zip("abcdef", order, strict=False))
    right = next(letter for letter, (old, _) in letters.items() if old == question.right)
    moved = {letter: option for letter, (_, option) in letters.items()}
    return question.model_copy(update={"options": moved, "right": right})


def _questions(day: int) -> tuple[Question, ...]:
    """Return the questions of a day's quiz, or an empty tuple if the day has no quiz yet."""
    try:
        return load_quiz(day).questions
    except FileNotFoundError:
        return ()


def recall_page(quiz: Quiz) -> Page:
    """Return the questions with their options, for answering from memory."""
    page = listed("Questions about earlier days: three minutes, from memory", quiz)
    return page.say('To answer, call `day.recall({1: "a", 2: "b", …})`. You can skip this.')

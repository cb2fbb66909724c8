"""The quiz, the questions about earlier days, and the self-test in a notebook: each answer is saved as it is given.

Each function shows cards that learners answer by clicking, with a page as their text form. It returns False if cards
can't be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from labs_helpers.course.content.numbering import called, title_of
from labs_helpers.course.learner.quiz import asked, grade_quiz
from labs_helpers.course.learner.self_test import (
    asked_statements,
    closing_page,
    corrected,
    count_correct,
    how_sure,
    opening_page,
    words_of,
)
from labs_helpers.course.lesson import reread
from labs_helpers.course.lesson.exercise_places import in_order
from labs_helpers.course.lesson.question_cards import show_questions
from labs_helpers.course.lesson.question_end import End

if TYPE_CHECKING:
    from labs_helpers.course.content.schema import Quiz
    from labs_helpers.course.learner.progress import Progress
    from labs_helpers.course.learner.recall import Draw
    from labs_helpers.course.shown.display import Page


def show_quiz(quiz: Quiz, progress: Progress, page: Page) -> bool:
    """Show a day's quiz."""
    day, before = quiz.day, progress.quiz(quiz.day)

    def clicked(number: int, letters: Mapping[int, str]) -> End:
        """Save the answer to a question, and the score so far."""
        result = grade_quiz(quiz, letters)
        progress.answered({f"{day}.{number}": result.by_question[number]})
        progress.quizzed(day, result.right, result.answered)
        return End(
            f"{result.right} of {result.of} right",
            _since(before, result.right, result.of),
            _exercises_left(day, progress),
        )

    places = reread.of_quiz(day, quiz.questions)
    return show_questions(f"{title_of(day)} quiz", asked(quiz), page, clicked, places)


def show_recall(
    drawn: Draw, progress: Progress, save: Callable[[Mapping[str, bool]], None], page: Page
) -> bool:
    """Show questions about earlier days. `save`: saves which questions were answered right, by the question's ID."""
    quiz, answers = drawn.as_quiz(), progress.answers()
    wrong_before = {
        number for number, id in enumerate(drawn.ids, 1) if id in answers and answers[id][1] > answers[id][0]
    }

    def clicked(number: int, letters: Mapping[int, str]) -> End:
        """Save the answer to a question."""
        result = grade_quiz(quiz, letters)
        save({drawn.ids[number - 1]: result.by_question[number]})
        better = sum(result.by_question.get(each, False) for each in wrong_before)
        changes = (f"Missed on an earlier day: {len(wrong_before)}. Right this time: {better} of them.",)
        said = f"{result.right} of {result.of} right"
        return End(said, changes if wrong_before else (), "Continue with the lesson below.")

    subjects = (drawn.subjects.get(id, "") for id in drawn.ids)
    shown = [replace(each, subject=about) for each, about in zip(asked(quiz), subjects, strict=True)]
    return show_questions("Questions about earlier days", shown, page, clicked, reread.of_recall(drawn))


def show_statements(day: int, progress: Progress, page: Page) -> bool:
    """Show the self-test at the start of a day, which reveals nothing."""

    def clicked(number: int, letters: Mapping[int, str]) -> End:
        """Save the answers so far."""
        opening_page(day, words_of(letters), progress)
        changes = how_sure(day, progress), "To change an answer, choose its number above."
        following = (
            "Continue with the lesson below. At the end of the day, you'll see which statements are true."
        )
        return End(f"All {len(letters)} answers are saved", changes, following)

    statements = asked_statements(day, revealed=False)
    return show_questions("True or false, and how sure are you?", statements, page, clicked)


def show_statements_again(day: int, progress: Progress, page: Page) -> bool:
    """Show the self-test at the end of a day, which reveals after each answer what is true."""

    def clicked(number: int, letters: Mapping[int, str]) -> End:
        """Save the answers so far."""
        closing_page(day, words_of(letters), progress)
        return End(count_correct(day, progress), corrected(day, progress), _exercises_left(day, progress))

    title, statements = "True or false, and how sure are you now?", asked_statements(day, revealed=True)
    return show_questions(title, statements, page, clicked, reread.of_statements(day))


def _since(before: Mapping[str, int] | None, right: int, of: int) -> tuple[str, ...]:
    """Return how a score differs from the best one before, in a sentence, or nothing if it is the first one."""
    if before is None or before["of"] != of:
        return ()
    more = right - before["best"]
    said = "the same as now" if not more else f"{abs(more)} {'more' if more > 0 else 'fewer'} now"
    return (f"Your best score before: {before['best']} of {of}, {said}.",)


def _exercises_left(day: int, progress: Progress) -> str:
    """Return what is left to do on a day after all questions are answered right."""
    left = [id for id in in_order(day, Path.cwd()) if not progress.exercise(id)["passed"]]
    if left:
        return f"Continue with exercise {left[0]}."
    return f"You have passed every exercise of {called(day)}. Continue with another day."

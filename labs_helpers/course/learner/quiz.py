"""A day's quiz: multiple-choice questions in plain text, with a reason for every option."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from labs_helpers.course.grading.answers import is_missing, type_name
from labs_helpers.course.shown.display import Page

if TYPE_CHECKING:
    from labs_helpers.course.content.schema import Question, Quiz


@dataclass(frozen=True, slots=True)
class QuizResult:
    """The number of right answers and the number of questions. `messages` has one line per question."""

    right: int
    of: int
    messages: tuple[str, ...]
    given: dict[int, str] = field(default_factory=dict)
    """Question number → the letter of the answer."""
    by_question: dict[int, bool] = field(default_factory=dict)
    """Question number → True if the answer is right."""

    def _ipython_display_(self) -> None:
        """Show nothing as a cell's last value: the quiz has printed its page already."""


def questions_page(quiz: Quiz) -> Page:
    """Return a day's questions with their options, and how to answer them."""
    page = Page().heading(f"Day {quiz.day} quiz")
    for number, question in enumerate(quiz.questions, 1):
        page.say(f"{number}. {question.question}")
        page.bullets(f"{letter}) {option.text}" for letter, option in question.options.items())
    return page.say(
        'To answer, call `day.quiz({1: "a", 2: "b", …})`. You can answer a few questions at a time.'
    )


def grade_quiz(quiz: Quiz, answers: object) -> QuizResult:
    """Grade a dict of question number → letter, or a list of letters. The function never raises an exception."""
    given, complaints = _letters(answers, len(quiz.questions))
    by_question, messages = {}, list(complaints)
    for number, question in enumerate(quiz.questions, 1):
        if number not in given:
            continue
        letter = given[number]
        if letter in question.options:
            by_question[number] = letter == question.right
        messages.append(f"{number}. {_verdict(question, letter)}")
    left = [str(number) for number in range(1, len(quiz.questions) + 1) if number not in given]
    if left and given:
        messages.append(f"Not answered yet: {', '.join(left)}.")
    right = sum(by_question.values())
    return QuizResult(right, len(quiz.questions), tuple(messages), given, by_question)


def result_page(quiz: Quiz, result: QuizResult, title: str = "") -> Page:
    """Return a page with a reason for every option of each answered question, and with the unreadable answers."""
    page = Page().heading(f"{title or f'Day {quiz.day} quiz'}: {result.right} of {result.of}")
    shown = set()
    for number, question in enumerate(quiz.questions, 1):
        if number not in result.given:
            continue
        verdict = f"{number}. {_verdict(question, result.given[number])}"
        shown.add(verdict)
        page.say(verdict)
        page.bullets(
            f"{letter}) {option.text} → {option.reason}"
            for letter, option in question.options.items()
            if letter != result.given[number]
        )
    return page.bullets(line for line in result.messages if line not in shown)


def _verdict(question: Question, letter: str) -> str:
    option = question.options.get(letter)
    if option is None:
        return f"There is no option {letter!r}. Choose one of {', '.join(question.options)}."
    mark = "✓" if letter == question.right else "✗"
    return f"{mark} {letter}) {option.text} → {option.reason}"


def _letters(answers: Any, count: int) -> tuple[dict[int, str], list[str]]:
    """Return the readable answers by question number, and a line for each answer that can't be read."""
    kind = type(answers)
    if issubclass(kind, (list, tuple)):
        members = list.__iter__(answers) if issubclass(kind, list) else tuple.__iter__(answers)
        pairs: list[tuple[Any, Any]] = list(enumerate(members, 1))
    elif issubclass(kind, dict):
        pairs = list(dict.items(answers))
    else:
        found = "nothing" if is_missing(answers) else f"a value of type {type_name(answers)}"
        return {}, [
            f'The quiz expects a dict from question number to letter, such as {{1: "b"}}, not {found}.'
        ]
    given: dict[int, str] = {}
    complaints: list[str] = []
    for key, letter in pairs[: count * 10]:
        number = int(key) if type(key) is str and len(key) < 4 and key.isdecimal() else key
        if type(number) is not int or not 1 <= number <= count:
            complaints.append(
                f"The questions are numbered 1 to {count}; one of your keys isn't one of these numbers."
            )
        elif not issubclass(type(letter), str):
            if not is_missing(letter):
                complaints.append(
                    f"{number}. The answer must be a letter, not a value of type {type_name(letter)}."
                )
        else:
            given[number] = str.__str__(letter).strip().lower()[:10]
    return given, complaints

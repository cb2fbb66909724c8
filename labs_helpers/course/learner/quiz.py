"""A day's quiz: multiple-choice questions in plain text, with a reason for every option."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from labs_helpers.course.content.numbering import title_of
from labs_helpers.course.grading.answers import is_missing, type_name
from labs_helpers.course.learner.asked import Asked, questions_html
from labs_helpers.course.shown.display import Page

if TYPE_CHECKING:
    from labs_helpers.course.content.schema import Question, Quiz


@dataclass(frozen=True, slots=True)
class QuizResult:
    """The number of right answers, and of all questions; `messages` has one line per answer."""

    right: int
    of: int
    messages: tuple[str, ...]
    given: dict[int, str] = field(default_factory=dict)
    """Question number → the letter of the answer, for each answer that is one of the options."""
    by_question: dict[int, bool] = field(default_factory=dict)
    """Question number → True if the answer is right."""

    @property
    def answered(self) -> int:
        """Return the number of questions that were answered."""
        return len(self.given)

    def _ipython_display_(self) -> None:
        """Show nothing as a cell's last value: the quiz has already printed its page."""


def questions_page(quiz: Quiz) -> Page:
    """Return a day's questions with their options, and with instructions for answering them."""
    page = listed(f"{title_of(quiz.day)} quiz", quiz)
    return page.say(
        'To answer, call `day.quiz({1: "a", 2: "b", …})`. You can answer a few questions at a time.'
    )


def listed(title: str, quiz: Quiz) -> Page:
    """Return questions with their options, but without instructions for answering them."""
    page = Page().heading(title)
    for number, question in enumerate(quiz.questions, 1):
        page.say(f"{number}. {question.question}")
        page.options({letter: option.text for letter, option in question.options.items()})
    return Page().drawn(page.text, questions_html(title, dict(enumerate(asked(quiz), 1))))


def asked(quiz: Quiz) -> tuple[Asked, ...]:
    """Return the questions of a quiz, each with its right option and all reasons."""
    return tuple(
        Asked(
            each.question,
            {letter: option.text for letter, option in each.options.items()},
            frozenset(each.right),
            {letter: option.reason for letter, option in each.options.items()},
        )
        for each in quiz.questions
    )


def grade_quiz(quiz: Quiz, answers: object) -> QuizResult:
    """Grade a dict of question number → letter, or a list of letters. The function never raises."""
    letters, messages = _letters(answers, len(quiz.questions))
    given = {}
    for number, question in enumerate(quiz.questions, 1):
        if number not in letters:
            continue
        if letters[number] in question.options:
            given[number] = letters[number]
            messages.append(f"{number}. {_verdict(question, letters[number])}")
        else:
            there = ", ".join(question.options)
            messages.append(f"{number}. There is no option {letters[number]!r}. Choose one of {there}.")
    left = [str(number) for number in range(1, len(quiz.questions) + 1) if number not in letters]
    if left and letters:
        messages.append(f"Not answered yet: {', '.join(left)}.")
    by_question = {number: letter == quiz.questions[number - 1].right for number, letter in given.items()}
    return QuizResult(sum(by_question.values()), len(quiz.questions), tuple(messages), given, by_question)


def result_page(quiz: Quiz, result: QuizResult, title: str = "") -> Page:
    """Return each answered question with its answer, the right one, and the reason for every option.

    Questions that were skipped, or whose answer couldn't be read, reveal nothing and don't count.
    """
    title = f"{title or f'{title_of(quiz.day)} quiz'}: {result.right} of {result.answered} right"
    page = Page().heading(title)
    shown = set()
    for number, letter in result.given.items():
        question = quiz.questions[number - 1]
        verdict = _verdict(question, letter)
        shown.add(f"{number}. {verdict}")
        page.say(f"{number}. {question.question}").say(verdict)
        told = (letter, question.right)
        page.bullets(
            f"{other}) {option.text} → {option.reason}"
            for other, option in question.options.items()
            if other not in told
        )
    questions = {number: each for number, each in enumerate(asked(quiz), 1) if number in result.given}
    page = Page().drawn(page.text, questions_html(title, questions, result.given))
    rest = [line for line in result.messages if line not in shown]
    return page.bullets(rest) if rest else page


def _verdict(question: Question, letter: str) -> str:
    """Return an answer with its reason, and, if it is wrong, the right answer with its reason."""
    chosen, right = question.options[letter], question.options[question.right]
    if letter == question.right:
        return f"✓ {letter}) {chosen.text} → {chosen.reason}"
    return (
        f"✗ {letter}) {chosen.text} → {chosen.reason}\nRight: {question.right}) {right.text} → {right.reason}"
    )


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

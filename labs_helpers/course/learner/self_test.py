"""The self-test, which compares a learner's beliefs, and their certainty, at the beginning and end of a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from labs_helpers.course.content.loading import load_beliefs
from labs_helpers.course.grading.answers import is_missing
from labs_helpers.course.learner.asked import Asked
from labs_helpers.course.shown.display import Page, inline
from labs_helpers.course.shown.look import framed
from labs_helpers.course.shown.mistakes import UnknownName
from labs_helpers.course.shown.printable import clean

if TYPE_CHECKING:
    from labs_helpers.course.content.schema import Belief
    from labs_helpers.course.learner.progress import Progress

SURE = {"definitely true": 2, "true": 1, "?": 0, "false": -1, "definitely false": -2}
"""Each word that an answer can contain → the certainty that it expresses."""
_WORDS = {number: word for word, number in SURE.items()}
_HOW = (
    'To answer, call `day.{name}({{1: "definitely true", 2: "false", …}})`. The possible answers are '
    + ", ".join(f'"{word}"' for word in SURE)
)


def opening_page(day: int, answers: object, progress: Progress) -> Page:
    """Return a page with the statements, or save the answers without revealing which statements are true.

    Raises `LookupError` if the day has no self-test.
    """
    beliefs = _beliefs(day)
    if _nothing(answers):
        return _statements(beliefs, "self_test")
    sure, complaints = _read(answers, len(beliefs))
    if sure:
        progress.believed(day, "before", sure)
    page = Page().say(
        f"Saved: {len(sure)} of {len(beliefs)}. At the end of the day you'll see which statements are true."
    )
    return page.bullets(complaints) if complaints else page


def closing_page(day: int, answers: object, progress: Progress) -> Page:
    """Return a page with the statements.

    Statements that were skipped, or whose answer couldn't be read, reveal nothing and don't count. Raises `LookupError`
    if the day has no self-test.
    """
    beliefs = _beliefs(day)
    if _nothing(answers):
        return _statements(beliefs, "self_test_again")
    sure, complaints = _read(answers, len(beliefs))
    page = Page()
    if sure:
        progress.believed(day, "after", sure)
        _compare(page, beliefs, progress.beliefs(day, "before"), sure)
    return page.bullets(complaints) if complaints else page


def _compare(page: Page, beliefs: tuple[Belief, ...], before: dict[int, int], sure: dict[int, int]) -> None:
    """Add the truth about each answered statement, and how many answers were right before and now."""
    answered = {number: beliefs[number - 1] for number in sorted(sure)}
    rows = [
        (str(number), belief.says, _word(before.get(number)), _word(sure[number]), _holds(belief))
        for number, belief in answered.items()
    ]
    page.heading("What you believed, and what is true")
    page.table(("", "statement", "before", "now", "what is true"), rows)
    page.say(_score_line(answered, before, sure))
    page.bullets(f"{number}. {belief.source}" for number, belief in answered.items())


def count_correct(day: int, progress: Progress) -> str:
    """Return how many of a day's statements are judged correctly now: "3 of 5 correct"."""
    return f"{_score(dict(enumerate(_beliefs(day), 1)), progress.beliefs(day, 'after'))} correct"


def corrected(day: int, progress: Progress) -> tuple[str, ...]:
    """Return what has changed since the start of the day, in sentences, or nothing if there were no answers then."""
    before, now = progress.beliefs(day, "before"), progress.beliefs(day, "after")
    both = {
        number: belief for number, belief in enumerate(_beliefs(day), 1) if number in before and number in now
    }
    if not both:
        return ()
    then = {number for number in both if _right(both, {number: before[number]})}
    since = {number for number in both if _right(both, {number: now[number]})}
    said = f"Correct at the start of the day: {len(then)} of {len(both)}."
    if since - then:
        said += f" Corrected since then: {len(since - then)}."
    if then - since:
        said += f" No longer correct: {len(then - since)}."
    return (said,)


def how_sure(day: int, progress: Progress) -> str:
    """Return, as text, the number of statements that were judged with each certainty at the start of a day."""
    counts = Counter(map(abs, progress.beliefs(day, "before").values()))
    return f"Sure: {counts[2]}. Less sure: {counts[1]}. Don't know: {counts[0]}."


def _score_line(beliefs: dict[int, Belief], before: dict[int, int], now: dict[int, int]) -> str:
    then = f"Correct at the start of the day: {_score(beliefs, before)}. " if before else ""
    return f"{then}Correct now: {_score(beliefs, now)}."


def asked_statements(day: int, *, revealed: bool) -> tuple[Asked, ...]:
    """Return a day's statements as questions, whose options express how sure the learner is.

    `revealed`: True at the end of the day, when each answer shows immediately what is true. Raises `LookupError` if the
    day has no self-test.
    """
    options = {
        letter: "I don't know" if word == "?" else word for letter, word in zip("abcde", SURE, strict=True)
    }
    return tuple(
        Asked(
            belief.says,
            options,
            frozenset(
                letter
                for letter, sure in zip(options, SURE.values(), strict=True)
                if sure * (1 if belief.true else -1) > 0
            )
            if revealed
            else frozenset(),
            truth=_holds(belief),
            is_scale=True,
        )
        for belief in _beliefs(day)
    )


def words_of(letters: Mapping[int, str]) -> dict[int, str]:
    """Return answers by letter as the words that `opening_page` and `closing_page` read."""
    words = list(SURE)
    return {number: words["abcde".index(letter)] for number, letter in letters.items()}


@dataclass(frozen=True, slots=True)
class Calibration:
    """The number of statements judged at one time with one certainty (`of`), and how many were judged correctly."""

    when: str
    word: str
    right: int
    of: int


def calibration(day: int, progress: Progress) -> list[Calibration]:
    """Return how often a learner was right when sure and when less sure, at the start and the end of a day."""
    found = load_beliefs(day)
    beliefs = dict(enumerate(found.beliefs, 1)) if found is not None else {}
    return [
        Calibration(title, word, _right(beliefs, chosen), len(chosen))
        for when, title in (("before", "at the start of the day"), ("after", "at the end of the day"))
        for word, strength in (("sure", 2), ("less sure", 1))
        if (
            chosen := {
                number: sure
                for number, sure in progress.beliefs(day, when).items()
                if abs(sure) == strength and number in beliefs
            }
        )
    ]


def certainty(parts: Sequence[Calibration]) -> str:
    """Return whether a learner was overconfident at the last test, as a sentence, or "" without sure answers."""
    sure = [each for each in parts if each.word == "sure"]
    if not sure:
        return ""
    last = sure[-1]
    wrong = last.of - last.right
    if wrong:
        return f"You were overconfident: of {last.of} sure answers, {wrong} {'was' if wrong == 1 else 'were'} wrong."
    return "Whenever you were sure, you were right."


def calibration_lines(day: int, progress: Progress) -> list[str]:
    """Return the calibration as sentences, one for the start and one for the end of the day, and what they mean."""
    every = calibration(day, progress)
    lines = [
        f"{when[0].upper()}{when[1:]}: "
        + "; ".join(f"{each.right} of {each.of} right when you were {each.word}" for each in parts)
        + "."
        for when, parts in groupby(every, lambda each: each.when)
    ]
    return [*lines, *filter(None, [certainty(every)])]


def _beliefs(day: int) -> tuple[Belief, ...]:
    found = load_beliefs(day)
    if found is None:
        raise UnknownName(f"day {day} has no self-test")
    return found.beliefs


def _nothing(answers: object) -> bool:
    return is_missing(answers) or (type(answers) is dict and not answers)


def _statements(beliefs: tuple[Belief, ...], name: str) -> Page:
    title = "True or false, and how sure are you?"
    page = (
        Page().heading(title).bullets(f"{number}. {belief.says}" for number, belief in enumerate(beliefs, 1))
    )
    rows = "".join(f"<li>{inline(clean(belief.says))}</li>" for belief in beliefs)
    page = Page().drawn(page.text, framed(f'<p class="headline">{title}</p><ol>{rows}</ol>'))
    return page.say(_HOW.format(name=name) + ". You can skip this.")


def _read(answers: Any, count: int) -> tuple[dict[int, int], list[str]]:
    """Return the certainty for each statement, and a line for each answer that can't be read; never raise."""
    if not issubclass(type(answers), dict):
        return {}, [f"The self-test expects a dict from statement number to one of {', '.join(SURE)}."]
    sure: dict[int, int] = {}
    complaints: list[str] = []
    for key, word in list(dict.items(answers))[: count * 10]:
        text = str.__str__(word).strip().lower() if issubclass(type(word), str) else ""
        if type(key) is not int or not 1 <= key <= count:
            complaints.append(
                f"The statements are numbered 1 to {count}; one of your keys isn't one of these numbers."
            )
        elif text not in SURE:
            complaints.append(f"{key}. Answer with one of {', '.join(SURE)}.")
        else:
            sure[key] = SURE[text]
    return sure, complaints


def _word(sure: int | None) -> str:
    return "" if sure is None else _WORDS[sure]


def _holds(belief: Belief) -> str:
    word = "True" if belief.true else "False"
    return belief.truth if belief.truth.startswith(word) else f"{word}. {belief.truth}"


def _score(beliefs: dict[int, Belief], sure: dict[int, int]) -> str:
    """Return how many statements were judged correctly, of those that were judged: "3 of 5"."""
    judged = {number: sure[number] for number in beliefs if number in sure}
    return f"{_right(beliefs, judged)} of {len(judged)}"


def _right(beliefs: dict[int, Belief], judged: dict[int, int]) -> int:
    return sum(each * (1 if beliefs[number].true else -1) > 0 for number, each in judged.items())

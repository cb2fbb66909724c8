"""Attempts: calls in the lesson whose outcome the learner can predict first.

An attempt's expected outcome is in data/dayN/demos.json, under the attempt's name. So the cell doesn't reveal the
outcome, but still fails if AWS's response changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from labs_helpers.course.lesson.demos import Refusal, unexpected
from labs_helpers.course.lesson.predictions import DayOfPredictions, demo_of, verdict
from labs_helpers.course.lesson.uncaught_errors import find_refusal
from labs_helpers.course.shown.denial_card import folds
from labs_helpers.course.shown.display import Page, break_long_words
from labs_helpers.course.shown.look import Icon, Stop, Verdict, escaped, framed, headline
from labs_helpers.course.shown.shortened import whole, without_encoded
from labs_helpers.course.shown.verdict_strip import asked, strip

if TYPE_CHECKING:
    from labs_helpers.cloud import Judgement
    from labs_helpers.engine.policy import Decision

WORKS = "works"
_SUCCESS = "a successful call"
_MOST_PATHS = 3
"""The maximum number of paths that are shown for a call that needs several permissions."""


@dataclass(slots=True)
class Attempt(Refusal):
    """The outcome of an attempt, which is true if AWS allowed the call.

    `code`, `message`, `status`, and `operation` describe AWS's error. They are empty until the block ends.
    https://docs.aws.amazon.com/boto3/latest/guide/error-handling.html
    """

    allowed: bool = False

    def __bool__(self) -> bool:
        return self.allowed

    def __str__(self) -> str:
        return "It works." if self.allowed else f"{self.code}: {self.message}"


@contextmanager
def attempting(day: DayOfPredictions, name: str | None) -> Iterator[Attempt]:
    """Run the block of `day.attempt`, and show its outcome and whether the learner's prediction was right.

    Without a name, no particular outcome is expected. Raises `UnknownName` for an unknown name and `DemoError` for an
    unexpected outcome.
    """
    demo = None if name is None else demo_of(day.number, name)
    attempt, error = Attempt(), None
    day.cloud.record.decided = ()
    try:
        yield attempt
        attempt.allowed = True
    except ClientError as raised:
        attempt.take(raised)
        error = raised
    day.went_on()
    page = _page(day, attempt, error)
    if name is None or demo is None:
        day.show(page)
        return
    if (WORKS if attempt.allowed else attempt.code) != demo.expected:
        day.show(page)
        wanted = _SUCCESS if demo.expected == WORKS else demo.expected
        got = _SUCCESS if attempt.allowed else str(attempt).rstrip(".")
        raise unexpected(name, wanted, got)
    verdict(day, name, demo, page)
    day.show(page)


def _page(day: DayOfPredictions, attempt: Attempt, error: ClientError | None) -> Page:
    """Return an attempt's outcome with AWS's message. The HTML also shows the path of each request that was decided."""
    found = _judgements(day, error)
    shown = "".join(_paths(found, attempt, error))
    if attempt.allowed:
        return Page().drawn(
            "Result: it works.", framed(headline(Verdict.YES, "allowed", "It works.") + shown)
        )
    text = f"Result: {attempt.code}"
    denied = any(not each.allowed for each in found)
    head = headline(Verdict.NO, "denied" if denied else "failed", text)
    message = _message(attempt.message) if attempt.message else ""
    return Page().drawn(f"{text}\nAWS's message: {attempt.message}", framed(head + message + shown))


def _message(message: str) -> str:
    """Return AWS's message as HTML. Its encoded part is collapsed."""
    short = without_encoded(message)
    return f"<p>AWS's message: {break_long_words(escaped(short))}</p>" + (
        whole(message) if short != message else ""
    )


def _judgements(day: DayOfPredictions, error: ClientError | None) -> list[Judgement]:
    """Return the judgments to show: the denial that led to the error or, if there isn't one, those of the last call."""
    denied = find_refusal(day.cloud, error) if error is not None else None
    return [denied] if denied is not None else list(day.cloud.record.decided[:_MOST_PATHS])


def _paths(found: Sequence[Judgement], attempt: Attempt, error: ClientError | None) -> Iterator[str]:
    """Yield the path of each request. Requests with an equal decision are listed below the path of the first one."""
    alike: dict[Decision, list[Judgement]] = {}
    for each in found:
        alike.setdefault(each.decision, []).append(each)
    for first, *others in alike.values():
        yield _path(first, attempt, error)
        if others:
            requests = "".join(
                f"<li>{asked(each.request.action, each.request.resource)}</li>" for each in others
            )
            yield f"<p>The call also needs the following, and the decision is the same:</p><ul>{requests}</ul>"


def _path(judgement: Judgement, attempt: Attempt, error: ClientError | None) -> str:
    """Return a request's path. If it was allowed, but the call failed, the service's answer follows the decision."""
    answer = [Stop("The service", Verdict.NO, Icon.ACCOUNT, word=attempt.code)]
    rejected = answer if error is not None and judgement.allowed else []
    return strip(judgement, *rejected) + folds(judgement)

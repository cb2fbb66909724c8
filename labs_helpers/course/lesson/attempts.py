"""Attempts: calls in the lesson whose outcome the learner can predict first.

An attempt's expected outcome is in data/dayN/demos.json, under the attempt's name. So the cell doesn't reveal the
outcome, but still fails if AWS's response changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.exceptions import ClientError

from labs_helpers.course.lesson.demos import Refusal, unexpected
from labs_helpers.course.lesson.predictions import DayOfPredictions, demo_of, verdict
from labs_helpers.course.shown.display import Page

WORKS = "works"
_SUCCESS = "a successful call"


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
    """Run the block of `day.attempt`, show its outcome, and tell if the learner's prediction was right.

    Without a name, nothing is expected of the outcome. Raises `UnknownName` for an unknown name and `DemoError` for an
    unexpected outcome.
    """
    demo = None if name is None else demo_of(day.number, name)
    attempt = Attempt()
    try:
        yield attempt
        attempt.allowed = True
    except ClientError as error:
        attempt.take(error)
    day.went_on()
    page = Page().heading("Result: it works." if attempt.allowed else f"Result: {attempt.code}")
    if not attempt.allowed:
        page.say(f"AWS's message: {attempt.message}")
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

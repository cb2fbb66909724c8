"""The report of the morning after a day: one line per event, with the call and the clause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from labs_helpers.course.grading import mornings
from labs_helpers.course.grading.answers import AnswerError, plain
from labs_helpers.course.grading.mornings import EventResult, MorningReport, Outcome
from labs_helpers.course.grading.probes import because
from labs_helpers.course.shown.display import Page
from labs_helpers.engine.policy import PolicyError

if TYPE_CHECKING:
    from labs_helpers.course.content.schema import Morning

_SIGNS: dict[Outcome, str] = {"held": "✓", "broke": "✗", "leaked": "✗"}


def morning_page(
    morning: Morning, kept: Mapping[str, object], drafts: Mapping[str, object], learner: str
) -> tuple[Page, MorningReport]:
    """Return the page about a morning, and the report that it shows.

    `kept`: the correct answers by exercise. `drafts`: answers to use instead of them. If an answer can't be applied,
    the page shows the reason and leaves out the events that test this answer. `learner`: the ID in the learner's
    progress.
    """
    taking_part = mornings.exercises_of(morning)
    placed, faults = {}, [_unknown(id, taking_part) for id in drafts if id not in taking_part]
    for id, answer in {**kept, **drafts}.items():
        if id in taking_part:
            try:
                placed[id] = mornings.placed_answer(morning.day, id, answer, learner)
            except (AnswerError, PolicyError) as error:
                faults.append(f"The answer to {id} can't be in force: {str(error).splitlines()[0]}")
    if not placed:
        line = "You haven't yet passed an exercise whose answer could be in force tomorrow. These exercises take part: "
        return Page().say(line + ", ".join(taking_part) + ".").bullets(faults), MorningReport()
    report = mornings.report(morning, placed, learner)
    page = Page().heading(f"The morning after Day {morning.day}: {_counts(report)}").say(morning.opening)
    page.bullets(map(_line, report.results))
    if absent := [id for id in taking_part if id not in placed]:
        page.say(f"Not passed yet, so not tested: {', '.join(absent)}.")
    if drafts.keys() & placed.keys():
        page.say("Your drafts were tested instead of your correct answers, and weren't kept.")
    return (page.bullets(faults) if faults else page), report


def _counts(report: MorningReport) -> str:
    return ", ".join(f"{report.count(word)} {word}" for word in _SIGNS if report.count(word))


def _line(result: EventResult) -> str:
    """Return an event's line: `✗ leaked · 2.1 (3) · A new hire: …. jo: s3:GetObject on … is allowed by …`."""
    event, request, decision = result.event, result.request, result.decision
    numbers = ", ".join(f"({number})" for number in result.clauses)
    what = f"{event.happens[0].upper()}{event.happens[1:]}: {event.title}"
    call = f"{_caller(request.principal)}: `{request.action}` on `{request.resource}` is"
    if result.outcome == "held":
        others = len(event.requests) - 1
        told = ("allowed" if decision.allowed else "denied") + (
            f", and the event's {others} other requests are decided as they should be." if others else "."
        )
    else:
        told = f"{because(decision)}. {request.story}"
    return f"{_SIGNS[result.outcome]} {result.outcome} · {event.exercise} {numbers} · {what} {call} {told}"


def _caller(principal: str) -> str:
    """Return a caller's name: "jo", a session's with its role ("orders-app/app"), or a service's or provider's."""
    if principal.startswith(("service:", "web-identity:")):
        return principal.partition(":")[2]
    return principal.partition(":assumed-role/")[2] or principal.rpartition("/")[2]


def _unknown(id: str, taking_part: Iterable[str]) -> str:
    return f"{id[:20]} doesn't take part. The exercises are {', '.join(taking_part)}."


def readable_drafts(drafts: object) -> dict[str, object]:
    """Return a copy of the drafts by exercise.

    Raises `AnswerError` if they aren't a dict of exercise → answer, such as {"2.1": policy}.
    """
    copied = plain({} if drafts is None else drafts)
    if not isinstance(copied, dict):
        raise AnswerError('Give the drafts as a dict of exercise → answer, such as {"2.1": policy}.')
    return copied

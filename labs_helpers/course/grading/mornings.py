"""The morning after a day: later events, evaluated with the learner's correct answers in force.

Each event in data/dayN/morning.json leads to requests that the task doesn't mention: a later date, another employee, a
new Region. The engine evaluates them with the answer's policies, as it evaluates the probes of an exercise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from labs_helpers.course.content.schema import Event
from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.grading.class_seed import class_seed
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.kinds.delegation import Delegation
from labs_helpers.course.grading.kinds.policies import Probed
from labs_helpers.course.situations.faults import clause_numbers

if TYPE_CHECKING:
    from labs_helpers.course.content.schema import LaterRequest, Morning
    from labs_helpers.course.grading.kinds.exercise import Exercise
    from labs_helpers.course.grading.probes import Placed
    from labs_helpers.engine.policy import Decision

Outcome = Literal["held", "broke", "leaked"]


@dataclass(frozen=True, slots=True)
class EventResult:
    """The result of an event: `held`, `broke` (a denial that stops work), or `leaked` (an allow that gives access).

    `request` and `decision` show the reason for the result.
    """

    event: Event
    outcome: Outcome
    request: LaterRequest
    decision: Decision

    @property
    def clauses(self) -> tuple[int, ...]:
        """Return the numbers of the clauses that the request tests."""
        return clause_numbers(self.request.clause)


@dataclass(frozen=True, slots=True)
class MorningReport:
    """The results of the events of a morning. The report is empty if none of the correct answers takes part."""

    results: tuple[EventResult, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """Return the number of events with this outcome."""
        return sum(result.outcome == outcome for result in self.results)

    def __repr__(self) -> str:
        return f"MorningReport(held={self.count('held')}, broke={self.count('broke')}, leaked={self.count('leaked')})"

    def _ipython_display_(self) -> None:
        """Show nothing as a cell's last value: `Day.next_morning` has already printed the report."""


def exercises_of(morning: Morning) -> tuple[str, ...]:
    """Return the exercises that take part in a morning, in the order of its events."""
    return tuple(dict.fromkeys(event.exercise for event in morning.events))


def placed_answer(day: int, id: str, answer: object, learner: str = "") -> dict[str, Placed]:
    """Return the parsed policies of an answer by slot.

    `learner`: the ID in the learner's progress file. If the class has a seed (`LABS_CLASS_SEED`), the facts depend on
    this ID. Raises `AnswerError` or `PolicyError` for an answer that can't be in force, such as an invalid draft.
    """
    return _exercise(day, id, learner).read(answer)[0]


def report(morning: Morning, placed: Mapping[str, dict[str, Placed]], learner: str = "") -> MorningReport:
    """Return the result of each event whose exercise has an answer in `placed` (exercise → policies by slot)."""
    return MorningReport(
        tuple(
            _result(
                _own_event(event, morning.day, learner),
                _exercise(morning.day, event.exercise, learner),
                placed[event.exercise],
            )
            for event in morning.events
            if event.exercise in placed
        )
    )


def _exercise(day: int, id: str, learner: str) -> Probed | Delegation:
    exercise = load(day)[id].variant(class_seed(), learner)
    if not isinstance(exercise, Probed | Delegation):
        raise AnswerError(f"the answer to {id} isn't a policy")
    return exercise


def _own_event(event: Event, day: int, learner: str) -> Event:
    """Return an event with the learner's own facts in place of the printed ones."""
    facts = load(day)[event.exercise].facts(class_seed(), learner)
    if not facts.values:
        return event
    return Event.model_validate(facts(event.model_dump(mode="json", exclude_unset=True)))


def _result(event: Event, exercise: Exercise, placed: dict[str, Placed]) -> EventResult:
    """Decide an event's requests. A leak is shown before a denial that stops work."""
    decided = [(request, _decision(exercise, request, placed)) for request in event.requests]
    outcomes: tuple[tuple[Outcome, str, bool], ...] = (("leaked", "refuse", True), ("broke", "allow", False))
    for outcome, expected, allowed in outcomes:
        for request, decision in decided:
            if request.expected == expected and decision.allowed is allowed:
                return EventResult(event, outcome, request, decision)
    return EventResult(event, "held", *decided[0])


def _decision(exercise: Exercise, request: LaterRequest, placed: dict[str, Placed]) -> Decision:
    from labs_helpers.course.grading.probes import decide_probe

    slots = placed.keys() if request.slots is None else request.slots
    return decide_probe(exercise, request, {slot: placed[slot] for slot in slots})

"""A design: the learner's changes to a company's blueprint, which the check builds and tests with real calls.

`judged_by` names a module of labs_helpers.course.days. Its `judge(cloud, step, answer, ceilings, limits)` builds the
answer on top of the earlier steps. It returns `faults`, `looked_beyond`, and `trials`. There is one fault for each
probe with a wrong result or, if all results are right, for each request that the answer allows but no ceiling allows.
`looked_beyond` is True if it has looked for such requests, and `trials` are the probes with their results. It raises
`AnswerError` for a design that can't be built. Its `starter_on` returns a step's starter with the learner's own
policies of earlier steps.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints

from labs_helpers.course.content.schema import Model, Text
from labs_helpers.course.grading import answers
from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.grading.kinds.exercise import Exercise
from labs_helpers.course.grading.results import CheckResult
from labs_helpers.course.situations.faults import Fault

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.shown.display import Page


class Limit(Model):
    """A clause that limits some requests. Patterns with `*` describe the requests that exceed it.

    `policy` and `sid` belong to the statement that allows a request or, if a deny is missing, to the deny.
    """

    clause: int
    principal: Text = "*"
    action: Text = "*"
    policy: Text = "*"
    sid: Text = "*"

    def is_exceeded_by(self, principal: str, action: str, policy: str, sid: str) -> bool:
        """Return True if a request exceeds this limit."""
        patterns = (self.principal, self.action, self.policy, self.sid)
        return all(map(fnmatchcase, (principal, action, policy, sid), patterns))


class Design(Exercise):
    """An exercise whose answer changes a blueprint, of any kind."""

    judged_by: Annotated[str, StringConstraints(pattern=r"^day\d\.\w+$")]
    step: int = Field(ge=1)
    why: Text
    """The purpose of the step, in one sentence."""
    ceiling: tuple[dict[str, Any], ...] = ()
    """Answers that allow the most that a passing answer can. If empty, the solution is the ceiling."""
    limits: tuple[Limit, ...] = ()
    """The clauses that limit requests. An answer that exceeds every ceiling breaks the first clause that fits."""

    live = True
    stays_in_force = True
    apart = False  # the probes read the company's own trails, which must see the check's calls
    units = "probes"

    def begun_from(self, answers: Mapping[str, Any]) -> Self:
        """Return the exercise with the learner's own policies of earlier steps in its starter."""
        starter_on = import_module(f"labs_helpers.course.days.{self.judged_by}").starter_on
        return self.model_copy(update={"starter": starter_on(self.starter, answers, self.step)})

    def changes(self, answer: Any) -> Any:
        """Return the changes to the blueprint that an answer makes."""
        return answer

    @property
    def tried(self) -> int:
        """Return the number of probes up to this step."""
        count: int = import_module(f"labs_helpers.course.days.{self.judged_by}").tried(self.step)
        return count

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        """Build the design and test it. Raises `AnswerError` for an answer that isn't a dict or can't be built."""
        if answers.is_missing(answer) or not issubclass(type(answer), dict):
            raise AnswerError("The answer must be a dict with the parts of the blueprint that you change.")
        given: dict[str, Any] = answers.plain(answer)
        judge = import_module(f"labs_helpers.course.days.{self.judged_by}").judge
        graded = judge(
            self.needed(cloud), self.step, given, self.ceiling or (self.changes(self.solution),), self.limits
        )
        rest = () if self.beyond is None else (self.beyond,)
        exceeds = graded.looked_beyond  # then all faults are requests that no ceiling allows
        found = [
            Fault(each.story, (*each.clauses, *rest) if exceeds else each.clauses or rest)
            for each in graded.faults
        ]
        trials = tuple(
            replace(each, fault=each.fault and Fault(each.fault.story, each.fault.clauses or rest))
            for each in graded.trials
        )
        result = self.judged(found, stopped=not exceeds, trials=trials)
        if not graded.trials or (exceeds and any(not each.clauses for each in graded.faults)):
            # Without trials, no clause was tested. A request without clauses exceeds one of the other clauses, but the
            # data doesn't say which one. In both cases, no clause is shown as satisfied.
            unknown = tuple(replace(each, holds=each.holds and None) for each in result.clauses)
            result = replace(result, clauses=unknown)
        return result

    def show(self, page: Page) -> None:
        """Show the number of probes, and the starter."""
        page.say(
            f"Your answer is added to the result of the earlier steps, and {self.tried} probes test it. Start with:"
        )
        page.code(self.solution_as(self.starter))

    def solution_code(self) -> str:
        """Return the solution as Python code that can be pasted."""
        return self.solution_as(self.solution)

    def solution_as(self, answer: Any) -> str:
        """Return an answer as Python code that can be pasted."""
        return _written(answer)


class WrittenDesign(Design):
    """An exercise whose answer is a part of a blueprint, as a dict."""

    kind: Literal["design"]


_WIDTH = 88
"""The number of characters per line, which is the most that fits on a printed page."""


def _written(value: Any, indent: int = 0, before: int = 0) -> str:
    """Return a value as Python: on one line if it fits, otherwise one line per member, indented by two spaces.

    `before`: the number of characters that are already in the line.
    """
    flat = _flat(value)
    if not value or not isinstance(value, dict | list) or indent + before + len(flat) <= _WIDTH:
        return flat
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        names = {name: f"{_flat(name)}: " for name in value}
        parts = [
            names[name] + _written(each, indent + 2, len(names[name]) + 1) for name, each in value.items()
        ]
    else:
        parts = [_written(each, indent + 2, 1) for each in value]
    start, end = "{}" if isinstance(value, dict) else "[]"
    lines = "".join(f"{inner}{part},\n" for part in parts)
    return f"{start}\n{lines}{' ' * indent}{end}"


def _flat(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flat(name)}: {_flat(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flat, value)) + "]"
    return repr(value)

"""A design: the learner's changes to a company's blueprint, which are built and tried by real calls.

The answer is what `labs_helpers.course.days.<judged_by>` takes; its `judge(cloud, step, answer, ceilings)` builds it
upon a provided start and returns one line for each probe that comes out wrong, or, if none does, for each request that
the answer lets through and no ceiling does. AnswerError for what can't be built.
"""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints

from labs_helpers.course.content.schema import Text
from labs_helpers.course.grading import answers
from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.grading.kinds.exercise import Exercise
from labs_helpers.course.grading.results import CheckResult

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.shown.display import Page


class Design(Exercise):
    kind: Literal["design"]
    judged_by: Annotated[str, StringConstraints(pattern=r"^day\d\.\w+$")]
    step: int = Field(ge=1)
    why: Text
    """What the step is for, in a sentence."""
    ceiling: tuple[dict[str, Any], ...] = ()
    """The most that an answer may allow, each shaped like one; empty: the solution."""

    live = True
    apart = False  # the company's own trails are part of what is tried
    units = "probes"

    @property
    def tried(self) -> int:
        count: int = import_module(f"labs_helpers.course.days.{self.judged_by}").tried(self.step)
        return count

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        if answers.is_missing(answer) or not issubclass(type(answer), dict):
            raise AnswerError("This needs a dict: the parts of the blueprint that you change.")
        given: dict[str, Any] = answers.plain(answer)
        judge = import_module(f"labs_helpers.course.days.{self.judged_by}").judge
        messages = tuple(judge(self.needed(cloud), self.step, given, self.ceiling or (self.solution,)))
        return CheckResult(not messages, self.id, messages)

    def show(self, page: Page) -> None:
        page.say(
            f"It is built upon what the steps before leave, and tried by {self.tried} probes. Begin with:"
        )
        page.code(self.solution_as(self.starter))

    def solution_code(self) -> str:
        return self.solution_as(self.solution)

    def solution_as(self, answer: Any) -> str:
        """An answer as Python that can be pasted."""
        return _written(answer)


_WIDTH = 88
"""Characters a line: what a page of paper holds."""


def _written(value: Any, indent: int = 0, before: int = 0) -> str:
    """A value as Python: what fits into its line stays in it, the rest goes a line each, two spaces in.

    `before`: how many characters stand in the line already.
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

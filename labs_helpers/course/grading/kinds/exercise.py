"""The base class of all kinds of exercise. Each kind is one module: its shape in data/, and its grader."""

from __future__ import annotations

import json
import pprint
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from labs_helpers.course.content.schema import (
    AwsPage,
    Equal,
    ExerciseId,
    Model,
    RightAnswer,
    Text,
    WrongAnswer,
)
from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.engine.policy import PolicyKind

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.grading.results import CheckResult
    from labs_helpers.course.shown.display import Page


class Exercise(Model):
    """An exercise of any kind.

    `solution` and each answer in `right` pass; `starter` and each answer in `wrong` don't. The tests verify this, and
    that every mutant of the solution fails unless it is listed in `equal`.
    """

    id: ExerciseId
    title: Text
    kind: str
    prompt: Text
    starter: Any
    hints: tuple[Text, Text, Text]
    solution: Any
    right: tuple[RightAnswer, ...] = ()
    wrong: tuple[WrongAnswer, ...] = Field(min_length=3)
    equal: tuple[Equal, ...] = ()
    source: tuple[AwsPage, ...] = Field(min_length=1)

    live: ClassVar[bool] = False
    """True if real calls in the running cloud grade it. The other kinds need no cloud."""
    apart: ClassVar[bool] = True
    """True if a live check's calls stay out of the learner's record and trails, and off the clock."""
    units: ClassVar[str] = "requests"
    """The plural noun for what an answer is tried with."""

    @property
    def day(self) -> int:
        """Return the number of its day."""
        return int(self.id.partition(".")[0])

    @property
    def tried(self) -> int:
        """Return the number of requests that judge an answer."""
        raise NotImplementedError

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        """Grade an answer. AnswerError or PolicyError if it can't be read as one."""
        raise NotImplementedError

    def begin(self, cloud: Cloud) -> None:
        """Note the state of the cloud when the learner first reads the exercise, where the kind needs it."""

    def enact(self, answer: Any, cloud: Cloud) -> object:
        """Do what a learner with this answer from data/ does in the cloud, and return what the learner hands in."""
        return answer

    def show(self, page: Page) -> None:
        """Show what comes below the prompt: the starter."""
        page.say("Start with:").code(as_code(self.starter))

    def solution_code(self) -> str:
        """Return the solution as text that can be pasted."""
        return as_code(self.solution)

    def policy_kind(self, slot: str) -> PolicyKind:
        """Return the kind of policy that goes into a slot."""
        return PolicyKind[slot.upper()]

    def needed(self, cloud: Cloud | None) -> Cloud:
        """Return the running cloud. AnswerError if no cloud is running."""
        if cloud is None:
            raise AnswerError("This exercise is graded by real calls, but no cloud is running.")
        return cloud


def as_code(answer: Any) -> str:
    """Return an answer as Python that can be pasted: request numbers become integers, the rest stays JSON."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, dict) and answer and all(key.isdecimal() for key in answer):
        return pprint.pformat({int(key): word for key, word in answer.items()}, sort_dicts=False)
    return json.dumps(answer, indent=4, ensure_ascii=False)

"""What all kinds of exercise have in common. A kind is one module: its shape in data/, and how it grades an answer."""

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

    `solution` passes, `starter` and each of `wrong` don't, each of `right` does: the tests prove it, and that every
    mutant of the solution is refused that is not among `equal`.
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
    """Whether it is graded by real calls in the running cloud. The others need no cloud."""
    apart: ClassVar[bool] = True
    """Whether a live check's calls stay out of the learner's record and trails, and off the clock."""
    units: ClassVar[str] = "requests"
    """What an answer is tried with."""

    @property
    def day(self) -> int:
        """The day it belongs to."""
        return int(self.id.partition(".")[0])

    @property
    def tried(self) -> int:
        """How many requests judge an answer."""
        raise NotImplementedError

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        """Grade an answer. AnswerError or PolicyError for what is none."""
        raise NotImplementedError

    def begin(self, cloud: Cloud) -> None:
        """What has to be known of the cloud as it is when a learner reads the exercise."""

    def enact(self, answer: Any, cloud: Cloud) -> object:
        """What a learner hands in who answers as data says: the answer itself, or what it brings about in the cloud."""
        return answer

    def show(self, page: Page) -> None:
        """What is shown below the prompt."""
        page.say("Begin with:").code(as_code(self.starter))

    def solution_code(self) -> str:
        """The solution, to paste."""
        return as_code(self.solution)

    def policy_kind(self, slot: str) -> PolicyKind:
        """What kind of policy goes into a slot."""
        return PolicyKind[slot.upper()]

    def needed(self, cloud: Cloud | None) -> Cloud:
        """The running cloud. AnswerError if there is none."""
        if cloud is None:
            raise AnswerError("This exercise is graded by real calls, and no cloud is running.")
        return cloud


def as_code(answer: Any) -> str:
    """An answer as Python that can be pasted: request numbers as numbers, everything else as JSON reads."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, dict) and answer and all(key.isdecimal() for key in answer):
        return pprint.pformat({int(key): word for key, word in answer.items()}, sort_dicts=False)
    return json.dumps(answer, indent=4, ensure_ascii=False)

"""The base class for all kinds of exercises. Each kind is one module: its schema in data/, and its grader."""

from __future__ import annotations

import json
import pprint
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import Field, PrivateAttr, model_validator

from labs_helpers.course.content.numbering import lesson_of
from labs_helpers.course.content.schema import (
    AwsPage,
    Clause,
    Equal,
    ExerciseId,
    Model,
    RightAnswer,
    Text,
    WrongAnswer,
)
from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.grading.results import CheckResult, ClauseResult
from labs_helpers.course.situations import drawn_values
from labs_helpers.course.situations.drawn_values import Drawing
from labs_helpers.course.situations.faults import Fault, clause_numbers
from labs_helpers.engine.policy import PolicyKind

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.grading.choice_rows import ChoiceRows
    from labs_helpers.course.shown.display import Page


class Exercise(Model):
    """An exercise of any kind.

    `solution` and each answer in `right` pass; `starter` and each answer in `wrong` fail. The tests verify this, and
    also that every mutant of the solution fails unless it is listed in `equal`.
    """

    id: ExerciseId
    title: Text
    kind: str
    prompt: Text
    """The task or, if `clauses` contains the requirements, only its situation in one sentence."""
    clauses: tuple[Clause, ...] = ()
    remarks: Text | None = None
    """Information that a learner needs in addition to the clauses, shown after them."""
    beyond: int | None = None
    """The number of the clause that an answer breaks if it allows more than the task requires."""
    starter: Any
    hints: tuple[Text, Text, Text]
    solution: Any
    right: tuple[RightAnswer, ...] = ()
    wrong: tuple[WrongAnswer, ...] = Field(min_length=3)
    equal: tuple[Equal, ...] = ()
    source: tuple[AwsPage, ...] = Field(min_length=1)
    free: dict[Text, Text] = Field(default_factory=dict)
    """Values that the task leaves open, and how other values are chosen
    (labs_helpers.course.situations.drawn_values)."""

    varies: dict[Text, Text] = Field(default_factory=dict)
    """Values that differ from learner to learner in a class with a seed, and how other values are chosen, as in
    `free`."""
    stories: tuple[dict[Text, Text], ...] = ()
    """Values that differ together, such as a month and its dates: sets of other values, one of which is chosen."""

    _drawing: Drawing | None = PrivateAttr(None)
    """The learner's randomly chosen values, in an exercise that `for_learner` returns."""

    live: ClassVar[bool] = False
    """True if answers are graded with real calls in the running cloud. The other kinds don't need a cloud."""
    apart: ClassVar[bool] = True
    """True if a live check's calls don't appear in the learner's record and trails, and don't move the clock."""
    stays_in_force: ClassVar[bool] = False
    """True if a correct answer is kept, because it is data that can be in force afterward."""
    units: ClassVar[str] = "requests"
    """The plural noun for the tests of an answer, such as requests."""

    @property
    def task(self) -> str:
        """Return the whole task: the situation, the numbered clauses, and the remarks."""
        numbered = (f"({number}) {clause.says}" for number, clause in enumerate(self.clauses, 1))
        return "\n\n".join(part for part in (self.prompt, "\n".join(numbered), self.remarks) if part)

    @property
    def day(self) -> int:
        """Return the number of the exercise's day, or 7 for the weekend."""
        return lesson_of(self.id)

    @property
    def tried(self) -> int:
        """Return the number of requests that test an answer."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _names_its_own_clauses(self) -> Exercise:
        named = {self.beyond} if self.beyond is not None else set()
        named |= {number for listed in self.wrong for number in clause_numbers(listed.breaks)}
        if unknown := named - set(range(1, len(self.clauses) + 1)):
            raise ValueError(f"there is no clause {min(unknown)}")
        return self

    @model_validator(mode="after")
    def _draws_its_free_values(self) -> Exercise:
        for name, ways in (("free", self.free), ("varies", self.varies)):
            if unknown := [way for way in ways.values() if not drawn_values.is_way(way)]:
                known = ", ".join(drawn_values.WAYS)
                raise ValueError(
                    f"{name}: {unknown[0]!r} is neither {known}, nor a network, nor two times or months"
                )
        if any(story.keys() != self.stories[0].keys() for story in self.stories):
            raise ValueError("stories: each must replace the same values")
        return self

    @property
    def differs(self) -> bool:
        """Return True if the exercise differs from learner to learner in a class with a seed."""
        return bool(self.varies or self.stories)

    def facts(self, seed: str, learner: str) -> Drawing:
        """Return the facts of one learner in a class, as a drawing that puts them in place of the printed ones.

        `seed`: the class's seed; without one, the facts are those that are printed. The same class and learner always
        have the same facts, and a fact that several of a day's exercises share is the same in all of them.
        """
        if not seed or not self.differs:
            return drawn_values.UNCHANGED
        name = f"variants of day {self.day}"
        return Drawing(f"{seed} {learner}", name, self.varies, self._told(), self.stories)

    def variant(self, seed: str, learner: str) -> Self:
        """Return the exercise with a learner's own facts: its strings, requests, solution, and answers.

        `seed`: the class's seed; without one, the exercise is as it is printed.
        """
        if not seed or not self.differs:
            return self
        own = self.facts(seed, learner)
        data = self.model_dump(mode="json", exclude_unset=True, exclude={"varies", "stories"})
        return type(self).model_validate(own(data))

    def begun_from(self, answers: Mapping[str, Any]) -> Self:
        """Return the exercise with the starter for a learner whose answers to these exercises passed."""
        return self

    def for_learner(self, learner: str) -> Self:
        """Return the exercise with requests for this learner, in addition to those that every learner sees.

        `learner`: the ID in the learner's progress. The same ID always leads to the same requests.
        """
        drawn = self.model_copy()
        drawn._drawing = Drawing(learner, self.id, self.free, self._told())
        return drawn

    def _told(self) -> str:
        """Return the text of the exercise, which must not contain any of the randomly chosen values."""
        return self.model_dump_json(exclude={"varies", "stories"})

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        """Grade an answer. Raises `AnswerError` or `PolicyError` if the answer can't be read."""
        raise NotImplementedError

    def judged(self, faults: Iterable[Fault], *, stopped: bool = False, **more: Any) -> CheckResult:
        """Return a check's result, by clause, from the faults that the check found.

        `stopped`: True if the check stopped before it looked beyond the task (clause `beyond`).
        """
        found = sorted(faults, key=lambda fault: fault.clauses or (0,))
        broken = {number for fault in found for number in fault.clauses}
        untried = {self.beyond} if stopped and self.beyond not in broken else set()
        clauses = tuple(
            ClauseResult(number, clause.says, None if number in untried else number not in broken)
            for number, clause in enumerate(self.clauses, 1)
        )
        return CheckResult(not found, self.id, tuple(map(str, found)), clauses=clauses, **more)

    def begin(self, cloud: Cloud) -> None:
        """Record the state of the cloud when the learner first reads the exercise, for kinds that need this state."""

    def is_untouched(self, cloud: Cloud) -> bool:
        """Return True if the exercise needs no answer, and the learner hasn't changed anything in the cloud for it."""
        from labs_helpers.course.situations.changing_calls import learner_has_changed_something

        return self.live and not self.starter and not learner_has_changed_something(cloud, self.id)

    def enact(self, answer: Any, cloud: Cloud) -> object:
        """Make the calls that an answer from data/ contains, and return the value that a learner would submit."""
        return answer

    def show(self, page: Page) -> None:
        """Show the part below the prompt: the starter."""
        page.say("Start with:").code(as_code(self.starter))

    def show_form(self, page: Page) -> None:
        """Show the questions and the starter. In a notebook, kinds with `choice_rows` show a form to click instead."""

    def choice_rows(self) -> ChoiceRows | None:
        """Return the items to choose a word for, if that is what the answer consists of."""
        return None

    def solution_code(self) -> str:
        """Return the solution as text that can be pasted."""
        return as_code(self.solution)

    def policy_kind(self, slot: str) -> PolicyKind:
        """Return the kind of policy that goes into a slot."""
        return PolicyKind[slot.upper()]

    def needed(self, cloud: Cloud | None) -> Cloud:
        """Return the running cloud. Raises `AnswerError` if no cloud is running."""
        if cloud is None:
            raise AnswerError("This exercise is graded by real calls, but no cloud is running.")
        return cloud


def as_code(answer: Any) -> str:
    """Return an answer as Python code that can be pasted. Request numbers become integers; everything else is JSON."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, dict) and answer and all(key.isdecimal() for key in answer):
        return pprint.pformat({int(key): word for key, word in answer.items()}, sort_dicts=False)
    return json.dumps(answer, indent=4, ensure_ascii=False)

"""Resources built in the running cloud, graded with real calls and by the decisions of the cloud in its current state.

The learner doesn't submit anything. If the task requires existing resources, `situations` set them up, as in a repair.
`prepared_by` names a module of labs_helpers.course.days. Its `prepare(cloud)` returns values that the tries need and
can't get from a call, such as a web identity's token (`$token.value` in a try). It runs before every check, so it
creates only what is missing.
"""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import StringConstraints, model_validator

from labs_helpers.course.content.files import read_json
from labs_helpers.course.content.numbering import folder_of
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.content.schema import Inquiry, Situation, Step, Try
from labs_helpers.course.grading.kinds.exercise import Exercise
from labs_helpers.course.grading.kinds.repair import Changes, Limits, judge_by_limits
from labs_helpers.course.grading.results import CheckResult

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.shown.display import Page
    from labs_helpers.course.situations.faults import Fault


class Live(Exercise):
    """An exercise without an answer: the learner builds resources with boto3."""

    kind: Literal["live"]
    prepared_by: Annotated[str, StringConstraints(pattern=r"^(day\d|weekend)\.\w+$")] | None = None
    on_stage: bool = False
    """True if the answers in data/ start with the day's stage, as the learner does."""
    steps: tuple[Step, ...] = ()
    """The calls that the check makes before its tries and undoes afterward, such as creating the calling users."""
    situations: tuple[Situation, ...] = ()
    tries: tuple[Try, ...] = ()
    inquiries: tuple[Inquiry, ...] = ()
    changes: Changes = Changes()
    ceiling: Limits | None = None
    """The maximum that the people in the task can do afterward. No one else is allowed to do more than before."""

    live = True

    @property
    def tried(self) -> int:
        """Return the number of tries and inquiries, including those in the situations."""
        in_situations = sum(len(each.tries) + len(each.inquiries) for each in self.situations)
        return in_situations + len(self.tries) + len(self.inquiries)

    @model_validator(mode="after")
    def _something_judges(self) -> Live:
        if not self.tried:
            raise ValueError('an answer of the kind "live" needs "tries" or "inquiries"')
        return self

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        """Grade the cloud in its current state; the answer is ignored. Raises `AnswerError` if no cloud is running."""
        from labs_helpers.course.situations import cloud_snapshots, staging
        from labs_helpers.course.situations.undo import undo

        cloud = self.needed(cloud)
        if not all(staging.is_set_up(cloud, self, number) for number, _ in enumerate(self.situations, 1)):
            unready = staging.faults_of(staging.trials_in_situations(cloud, self))
            return self.judged(unready, stopped=True, counts=False)
        can_be_solved = staging.can_be_solved(cloud, self)
        self._prepare(cloud)
        cloud_snapshots.snapshot_at_beginning(cloud, self.id)
        staging.perform(cloud, self.steps)
        try:
            tests = (
                *staging.trials_in_situations(cloud, self),
                *staging.trials_of_tries(cloud, self.tries),
                *staging.trials_of_inquiries(cloud, self.inquiries),
            )
            faults = staging.faults_of(tests) or self.drawn_faults(cloud)
        finally:
            undo(cloud, self.steps)
        if faults:
            return self.judged(faults, stopped=True, counts=can_be_solved, trials=tests)
        return replace(judge_by_limits(self, self.ceiling, cloud, changes=self.changes), trials=tests)

    def drawn_faults(self, cloud: Cloud) -> list[Fault]:
        """Return the faults that requests with the learner's own values find, or no faults before `for_learner`."""
        from labs_helpers.course.situations import staging

        if self._drawing is None:
            return []
        return staging.faults_of(
            (
                *staging.trials_in_situations(cloud, self, self._drawing),
                *staging.trials_with_drawn_values(cloud, self, self._drawing),
            )
        )

    def begin(self, cloud: Cloud) -> None:
        """Prepare what the task builds on, and take the snapshot that the check later compares the cloud with.

        An exercise with situations begins when the first one is set up.
        """
        from labs_helpers.course.situations import cloud_snapshots

        if self.situations:
            return
        with cloud.record.aside(), cloud.clock.aside():
            self._prepare(cloud)
        cloud_snapshots.begin_or_continue(cloud, self.id)

    def _prepare(self, cloud: Cloud) -> None:
        from labs_helpers.course.situations.memory import Memory

        if self.prepared_by is not None:
            made = import_module(f"labs_helpers.course.days.{self.prepared_by}").prepare(cloud)
            cloud.part(Memory).kept.update(made)

    def enact(self, answer: Any, cloud: Cloud) -> object:
        """Set everything up and make the listed answer's calls, in place of a learner who makes them in the cloud."""
        from labs_helpers.course.situations import staging
        from labs_helpers.course.situations.described_calls import set_stage

        if self.on_stage:
            set_stage(cloud, read_json(data_path(folder_of(self.day), "day.json"))["stage"])
        self._prepare(cloud)
        self.begin(cloud)
        for number in range(1, len(self.situations) + 1):
            staging.set_up(cloud, self, number)
        staging.perform(cloud, [Step.model_validate(step) for step in answer])
        return None

    def show(self, page: Page) -> None:
        """Show how to set up what the task builds on, and how to run the check."""
        for number in range(1, len(self.situations) + 1):
            page.say("To set up the starting point, or to see it again, run:")
            page.code(f'day.situation("{self.id}", {number})')
            page.say(f'To start over, run `day.begin_anew("{self.id}", {number})`, which sets it up again.')
        page.say(
            f'Use boto3 to do this, then run `day.check("{self.id}")`. '
            f"The check tests the result with {self.tried} requests."
        )

    def solution_code(self) -> str:
        """Return the solution's calls as boto3 code; what `prepare` returns is assigned to variables first."""
        from labs_helpers.course.situations.described_calls import KEPT
        from labs_helpers.course.situations.staging import as_python

        lines = [as_python(step) for step in self.solution]
        if self.prepared_by is not None:
            made = {step["keep"] for step in self.solution if "keep" in step}
            named = dict.fromkeys(found[1] for found in KEPT.finditer(json.dumps(self.solution)))
            prepared = [f'{name} = prepared["{name}"]' for name in named if name not in made]
            module = f"labs_helpers.course.days.{self.prepared_by}"
            lines[:0] = [f"from {module} import prepare", "", "prepared = prepare(day.cloud)", *prepared]
        return "\n".join(lines)

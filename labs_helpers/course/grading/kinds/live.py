"""What a learner builds in the running cloud: graded by real calls, and by questions asked of the cloud as it is.

Nothing is handed in. Where something must be there to build on, `situations` set it up, as those of a repair do.
`prepared_by` is a module of `course.days` whose `prepare(cloud)` returns what tries need that no call returns:
tokens of a web identity, for instance, which they name as `$token.value`. It is asked before every check, so it makes
what is missing and finds what is there.
"""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import StringConstraints, model_validator

from labs_helpers.course.content.files import read_json
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.content.schema import Inquiry, Situation, Step, Try
from labs_helpers.course.grading.kinds.exercise import Exercise
from labs_helpers.course.grading.kinds.repair import Most, held
from labs_helpers.course.grading.results import CheckResult

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.shown.display import Page


class Live(Exercise):
    kind: Literal["live"]
    prepared_by: Annotated[str, StringConstraints(pattern=r"^day\d\.\w+$")] | None = None
    on_stage: bool = False
    """Answers that stand in data begin on the day's stage, as the learner's does."""
    steps: tuple[Step, ...] = ()
    """What the check makes before it tries, and takes back: people to try as, for instance."""
    situations: tuple[Situation, ...] = ()
    tries: tuple[Try, ...] = ()
    inquiries: tuple[Inquiry, ...] = ()
    ceiling: Most | None = None
    """What those may do afterwards whom the task concerns; everybody else may do no more than before."""

    live = True

    @property
    def tried(self) -> int:
        there = sum(len(each.tries) + len(each.inquiries) for each in self.situations)
        return there + len(self.tries) + len(self.inquiries)

    @model_validator(mode="after")
    def _something_judges(self) -> Live:
        if not self.tried:
            raise ValueError('"tries" or "inquiries" are what judges an answer of the kind "live"')
        return self

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        from labs_helpers.course.grading import side_effects
        from labs_helpers.course.situations import staging
        from labs_helpers.course.situations.undo import undo

        cloud = self.needed(cloud)
        if not all(staging.stands(cloud, self, number) for number, _ in enumerate(self.situations, 1)):
            return CheckResult(False, self.id, tuple(staging.wrong_tries(cloud, self)), counts=False)
        self._prepare(cloud)
        side_effects.begin(cloud, self.id)
        staging.perform(cloud, self.steps)
        try:
            messages = (
                *staging.wrong_tries(cloud, self),
                *staging.map_wrong(cloud, self.tries),
            )
        finally:
            undo(cloud, self.steps)
        messages += tuple(staging.wrong_answers(cloud, self.inquiries))
        if messages:
            return CheckResult(False, self.id, messages)
        return held(self, self.ceiling, cloud)

    def begin(self, cloud: Cloud) -> None:
        """With what there is to build on; situations, where there are any, begin by themselves."""
        from labs_helpers.course.grading import side_effects

        if self.situations:
            return
        with cloud.record.aside(), cloud.clock.aside():
            self._prepare(cloud)
        side_effects.go_on(cloud, self.id)

    def _prepare(self, cloud: Cloud) -> None:
        from labs_helpers.course.situations.described_calls import Memory

        if self.prepared_by is not None:
            made = import_module(f"labs_helpers.course.days.{self.prepared_by}").prepare(cloud)
            cloud.part(Memory).kept.update(made)

    def enact(self, answer: Any, cloud: Cloud) -> object:
        from labs_helpers.course.situations import staging
        from labs_helpers.course.situations.described_calls import set_stage

        if self.on_stage:
            set_stage(cloud, read_json(data_path(f"day{self.day}", "day.json"))["stage"])
        self._prepare(cloud)
        self.begin(cloud)
        for number in range(1, len(self.situations) + 1):
            staging.set_up(cloud, self, number)
        staging.perform(cloud, [Step.model_validate(step) for step in answer])
        return None

    def show(self, page: Page) -> None:
        for number in range(1, len(self.situations) + 1):
            page.say("Set up what there is to build on, or see it again, with:")
            page.code(f'day.situation("{self.id}", {number})')
            page.say(f'Went astray? `day.begin_anew("{self.id}", {number})` sets it up again.')
        page.say(
            f'Build it with boto3, then `day.check("{self.id}")`. The check makes {self.tried} calls of its own.'
        )

    def solution_code(self) -> str:
        """The calls; what `prepare` returns is there by its names."""
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

"""Settings of an account to find and to mend: graded by outsiders who try again, and by the account's own work.

A setting is mended when nobody gets in by it any more and the work that needs it goes on: who deletes instead, stops
work, locks the owner out or mends by half is told so, and how to begin that setting anew. Then strangers
are asked about in every way there is, not only as the outsiders came, and the rest of the account is held against how
it was before: no door may have opened elsewhere (course/afterwards.py). In data, an answer is the
steps that mend, by setting.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints

from labs_helpers.course.content.schema import Name, Step
from labs_helpers.course.grading.kinds.exercise import Exercise
from labs_helpers.course.grading.kinds.repair import held
from labs_helpers.course.grading.results import CheckResult

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.shown.display import Page


class Hunt(Exercise):
    kind: Literal["hunt"]
    hunter: Annotated[str, StringConstraints(pattern=r"^day\d\.\w+$")]
    """Who judges: a module of `course.days` with `prepare`, `verdict`, `notes`, and the PREAMBLE of a solution."""
    settings: tuple[Name, ...] = Field(min_length=1)
    """The ids of the settings to mend."""

    live = True
    units = "settings"

    @property
    def tried(self) -> int:
        return len(self.settings)

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        from labs_helpers.course.grading import side_effects

        hunter, cloud = self._hunter(), self.needed(cloud)
        messages = tuple(hunter.verdict(cloud, self.settings))
        if messages:
            return CheckResult(False, self.id, messages)
        notes = tuple(hunter.notes(cloud, self.settings))
        return replace(held(self, None, cloud, *side_effects.strangers(cloud)), notes=notes)

    def begin(self, cloud: Cloud) -> None:
        from labs_helpers.course.grading import side_effects

        side_effects.go_on(cloud, self.id)

    def _hunter(self) -> Any:
        return import_module(f"labs_helpers.course.days.{self.hunter}")

    def enact(self, answer: Any, cloud: Cloud) -> object:
        from labs_helpers.course.situations import staging
        from labs_helpers.course.situations.described_calls import Memory

        cloud.part(Memory).kept.update(self._hunter().prepare(cloud))
        self.begin(cloud)
        for steps in answer.values():
            staging.perform(cloud, [Step.model_validate(step) for step in steps])
        return None

    def show(self, page: Page) -> None:
        page.say(
            f'Mend it with boto3, then `day.check("{self.id}")`: outsiders try again, and the work is done.'
        )

    def solution_code(self) -> str:
        from labs_helpers.course.situations.staging import as_python

        mended = [
            "\n".join([f"# {setting}", *(as_python(step) for step in steps)])
            for setting, steps in self.solution.items()
        ]
        return "\n\n".join([self._hunter().PREAMBLE, *mended])

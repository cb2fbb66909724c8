"""Account settings to find and fix, graded by repeated attacks from outside and by the account's own work.

A setting is fixed when outsiders no longer get in and the work that depends on the setting continues. If the fix
deletes the resource, stops the work, locks out the owner, or is incomplete, a message explains that and how to reset
the setting. Then a search looks for any other request that an outsider can make, and the rest of the account is
compared with its earlier state (labs_helpers.course.grading.side_effects). In data/, an answer contains the steps of
the fix, by setting.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints

from labs_helpers.course.content.schema import Name, Step
from labs_helpers.course.grading.kinds.exercise import Exercise
from labs_helpers.course.grading.kinds.repair import judge_by_limits
from labs_helpers.course.grading.results import CheckResult
from labs_helpers.course.situations.faults import Fault
from labs_helpers.course.situations.trials import Must, trial

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.shown.display import Page


class Hunt(Exercise):
    """An exercise without an answer: the learner fixes the settings of an account."""

    kind: Literal["hunt"]
    hunter: Annotated[str, StringConstraints(pattern=r"^day\d\.\w+$")]
    """A module of labs_helpers.course.days with `prepare`, `verdicts`, `notes`, and the PREAMBLE of a solution."""
    settings: tuple[Name, ...] = Field(min_length=1)
    """The IDs of the settings to fix."""

    live = True
    units = "settings"

    @property
    def tried(self) -> int:
        """Return the number of settings."""
        return len(self.settings)

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        """Grade the account in its current state; the answer is ignored.

        Raises `AnswerError` if no cloud is running.
        """
        from labs_helpers.course.grading import side_effects

        hunter, cloud = self._hunter(), self.needed(cloud)
        lines = hunter.verdicts(cloud, self.settings)
        messages = tuple(line for each in lines.values() for line in each)
        trials = tuple(
            trial(setting, Must.ANSWER, Fault(found[0]) if found else None, ())
            for setting, found in lines.items()
            if setting
        )
        if messages:
            return CheckResult(False, self.id, messages, trials=trials)
        notes = tuple(hunter.notes(cloud, self.settings))
        result = judge_by_limits(self, None, cloud, *side_effects.outside_callers(cloud))
        return replace(result, notes=notes, trials=trials)

    def begin(self, cloud: Cloud) -> None:
        """Take the snapshot that the check later compares the account with."""
        from labs_helpers.course.situations import cloud_snapshots

        cloud_snapshots.begin_or_continue(cloud, self.id)

    def _hunter(self) -> Any:
        return import_module(f"labs_helpers.course.days.{self.hunter}")

    def enact(self, answer: Any, cloud: Cloud) -> object:
        """Perform the steps of the fix; a learner doesn't submit anything."""
        from labs_helpers.course.situations import staging
        from labs_helpers.course.situations.memory import Memory

        cloud.part(Memory).kept.update(self._hunter().prepare(cloud))
        self.begin(cloud)
        for steps in answer.values():
            staging.perform(cloud, [Step.model_validate(step) for step in steps])
        return None

    def show(self, page: Page) -> None:
        """Show how to run the check."""
        page.say(
            f'Fix it with boto3, then run `day.check("{self.id}")`. The outsiders try again, '
            "and the account's own work must still succeed."
        )

    def solution_code(self) -> str:
        """Return the fix for each setting as boto3 code."""
        from labs_helpers.course.situations.staging import as_python

        fixes = [
            "\n".join([f"# {setting}", *(as_python(step) for step in steps)])
            for setting, steps in self.solution.items()
        ]
        return "\n\n".join([self._hunter().PREAMBLE, *fixes])

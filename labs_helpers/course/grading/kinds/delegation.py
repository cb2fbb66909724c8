"""A delegated administrator's policy and the boundary for the users that she creates, graded by attacks and a ceiling.

An attacker with her key tries the known privilege escalation paths with real calls, in accounts created for that
purpose, and her legitimate work is done in these accounts as well. If the attacks and the work have the right results,
a search looks for any other excess permissions: her own, and those of a user who has the boundary and a policy that
allows everything.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Literal

from botocore.exceptions import ClientError
from pydantic import Field, StringConstraints

from labs_helpers.course.content.schema import Clauses, Text
from labs_helpers.course.grading import answers
from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.grading.kinds.exercise import Exercise
from labs_helpers.course.grading.kinds.policies import by_slot
from labs_helpers.course.grading.results import CheckResult
from labs_helpers.course.situations.drawn_values import UNCHANGED
from labs_helpers.course.situations.faults import Fault, clause_numbers
from labs_helpers.course.situations.trials import Must, Trial, trial
from labs_helpers.engine.policy.elements import as_list

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.grading.probes import Placed
    from labs_helpers.engine.analysis.ceiling import Outcome

SLOTS = ("identity", "boundary")


class Delegation(Exercise):
    """An exercise whose answer is two policies: one for a delegated administrator, and a permissions boundary."""

    kind: Literal["delegation"]
    attacker: Annotated[str, StringConstraints(pattern=r"^day\d\.\w+$")]
    """A module of labs_helpers.course.days that runs the attacks and the legitimate work."""
    attacks: tuple[Text, ...] = Field(min_length=1)
    work: tuple[Text, ...] = Field(min_length=1)
    delegate: Text
    """The ARN of the delegated administrator."""
    member: Text
    """The ARN of a user who has the boundary."""
    clause_of: dict[Text, Clauses] = Field(default_factory=dict)
    """Attack or task → the clause that it tests. Attacks that aren't listed test the clause `beyond`."""
    ceiling: Any = None

    live = True
    stays_in_force = True

    @property
    def tried(self) -> int:
        """Return the number of attacks and tasks."""
        return len(self.attacks) + len(self.work)

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        """Parse both policies, run the attacks and the legitimate work, and then search for other excess permissions.

        Raises `AnswerError` or `PolicyError` for an invalid answer.
        """
        from labs_helpers.course.grading import ceiling

        attacker = import_module(f"labs_helpers.course.days.{self.attacker}")
        documents = by_slot(answer, SLOTS)
        placed, notes = self.read(documents)
        plain = {slot: answers.as_object(document) for slot, document in documents.items()}
        try:
            report = attacker.attack(
                self.needed(cloud),
                plain["identity"],
                plain["boundary"],
                self.attacks,
                self.work,
                self._drawing or UNCHANGED,
            )
        except ClientError as error:
            said = f"{error.response['Error']['Code']}: {error.response['Error'].get('Message', '')}"
            raise AnswerError(f"AWS rejects one of these policies. {said}") from error
        lines = dict(report.faults())
        tests = tuple(self._trial(name, lines.get(name)) for name in (*self.attacks, *self.work))
        found = [each.fault for each in tests if each.fault]
        if found:
            return self.judged(found, details=report, notes=notes, trials=tests)
        outcome = self.search_beyond(placed)
        stories = ceiling.stories(outcome.witnesses, "your policies")
        if not outcome.complete:
            notes += (ceiling.CUT_SHORT,)
        faults = [Fault(story, clause_numbers(self.beyond)) for story in stories]
        return self.judged(faults, details=report, witnesses=outcome.witnesses, notes=notes, trials=tests)

    def _trial(self, name: str, line: str | None) -> Trial:
        """Return an attack or a task with its result: `line` is the fault that it found, or None."""
        numbers = clause_numbers(self.clause_of.get(name, self.beyond))
        must = Must.FAIL if name in self.attacks else Must.WORK
        return trial(name, must, None if line is None else Fault(line, numbers), numbers)

    def read(self, answer: object) -> tuple[dict[str, Placed], tuple[str, ...]]:
        """Return the answer's parsed policies by slot, and remarks about them.

        Raises `AnswerError` or `PolicyError` for an invalid policy.
        """
        from labs_helpers.course.grading.policy_checks import validate
        from labs_helpers.course.grading.probes import place

        placed: dict[str, Placed] = {}
        notes: list[str] = []
        for slot, document in by_slot(answer, SLOTS).items():
            kind = self.policy_kind(slot)
            placed[slot] = place(document, kind, f"your {slot} policy", slot)
            notes += validate(document, kind, slot)
        return placed, tuple(notes)

    def search_beyond(self, placed: dict[str, Placed]) -> Outcome:
        """Search for requests by the delegate or a team member that the policies allow but no ceiling allows."""
        from labs_helpers.course.grading.ceiling import EVERYTHING, make_caller, search_for_witnesses
        from labs_helpers.engine.analysis.ceiling import guises
        from labs_helpers.engine.policy import Policies, Principal

        given = self.solution if self.ceiling is None else self.ceiling
        most = [self.read(each)[0] for each in as_list(given)]
        sides = (placed, *most)
        own = [Policies(identity=(each["identity"].attached(),)) for each in sides]
        held = [Policies(identity=(EVERYTHING,), boundary=each["boundary"].attached()) for each in sides]
        callers = []
        for arn, policies in ((self.delegate, own), (self.member, held)):
            caller = make_caller(Principal.from_arn(arn), policies[0], tuple(policies[1:]))
            shown = guises(policies)
            callers += [caller, *(replace(caller, context={**caller.context, **each}) for each in shown)]
        return search_for_witnesses(callers)

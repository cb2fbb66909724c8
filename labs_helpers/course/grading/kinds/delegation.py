"""A delegated administrator's policy and the boundary of those she makes: graded by an attacker, and by a ceiling.

The attacker with her key tries the ways up that are known, as real calls in accounts made for it, and her honest work
is done. If all is as it should be, the search looks at what is left: what she can do, and what somebody can do under
the boundary who has been given everything.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Literal

from botocore.exceptions import ClientError
from pydantic import Field, StringConstraints

from labs_helpers.course.content.schema import Text
from labs_helpers.course.grading import answers
from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.grading.kinds.exercise import Exercise
from labs_helpers.course.grading.kinds.policies import by_slot
from labs_helpers.course.grading.results import CheckResult

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.grading.probes import Placed
    from labs_helpers.engine.analysis.ceiling import Outcome

SLOTS = ("identity", "boundary")


class Delegation(Exercise):
    kind: Literal["delegation"]
    attacker: Annotated[str, StringConstraints(pattern=r"^day\d\.\w+$")]
    """Who attacks, and does the honest work: a module of labs_helpers.course.days."""
    attacks: tuple[Text, ...] = Field(min_length=1)
    work: tuple[Text, ...] = Field(min_length=1)
    delegate: Text
    """The ARN of the delegated administrator."""
    member: Text
    """The ARN of somebody who has the boundary."""
    ceiling: Any = None

    live = True

    @property
    def tried(self) -> int:
        return len(self.attacks) + len(self.work)

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        """Both policies must parse before anything is made; then the attacker and the honest people try."""
        from labs_helpers.course.grading import ceiling

        attacker = import_module(f"labs_helpers.course.days.{self.attacker}")
        documents = by_slot(answer, SLOTS)
        placed, notes = self.placed(documents)
        plain = {slot: answers.as_object(document) for slot, document in documents.items()}
        try:
            report = attacker.attack(
                self.needed(cloud), plain["identity"], plain["boundary"], self.attacks, self.work
            )
        except ClientError as error:
            said = f"{error.response['Error']['Code']}: {error.response['Error'].get('Message', '')}"
            raise AnswerError(f"AWS would not take one of these policies. {said}") from error
        messages = tuple(report.messages())
        if messages:
            return CheckResult(False, self.id, messages, details=report, notes=notes)
        outcome = self.beyond(placed)
        stories = ceiling.stories(outcome.witnesses, "your policies")
        if not outcome.complete:
            notes += (ceiling.CUT_SHORT,)
        return CheckResult(
            not stories, self.id, stories, details=report, witnesses=outcome.witnesses, notes=notes
        )

    def placed(self, documents: dict[str, Any]) -> tuple[dict[str, Placed], tuple[str, ...]]:
        """The policies by their slot, and what is worth saying of them. AnswerError, PolicyError."""
        from labs_helpers.course.grading.policy_checks import validate
        from labs_helpers.course.grading.probes import place

        placed: dict[str, Placed] = {}
        notes: list[str] = []
        for slot, document in documents.items():
            kind = self.policy_kind(slot)
            placed[slot] = place(document, kind, f"your policy {slot}", slot)
            notes += validate(document, kind, slot)
        return placed, tuple(notes)

    def beyond(self, placed: dict[str, Placed]) -> Outcome:
        """What the two policies let through that no ceiling does: to the delegate, and to a member of the team."""
        from labs_helpers.course.grading.ceiling import EVERYTHING, looked_for, make
        from labs_helpers.engine.analysis.ceiling import guises
        from labs_helpers.engine.policy import Policies, Principal

        given = self.solution if self.ceiling is None else self.ceiling
        most = [
            self.placed(by_slot(each, SLOTS))[0] for each in (given if isinstance(given, list) else [given])
        ]
        sides = (placed, *most)
        own = [Policies(identity=(each["identity"].attached(),)) for each in sides]
        held = [Policies(identity=(EVERYTHING,), boundary=each["boundary"].attached()) for each in sides]
        callers = []
        for arn, policies in ((self.delegate, own), (self.member, held)):
            caller = make(Principal.from_arn(arn), policies[0], tuple(policies[1:]))
            shown = guises(policies)
            callers += [caller, *(replace(caller, context={**caller.context, **each}) for each in shown)]
        return looked_for(callers)

"""Kinds whose answer is one policy, or several by name, graded with probes that the engine evaluates and a ceiling.

The engine evaluates each probe with the answer's policies in force. If a probe's decision is wrong, its story is added
to the messages. If all decisions are right, a search looks for a request that the answer allows but no ceiling allows.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from labs_helpers.course.content.schema import Document, Probe, Slot
from labs_helpers.course.grading import answers
from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.grading.kinds.exercise import Exercise
from labs_helpers.course.grading.results import CheckResult, FailedProbe
from labs_helpers.course.situations.faults import Fault, clause_numbers
from labs_helpers.course.situations.trials import Must, Trial
from labs_helpers.engine.policy import PolicyKind
from labs_helpers.engine.policy.arn import bucket_of, is_in_bucket
from labs_helpers.engine.policy.elements import as_list, statements_of

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.grading.probes import Placed


class Probed(Exercise):
    """An exercise with probes, whose answer is one or more policies."""

    documents: dict[str, Document] = Field(default_factory=dict)
    scene: Annotated[str, StringConstraints(pattern=r"^\w+$")] | None = None
    probes: tuple[Probe, ...] = Field(min_length=1)
    ceiling: Any = None
    """An answer, or a list of answers, that allows the most that a passing answer can; None means the solution."""

    stays_in_force = True

    @property
    def answer_slots(self) -> tuple[str, ...]:
        """Return the slots that the answer's policies go into."""
        return ("identity",)

    @property
    def tried(self) -> int:
        """Return the number of probes."""
        return len(self.probes)

    @model_validator(mode="after")
    def _leaves_room_for_the_answer(self) -> Probed:
        for number, probe in enumerate(self.probes):
            for slot in set(self.answer_slots) - {"identity", "scp", "rcp"}:
                if getattr(probe.policies, slot) is not None:
                    raise ValueError(f"probes.{number}.policies.{slot}: that is where the answer goes")
        return self

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        """Evaluate the probes with the answer in force, and then search for other requests that it shouldn't allow.

        Raises `AnswerError` or `PolicyError` for an invalid answer.
        """
        placed, notes = self.read(answer)
        probes = self.probe_trials(placed)
        failed = _failed(probes)
        if failed:
            faults = [each.fault for _, each in probes if each.fault is not None]
            result = self.judged([*map(Fault, notes), *faults], stopped=True, failed=failed, notes=notes)
        else:
            result = self.judge_beyond_probes(placed, notes)
        return replace(result, trials=tuple(each for _, each in probes))

    def read(self, answer: object) -> tuple[dict[str, Placed], tuple[str, ...]]:
        """Return the answer's parsed policies by slot, and remarks about them.

        Raises `AnswerError` or `PolicyError` for an invalid answer.
        """
        from labs_helpers.course.grading.policy_checks import validate
        from labs_helpers.course.grading.probes import ANSWER, place

        documents = self.given(answer)
        notes: list[str] = []
        several = len(documents) > 1
        placed = {}
        for slot, document in documents.items():
            kind = self.policy_kind(slot)
            name, path = (f"your {slot} policy", slot) if several else (ANSWER, "policy")
            placed[slot] = place(document, kind, name, path)
            notes += validate(document, kind, slot if several else "")
        return placed, tuple(notes)

    def given(self, answer: object) -> dict[str, Any]:
        """Return the answer's documents by slot.

        Raises `AnswerError` for an answer that doesn't consist of the expected policies.
        """
        return {self.answer_slots[0]: answers.policy_document(answer)}

    def failed_probes(self, placed: dict[str, Placed]) -> tuple[FailedProbe, ...]:
        """Return the probes that have an unexpected decision when these policies are in force.

        The learner's own probes are decided only if all others have the expected decision.
        """
        return _failed(self.probe_trials(placed))

    def probe_trials(self, placed: dict[str, Placed]) -> list[tuple[Probe, Trial]]:
        """Return each probe with its result when these policies are in force.

        The learner's own probes are decided only if all others have the expected decision; those that then fail are at
        the end.
        """
        probes = [(probe, self._trial(placed, probe)) for probe in self.probes]
        if self._drawing is None or any(each.fault for _, each in probes):
            return probes
        drawn = self.with_drawn_probes()
        also = ((probe, drawn._trial(placed, probe)) for probe in drawn.probes)
        return [*probes, *((probe, each) for probe, each in also if each.fault)]

    def _trial(self, placed: dict[str, Placed], probe: Probe) -> Trial:
        from labs_helpers.course.grading.probes import because, judge_probe, request_title

        judged, clauses = judge_probe(self, probe, placed), clause_numbers(probe.clause)
        right = judged.allowed == (probe.expected == "allow")
        fault = None if right else Fault(f"{probe.story} ({because(judged.decision)})", clauses)
        must = Must.of(probe.expected)
        return Trial(request_title(probe), must, right, fault, clauses, judged, story=probe.story)

    def with_drawn_probes(self) -> Self:
        """Return the exercise with the learner's own probes instead of those that every learner gets."""
        documents = self._drawing(self.documents) if self._drawing is not None else self.documents
        drawn = self.model_copy(update={"documents": documents, "probes": self.drawn_probes()})
        drawn._drawing = None
        return drawn

    def drawn_probes(self) -> tuple[Probe, ...]:
        """Return each probe with the learner's own values and a random time. Before `for_learner`, return none."""
        from labs_helpers.course.grading.probes import drawn_probe

        if self._drawing is None:
            return ()
        return tuple(drawn_probe(probe, self._drawing, number) for number, probe in enumerate(self.probes))

    def judge_beyond_probes(self, placed: dict[str, Placed], notes: tuple[str, ...]) -> CheckResult:
        """Return the result after all probes passed: a pass, unless the answer allows what no ceiling allows."""
        from labs_helpers.course.grading import ceiling

        outcome = ceiling.search_beyond(self, self.probes, placed, self.ceilings())
        faults = [Fault(story, clause_numbers(self.beyond)) for story in ceiling.stories(outcome.witnesses)]
        if not outcome.complete:
            notes += (ceiling.CUT_SHORT,)
        return self.judged(faults, witnesses=outcome.witnesses, notes=notes)

    def ceilings(self) -> list[dict[str, Placed]]:
        """Return each ceiling's parsed policies, by slot."""
        from labs_helpers.course.grading.probes import place

        given = self.solution if self.ceiling is None else self.ceiling
        return [
            {slot: place(document, self.policy_kind(slot), "the ceiling") for slot, document in each.items()}
            for each in map(self.given, as_list(given))
        ]


def _failed(probes: list[tuple[Probe, Trial]]) -> tuple[FailedProbe, ...]:
    """Return the probes that have an unexpected decision."""
    return tuple(
        FailedProbe(number, probe.story, probe.expected, each.judgement.decision)
        for number, (probe, each) in enumerate(probes, 1)
        if each.fault is not None and each.judgement is not None
    )


class Policy(Probed):
    """The answer is an identity policy."""

    kind: Literal["policy"]


class ResourcePolicy(Probed):
    """The answer is a resource-based policy, such as a bucket policy or a queue policy."""

    kind: Literal["resource_policy"]

    @property
    def answer_slots(self) -> tuple[str, ...]:
        """Return the slot for resource-based policies."""
        return ("resource",)

    def read(self, answer: object) -> tuple[dict[str, Placed], tuple[str, ...]]:
        """Return the parsed policy and remarks.

        Raises `AnswerError`, including for a bucket policy with a resource outside the bucket, which S3 rejects.
        """
        placed, notes = super().read(answer)
        document = self.given(answer)["resource"]
        bucket = bucket_of(self.probes[0].resource)
        for statement in statements_of(json.loads(document) if isinstance(document, str) else document):
            for resource in as_list(statement.get("Resource", statement.get("NotResource", "*"))):
                if bucket and not is_in_bucket(resource, bucket):
                    raise AnswerError(
                        f"S3 rejects this policy: Policy has invalid resource. `{resource[:200]}` isn't in the bucket "
                        f"`{bucket}`."
                    )
        return placed, notes


class KeyPolicy(Probed):
    """The answer is the key policy of a KMS key."""

    kind: Literal["key_policy"]

    @property
    def answer_slots(self) -> tuple[str, ...]:
        """Return the slot for resource-based policies."""
        return ("resource",)

    def policy_kind(self, slot: str) -> PolicyKind:
        """Return the kind of policy that goes into a slot: for `resource`, a key policy."""
        return PolicyKind.KEY if slot == "resource" else super().policy_kind(slot)


class TrustPolicy(Probed):
    """The answer is a role's trust policy."""

    kind: Literal["trust_policy"]

    @property
    def answer_slots(self) -> tuple[str, ...]:
        """Return the slot for resource-based policies."""
        return ("resource",)

    def policy_kind(self, slot: str) -> PolicyKind:
        """Return the kind of policy that goes into a slot: for `resource`, a trust policy."""
        return PolicyKind.TRUST if slot == "resource" else super().policy_kind(slot)


class _OrganizationPolicy(Probed):
    """An answer that Organizations must accept: its size, its Version, and its grammar.

    It is attached at the lowest level that a probe names, in addition to what is there. A probe without levels is about
    an account that such a policy does not apply to: the management account, or an account of another organization.
    """

    policy_type: ClassVar[str]

    @property
    def answer_slots(self) -> tuple[str, ...]:
        """Return the slot of this type of policy."""
        return (self.kind,)

    def read(self, answer: object) -> tuple[dict[str, Placed], tuple[str, ...]]:
        """Return the parsed policy and remarks.

        Raises `AnswerError`, including for a policy that Organizations rejects.
        """
        from labs_helpers.cloud import ServiceError, check_organization_policy

        document = self.given(answer)[self.kind]
        placed, notes = super().read(document)
        try:
            check_organization_policy(
                self.policy_type, document if isinstance(document, str) else json.dumps(document)
            )
        except ServiceError as error:
            raise AnswerError(f"Organizations rejects this policy: {error.message}") from None
        return placed, notes


class Scp(_OrganizationPolicy):
    """The answer is a service control policy: the most that principals in member accounts can do.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html
    """

    kind: Literal["scp"]

    policy_type = "SERVICE_CONTROL_POLICY"


class Rcp(_OrganizationPolicy):
    """The answer is a resource control policy: the most that anyone can do with member accounts' resources.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
    """

    kind: Literal["rcp"]

    policy_type = "RESOURCE_CONTROL_POLICY"


class Policies(Probed):
    """The answer is several policies by name, each in the slot with that name."""

    kind: Literal["policies"]
    slots: tuple[Slot, ...] = Field(min_length=1)

    @property
    def answer_slots(self) -> tuple[str, ...]:
        """Return the slots that the exercise names."""
        return self.slots

    def given(self, answer: object) -> dict[str, Any]:
        """Return the answer's documents by slot. Raises `AnswerError` unless each slot has a document."""
        return by_slot(answer, self.slots)


def by_slot(answer: object, slots: tuple[str, ...]) -> dict[str, Any]:
    """Return an answer's policy documents by slot.

    Raises `AnswerError` unless the answer has exactly one document for each of `slots`.
    """
    names = ", ".join(f'"{slot}"' for slot in slots)
    if answers.is_missing(answer) or not issubclass(type(answer), dict):
        raise AnswerError(f"The answer must be a dict with one policy for each of these keys: {names}.")
    given = answers.plain(answer)
    if given.keys() != set(slots):
        raise AnswerError(
            f"The answer needs exactly the keys {names}; yours has {', '.join(given)[:200] or 'none'}."
        )
    found = {}
    for slot, document in given.items():
        try:
            found[slot] = answers.policy_document(document)
        except AnswerError as error:
            raise AnswerError(f"{slot}: {error}") from None
    return found

"""Grading by behaviour: the answer is put in force, and every probe whose request comes out wrong tells its story.

The decision engine answers, no cloud is needed, and grading changes nothing. Two kinds differ, since they are about
real calls (schema.LIVE): a repair is judged by calls in the cloud as it is, a delegation by an attacker in accounts of
the cloud that are made for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from labs_helpers.course import answers
from labs_helpers.course.answers import AnswerError
from labs_helpers.course.exercises import load_scene
from labs_helpers.course.probes import request_context

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.schema import Exercise, Probe
    from labs_helpers.policy import AccessRequest, Attached, Decision, Policies, Policy, PolicyKind, Principal

ANSWER = "your policy"


@dataclass(frozen=True, slots=True)
class FailedProbe:
    """A request that came out wrong: its number (from 1), its story, and what the engine decided."""

    number: int
    story: str
    expected: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found. True in an `if` when the exercise is passed."""

    passed: bool
    exercise: str
    messages: tuple[str, ...]
    failed: tuple[FailedProbe, ...] = ()
    details: Any = None
    """More to show than messages: an attacker's report, or a `BarChart`."""

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return f"CheckResult(passed={self.passed}, exercise={self.exercise!r}, failed={len(self.failed)})"

    def _ipython_display_(self) -> None:
        """The check has printed its page already; as a cell's last value it needs no second one."""


def grade(exercise: Exercise, answer: object = None, cloud: Cloud | None = None) -> CheckResult:
    """Grade any answer of any type. Never raises: what can't be graded is explained in the result.

    `cloud` is the running one, which the live kinds need; a repair needs no answer.
    """
    from labs_helpers.policy import PolicyError

    try:
        if exercise.kind == "predictions":
            return _grade_predictions(exercise, answer)
        if exercise.kind == "repair":
            return _grade_repair(exercise, _needed(cloud))
        if exercise.kind == "delegation":
            return _grade_delegation(exercise, answer, cloud)
        return (
            _grade_excess(exercise, answer)
            if exercise.kind == "least_privilege"
            else _grade(exercise, answer)
        )
    except AnswerError as error:
        return CheckResult(False, exercise.id, (str(error),))
    except PolicyError as error:
        return CheckResult(False, exercise.id, (f"AWS would not take this policy. {error}",))
    except Exception as error:  # the promise to learners is "no traceback": name the fault, and whose it is
        message = (
            "This answer could not be graded, and that is a fault of the course, not of yours: "
            f"{answers.type_name(error)} while grading {exercise.id}. Please report it."
        )
        return CheckResult(False, exercise.id, (message,))


def _grade(exercise: Exercise, answer: object) -> CheckResult:
    documents = _documents(exercise, answer)
    parsed = {
        slot: Attachment.parse(document, slot, exercise.kind, ANSWER) for slot, document in documents.items()
    }
    failed = []
    for number, probe in enumerate(exercise.probes, 1):
        decision = decide_probe(exercise, probe, parsed)
        if decision.allowed != (probe.expected == "allow"):
            failed.append(FailedProbe(number, probe.story, probe.expected, decision))
    messages = tuple(f"{probe.story} ({_because(probe.decision)})" for probe in failed)
    return CheckResult(not failed, exercise.id, messages, tuple(failed))


def _needed(cloud: Cloud | None) -> Cloud:
    if cloud is None:
        raise AnswerError("This exercise is graded by real calls, and no cloud is running.")
    return cloud


def _grade_repair(exercise: Exercise, cloud: Cloud) -> CheckResult:
    from labs_helpers.course import repair

    messages = tuple(repair.grade(exercise, cloud))
    return CheckResult(not messages, exercise.id, messages)


def _grade_delegation(exercise: Exercise, answer: object, cloud: Cloud | None) -> CheckResult:
    """Both policies must parse before anything is made; then the attacker and the honest people try."""
    from botocore.exceptions import ClientError

    attacker = import_module(f"labs_helpers.days.{exercise.attacker}")

    documents = _documents(exercise, answer)
    for slot, document in documents.items():
        Attachment.parse(document, slot, exercise.kind, ANSWER)
    plain = {slot: answers.as_object(document) for slot, document in documents.items()}
    try:
        report = attacker.attack(
            _needed(cloud), plain["identity"], plain["boundary"], exercise.attacks, exercise.work
        )
    except ClientError as error:
        raise AnswerError(f"AWS would not take one of these policies. {attacker.answer_of(error)}") from error
    messages = tuple(report.messages())
    return CheckResult(not messages, exercise.id, messages, details=report)


def _grade_excess(exercise: Exercise, answer: object) -> CheckResult:
    """As a policy, and then by what it allows and nobody needs."""
    from labs_helpers.course import least

    result = _grade(exercise, answer)
    allowed = least.excess(exercise, _parsed(exercise, answer))
    messages = result.messages
    if allowed.pairs:
        examples = ", ".join(f"`{action}` on `{resource}`" for action, resource in allowed.pairs[:3])
        count = f"{len(allowed.pairs):,} of {allowed.of:,} pairs of action and resource"
        messages += (f"Allowed and not needed: {count}, for example {examples}.",)
    before = least.excess(exercise, _parsed(exercise, exercise.starter))
    return CheckResult(
        not messages, exercise.id, messages, result.failed, details=least.chart(before, allowed)
    )


def _parsed(exercise: Exercise, answer: object) -> Policy:
    return Attachment.parse(answers.policy_document(answer), "identity", exercise.kind, ANSWER).policy


def _documents(exercise: Exercise, answer: object) -> dict[str, Any]:
    """The answer's policy documents by the slot they go to."""
    if not exercise.slots:
        return {exercise.answer_slots[0]: answers.policy_document(answer)}
    names = ", ".join(f'"{slot}"' for slot in exercise.slots)
    if answers.is_missing(answer) or not issubclass(type(answer), dict):
        raise AnswerError(f"This needs a dict with one policy for each of {names}.")
    given = answers.plain(answer)
    if given.keys() != set(exercise.slots):
        raise AnswerError(f"This needs exactly the keys {names}; found {', '.join(given)[:200] or 'none'}.")
    return {slot: answers.policy_document(document) for slot, document in given.items()}


def _grade_predictions(exercise: Exercise, answer: object) -> CheckResult:
    given = answers.predictions(answer, len(exercise.probes))
    failed, messages = [], []
    for number, probe in enumerate(exercise.probes, 1):
        if given[number] is None:
            messages.append(f'Request {number}: no prediction yet. Say "allow" or "deny".')
        elif given[number] != probe.expected:
            decision = decide_probe(exercise, probe, {})
            failed.append(FailedProbe(number, probe.story, probe.expected, decision))
            outcome = "allows" if decision.allowed else "refuses"
            messages.append(f"Request {number}: AWS {outcome} it. {probe.story} ({_because(decision)})")
    return CheckResult(not messages, exercise.id, tuple(messages), tuple(failed))


def _because(decision: Decision) -> str:
    """Why the engine decided so: AWS's words for a refusal, the statements that allowed for an allow."""
    if not decision.allowed:
        return f"refused {decision.reason}"
    allowing = [
        _statement(matched)
        for check in decision.checks
        for matched in check.matched
        if matched.effect == "ALLOW" and check.check_type in ("RESOURCE", "PRINCIPAL")
    ]
    return "allowed by " + " and ".join(allowing[:3]) if allowing else "allowed"


def _statement(matched: Any) -> str:
    named = f' "{matched.sid}"' if matched.sid else ""
    return f"statement {matched.index + 1}{named} of {matched.policy}"


# Putting policies in force


@dataclass(frozen=True, slots=True)
class Attachment:
    """One parsed policy and the name that a decision reports it by."""

    name: str
    policy: Policy

    @classmethod
    def parse(cls, document: dict[str, Any] | str, slot: str, exercise_kind: str, name: str) -> Attachment:
        """Parse for the slot it goes to; PolicyError as the engine raises it."""
        from labs_helpers.policy import parse_policy

        return cls(name, parse_policy(document, _policy_kind(slot, exercise_kind), path="policy"))

    def attached(self) -> Attached:
        from labs_helpers.policy import Attached

        return Attached(self.name, self.policy)


def _policy_kind(slot: str, exercise_kind: str) -> PolicyKind:
    from labs_helpers.policy import PolicyKind

    if slot == "resource" and exercise_kind == "trust_policy":
        return PolicyKind.TRUST
    return PolicyKind[slot.upper()]


def decide_probe(exercise: Exercise, probe: Probe, answer: dict[str, Attachment]) -> Decision:
    """What AWS decides on a probe's request with the answer's policies in force beside the probe's own."""
    from labs_helpers.policy import decide

    return decide(access_request(probe), _policies(exercise, probe, answer))


def _policies(exercise: Exercise, probe: Probe, answer: dict[str, Attachment]) -> Policies:
    from labs_helpers.policy import Policies

    def several(slot: str, documents: Any) -> tuple[Attached, ...]:
        return tuple(_attach(exercise, document, slot, index) for index, document in enumerate(documents))

    force: dict[str, Any] = {}
    for slot in ("identity", "session"):
        documents = getattr(probe.policies, slot)
        force[slot] = several(slot, documents or ()) if documents is not None else ()
        if slot in answer:
            force[slot] += (answer[slot].attached(),)
    for slot in ("boundary", "resource", "vpc_endpoint"):
        document = getattr(probe.policies, slot)
        fixed = _attach(exercise, document, slot, 0) if document is not None else None
        force[slot] = answer[slot].attached() if slot in answer else fixed
    for slot in ("scp", "rcp"):
        levels = getattr(probe.policies, slot)
        force[slot] = None if levels is None else tuple(several(slot, level) for level in levels)
        if slot in answer:  # at the lowest level, beside what is there
            *above, last = force[slot] or ((),)
            force[slot] = (*above, (*last, answer[slot].attached()))
    return Policies(**force)


def _attach(exercise: Exercise, document: Any, slot: str, index: int) -> Attached:
    name = document[1:] if isinstance(document, str) else f"{slot}[{index}]"
    kind = exercise.kind if slot == "resource" else ""
    return Attachment.parse(resolve(exercise, document), slot, kind, name).attached()


def resolve(exercise: Exercise, document: Any) -> dict[str, Any]:
    """The document itself, or what "@Name" stands for in the exercise or its scene. KeyError if nothing."""
    if not isinstance(document, str):
        return document
    name = document.removeprefix("@")
    if name in exercise.documents or exercise.scene is None:
        return exercise.documents[name]
    return load_scene(exercise.scene).documents[name]


# The request of a probe


def access_request(probe: Probe) -> AccessRequest:
    """The probe's request with the context AWS would send along."""
    from labs_helpers.policy import AccessRequest

    principal = _principal(probe)
    context = request_context(principal, probe.account)
    for key, value in probe.context.items():
        context.pop(key.lower(), None)
        if value is not None:
            context[key.lower()] = value
    return AccessRequest.of(principal, probe.action, probe.resource, account=probe.account, context=context)


def _principal(probe: Probe) -> Principal:
    from labs_helpers.policy import Principal

    if probe.principal == "anonymous":
        return Principal.anonymous()
    if probe.principal.startswith("service:"):
        return Principal.service(probe.principal.removeprefix("service:"))
    return Principal.from_arn(probe.principal, issuer=probe.issuer)

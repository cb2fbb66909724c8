"""Probes put to the engine: the request that a probe stands for, and the policies in force for it with an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labs_helpers.course.content.loading import load_scene
from labs_helpers.course.grading.probe_requests import request_context
from labs_helpers.engine.analysis.contexts import settled
from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Decision,
    Policies,
    Policy,
    PolicyKind,
    Principal,
    decide,
    layers,
    parse_grants,
    parse_policy,
)
from labs_helpers.engine.policy.request import read_context

if TYPE_CHECKING:
    from labs_helpers.course.content.schema import InForce, Probe
    from labs_helpers.course.grading.kinds.exercise import Exercise

ANSWER = "your policy"


@dataclass(frozen=True, slots=True)
class Placed:
    """A parsed policy of an answer, and the name that decisions report it by."""

    name: str
    policy: Policy

    def attached(self) -> Attached:
        """As the engine takes it."""
        return Attached(self.name, self.policy)


def place(
    document: dict[str, Any] | str, kind: PolicyKind, name: str = ANSWER, path: str = "policy"
) -> Placed:
    """Parse a policy for the place it goes to; PolicyError names the part by its path."""
    return Placed(name, parse_policy(document, kind, path=path))


def decide_probe(exercise: Exercise, probe: Probe, answer: Mapping[str, Placed]) -> Decision:
    """What AWS decides on a probe's request with the answer's policies in force beside the probe's own."""
    return decide(access_request(probe), in_force(exercise, probe.policies, answer))


def in_force(exercise: Exercise, given: InForce, answer: Mapping[str, Placed]) -> Policies:
    """The policies given, with those of the answer in their slots."""

    def several(slot: str, documents: Any) -> tuple[Attached, ...]:
        return tuple(_attach(exercise, document, slot, index) for index, document in enumerate(documents))

    force: dict[str, Any] = {}
    for slot in ("identity", "session"):
        documents = getattr(given, slot)
        force[slot] = several(slot, documents or ()) if documents is not None else ()
        if slot in answer:
            force[slot] += (answer[slot].attached(),)
    for slot in ("boundary", "resource", "vpc_endpoint"):
        document = getattr(given, slot)
        fixed = _attach(exercise, document, slot, 0) if document is not None else None
        force[slot] = answer[slot].attached() if slot in answer else fixed
    for slot in ("scp", "rcp"):
        levels = getattr(given, slot)
        force[slot] = None if levels is None else tuple(several(slot, level) for level in levels)
        if (
            slot in answer and force[slot]
        ):  # at the lowest level, beside what is there; without one it binds nobody
            *above, last = force[slot]
            force[slot] = (*above, (*last, answer[slot].attached()))
    if given.grants is not None:
        force["grants"] = parse_grants(list(given.grants), "grants")
    return Policies(**force)


def _attach(exercise: Exercise, document: Any, slot: str, index: int) -> Attached:
    name = document[1:] if isinstance(document, str) else f"{slot}[{index}]"
    return place(resolve(exercise, document), exercise.policy_kind(slot), name).attached()


def resolve(exercise: Exercise, document: Any) -> dict[str, Any]:
    """The document itself, or what "@Name" stands for in the exercise or its scene. KeyError if nothing."""
    if not isinstance(document, str):
        return document
    name = document.removeprefix("@")
    documents, scene = getattr(exercise, "documents", {}), getattr(exercise, "scene", None)
    if name in documents or scene is None:
        return documents[name]
    return load_scene(exercise.day, scene).documents[name]


def access_request(probe: Probe) -> AccessRequest:
    """The probe's request with the context AWS would send along."""
    principal = principal_of(probe)
    context = settled(request_context(principal, probe.account), own_context(probe), probe.resource)
    return AccessRequest.of(principal, probe.action, probe.resource, account=probe.account, context=context)


def own_context(probe: Probe) -> dict[str, Any]:
    """The keys that a probe gives, in lower case; None for those that it takes away."""
    given = {key: value for key, value in probe.context.items() if value is not None}
    taken = {key.lower(): None for key, value in probe.context.items() if value is None}
    return {**read_context(given, "context"), **taken}


def principal_of(probe: Probe) -> Principal:
    """Who asks in a probe."""
    if probe.principal == "anonymous":
        return Principal.anonymous()
    kind, _, name = probe.principal.partition(":")
    made = {"service": Principal.service, "web-identity": Principal.web_identity, "saml": Principal.saml}
    if kind in made:
        return made[kind](name)
    return Principal.from_arn(probe.principal, issuer=probe.issuer)


def because(decision: Decision) -> str:
    """Why the engine decided so: AWS's words for a refusal, the statements that allowed for an allow."""
    if not decision.allowed:
        return f"refused {decision.reason}"
    allowing = [
        statement_words(matched.index, matched.sid, matched.policy)
        for check in decision.checks
        for matched in check.matched
        if matched.effect == "ALLOW" and check.check_type in ("RESOURCE", "PRINCIPAL")
    ]
    return "allowed by " + " and ".join(allowing[:3]) if allowing else "allowed"


def statement_words(index: int, sid: str | None, policy: str) -> str:
    """`statement 1 "FinanceReads" of your policy`."""
    return f"{layers.statement_words(index, sid)} of {policy}"

"""Probes in the engine's form: the request that a probe describes, and the policies in force with an answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from labs_helpers.cloud import Judgement
from labs_helpers.course.content.loading import load_scene
from labs_helpers.course.content.schema import InForce
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
from labs_helpers.engine.policy.arn import last_part
from labs_helpers.engine.policy.request import read_context

if TYPE_CHECKING:
    from labs_helpers.course.content.schema import Probe
    from labs_helpers.course.grading.kinds.exercise import Exercise
    from labs_helpers.course.situations.drawn_values import Drawing

ANSWER = "your policy"


@dataclass(frozen=True, slots=True)
class Placed:
    """A parsed policy from an answer, and its name in decisions."""

    name: str
    policy: Policy

    def attached(self) -> Attached:
        """Return the policy in the engine's form."""
        return Attached(self.name, self.policy)


def place(
    document: dict[str, Any] | str, kind: PolicyKind, name: str = ANSWER, path: str = "policy"
) -> Placed:
    """Parse a policy of the given kind.

    Raises `PolicyError` for an invalid policy. The error contains the path of the faulty part, which begins with the
    `path` argument.
    """
    return Placed(name, parse_policy(document, kind, path=path))


def decide_probe(exercise: Exercise, probe: Probe, answer: Mapping[str, Placed]) -> Decision:
    """Evaluate the request of a probe with the answer's policies in force, in addition to the probe's own policies."""
    return judge_probe(exercise, probe, answer).decision


def judge_probe(exercise: Exercise, probe: Probe, answer: Mapping[str, Placed]) -> Judgement:
    """Return the same decision as `decide_probe`, together with the request and the policies in force."""
    request, policies = access_request(probe), policies_in_force(exercise, probe.policies, answer)
    return Judgement(request, policies, decide(request, policies))


def request_title(probe: Probe) -> str:
    """Return what a probe requests, in one line: `alice: s3:GetObject on payroll/2026.csv, from 198.51.100.7`."""
    if probe.title is not None:
        return probe.title
    who = probe.principal.rpartition(":")[2].removeprefix("user/")
    keys = (f"{key} = {value}" for key, value in probe.context.items())
    return f"{who}: {probe.action} on {last_part(probe.resource)}" + "".join(f", {key}" for key in keys)


def policies_in_force(exercise: Exercise, given: InForce, answer: Mapping[str, Placed]) -> Policies:
    """Return the given policies together with the answer's, each in its slot."""

    def several(slot: str, documents: Any) -> tuple[Attached, ...]:
        """Attach the documents of a slot that can hold several policies."""
        return tuple(_attach(exercise, document, slot, index) for index, document in enumerate(documents))

    policies: dict[str, Any] = {}
    for slot in ("identity", "session"):
        documents = getattr(given, slot)
        policies[slot] = several(slot, documents or ()) if documents is not None else ()
        if slot in answer:
            policies[slot] += (answer[slot].attached(),)
    for slot in ("boundary", "resource", "vpc_endpoint"):
        document = getattr(given, slot)
        fixed = _attach(exercise, document, slot, 0) if document is not None else None
        policies[slot] = answer[slot].attached() if slot in answer else fixed
    for slot in ("scp", "rcp"):
        levels = getattr(given, slot)
        policies[slot] = None if levels is None else tuple(several(slot, level) for level in levels)
        # The answer is attached at the lowest level, next to what is there. A probe without levels is about an account
        # that such a policy does not apply to.
        if slot in answer and policies[slot]:
            *above, last = policies[slot]
            policies[slot] = (*above, (*last, answer[slot].attached()))
    if given.grants is not None:
        policies["grants"] = parse_grants(list(given.grants), "grants")
    return Policies(**policies)


def _attach(exercise: Exercise, document: Any, slot: str, index: int) -> Attached:
    name = document[1:] if isinstance(document, str) else f"{slot}[{index}]"
    return Attached(name, _parsed(json.dumps(resolve(exercise, document)), exercise.policy_kind(slot)))


@lru_cache(maxsize=256)
def _parsed(document: str, kind: PolicyKind) -> Policy:
    """Return a parsed policy. It is cached, because many probes share it: a check would parse it hundreds of times."""
    return parse_policy(document, kind)


def resolve(exercise: Exercise, document: Any) -> dict[str, Any]:
    """Return a document itself, or the document in the exercise or its scene that "@Name" refers to.

    Raises `KeyError` if there is no such document.
    """
    found: dict[str, Any] = document
    if isinstance(document, str):
        name = document.removeprefix("@")
        documents, scene = getattr(exercise, "documents", {}), getattr(exercise, "scene", None)
        if name not in documents and scene is not None:
            documents = load_scene(exercise.day, scene).documents
        found = documents[name]
    return found


def access_request(probe: Probe) -> AccessRequest:
    """Return a probe's request with the condition keys that AWS would put into it."""
    principal = principal_of(probe)
    usual = request_context(principal, probe.account)
    if probe.action.lower().startswith("kms:") and principal.account:
        usual["kms:calleraccount"] = principal.account
    context = settled(usual, own_context(probe), probe.resource)
    return AccessRequest.of(principal, probe.action, probe.resource, account=probe.account, context=context)


def drawn_probe(probe: Probe, drawing: Drawing, number: int) -> Probe:
    """Return a probe with a learner's own values. A probe without a time is sent at a randomly chosen time."""
    told = {name: getattr(probe, name) for name in ("principal", "issuer", "resource", "account", "context")}
    drawn = drawing(told)
    if "aws:CurrentTime" not in probe.context:
        drawn["context"]["aws:CurrentTime"] = drawing.moment(number)
    words = drawing.instead(drawn)
    when = f"at {drawn['context']['aws:CurrentTime']}"
    policies = InForce.model_construct(**drawing(dict(probe.policies)))
    story = f"{probe.story} This is also tested {when}{f', with {words}' if words else ''}."
    return probe.model_copy(update={**drawn, "policies": policies, "story": story})


def own_context(probe: Probe) -> dict[str, Any]:
    """Return the condition keys that a probe sets, in lowercase. The value is None for a key that the probe removes."""
    given = {key: value for key, value in probe.context.items() if value is not None}
    taken = {key.lower(): None for key, value in probe.context.items() if value is None}
    return {**read_context(given, "context"), **taken}


def principal_of(probe: Probe) -> Principal:
    """Return a probe's caller."""
    if probe.principal == "anonymous":
        return Principal.anonymous()
    kind, _, name = probe.principal.partition(":")
    makers = {"service": Principal.service, "web-identity": Principal.web_identity, "saml": Principal.saml}
    if kind in makers:
        return makers[kind](name)
    return Principal.from_arn(probe.principal, issuer=probe.issuer)


def because(decision: Decision) -> str:
    """Return the reason for a decision: AWS's words for a denial, or the statements that allow the request."""
    if not decision.allowed:
        return f"denied {decision.reason}"
    allowing = [
        statement_words(matched.index, matched.sid, matched.policy)
        for check in decision.checks
        for matched in check.matched
        if matched.effect == "ALLOW" and check.check_type in ("RESOURCE", "PRINCIPAL")
    ]
    return "allowed by " + " and ".join(allowing[:3]) if allowing else "allowed"


def statement_words(index: int, sid: str | None, policy: str) -> str:
    """Return a description of a statement: `statement 1 "FinanceReads" of your policy`."""
    return f"{layers.statement_words(index, sid)} of {policy}"

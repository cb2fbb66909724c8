"""A decision as layers in AWS's order, each with its verdict and the policies that led to it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from labs_helpers.cloud import Judgement
from labs_helpers.course.shown.look import Verdict
from labs_helpers.course.shown.verdict_strip import effective, layer_title
from labs_helpers.engine.policy import Attached, Check, Matched, is_kms_key, layers

_ORDER = list(layers.Layer)
_MEANINGS = {
    "ALLOW": "A statement allows the request, and no statement denies it.",
    "NO_IMPACT": "No statement here matches the request, and none has to: this layer neither allows nor denies it.",
    "IMPLICIT_DENY": "No statement here allows the request, and this layer must allow it: an implicit deny.",
    "EXPLICIT_DENY": "A statement denies the request. An explicit deny overrides every allow, in any layer.",
}
_ABSENT = "No such policy is attached, but one must allow the request: an implicit deny."
_IMPLIED = (
    "No statement denies the request. AWS attaches RCPFullAWSAccess at every level, and it allows everything."
)
_ROOT = "The root user needs no identity policy."


@dataclass(frozen=True, slots=True)
class Layer:
    """The result for one layer.

    `policies` are all policies of the layer, and `matched` are the statements that matched.
    """

    title: str
    verdict: str
    meaning: str
    policies: tuple[Attached, ...]
    matched: tuple[Matched, ...]
    note: str = ""
    is_moot: bool = False
    """True if the layer allows a request that a layer before it denies."""

    def matched_in(self, name: str) -> dict[int, str]:
        """Return the matching statements in the policy `name`: index → "ALLOW" or "EXPLICIT_DENY"."""
        return {each.index: each.effect for each in self.matched if each.policy == name}

    @property
    def headline(self) -> str:
        """The title with the verdict, as a sign and in words."""
        verdict = Verdict.MOOT if self.is_moot else Verdict[self.verdict]
        return f"{self.title}: {verdict.sign} {verdict.word}"


def layers_of(judgement: Judgement) -> tuple[Layer, ...]:
    """Return a decision's layers in AWS's order, including a layer for a required policy that is missing."""
    decision = judgement.decision
    checks = list(decision.checks)
    missing = decision.refused_by
    if missing is not None and missing not in checks:
        rank = _ORDER.index(layers.Layer(missing.check_type))
        place = sum(_ORDER.index(layers.Layer(check.check_type)) < rank for check in checks)
        checks.insert(place, missing)
    found = [
        _layer(judgement, check, absent=check is missing and check not in decision.checks) for check in checks
    ]
    effects = effective([Verdict[each.verdict] for each in found])
    return tuple(
        replace(each, is_moot=effect is Verdict.MOOT) for each, effect in zip(found, effects, strict=True)
    )


def _layer(judgement: Judgement, check: Check, *, absent: bool) -> Layer:
    request, policies = judgement.request, judgement.policies
    note = ""
    if check.check_type == "RESOURCE" and is_kms_key(request.resource) and policies.grants:
        note = f"The key's grants also apply here: {len(policies.grants)}."
    return Layer(
        layer_title(check, request.action, request.resource),
        check.effect,
        _ABSENT if absent else _meaning(check, judgement),
        layers.Layer(check.check_type).attached(policies, check.level),
        check.matched,
        note,
    )


def _meaning(check: Check, judgement: Judgement) -> str:
    if check.check_type == "RESOURCE_CONTROL_POLICY" and check.effect == "ALLOW" and not check.matched:
        return _IMPLIED
    if (
        check.check_type == "PRINCIPAL"
        and judgement.request.principal.kind.name == "ROOT"
        and check.effect == "NO_IMPACT"
    ):
        return _ROOT
    return _MEANINGS[check.effect]

"""The evaluation of a request by the decision engine: its input and its decision."""

from __future__ import annotations

from dataclasses import dataclass, replace

from labs_helpers.engine.policy import AccessRequest, Decision, Policies, decide
from labs_helpers.engine.policy.reasons import BY_IDENTITY


@dataclass(frozen=True, slots=True)
class Judgement:
    """The input of one evaluation by the decision engine, and its decision.

    Policies are immutable, so the judgment keeps them as they were at the time of the request.
    """

    request: AccessRequest
    policies: Policies
    decision: Decision
    authorization_id: str | None = None
    """The ID for looking up a denial (iam-toolbox GetRequestAuthorizationDetails), or None if the request was allowed.
    """

    @property
    def allowed(self) -> bool:
        """True if the engine's decision is an allow."""
        return self.decision.allowed

    @property
    def needs_identity_policies(self) -> bool:
        """True if the request is allowed, but wouldn't be without the principal's identity-based policies."""
        effects = {check.check_type: check.effect for check in self.decision.checks}
        if not self.allowed or effects.get("PRINCIPAL") != "ALLOW":
            return False
        if self.decision.reason == BY_IDENTITY:
            return True
        return not decide(self.request, replace(self.policies, identity=())).allowed

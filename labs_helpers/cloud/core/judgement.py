"""The evaluation of a request by the decision engine: its input and its decision."""

from __future__ import annotations

from dataclasses import dataclass

from labs_helpers.engine.policy import AccessRequest, Decision, Policies


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

"""What the engine was asked about a request, and what it answered."""

from __future__ import annotations

from dataclasses import dataclass

from labs_helpers.engine.policy import AccessRequest, Decision, Policies


@dataclass(frozen=True, slots=True)
class Judgement:
    """One question to the engine with all that it was asked about, and the answer.

    Policies are immutable, so this shows them as they were at the time of the request.
    """

    request: AccessRequest
    policies: Policies
    decision: Decision
    authorization_id: str | None = None
    """What a refusal is looked up by (iam-toolbox GetRequestAuthorizationDetails); None for what was allowed."""

    @property
    def allowed(self) -> bool:
        """Whether the engine allowed what it was asked."""
        return self.decision.allowed

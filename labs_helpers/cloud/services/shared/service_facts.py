"""What one service does in its own way, and the cloud must know: a row in the service's table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """Left out, a service does as most do."""

    holds_policies: bool = False
    """Whether what changes in the service may change identities, or the policies in force for them."""
    denied: tuple[str, int] | None = None
    """Code and status of its refusals, where they are others than its protocol's."""
    gives_authorization_ids: bool = False
    """Whether its refusals carry an ID by which they can be looked up.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html
    """

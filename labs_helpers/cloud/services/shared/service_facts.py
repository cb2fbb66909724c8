"""The facts about a service that the cloud must know, as a part of its table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """The differences of a service from most others, which are the defaults."""

    holds_policies: bool = False
    """True if a change in the service may change identities, or the policies in force for them."""
    denied: tuple[str, int] | None = None
    """Code and status of its refusals, if they differ from its protocol's."""
    gives_authorization_ids: bool = False
    """True if its refusals have an authorization ID, by which they can be looked up.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html
    """

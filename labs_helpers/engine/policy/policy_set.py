"""The policies in force for a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from labs_helpers.engine.policy.grants import Grant
from labs_helpers.engine.policy.statement import Policy


class Attached(NamedTuple):
    """A policy with its name in decisions: an ARN, or its place in a scenario such as "identity[0]"."""

    name: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class Policies:
    """All policies that apply to one request.

    `identity` and `session` have one Attached for each policy (an empty session: no session policy was passed).
    `boundary`, `resource` (a resource's policy, a role's trust policy or a key policy) and `vpc_endpoint` are one or
    None. `scp` has the SCPs of the caller's account, and `rcp` the RCPs of the resource's account: one tuple for each
    level, root first; None outside an organization and for its management account. `grants` are those of the KMS key.
    """

    identity: tuple[Attached, ...] = ()
    boundary: Attached | None = None
    session: tuple[Attached, ...] = ()
    resource: Attached | None = None
    vpc_endpoint: Attached | None = None
    scp: tuple[tuple[Attached, ...], ...] | None = None
    rcp: tuple[tuple[Attached, ...], ...] | None = None
    grants: tuple[Grant, ...] | None = None

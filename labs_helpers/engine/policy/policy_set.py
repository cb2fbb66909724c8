"""The policies that are in force for a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from labs_helpers.engine.policy.grants import Grant
from labs_helpers.engine.policy.statement import Policy


class Attached(NamedTuple):
    """A policy with its name in decisions: an ARN, or its position in a scenario, such as "identity[0]"."""

    name: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class Policies:
    """All policies that apply to one request.

    `identity` and `session` contain one Attached per policy (`session` is empty if no session policy was passed).
    `boundary`, `resource` (a resource's policy, a role's trust policy, or a key policy), and `vpc_endpoint` are each
    one Attached or None. `scp` contains the SCPs of the caller's account, and `rcp` contains the RCPs of the resource's
    account: one tuple per level, root first, or None outside an organization and for its management account. `grants`
    are the KMS key's grants.
    """

    identity: tuple[Attached, ...] = ()
    boundary: Attached | None = None
    session: tuple[Attached, ...] = ()
    resource: Attached | None = None
    vpc_endpoint: Attached | None = None
    scp: tuple[tuple[Attached, ...], ...] | None = None
    rcp: tuple[tuple[Attached, ...], ...] | None = None
    grants: tuple[Grant, ...] | None = None

"""The policies in force for a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from labs_helpers.engine.policy.grants import Grant
from labs_helpers.engine.policy.statement import Policy


class Attached(NamedTuple):
    """A policy under the name that decisions report: an ARN, or its place in a scenario such as "identity[0]"."""

    name: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class Policies:
    """All policies that apply to one request.

    identity, session: one Attached a policy (an empty session: no session policy was passed). boundary, resource
    (a bucket's, queue's, … policy, a role's trust policy or a key's policy), vpc_endpoint: one or None.
    scp: those of the caller's account, rcp: those of the resource's; one tuple a level, root first, None outside an
    organisation and for its management account. grants: those of the KMS key.
    """

    identity: tuple[Attached, ...] = ()
    boundary: Attached | None = None
    session: tuple[Attached, ...] = ()
    resource: Attached | None = None
    vpc_endpoint: Attached | None = None
    scp: tuple[tuple[Attached, ...], ...] | None = None
    rcp: tuple[tuple[Attached, ...], ...] | None = None
    grants: tuple[Grant, ...] | None = None

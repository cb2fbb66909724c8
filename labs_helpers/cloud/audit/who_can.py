"""An access map, which shows the given actions that each principal in a cloud is allowed to perform."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.cloud.cloud import Cloud
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.engine.policy import PolicyError

_AT_A_TIME = 50
"""The number of principals between progress reports."""
_NOT_ANSWERED = "not answered"


@dataclass(slots=True)
class AccessMap:
    """The access found so far.

    `allowed` contains the actions that each principal is allowed to perform. `unanswered` contains the reasons that
    access couldn't be determined for a principal and an action.
    """

    actions: tuple[str, ...]
    resource: str
    principals: tuple[str, ...]
    allowed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unanswered: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """True if every principal was examined."""
        return len(self.allowed) == len(self.principals)

    def who(self, action: str) -> list[str]:
        """Return the principals that are allowed to perform an action."""
        return [principal for principal, actions in self.allowed.items() if action in actions]

    def csv(self) -> str:
        """Return the map as CSV: one line per examined principal, and one column per action.

        The values are allow, deny, and not answered.
        """
        out = io.StringIO()
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(["principal", *self.actions])
        for principal in self.allowed:
            lines.writerow([principal, *(self._word(principal, action) for action in self.actions)])
        return out.getvalue()

    def _word(self, principal: str, action: str) -> str:
        if (principal, action) in self.unanswered:
            return _NOT_ANSWERED
        return "allow" if action in self.allowed[principal] else "deny"


def who_can(
    cloud: Cloud,
    actions: Iterable[str],
    resource: str = "*",
    *,
    principals: Iterable[str] | None = None,
    context: Mapping[str, Any] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> AccessMap:
    """Return the map of principals that are allowed to perform the actions on a resource.

    By default, all users and roles are examined; `principals` restricts the map to the given ARNs.

    `progress(done, of)` is called periodically. If it raises an exception, the search ends; if that is
    `KeyboardInterrupt` or `StopIteration`, the results so far are returned.
    """
    asked = AccessMap(
        tuple(actions), resource, tuple(principals if principals is not None else cloud.identities())
    )
    try:
        for done, principal in enumerate(asked.principals):
            if progress is not None and done % _AT_A_TIME == 0:
                progress(done, len(asked.principals))
            asked.allowed[principal] = tuple(_allowed(cloud, asked, principal, context or {}))
        if progress is not None:
            progress(len(asked.principals), len(asked.principals))
    except (KeyboardInterrupt, StopIteration):
        pass
    return asked


def _allowed(cloud: Cloud, asked: AccessMap, principal: str, context: Mapping[str, Any]) -> Iterator[str]:
    try:
        ask = cloud.asker(principal, asked.resource, context)
    except (NotModelled, PolicyError) as error:
        asked.unanswered.update({(principal, action): str(error) for action in asked.actions})
        return
    for action in asked.actions:
        try:
            if ask(action).allowed:
                yield action
        except (NotModelled, PolicyError) as error:
            asked.unanswered[principal, action] = str(error)

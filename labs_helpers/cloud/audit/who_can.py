"""Who may do what: every principal of a cloud asked about every action of a list, with progress, to be stopped."""

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
"""Principals between two reports of progress."""
_NOT_ANSWERED = "not answered"


@dataclass(slots=True)
class AccessMap:
    """The answers so far. `allowed` holds, by principal, the actions that it may do; `unanswered`, why nothing could
    be said about a principal, or about one of its actions."""

    actions: tuple[str, ...]
    resource: str
    principals: tuple[str, ...]
    allowed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unanswered: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every principal was asked about."""
        return len(self.allowed) == len(self.principals)

    def who(self, action: str) -> list[str]:
        """The principals that may do an action."""
        return [principal for principal, actions in self.allowed.items() if action in actions]

    def csv(self) -> str:
        """A line for each principal that was asked about, a column for each action: allow, deny or not answered."""
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
    """Ask who may do actions on a resource: all users and roles of the cloud, or the `principals` given as ARNs.

    `progress(done, of)` is called now and then; whatever it raises ends the asking, and `KeyboardInterrupt` and
    `StopIteration` end it with what was answered so far.
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

"""An attacker who tries the known paths from "can manage some users" to administrator, with real calls.

Dana is a delegated administrator: she can create users and roles for her team, under a permissions boundary. The paths
are in attack_paths.py, Dana's legitimate work is in work.py, and the account for both is in attacked_account.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from labs_helpers.course.days.day2.attacker.attack_paths import PATHS, Path
from labs_helpers.course.days.day2.attacker.attacked_account import ADMINISTRATOR, HOME, AttackedAccount
from labs_helpers.course.days.day2.attacker.work import WORK, Work
from labs_helpers.course.grading.probe_requests import request_context
from labs_helpers.course.shown.display import Page, Shown
from labs_helpers.course.shown.progress_line import with_progress
from labs_helpers.course.situations.drawn_values import UNCHANGED, Drawing
from labs_helpers.course.situations.staging import error_text
from labs_helpers.engine.policy import Principal, parse_policy
from labs_helpers.engine.policy.layers import statement_words
from labs_helpers.engine.policy.statement import ALLOW

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an escalation path. `refused` is the error that stopped it, or None if the path succeeded.

    `why` identifies the statement and policy that allowed the decisive call.
    """

    path: Path
    refused: str | None
    by_permission: bool = True
    operation: str = ""
    why: str = ""

    @property
    def through(self) -> bool:
        """True if the path led to administrator access."""
        return self.refused is None


@dataclass(frozen=True, slots=True, repr=False)
class Report(Shown):
    """The results of all paths and tasks. A notebook displays the object if it is the last value in a cell."""

    outcomes: tuple[Outcome, ...]
    stopped_work: tuple[tuple[Work, str], ...] = field(default=())

    @property
    def got_through(self) -> tuple[Outcome, ...]:
        """The paths that succeeded."""
        return tuple(outcome for outcome in self.outcomes if outcome.through)

    def messages(self) -> list[str]:
        """Return one line for each path that succeeded, and one for each legitimate task that was blocked."""
        return [line for _, line in self.faults()]

    def faults(self) -> list[tuple[str, str]]:
        """Return the names of the paths that succeeded and of the tasks that were blocked, each with a sentence."""
        found = [
            (one.path.name, f"{one.path.name}: {one.path.story} It got through: {one.why}.")
            for one in self.got_through
        ]
        found += [
            (
                one.path.name,
                f"{one.path.name}: it failed, but not because permission was missing: {one.refused}",
            )
            for one in self.outcomes
            if not one.through and not one.by_permission
        ]
        return found + [
            (one.name, f"Legitimate work is denied: {one.story} {answer}")
            for one, answer in self.stopped_work
        ]

    def page(self) -> Page:
        """Return the paths as a table with name, result, and denied operation."""
        page = Page().heading(f"{len(self.got_through)} of {len(self.outcomes)} paths got through")
        rows = [
            (
                f"{one.path.name} ({one.path.id})" if one.path.id else one.path.name,
                "✗ got through" if one.through else "✓ stopped",
                one.operation or "none",
            )
            for one in self.outcomes
        ]
        return page.table(("path", "result", "denied call"), rows)


def attack(
    cloud: Cloud,
    identity: Mapping[str, Any],
    boundary: Mapping[str, Any],
    paths: Sequence[str] = tuple(PATHS),
    works: Sequence[str] = tuple(WORK),
    drawn: Drawing = UNCHANGED,
) -> Report:
    """Try paths and tasks by name, with the given policy for Dana and the given boundary for her team.

    A path succeeds if it ends with something that only administrators have: the object in the bucket
    `jewels-<account>`, an administrator's password, or code that runs with an administrator role. Paths can't help each
    other: after a path that changed anything, the next path runs in a new account. `drawn`: a learner's own names for
    what the team creates. Raises `ClientError` if IAM rejects one of the policies.
    """
    accounts = _Accounts(cloud, identity, boundary)
    try:
        outcomes = tuple(
            _try_recorded(accounts.unchanged(), PATHS[name], identity, boundary)
            for name in with_progress(paths, str)
        )
        office, stopped = accounts.create(drawn), []
        for name in works:
            try:
                WORK[name].steps(office)
            except ClientError as error:
                stopped.append((WORK[name].told_with(drawn), f"AWS answers: {error_text(error)}"))
        return Report(outcomes, tuple(stopped))
    finally:
        accounts.delete_all()


class _Accounts:
    """The accounts created for the attacker, which are deleted with her."""

    def __init__(self, cloud: Cloud, identity: Mapping[str, Any], boundary: Mapping[str, Any]) -> None:
        self._cloud, self._policies = cloud, (identity, boundary)
        self._attacked: list[AttackedAccount] = []

    def create(self, drawn: Drawing = UNCHANGED) -> AttackedAccount:
        """Create another account, with the learner's own names (`drawn`) in place of those that Dana chooses."""
        self._attacked.append(AttackedAccount(self._cloud, *self._policies, drawn))
        return self._attacked[-1]

    def unchanged(self) -> AttackedAccount:
        """Return the last account, or another one if anything was changed in it."""
        return self.create() if not self._attacked or self._attacked[-1].touched else self._attacked[-1]

    def delete_all(self) -> None:
        """Delete the accounts."""
        for attacked in self._attacked:
            self._cloud.forget(attacked.account)


def _try_recorded(
    attacked: AttackedAccount, path: Path, identity: Mapping[str, Any], boundary: Mapping[str, Any]
) -> Outcome:
    """Try a path and record whether it changes anything."""
    listeners = attacked.cloud.record.listeners
    listeners.append(attacked.listen)
    try:
        return _try(attacked, path, identity, boundary)
    finally:
        listeners.remove(attacked.listen)


def _try(
    attacked: AttackedAccount, path: Path, identity: Mapping[str, Any], boundary: Mapping[str, Any]
) -> Outcome:
    try:
        gained = path.steps(attacked)
        if gained is not None:
            gained.client("s3").get_object(Bucket=attacked.jewels, Key="list.txt")
    except ClientError as error:
        return Outcome(path, error_text(error), attacked.cloud.record[-1].refused, error.operation_name)
    document = boundary if path.stopped_by == "boundary" else identity
    return Outcome(path, None, why=_reason(attacked, path, document))


def _reason(attacked: AttackedAccount, path: Path, document: Mapping[str, Any]) -> str:
    """Describe the call that made the path succeed, and the statement that allowed it."""
    action, resource, who = _decisive_call(attacked, path)
    name = "the boundary" if path.stopped_by == "boundary" else "Dana's policy"
    called = f"{name} allows `{action}` on `{resource.replace(attacked.account, HOME)}`"
    statement = _allowing_statement(attacked, document, action, resource, who)
    return f"{called} ({statement})" if statement else called


def _decisive_call(attacked: AttackedAccount, path: Path) -> tuple[str, str, str]:
    """Return (action, resource, caller) of the account's last call that used the path's decisive action."""
    for entry in reversed(attacked.cloud.record):
        if entry.caller_account != attacked.account or entry.principal_arn == attacked.arn("user/admin"):
            continue
        for action, resource in entry.allowed:
            if action.lower() == path.decisive.lower():
                return action, resource, entry.principal_arn or ""
    return path.decisive, "*", attacked.arn("user/dana")


def _allowing_statement(
    attacked: AttackedAccount, document: Mapping[str, Any], action: str, resource: str, who: str
) -> str:
    """Name the statement that allows the action, with or without the boundary in the request; "" if none does."""
    policy = parse_policy(json.dumps(document).replace(HOME, attacked.account))
    principal = Principal.from_arn(who)
    usual = request_context(principal, attacked.account)
    for boundary in (None, attacked.boundary, ADMINISTRATOR):
        context = usual if boundary is None else {**usual, "iam:permissionsboundary": boundary}
        for statement in policy.candidates(action.lower(), resource):
            test = statement.resource_test
            if (
                statement.effect == ALLOW
                and (test is None or test(resource, context))
                and all(condition(context) for condition in statement.condition_tests)
            ):
                return statement_words(statement.index, statement.sid)
    return ""

"""An attacker who tries the known ways from "may manage some users" to "may do everything", as real calls.

Dana is a delegated administrator: she may make users and roles for her team, under a permissions boundary. The ways
are in paths.py, her honest work in work.py, the account in which all that happens in world.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from labs_helpers.course.days.day2.attacker.paths import PATHS, Path
from labs_helpers.course.days.day2.attacker.work import WORK, Work
from labs_helpers.course.days.day2.attacker.world import ADMINISTRATOR, HOME, World
from labs_helpers.course.grading.probe_requests import request_context
from labs_helpers.course.shown.display import Page, Shown
from labs_helpers.course.shown.progress_line import with_progress
from labs_helpers.course.situations.staging import error_text
from labs_helpers.engine.policy import Principal, parse_policy
from labs_helpers.engine.policy.layers import statement_words
from labs_helpers.engine.policy.statement import ALLOW

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a path. `refused`: AWS's answer to the call that stopped it, None if it got through.

    `why` says which statement of which policy let the decisive call through.
    """

    path: Path
    refused: str | None
    by_permission: bool = True
    operation: str = ""
    why: str = ""

    @property
    def through(self) -> bool:
        return self.refused is None


@dataclass(frozen=True, slots=True, repr=False)
class Report(Shown):
    """All paths and all work. As a cell's last value it shows itself."""

    outcomes: tuple[Outcome, ...]
    stopped_work: tuple[tuple[Work, str], ...] = field(default=())

    @property
    def got_through(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.through)

    def messages(self) -> list[str]:
        """One line for each path that got through and each piece of work that is stopped."""
        lines = [f"{one.path.name}: {one.path.story} It got through: {one.why}" for one in self.got_through]
        lines += [
            f"{one.path.name}: it failed, but not for want of permission: {one.refused}"
            for one in self.outcomes
            if not one.through and not one.by_permission
        ]
        return lines + [f"Honest work is stopped: {one.story} {answer}" for one, answer in self.stopped_work]

    def page(self) -> Page:
        page = Page().heading(f"{len(self.got_through)} of {len(self.outcomes)} paths got through")
        rows = [
            (
                f"{one.path.name} ({one.path.id})" if one.path.id else one.path.name,
                "✗ got through" if one.through else "✓ stopped",
                one.operation or "all calls worked",
            )
            for one in self.outcomes
        ]
        return page.table(("path", "result", "refused at"), rows)


def attack(
    cloud: Cloud,
    identity: Mapping[str, Any],
    boundary: Mapping[str, Any],
    paths: Sequence[str] = tuple(PATHS),
    works: Sequence[str] = tuple(WORK),
) -> Report:
    """Try paths and work by their names, with Dana's policy and her team's boundary in force.

    A path gets through if it ends with what only administrators have: the object in the bucket `jewels-<account>`, an
    administrator's password, or code that runs as an administrator's role. None helps another: after a path that
    changed anything the next one is tried in a new account. ClientError if IAM doesn't take one of the policies.
    """
    accounts = _Accounts(cloud, identity, boundary)
    try:
        outcomes = tuple(
            _watched(accounts.untouched(), PATHS[name], identity, boundary)
            for name in with_progress(paths, str)
        )
        office, stopped = accounts.another(), []
        for name in works:
            try:
                WORK[name].steps(office)
            except ClientError as error:
                stopped.append((WORK[name], f"AWS answers: {error_text(error)}"))
        return Report(outcomes, tuple(stopped))
    finally:
        accounts.leave()


class _Accounts:
    """The accounts that are made for the attacker, and go with her."""

    def __init__(self, cloud: Cloud, identity: Mapping[str, Any], boundary: Mapping[str, Any]) -> None:
        self._cloud, self._policies = cloud, (identity, boundary)
        self._worlds: list[World] = []

    def another(self) -> World:
        """A new account."""
        self._worlds.append(World(self._cloud, *self._policies))
        return self._worlds[-1]

    def untouched(self) -> World:
        """The last account, or another if anything was changed in it."""
        return self.another() if not self._worlds or self._worlds[-1].touched else self._worlds[-1]

    def leave(self) -> None:
        """Let them go."""
        for world in self._worlds:
            self._cloud.forget(world.account)


def _watched(world: World, way: Path, identity: Mapping[str, Any], boundary: Mapping[str, Any]) -> Outcome:
    """Try a path, and see whether it changes anything."""
    listeners = world.cloud.record.listeners
    listeners.append(world.listen)
    try:
        return _try(world, way, identity, boundary)
    finally:
        listeners.remove(world.listen)


def _try(world: World, way: Path, identity: Mapping[str, Any], boundary: Mapping[str, Any]) -> Outcome:
    try:
        gained = way.steps(world)
        if gained is not None:
            gained.client("s3").get_object(Bucket=world.jewels, Key="list.txt")
    except ClientError as error:
        return Outcome(way, error_text(error), world.cloud.record[-1].refused, error.operation_name)
    document = boundary if way.stopped_by == "boundary" else identity
    return Outcome(way, None, why=_why(world, way, document))


def _why(world: World, way: Path, document: Mapping[str, Any]) -> str:
    """The call that opened the way, and the statement that allowed it."""
    action, resource, who = _decisive(world, way)
    name = "the boundary" if way.stopped_by == "boundary" else "Dana's policy"
    called = f"{name} allows `{action}` on `{resource.replace(world.account, HOME)}`"
    statement = _allowing(world, document, action, resource, who)
    return f"{called} ({statement})" if statement else called


def _decisive(world: World, way: Path) -> tuple[str, str, str]:
    """(action, resource, caller) of the last call of the account that used the path's decisive action."""
    for entry in reversed(world.cloud.record):
        if entry.caller_account != world.account or entry.principal_arn == world.arn("user/admin"):
            continue
        for action, resource in entry.allowed:
            if action.lower() == way.decisive.lower():
                return action, resource, entry.principal_arn or ""
    return way.decisive, "*", world.arn("user/dana")


def _allowing(world: World, document: Mapping[str, Any], action: str, resource: str, who: str) -> str:
    """Which statement of the document allows it, with or without the boundary in the request; empty if none."""
    policy = parse_policy(json.dumps(document).replace(HOME, world.account))
    principal = Principal.from_arn(who)
    usual = request_context(principal, world.account)
    for boundary in (None, world.boundary, ADMINISTRATOR):
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

"""Paths by which principals can become administrators, found with the decision engine, without making calls.

In each step of a path, a principal gains another principal's permissions: by assuming a role, by changing a role's
trust policy, by creating credentials for a user, or by passing a role to a service that runs code. A path can also be a
single step in which a principal changes a policy that applies to itself.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html (delegation)
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.cloud.audit.running_code import PASSED, RUNNING
from labs_helpers.cloud.cloud import Cloud
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.gate.policies_in_force import parsed
from labs_helpers.cloud.services.iam import moto_view as iam
from labs_helpers.engine.policy import Policy, PolicyError, PolicyKind
from labs_helpers.engine.policy.statement import ALLOW, Statement

_ADMINISTRATORS_DO = ("iam:AttachRolePolicy", "iam:CreateUser", "s3:DeleteBucket", "kms:ScheduleKeyDeletion")
"""A principal that is allowed all of these actions on every resource is considered an administrator."""
_TAKES_ROLE = ("iam:UpdateAssumeRolePolicy",)
_TAKES_USER = ("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile")
_WRITES_OWN_POLICY = {
    "user": ("iam:PutUserPolicy", "iam:AttachUserPolicy"),
    "role": ("iam:PutRolePolicy", "iam:AttachRolePolicy"),
}
_WRITES_GROUP_POLICY = ("iam:PutGroupPolicy", "iam:AttachGroupPolicy")
_WRITES_POLICY = ("iam:CreatePolicyVersion",)
_JOIN = "iam:AddUserToGroup"
_VARIABLE = "${"
_CALLER_KEYS = ("aws:principal", "aws:username", "aws:userid")
"""Prefixes of condition keys whose values depend on the caller only, not on the request."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step in a path: actions on a resource that give a principal another principal's permissions.

    `gains` is the other principal, or None if the principal rewrites its own policies.
    """

    principal: str
    actions: tuple[str, ...]
    on: str
    gains: str | None

    def __str__(self) -> str:
        gained = f"and acts as {self.gains}" if self.gains else "and writes its own rights"
        return f"{self.principal} does {' and '.join(self.actions)} on {self.on} {gained}"


@dataclass(slots=True)
class Escalations:
    """The administrators, and the shortest path for every other principal that can become an administrator.

    `if_running` contains principals that could become administrators if code already runs with the role in the step,
    which isn't known. `unanswered` contains the reasons that some principals couldn't be examined. `complete` is False
    if the search was stopped.
    """

    administrators: tuple[str, ...] = ()
    ways: dict[str, tuple[Step, ...]] = field(default_factory=dict)
    if_running: dict[str, Step] = field(default_factory=dict)
    unanswered: dict[str, str] = field(default_factory=dict)
    complete: bool = False


def escalations(cloud: Cloud, *, progress: Callable[[int, int], None] | None = None) -> Escalations:
    """Find the path by which each user or role can become an administrator. `progress(done, of)` works as in `who_can`.

    Values that a condition requires in a request (a tag, an IP address, MFA) are assumed to be missing, so paths that
    depend on them aren't found. The search doesn't look for functions, instances, and stacks that run with a role;
    `if_running` contains the principals that could use them.
    """
    result, search = Escalations(), _Search(cloud)
    try:
        for done, principal in enumerate(search.principals):
            if progress is not None and done % 20 == 0:
                progress(done, len(search.principals))
            try:
                _add_direct(search, principal, result)
            except (NotModelled, PolicyError) as error:
                result.unanswered[principal] = str(error)
        search.add_paths(result, progress)
        search.add_if_running(result)
        result.complete = True
    except (KeyboardInterrupt, StopIteration):  # the caller stopped the search: return what it found so far
        pass
    return result


def _add_direct(search: _Search, principal: str, result: Escalations) -> None:
    """Add the principal if a path ends here: an administrator, or a principal that can write its own permissions."""
    if search.is_administrator(principal):
        result.administrators += (principal,)
        return
    step = next(search.rewrites(principal), None)
    if step is not None:
        result.ways[principal] = (step,)


class _Search:
    """Questions to the engine, asked only if a policy of the principal names the action."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.principals = cloud.identities()
        self._policies = {arn: _identity_policies(arn) for arn in self.principals}
        self._holders: dict[str, list[str]] = {}
        self._runners: dict[tuple[str, str], list[tuple[str, tuple[str, ...]]]] = {}
        self._contexts: dict[str, Mapping[str, Any]] = {}
        self._groups: dict[str, list[str]] = {}

    def add_paths(self, result: Escalations, progress: Callable[[int, int], None] | None) -> None:
        """Search backwards from the principals with a path, so that shortest paths are found first."""
        waiting = deque([*result.administrators, *result.ways])
        reached = {*waiting, *result.unanswered}
        while waiting:
            if progress is not None:
                progress(len(reached), len(self.principals))
            target = waiting.popleft()
            for step in self._steps_into(target, reached):
                if step.principal not in reached:
                    reached.add(step.principal)
                    result.ways[step.principal] = (step, *result.ways.get(target, ()))
                    waiting.append(step.principal)

    def is_administrator(self, principal: str) -> bool:
        """Return whether a principal is allowed everything that identifies an administrator."""
        return len(self._named(principal, _ADMINISTRATORS_DO)) == len(_ADMINISTRATORS_DO) and all(
            self._is_allowed(principal, action, "*") for action in _ADMINISTRATORS_DO
        )

    def rewrites(self, principal: str) -> Iterator[Step]:
        """Yield the steps that write into a policy which applies to the principal itself."""
        account, name, kind = principal.split(":")[4], principal.rpartition("/")[2], _kind(principal)
        targets: list[tuple[str, tuple[str, ...]]] = [(principal, _WRITES_OWN_POLICY[kind])]
        if kind == "user":
            targets += [(group.arn, _WRITES_GROUP_POLICY) for group in iam.groups_of(account, name)]
        targets += [(arn, _WRITES_POLICY) for arn in iam.own_policies(account, name, kind)]
        for target, actions in targets:
            for action in self._named(principal, actions):
                if self._is_allowed(principal, action, target):
                    yield Step(principal, (action,), target, None)
        if kind == "user" and self._named(principal, (_JOIN,)):
            for group in self._groups_of_administrators(account):
                if self._is_allowed(principal, _JOIN, group):
                    yield Step(principal, (_JOIN,), group, group)

    def add_if_running(self, result: Escalations) -> None:
        """Add principals that could take over something that already runs as a role with a path."""
        reached = {*result.administrators, *result.ways, *result.unanswered}
        examined: set[tuple[str, str]] = set()
        targets = (*result.administrators, *result.ways)
        for role in (each for each in targets if _kind(each) == "role"):
            trust, account = _trust(role), role.split(":")[4]
            for service in RUNNING:
                if service not in trust or (account, service) in examined:
                    continue
                examined.add((account, service))
                others = [
                    each for each in self.principals if each.split(":")[4] == account and each not in reached
                ]
                for principal, actions in self._able(others, RUNNING[service]):
                    result.if_running.setdefault(principal, Step(principal, actions, role, role))

    def _groups_of_administrators(self, account: str) -> list[str]:
        """Return the ARNs of groups whose policies allow an administrator's actions on everything, unconditionally."""
        if account not in self._groups:
            self._groups[account] = [
                arn
                for name, arn in iam.groups(account)
                if all(
                    any(
                        each.effect == ALLOW
                        and each.concerns(action.lower())
                        and not each.condition_tests
                        and (each.resource_test is None or each.resource_test("*", {}))
                        for text in (text for _, text in iam.group_policies(account, name))
                        for each in parsed(text, PolicyKind.IDENTITY).statements
                    )
                    for action in _ADMINISTRATORS_DO
                )
            ]
        return self._groups[account]

    def _steps_into(self, target: str, reached: set[str]) -> Iterator[Step]:
        """Yield the steps by which principals outside `there` gain the target's permissions."""
        if _kind(target) == "user":
            yield from self._taking(target, _TAKES_USER, reached)
            return
        trust = _trust(target)
        for principal in self._trusted(trust):
            # The engine is asked only if the trust policy names the principal, or its own policies cover the role.
            if principal in reached or not (
                principal in trust or self._covers(principal, "sts:AssumeRole", target)
            ):
                continue
            if self._is_allowed(principal, "sts:AssumeRole", target):
                yield Step(principal, ("sts:AssumeRole",), target, target)
        yield from self._taking(target, _TAKES_ROLE, reached)
        for service in PASSED:
            if service in trust:
                yield from self._passing(target, service, reached)

    def _trusted(self, trust: str) -> Iterator[str]:
        """Yield the principals that a trust policy might let in: by name, or by account if they have a policy."""
        asking = set(self._holding("sts:AssumeRole"))
        for principal in self.principals:
            account = principal.split(":")[4]
            of_account = f":{account}:root" in trust or f'"{account}"' in trust or '"*"' in trust
            if principal in trust or (of_account and principal in asking):
                yield principal

    def _taking(self, target: str, actions: tuple[str, ...], reached: set[str]) -> Iterator[Step]:
        for action in actions:
            for principal in self._holding(action):
                near = principal.split(":")[4] == target.split(":")[4] and principal not in reached
                if (
                    near
                    and self._covers(principal, action, target)
                    and self._is_allowed(principal, action, target)
                ):
                    yield Step(principal, (action,), target, target)

    def _passing(self, role: str, service: str, reached: set[str]) -> Iterator[Step]:
        for principal, actions in self._running(role.split(":")[4], service):
            passed = {"iam:PassedToService": service}
            if principal in reached or not self._covers(principal, "iam:PassRole", role):
                continue
            if self._is_allowed(principal, "iam:PassRole", role, passed):
                yield Step(principal, ("iam:PassRole", *actions), role, role)

    def _running(self, account: str, service: str) -> list[tuple[str, tuple[str, ...]]]:
        """Return the account's principals that can run code with a service and pass roles, with the actions for it."""
        if (account, service) not in self._runners:
            passing = [each for each in self._holding("iam:PassRole") if each.split(":")[4] == account]
            self._runners[account, service] = list(self._able(passing, PASSED[service]))
        return self._runners[account, service]

    def _able(
        self, principals: list[str], ways: tuple[tuple[str, ...], ...]
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the principals that are allowed all actions of one alternative on everything, with these actions."""
        for principal in principals:
            for actions in ways:
                if len(self._named(principal, actions)) == len(actions) and all(
                    self._is_allowed(principal, action, "*") for action in actions
                ):
                    yield principal, actions
                    break

    def _holding(self, action: str) -> list[str]:
        """Return the principals with a statement that allows the action for some resource."""
        if action not in self._holders:
            self._holders[action] = [each for each in self.principals if self._named(each, (action,))]
        return self._holders[action]

    def _named(self, principal: str, actions: tuple[str, ...]) -> list[str]:
        """Return those of the actions that a statement of the principal allows for some resource."""
        allowing = [
            statement
            for policy in self._policies[principal]
            for statement in policy.statements
            if statement.effect == ALLOW
        ]
        return [action for action in actions if any(each.concerns(action.lower()) for each in allowing)]

    def _covers(self, principal: str, action: str, resource: str) -> bool:
        """Return whether a statement of the principal might allow this: a quick check before the engine is asked."""
        return any(
            statement.effect == ALLOW
            and (
                statement.resource_test is None
                or _VARIABLE in str(statement.source)
                or statement.resource_test(resource, {})
            )
            and self._holds(principal, statement)
            for policy in self._policies[principal]
            for statement in policy.candidates(action.lower(), resource)
        )

    def _holds(self, principal: str, statement: Statement) -> bool:
        """Return whether a statement's conditions about the principal hold; other conditions are left to the engine."""
        if not statement.condition_tests or not all(key.startswith(_CALLER_KEYS) for key in statement.keys):
            return True
        if principal not in self._contexts:
            self._contexts[principal] = self._cloud.judge(
                principal, "sts:GetCallerIdentity", "*"
            ).request.context
        return all(test(self._contexts[principal]) for test in statement.condition_tests)

    def _is_allowed(
        self, principal: str, action: str, resource: str, context: dict[str, str] | None = None
    ) -> bool:
        try:
            return self._cloud.asker(principal, resource, context or {})(action).allowed
        except NotModelled:
            if resource != "*":  # the missing data is about the resource, not about the principal
                return False
            raise


def _kind(arn: str) -> str:
    return arn.split(":")[5].partition("/")[0]


def _trust(role: str) -> str:
    return iam.trust_policy(role.split(":")[4], role.rpartition("/")[2]) or ""


def _identity_policies(principal: str) -> list[Policy]:
    account, name = principal.split(":")[4], principal.rpartition("/")[2]
    listed = iam.user_policies if _kind(principal) == "user" else iam.role_policies
    return [parsed(text, PolicyKind.IDENTITY) for _, text in listed(account, name)]

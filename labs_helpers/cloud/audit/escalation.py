"""Who can become an administrator, and how: ways that are found by asking, not by trying.

A way goes from one principal to another whose rights it takes: by assuming a role, by changing what a role trusts, by
making keys for a user, by passing a role to a service that runs code. Or it ends at once: by writing into a policy that
counts for oneself. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html (delegation)
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
"""Whoever may do all of these on everything is taken for an administrator."""
_OVER_ROLE = ("iam:UpdateAssumeRolePolicy",)
_OVER_USER = ("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile")
_ON_ONESELF = {
    "user": ("iam:PutUserPolicy", "iam:AttachUserPolicy"),
    "role": ("iam:PutRolePolicy", "iam:AttachRolePolicy"),
}
_ON_GROUP = ("iam:PutGroupPolicy", "iam:AttachGroupPolicy")
_ON_POLICY = ("iam:CreatePolicyVersion",)
_JOIN = "iam:AddUserToGroup"
_VARIABLE = "${"
_OF_THE_CALLER = ("aws:principal", "aws:username", "aws:userid")
"""Condition keys that say the same whatever is asked for."""


@dataclass(frozen=True, slots=True)
class Step:
    """From whom to whom (None: one's own policies are rewritten), and the actions that do it."""

    principal: str
    actions: tuple[str, ...]
    on: str
    gains: str | None

    def __str__(self) -> str:
        gained = f"and acts as {self.gains}" if self.gains else "and writes its own rights"
        return f"{self.principal} does {' and '.join(self.actions)} on {self.on} {gained}"


@dataclass(slots=True)
class Escalations:
    """Who is an administrator already, and the shortest way of everyone else who can become one.

    `if_running`: who else could, if something runs as the role that the step names: no file tells that. `unanswered`:
    why nothing could be asked about some principals. `complete` is False if the search was stopped.
    """

    administrators: tuple[str, ...] = ()
    ways: dict[str, tuple[Step, ...]] = field(default_factory=dict)
    if_running: dict[str, Step] = field(default_factory=dict)
    unanswered: dict[str, str] = field(default_factory=dict)
    complete: bool = False


def escalations(cloud: Cloud, *, progress: Callable[[int, int], None] | None = None) -> Escalations:
    """Search the ways to an administrator, of every user and role. `progress(done, of)` as for `who_can`.

    What a condition asks of a request (a tag, an address, MFA) is taken as missing, so a way that needs it is not
    found. Whether functions, instances and stacks run as a role is not looked at: `if_running` says who could use them.
    """
    found, search = Escalations(), _Search(cloud)
    try:
        for done, principal in enumerate(search.principals):
            if progress is not None and done % 20 == 0:
                progress(done, len(search.principals))
            try:
                _begin(search, principal, found)
            except (NotModelled, PolicyError) as error:
                found.unanswered[principal] = str(error)
        search.backwards(found, progress)
        search.in_what_runs(found)
        found.complete = True
    except (KeyboardInterrupt, StopIteration):
        pass
    return found


def _begin(search: _Search, principal: str, found: Escalations) -> None:
    """Where ways end: administrators, and whoever can write their own rights."""
    if search.is_administrator(principal):
        found.administrators += (principal,)
        return
    step = next(search.rewrites(principal), None)
    if step is not None:
        found.ways[principal] = (step,)


class _Search:
    """Asks the engine, and only where a policy of the principal's names the action at all."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.principals = cloud.identities()
        self._policies = {arn: _identity_policies(arn) for arn in self.principals}
        self._holders: dict[str, list[str]] = {}
        self._runners: dict[tuple[str, str], list[tuple[str, tuple[str, ...]]]] = {}
        self._contexts: dict[str, Mapping[str, Any]] = {}
        self._groups: dict[str, list[str]] = {}

    def backwards(self, found: Escalations, progress: Callable[[int, int], None] | None) -> None:
        """From those who are there already to those who can step into them: shortest ways first."""
        waiting = deque([*found.administrators, *found.ways])
        there = {*waiting, *found.unanswered}
        while waiting:
            if progress is not None:
                progress(len(there), len(self.principals))
            target = waiting.popleft()
            for step in self._steps_into(target, there):
                if step.principal not in there:
                    there.add(step.principal)
                    found.ways[step.principal] = (step, *found.ways.get(target, ()))
                    waiting.append(step.principal)

    def is_administrator(self, principal: str) -> bool:
        return len(self._named(principal, _ADMINISTRATORS_DO)) == len(_ADMINISTRATORS_DO) and all(
            self._may(principal, action, "*") for action in _ADMINISTRATORS_DO
        )

    def rewrites(self, principal: str) -> Iterator[Step]:
        """Writing into a policy that counts for oneself."""
        account, name, kind = principal.split(":")[4], principal.rpartition("/")[2], _kind(principal)
        targets: list[tuple[str, tuple[str, ...]]] = [(principal, _ON_ONESELF[kind])]
        if kind == "user":
            targets += [(group.arn, _ON_GROUP) for group in iam.groups_of(account, name)]
        targets += [(arn, _ON_POLICY) for arn in iam.own_policies(account, name, kind)]
        for target, actions in targets:
            for action in self._named(principal, actions):
                if self._may(principal, action, target):
                    yield Step(principal, (action,), target, None)
        if kind == "user" and self._named(principal, (_JOIN,)):
            for group in self._groups_of_administrators(account):
                if self._may(principal, _JOIN, group):
                    yield Step(principal, (_JOIN,), group, group)

    def in_what_runs(self, found: Escalations) -> None:
        """Those who could take over what runs as a role that leads to an administrator."""
        there = {*found.administrators, *found.ways, *found.unanswered}
        looked: set[tuple[str, str]] = set()
        for role in (each for each in (*found.administrators, *found.ways) if _kind(each) == "role"):
            trust, account = _trust(role), role.split(":")[4]
            for service in RUNNING:
                if service not in trust or (account, service) in looked:
                    continue
                looked.add((account, service))
                others = [
                    each for each in self.principals if each.split(":")[4] == account and each not in there
                ]
                for principal, actions in self._able(others, RUNNING[service]):
                    found.if_running.setdefault(principal, Step(principal, actions, role, role))

    def _groups_of_administrators(self, account: str) -> list[str]:
        """The ARNs of groups whose policies allow what administrators do, on everything and without a condition."""
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

    def _steps_into(self, target: str, there: set[str]) -> Iterator[Step]:
        """The steps by which principals that are not `there` yet get the rights of the target."""
        if _kind(target) == "user":
            yield from self._taking(target, _OVER_USER, there)
            return
        trust = _trust(target)
        for principal in self._trusted(trust):
            if principal in there or not (
                principal in trust or self._covers(principal, "sts:AssumeRole", target)
            ):
                continue
            if self._may(principal, "sts:AssumeRole", target):
                yield Step(principal, ("sts:AssumeRole",), target, target)
        yield from self._taking(target, _OVER_ROLE, there)
        for service in PASSED:
            if service in trust:
                yield from self._passing(target, service, there)

    def _trusted(self, trust: str) -> Iterator[str]:
        """Those whom a trust policy may let in: by name, or as somebody of an account who has a policy for it."""
        asking = set(self._holding("sts:AssumeRole"))
        for principal in self.principals:
            account = principal.split(":")[4]
            of_account = f":{account}:root" in trust or f'"{account}"' in trust or '"*"' in trust
            if principal in trust or (of_account and principal in asking):
                yield principal

    def _taking(self, target: str, actions: tuple[str, ...], there: set[str]) -> Iterator[Step]:
        for action in actions:
            for principal in self._holding(action):
                near = principal.split(":")[4] == target.split(":")[4] and principal not in there
                if near and self._covers(principal, action, target) and self._may(principal, action, target):
                    yield Step(principal, (action,), target, target)

    def _passing(self, role: str, service: str, there: set[str]) -> Iterator[Step]:
        for principal, actions in self._running(role.split(":")[4], service):
            passed = {"iam:PassedToService": service}
            if principal in there or not self._covers(principal, "iam:PassRole", role):
                continue
            if self._may(principal, "iam:PassRole", role, passed):
                yield Step(principal, ("iam:PassRole", *actions), role, role)

    def _running(self, account: str, service: str) -> list[tuple[str, tuple[str, ...]]]:
        """Those of an account who can run their code with a service and pass roles, with the actions that do it."""
        if (account, service) not in self._runners:
            passing = [each for each in self._holding("iam:PassRole") if each.split(":")[4] == account]
            self._runners[account, service] = list(self._able(passing, PASSED[service]))
        return self._runners[account, service]

    def _able(
        self, principals: list[str], ways: tuple[tuple[str, ...], ...]
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Those who may do all of one of the ways' actions on everything, with the first such way."""
        for principal in principals:
            for actions in ways:
                if len(self._named(principal, actions)) == len(actions) and all(
                    self._may(principal, action, "*") for action in actions
                ):
                    yield principal, actions
                    break

    def _holding(self, action: str) -> list[str]:
        """The principals that have a statement which allows the action for some resource."""
        if action not in self._holders:
            self._holders[action] = [each for each in self.principals if self._named(each, (action,))]
        return self._holders[action]

    def _named(self, principal: str, actions: tuple[str, ...]) -> list[str]:
        """Those of the actions that a statement of the principal's allows for some resource."""
        allowing = [
            statement
            for policy in self._policies[principal]
            for statement in policy.statements
            if statement.effect == ALLOW
        ]
        return [action for action in actions if any(each.concerns(action.lower()) for each in allowing)]

    def _covers(self, principal: str, action: str, resource: str) -> bool:
        """Whether a statement of the principal's allows it under some condition: a look that spares most questions."""
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
        """Whether a statement's conditions hold for the principal; those about anything else are left to the engine."""
        if not statement.condition_tests or not all(key.startswith(_OF_THE_CALLER) for key in statement.keys):
            return True
        if principal not in self._contexts:
            self._contexts[principal] = self._cloud.judge(
                principal, "sts:GetCallerIdentity", "*"
            ).request.context
        return all(test(self._contexts[principal]) for test in statement.condition_tests)

    def _may(self, principal: str, action: str, resource: str, context: dict[str, str] | None = None) -> bool:
        try:
            return self._cloud.asker(principal, resource, context or {})(action).allowed
        except NotModelled:
            if resource != "*":  # what is lacking is about the resource, not about who asks
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

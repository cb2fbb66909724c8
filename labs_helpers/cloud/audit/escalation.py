"""Paths by which principals can become administrators, found with the decision engine, without making calls.

In each step of a path, a principal changes its own permissions, or gains another principal's: by assuming a role, by
changing a role's trust policy, by creating credentials for a user, or by passing a role to a service that runs code.
The known escalation paths, including those that the search leaves out, are in `escalation_paths`.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html (delegation)
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.cloud.audit.escalation_paths import NOT_LOOKED_FOR, Kind, Path, named, of_service, services
from labs_helpers.cloud.audit.guardrails import guardrails_above, manages_identity_center
from labs_helpers.cloud.audit.identities import (
    SERVICE_LINKED,
    account_of,
    boundary_of,
    kind_of,
    name_of,
    protection_of,
    trust_text,
    trusted,
)
from labs_helpers.cloud.audit.outlooks import Outlooks
from labs_helpers.cloud.audit.own_changes import (
    ADMINISTRATOR_ACCESS,
    EVERYTHING,
    UNCHANGED,
    OwnChanges,
    Permissions,
    State,
    Step,
)
from labs_helpers.cloud.cloud import Cloud
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.services.iam import moto_view as iam
from labs_helpers.engine.analysis.open_keys import Requirement
from labs_helpers.engine.policy import PolicyError

_MOST_STATES = 64
_TAKES_USER = ("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile")
_EMPOWERS = {
    "user": ("iam:AttachUserPolicy", "iam:PutUserPolicy"),
    "role": ("iam:AttachRolePolicy", "iam:PutRolePolicy"),
}


@dataclass(slots=True)
class Escalations:
    """The administrators, and a short path for every other principal that can become an administrator.

    `administrators` can do everything that the guardrails don't deny, and `guardrails` contains the names of their
    account's SCPs. `administrators_if` are administrators under conditions, and `protected` names the administrators'
    roles that only AWS can change. `ways_if` contains paths that depend on conditions, and `if_running` contains paths
    that depend on something that isn't known, such as code that already runs with a role. `unanswered` contains the
    reasons that some principals couldn't be examined. `not_looked_for` contains known paths that the search leaves out.
    `complete` is False if the search was stopped.
    """

    administrators: tuple[str, ...] = ()
    administrators_if: dict[str, tuple[Requirement, ...]] = field(default_factory=dict)
    guardrails: dict[str, tuple[str, ...]] = field(default_factory=dict)
    protected: dict[str, str] = field(default_factory=dict)
    ways: dict[str, tuple[Step, ...]] = field(default_factory=dict)
    ways_if: dict[str, tuple[Step, ...]] = field(default_factory=dict)
    if_running: dict[str, Step] = field(default_factory=dict)
    unanswered: dict[str, str] = field(default_factory=dict)
    not_looked_for: Mapping[str, str] = field(default_factory=lambda: dict(NOT_LOOKED_FOR))
    complete: bool = False


def escalations(
    cloud: Cloud,
    *,
    context: Mapping[str, Any] | None = None,
    region: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Escalations:
    """Find the path by which each user or role can become an administrator. `progress(done, of)` works as in `who_can`.

    If `context` and `region` don't specify a condition key that only a real request has, any value is possible: paths
    that need certain values are in `ways_if`. Service-linked roles aren't examined, because only their service can
    assume them.
    """
    result, search = Escalations(), _Search(cloud, Outlooks(cloud, context, region))
    try:
        for done, principal in enumerate(search.principals):
            if progress is not None and done % 20 == 0:
                progress(done, len(search.principals))
            try:
                search.add_administrator(principal, result)
            except (NotModelled, PolicyError) as error:
                result.unanswered[principal] = str(error)
        search.add_ways(result, result.ways, progress, sure=True)
        search.add_ways(result, result.ways_if, progress, sure=False)
        search.add_if_running(result)
        result.complete = True
    except (KeyboardInterrupt, StopIteration):  # the caller stopped the search: return what it found so far
        pass
    return result


class _Search:
    """The search in one cloud."""

    def __init__(self, cloud: Cloud, outlooks: Outlooks) -> None:
        self._cloud = cloud
        self.principals = [each for each in cloud.identities() if protection_of(each) != SERVICE_LINKED]
        self._permissions = Permissions(outlooks)
        self._changes = OwnChanges(self._permissions)
        self._states: dict[tuple[str, bool], list[tuple[State, tuple[Step, ...]]]] = {}
        self._holding: dict[str, set[str]] = {}
        self._runners: dict[tuple[str, str, State], list[tuple[Path, tuple[Requirement, ...]]]] = {}

    def add_administrator(self, principal: str, result: Escalations) -> None:
        """Add a principal to the administrators if it is one."""
        requirements = self._permissions.administers(principal)
        if requirements is None:
            return
        if requirements:
            result.administrators_if[principal] = requirements
        else:
            result.administrators += (principal,)
        above = guardrails_above(self._cloud, principal)
        if above:
            result.guardrails[principal] = above
        protection = protection_of(principal)
        if protection is not None:
            result.protected[principal] = protection

    def add_ways(
        self,
        result: Escalations,
        ways: dict[str, tuple[Step, ...]],
        progress: Callable[[int, int], None] | None,
        *,
        sure: bool,
    ) -> None:
        """Search backward from the principals with a path, so that short paths are found first.

        If `sure`, steps with conditions aren't taken.
        """
        reached = {*result.administrators, *result.ways, *result.unanswered}
        if not sure:
            reached |= set(result.administrators_if)
        for principal in self.principals:
            if principal in reached or (sure and principal in result.administrators_if):
                continue
            path = self._alone(principal, sure) or self._through_another(principal, reached, sure)
            if path:
                ways[principal] = path
        reached |= set(ways)
        waiting = deque(each for each in (*result.administrators, *result.administrators_if, *result.ways, *ways)
                        if not sure or each not in result.administrators_if)  # fmt: skip
        while waiting:
            if progress is not None:
                progress(min(len(reached), len(self.principals)), len(self.principals))
            target = waiting.popleft()
            for steps in self._ways_into(target, reached, sure):
                who = steps[0].principal
                if who not in reached:
                    reached.add(who)
                    ways[who] = (*steps, *(result.ways.get(target) or ways.get(target, ())))
                    waiting.append(who)

    def _states_of(self, principal: str, sure: bool) -> list[tuple[State, tuple[Step, ...]]]:
        """Return the states that a principal can reach, with the steps to each, beginning with the current one."""
        if (principal, sure) not in self._states:
            found: dict[State, tuple[Step, ...]] = {UNCHANGED: ()}
            waiting = deque([UNCHANGED])
            while waiting and len(found) < _MOST_STATES:
                state = waiting.popleft()
                for step, after in self._changes.steps(principal, state):
                    if after not in found and not (sure and step.requirements):
                        found[after] = (*found[state], step)
                        waiting.append(after)
            self._states[principal, sure] = list(found.items())
        return self._states[principal, sure]

    def _alone(self, principal: str, sure: bool) -> tuple[Step, ...]:
        """Return the steps by which a principal makes itself an administrator, or no steps."""
        for state, steps in self._states_of(principal, sure):
            requirements = self._permissions.administers(principal, state) if steps else None
            if requirements is not None and not (sure and requirements):
                return steps
        return ()

    def _through_another(self, principal: str, reached: set[str], sure: bool) -> tuple[Step, ...]:
        """Return the steps by which a principal makes an identity an administrator and takes it over, or no steps."""
        for target in self._neighbors(principal):
            if target == principal or target in reached or protection_of(target) is not None:
                continue
            if self._permissions.administers(target, EVERYTHING) is None:
                continue
            for state, before in self._states_of(principal, sure):
                step = self._empowering(principal, target, state)
                if step is not None and not (sure and step.requirements):
                    return (*before, step)
        return ()

    def _neighbors(self, principal: str) -> Iterator[str]:
        actions = ("iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:AttachUserPolicy", "iam:PutUserPolicy",
                   "iam:CreatePolicyVersion")  # fmt: skip
        if any(self._permissions.names(principal, action) for action in actions):
            for each in self.principals:
                if account_of(each) == account_of(principal):
                    yield each

    def _empowering(self, principal: str, target: str, state: State) -> Step | None:
        kind, may = kind_of(target), self._permissions.may
        for action in (*_EMPOWERS[kind], "iam:CreatePolicyVersion"):
            if not self._permissions.names(principal, action, state):
                continue
            if action == "iam:CreatePolicyVersion":
                own = iam.own_policies(account_of(target), name_of(target), kind)
                places = [(arn, may(principal, action, arn, state=state)) for arn in own]
            else:
                places = [
                    (target, may(principal, action, target, state=state, keys=_keys_about(target, action)))
                ]
            for on, first in places:
                for take, second in self._takes(principal, target, state) if first is not None else ():
                    assert first is not None
                    path = _compound(action, take)
                    return Step(principal, (action, take), on, target, path, (*first, *second))
        return None

    def _takes(
        self, principal: str, target: str, state: State
    ) -> Iterator[tuple[str, tuple[Requirement, ...]]]:
        """Yield the actions by which a principal takes over an identity, with their conditions."""
        if kind_of(target) == "role":
            requirements = self._assumes(principal, target, state)
            if requirements is not None:
                yield "sts:AssumeRole", requirements
        for action in _TAKES_USER if kind_of(target) == "user" else ("iam:UpdateAssumeRolePolicy",):
            found = self._permissions.may(principal, action, target, state=state)
            if found is not None:
                yield action, found

    def _ways_into(self, target: str, reached: set[str], sure: bool) -> Iterator[tuple[Step, ...]]:
        """Yield the ways in which principals that aren't in `reached` gain the target's permissions."""
        for principal in self._near(target):
            if principal in reached:
                continue
            for state, before in self._states_of(principal, sure):
                step = next((each for each in self._steps_into(principal, target, state)
                             if not (sure and each.requirements)), None)  # fmt: skip
                if step is not None:
                    yield (*before, step)
                    break

    def _near(self, target: str) -> Iterator[str]:
        """Yield the principals that might gain the target's permissions, given their policies and its trust policy."""
        near = {each for each in self.principals if len(self._states_of(each, False)) > 1}
        if kind_of(target) == "user":
            near |= self._holders(*_TAKES_USER)
        else:
            trust = trusted(trust_text(target))
            near |= self._holders("iam:UpdateAssumeRolePolicy", "iam:UpdateSAMLProvider")
            if trust & set(services()):
                near |= self._holders("iam:PassRole")
            if "*" in trust:
                near |= set(self.principals)
            elif any(each.isdigit() or each.endswith(":root") for each in trust):
                near |= self._holders("sts:AssumeRole")
            near |= trust
        return (each for each in self.principals if each in near)

    def _holders(self, *actions: str) -> set[str]:
        """Return the principals with a statement that allows one of the actions for any resource."""
        for action in actions:
            if action not in self._holding:
                self._holding[action] = {
                    each for each in self.principals if self._permissions.names(each, action)
                }
        return set().union(*(self._holding[action] for action in actions))

    def _steps_into(self, principal: str, target: str, state: State) -> Iterator[Step]:
        if kind_of(target) == "role":
            requirements = self._assumes(principal, target, state)
            if requirements is not None:
                path = named(Kind.TAKE, "sts:AssumeRole")
                yield Step(principal, ("sts:AssumeRole",), target, target, path, requirements)
        if account_of(principal) != account_of(target):
            return
        if kind_of(target) == "user":
            yield from self._taking(principal, target, _TAKES_USER, target, state)
            return
        trust = trusted(trust_text(target))
        for provider in trust:
            if ":saml-provider/" in provider and account_of(provider) == account_of(target):
                yield from self._taking(principal, target, ("iam:UpdateSAMLProvider",), provider, state)
        if protection_of(target) is None:
            yield from self._taking(principal, target, ("iam:UpdateAssumeRolePolicy",), target, state)
            yield from self._passing(principal, target, trust, state)

    def _assumes(self, principal: str, role: str, state: State) -> tuple[Requirement, ...] | None:
        trust, account = trusted(trust_text(role)), account_of(principal)
        by_account = bool(trust & {account, f"arn:aws:iam::{account}:root"})
        if not (trust & {principal, "*"} or by_account):
            return None
        if by_account and not trust & {principal, "*"}:
            return self._permissions.may(principal, "sts:AssumeRole", role, state=state)
        return self._permissions.may_trusted(principal, "sts:AssumeRole", role, state)

    def _taking(
        self, principal: str, target: str, actions: Iterable[str], on: str, state: State
    ) -> Iterator[Step]:
        for action in actions:
            requirements = self._permissions.may(
                principal, action, on, state=state, keys=_keys_about(target, action)
            )
            if requirements is not None:
                yield Step(principal, (action,), on, target, named(Kind.TAKE, action), requirements)

    def _passing(self, principal: str, role: str, trust: frozenset[str], state: State) -> Iterator[Step]:
        if not self._permissions.names(principal, "iam:PassRole", state):
            return
        for service in services():
            # Few principals can run anything, so the role is checked only for those that can.
            ways = self._running(principal, service, state) if service in trust else []
            if not ways:
                continue
            passed = self._permissions.may(
                principal, "iam:PassRole", role, state=state, keys={"iam:PassedToService": service}
            )
            for path, requirements in ways if passed is not None else ():
                assert passed is not None
                yield Step(principal, path.actions, role, role, path, (*passed, *requirements))

    def _running(
        self, principal: str, service: str, state: State
    ) -> list[tuple[Path, tuple[Requirement, ...]]]:
        """Return the ways in which a principal can run something with a service and a role that it passes."""
        key = (principal, service, state)
        if key not in self._runners:
            found = [
                (path, self._permissions.may_anywhere(principal, path.actions[1:], state))
                for path in of_service(Kind.PASS, service)
            ]
            self._runners[key] = [
                (path, requirements) for path, requirements in found if requirements is not None
            ]
        return self._runners[key]

    def add_if_running(self, result: Escalations) -> None:
        """Add principals that could take over Identity Center, or something that runs with an administrator's role.

        A role that can become an administrator counts as well.
        """
        targets = (*result.administrators, *result.administrators_if, *result.ways, *result.ways_if)
        reached = {*targets, *result.unanswered}
        rest = [each for each in self.principals if each not in reached]
        examined: set[tuple[str, str]] = set()
        for role in (each for each in targets if kind_of(each) == "role"):
            account = account_of(role)
            for service in services():
                if service not in trusted(trust_text(role)) or (account, service) in examined:
                    continue
                examined.add((account, service))
                for principal in (each for each in rest if account_of(each) == account):
                    for path in of_service(Kind.RUNNING, service):
                        self._add_if(result, principal, path, role, f"something runs as {role}")
        for principal in rest:
            unsure = manages_identity_center(self._cloud, account_of(principal))
            for path in of_service(Kind.CENTER, "") if unsure is not None else ():
                self._add_if(result, principal, path, "Identity Center", unsure or "")

    def _add_if(self, result: Escalations, principal: str, path: Path, on: str, needs: str) -> None:
        if principal in result.if_running:
            return
        try:
            requirements = self._permissions.may_anywhere(principal, path.actions)
        except (NotModelled, PolicyError) as error:
            result.unanswered[principal] = str(error)
            return
        if requirements is not None:
            gains = on if on.startswith("arn:") else "an administrator in another account"
            result.if_running[principal] = Step(principal, path.actions, on, gains, path, requirements, needs)


def _compound(action: str, take: str) -> Path:
    """Return the path that consists of a policy change and a takeover, or the closest one in the catalog."""
    try:
        return named(Kind.EMPOWER, action, take)
    except KeyError:
        return named(Kind.EMPOWER, "iam:PutUserPolicy", "iam:CreateAccessKey")


def _keys_about(target: str, action: str) -> dict[str, str | None]:
    """Return the condition keys that a request about an identity has: its boundary, and the policy to attach."""
    keys: dict[str, str | None] = {"iam:PermissionsBoundary": boundary_of(target)}
    if action.startswith("iam:Attach"):
        keys["iam:PolicyARN"] = ADMINISTRATOR_ACCESS
    return keys

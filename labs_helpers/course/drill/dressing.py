"""Policies, statements, and keys that change nothing, so that a learner has to find out what determines the decision.

Each addition goes into both situations of a pair. The engine evaluates both situations again, and leaves out any
addition that would change a decision or the layer that makes it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from labs_helpers.course.drill.decisions import decide, stopping_layer
from labs_helpers.course.drill.scene import (
    FULL_ACCESS,
    Draw,
    Pair,
    Scene,
    allow,
    deny,
    doc,
    is_service_linked,
    region_of,
)

_Addition = Callable[[Scene], None]
_ELSEWHERE = (
    ("cloudwatch:PutMetricData", "*"), ("ec2:DescribeInstances", "*"), ("iam:GetUser", "*"),
    ("athena:StartQueryExecution", "*"), ("states:StartExecution", "arn:aws:states:*:*:stateMachine:nightly"),
    ("ecr:GetAuthorizationToken", "*"),
)  # fmt: skip


def dressed(pair: Pair, d: Draw) -> Pair:
    """Return the pair with up to three additions that don't change either decision."""
    for _ in range(d.dice.below(4)):
        addition = _ADDITIONS[d.dice.below(len(_ADDITIONS))](d)
        changed = replace(pair, allowed=_with(pair.allowed, addition), denied=_with(pair.denied, addition))
        in_both = changed.allowed != pair.allowed and changed.denied != pair.denied
        if (
            in_both
            and _clear(changed, pair)
            and _same(changed.allowed, pair.allowed)
            and _same(changed.denied, pair.denied)
        ):
            pair = changed
    return pair


def _clear(changed: Pair, pair: Pair) -> bool:
    """Return False if the pair's words name *the* Deny or Allow statement but the scene now has a second one."""
    return all(
        _count(changed.denied, effect) == _count(pair.denied, effect)
        for effect in ("Allow", "Deny")
        if f"The {effect} statement" in pair.allow_by + pair.deny_by
    )


def _count(scene: Scene, effect: str) -> int:
    text = json.dumps(scene).replace(json.dumps(FULL_ACCESS), "")
    return text.count(f'"Effect": "{effect}"')


def _with(scene: Scene, addition: _Addition) -> Scene:
    changed = copy.deepcopy(scene)
    addition(changed)
    return changed


def _same(one: Scene, other: Scene) -> bool:
    first, second = decide(one), decide(other)
    return bool(first["decision"] == second["decision"] and stopping_layer(first) == stopping_layer(second))


def _has_account(scene: Scene) -> bool:
    arn = scene["principal"].get("arn", "")
    return arn != "" and not arn.endswith(":root")


def _can_have_policies(scene: Scene) -> bool:
    return _has_account(scene) and not is_service_linked(scene)


def _another_statement(d: Draw) -> _Addition:
    """Add a statement about something else to one of the policies."""
    action, resource = _ELSEWHERE[d.dice.below(len(_ELSEWHERE))]
    statement = (deny if d.coin() else allow)(action, resource)
    at_start, number = d.coin(), d.dice.below(8)

    def add(scene: Scene) -> None:
        """Add the statement to an identity-based policy."""
        identity = scene["policies"].get("identity")
        if identity:
            statements = identity[number % len(identity)]["Statement"]
            statements.insert(0 if at_start else len(statements), statement)

    return add


def _another_policy(d: Draw) -> _Addition:
    """Add an identity-based policy about something else."""
    action, resource = _ELSEWHERE[d.dice.below(len(_ELSEWHERE))]
    policy, at_start = doc((deny if d.coin(3) else allow)(action, resource)), d.coin()

    def add(scene: Scene) -> None:
        """Add the policy if the caller can have policies."""
        if _can_have_policies(scene) and len(scene["policies"].get("identity", [])) < 2:
            identity = scene["policies"].setdefault("identity", [])
            identity.insert(0 if at_start else len(identity), policy)

    return add


def _boundary(d: Draw) -> _Addition:
    """Add a permissions boundary that allows everything, or everything except an unrelated service."""
    statements = [allow("*")] if d.coin() else [allow("*"), deny("organizations:*")]

    def add(scene: Scene) -> None:
        """Add the boundary if the caller can have one."""
        if _can_have_policies(scene):
            scene["policies"].setdefault("boundary", doc(*statements))

    return add


def _session_policy(d: Draw) -> _Addition:
    """Add a session policy that allows everything."""
    policy = doc(allow("*")) if d.coin() else doc(allow("*"), deny("iam:*"))

    def add(scene: Scene) -> None:
        """Add the session policy if the caller is a role session."""
        if ":assumed-role/" in scene["principal"].get("arn", ""):
            scene["policies"].setdefault("session", [policy])

    return add


def _scps(d: Draw) -> _Addition:
    """Add the SCPs of an organization."""
    levels: list[list[Any]] = [[FULL_ACCESS] for _ in range(2 + d.dice.below(2))]
    if d.coin():
        levels[d.dice.below(len(levels))].append(
            doc(deny(d.one(["account:*", "aws-portal:*", "ec2:RunInstances"])))
        )

    def add(scene: Scene) -> None:
        """Add the SCPs if the caller is in an account."""
        if "arn" in scene["principal"]:
            scene["policies"].setdefault("scp", levels)

    return add


def _bucket_policy_for_others(d: Draw) -> _Addition:
    """Add a statement about another account to the resource-based policy."""
    other = {"AWS": f"arn:aws:iam::{d.one(['909090909090', '808080808080'])}:root"}
    at_start = d.coin()

    def add(scene: Scene) -> None:
        """Add the statement to the existing resource-based policy."""
        policy = scene["policies"].get("resource")
        if policy:
            resource = {"Resource": "*"} if "Resource" in policy["Statement"][0] else {}
            statement = {"Effect": "Allow", "Principal": other, "Action": scene["action"], **resource}
            if "909090909090" in str(policy) or "808080808080" in str(policy):
                return  # one additional account is enough
            policy["Statement"].insert(0 if at_start else len(policy["Statement"]), statement)

    return add


def _more_keys(d: Draw) -> _Addition:
    """Add condition keys that no policy checks."""
    key, value = [
        ("aws:SecureTransport", "true"), ("aws:UserAgent", "aws-cli/2.31"), ("aws:SourceIp", "203.0.113.77"),
        ("aws:ViaAWSService", "false"), ("aws:RequestedRegion", ""),
    ][d.dice.below(5)]  # fmt: skip

    def add(scene: Scene) -> None:
        """Add the key to the request."""
        given = value or region_of(scene["action"], scene["resource"]["arn"])
        scene.setdefault("context", {}).setdefault(key, given)

    return add


_ADDITIONS: tuple[Callable[[Draw], _Addition], ...] = (
    _another_statement, _another_policy, _boundary, _session_policy, _scps, _bucket_policy_for_others, _more_keys,
)  # fmt: skip

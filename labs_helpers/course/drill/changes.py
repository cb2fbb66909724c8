"""Changes to a situation that sound plausible, most of which don't change the decision."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from labs_helpers.course.drill.scene import FULL_ACCESS, Scene, allow, deny, doc, is_service_linked
from labs_helpers.course.drill.words import caller

Changed = tuple[str, Scene]
_LEVELS = {1: ("account",), 2: ("root", "account"), 3: ("root", "OU", "account")}


def plausible_changes(scene: Scene) -> Iterator[Changed]:
    """Yield changes to the scene's policies or request, each with a sentence and the changed scene."""
    yield from _identity_changes(scene)
    yield from _resource_changes(scene)
    yield from _limit_changes(scene)
    yield from _organization_changes(scene)
    yield from _request_changes(scene)


def _with_policies(scene: Scene, **changes: Any) -> Scene:
    policies = {**copy.deepcopy(scene["policies"]), **changes}
    return {**scene, "policies": {name: value for name, value in policies.items() if value is not None}}


def _identity_changes(scene: Scene) -> Iterator[Changed]:
    identity = scene["policies"].get("identity", [])
    if "arn" not in scene["principal"] or scene["principal"]["arn"].endswith(":root"):
        return
    if is_service_linked(scene):
        return
    who = _attached_to(scene)
    yield (
        f"The policy AdministratorAccess, which allows everything, is also attached to {who}.",
        _with_policies(scene, identity=[*identity, doc(allow("*"))]),
    )
    exact = allow(scene["action"], scene["resource"]["arn"])
    yield (
        f"Another policy allows {who} exactly this action on exactly this resource.",
        _with_policies(scene, identity=[*identity, doc(exact)]),
    )
    if len(identity) > 1 or any(len(policy["Statement"]) > 1 for policy in identity):
        turned = [{**policy, "Statement": policy["Statement"][::-1]} for policy in identity[::-1]]
        yield (
            "The policies and their statements are in reverse order.",
            _with_policies(scene, identity=turned),
        )
    yield (
        f"Another policy of {who} denies `iam:*`.",
        _with_policies(scene, identity=[*identity, doc(deny("iam:*"))]),
    )


def _attached_to(scene: Scene) -> str:
    return "the role" if ":assumed-role/" in scene["principal"]["arn"] else caller(scene)


def _resource_changes(scene: Scene) -> Iterator[Changed]:
    policy, arn = scene["policies"].get("resource"), scene["principal"].get("arn", "")
    service = scene["resource"]["arn"].split(":")[2] if scene["resource"]["arn"] != "*" else ""
    if policy:
        turned = {**policy, "Statement": policy["Statement"][::-1]}
        if len(policy["Statement"]) > 1:
            yield (
                "The statements of the resource's policy are in reverse order.",
                _with_policies(scene, resource=turned),
            )
    if policy and arn and service != "iam":
        account = f"arn:aws:iam::{arn.split(':')[4]}:root"
        grant = allow(scene["action"], "*", Principal={"AWS": account})
        yield (
            f"The resource's policy also allows the action to the caller's account, {account}.",
            _with_policies(scene, resource={**policy, "Statement": [*policy["Statement"], grant]}),
        )


def _limit_changes(scene: Scene) -> Iterator[Changed]:
    arn, who = scene["principal"].get("arn", ""), caller(scene)
    if not arn or arn.endswith(":root") or is_service_linked(scene):
        return
    if "boundary" in scene["policies"]:
        yield "The permissions boundary is removed.", _with_policies(scene, boundary=None)
    else:
        whose = "the role" if ":assumed-role/" in arn else who
        yield (
            f"A permissions boundary that allows everything is set for {whose}.",
            _with_policies(scene, boundary=doc(allow("*"))),
        )
    if ":assumed-role/" in arn:
        if scene["policies"].get("session"):
            yield "The session has no session policy.", _with_policies(scene, session=None)
        else:
            yield (
                "The session has a session policy that allows everything.",
                _with_policies(scene, session=[doc(allow("*"))]),
            )


def _organization_changes(scene: Scene) -> Iterator[Changed]:
    if "arn" not in scene["principal"]:
        return
    levels = scene["policies"].get("scp")
    if levels is None:
        yield (
            "The caller's account joins an organization in which FullAWSAccess is attached to every level.",
            _with_policies(scene, scp=[[FULL_ACCESS], [FULL_ACCESS]]),
        )
        return
    for place, name in enumerate(_LEVELS.get(len(levels), ())):
        if FULL_ACCESS not in levels[place]:
            wider = [[*level, FULL_ACCESS] if each == place else level for each, level in enumerate(levels)]
            yield f"FullAWSAccess is also attached to the {name}.", _with_policies(scene, scp=wider)
    yield (
        "An SCP with a Deny for `iam:*` is attached to the account.",
        _with_policies(scene, scp=[*levels[:-1], [*levels[-1], doc(deny("iam:*"))]]),
    )


def _request_changes(scene: Scene) -> Iterator[Changed]:
    context = scene.get("context", {})
    if "aws:MultiFactorAuthPresent" not in context and "arn" in scene["principal"]:
        yield (
            f"{caller(scene)} signs in with MFA.",
            {**scene, "context": {**context, "aws:MultiFactorAuthPresent": "true"}},
        )
    if "aws:RequestedRegion" not in context:
        other = {"aws:RequestedRegion": "eu-south-1"}
        yield (
            "The request is sent to the endpoint of another Region.",
            {**scene, "context": {**context, **other}},
        )

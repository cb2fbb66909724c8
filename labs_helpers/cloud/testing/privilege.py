"""Permissions in a principal's policies that its calls didn't need.

Access Analyzer reports such permissions as unused access.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-concepts.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3

from labs_helpers.cloud.core.record import Record
from labs_helpers.cloud.core.used_requests import used
from labs_helpers.cloud.services.iam import moto_view as iam
from labs_helpers.engine.analysis.generation import Pair
from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.policy.patterns import covers, loosened
from labs_helpers.engine.reference import authorization

if TYPE_CHECKING:
    from labs_helpers.cloud.cloud import Cloud

_EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def arn_of(cloud: Cloud, principal: str) -> str:
    """Return the ARN of a user or role, given by ARN or profile name.

    For a session's ARN, its role's ARN is returned. Raises `LookupError` for an unknown profile or principal.
    """
    if principal.startswith("arn:"):
        arn = principal
    elif principal in cloud.profiles():
        arn = boto3.Session(profile_name=principal).client("sts").get_caller_identity()["Arn"]
    else:
        raise LookupError(f"there is no profile {principal!r}; there are {', '.join(cloud.profiles())}")
    if ":assumed-role/" in arn:
        account, name = Arn.parse(arn).account, arn.split("/")[1]
        arn = next((each for each in cloud.identities() if _is_role(each, account, name)), arn)
    if arn not in cloud.identities():
        raise LookupError(f"{arn} is no user or role of this cloud")
    return arn


def _is_role(arn: str, account: str, name: str) -> bool:
    return arn.startswith(f"arn:aws:iam::{account}:role/") and arn.rpartition("/")[2] == name


def unused(record: Record, arn: str, spare: Sequence[str] = ()) -> list[str]:
    """Return one line per unused permission in the identity policies of a user or role.

    A permission is unused if no recorded call needed it. `spare` contains patterns for actions that are allowed to be
    unused.
    """
    account, name = Arn.parse(arn).account, Arn.parse(arn).name
    policies = iam.role_policies(account, name) if ":role/" in arn else iam.user_policies(account, name)
    pairs = [(action.lower(), resource) for action, resource in used(record, arn, *_EVER)]
    permissions = []
    for policy, text in policies:
        for number, statement in enumerate(_several(json.loads(text)["Statement"]), 1):
            if statement["Effect"] == "Allow":
                permissions += [
                    f"{policy}, statement {number}: {line}" for line in _unused(statement, pairs, spare)
                ]
    return permissions


def _unused(statement: dict[str, Any], pairs: list[Pair], spare: Sequence[str]) -> Iterator[str]:
    for element in ("NotAction", "NotResource"):
        if element in statement:
            yield f"{element} allows what nobody has listed"
            return
    patterns = [loosened(each) for each in _several(statement["Resource"])]
    concerned = [
        (action, resource) for action, resource in pairs if any(covers(each, resource) for each in patterns)
    ]
    needed: list[Pair] = []
    for pattern in _several(statement["Action"]):
        matched = [pair for pair in concerned if covers(pattern.lower(), pair[0])]
        needed += matched
        if not any(covers(each.lower(), pattern.lower()) for each in spare):
            yield from _unused_actions(pattern, {action for action, _ in matched}, spare)
    yield from _unused_resources(patterns, needed)


def _unused_actions(pattern: str, in_use: set[str], spare: Sequence[str]) -> Iterator[str]:
    prefix, _, name = pattern.partition(":")
    if "*" in prefix:
        yield f"{pattern} stands for every action of every service"
        return
    left = [
        f"{prefix}:{each['name']}"
        for each in authorization.actions(prefix).values()
        if covers(name.lower(), each["name"].lower())
        and f"{prefix}:{each['name']}".lower() not in in_use
        and not any(covers(one.lower(), f"{prefix}:{each['name']}".lower()) for one in spare)
    ]
    if left:
        shown = ", ".join(left[:5]) + (f" and {len(left) - 5} more" if len(left) > 5 else "")
        yield f"{shown}: never used" if pattern in left else f"{pattern} covers {shown}: never used"


def _unused_resources(patterns: list[str], needed: list[Pair]) -> Iterator[str]:
    resources = sorted({resource for _, resource in needed})
    for pattern in patterns:
        if not needed:
            return
        if pattern == "*":
            if "*" not in resources:
                yield f'"*" stands for every resource; used: {", ".join(resources[:5])}'
        elif not any(covers(pattern, resource) for resource in resources):
            yield f"{pattern}: never used"


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

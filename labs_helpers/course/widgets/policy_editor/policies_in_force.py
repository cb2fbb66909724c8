"""The policies in force at a target, and the differences between them and a policy's text."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from itertools import islice
from typing import Any

from labs_helpers.cloud import Cloud, NotModelled
from labs_helpers.course.widgets.policy_editor.format import CannotFormat, formatted
from labs_helpers.course.widgets.policy_editor.policy_targets import EVERYONE, OF_RESOURCE, any_action
from labs_helpers.engine.policy import Attached, Policies, PolicyError, PolicyKind, parse_policy
from labs_helpers.engine.policy.arn import Arn

_QUESTION = "sts:GetCallerIdentity"


def policies_in_force(cloud: Cloud, kind: PolicyKind, target: str) -> list[tuple[str, str]]:
    """Return a target's policies of one kind as (name, JSON text) pairs, or an empty list if it has none."""
    try:
        return [(each.name, _text(each)) for each in _attached(cloud, kind, target)]
    except (NotModelled, PolicyError):
        return []


def difference(old: str, new: str) -> list[str]:
    """Return the diff of two strings, as lines that begin with "- ", "+ ", or spaces, or [] if the strings are equal.

    Both strings are formatted first, so that white space doesn't matter. Text that isn't JSON stays unchanged.
    """
    before, after = readable(old).splitlines(), readable(new).splitlines()
    found = difflib.unified_diff(before, after, n=len(before), lineterm="")
    # The first three lines contain file names and line numbers.
    return [f"{line[0]} {line[1:]}" for line in islice(found, 3, None)]


def meaning(old: str, new: str, kind: PolicyKind) -> list[str]:
    """Return what the difference between two policies means: proved equal or no wider, or a request for each direction.

    The list is empty if a string isn't a policy of this kind. See docs/proved.md.
    """
    from labs_helpers.engine.analysis.containment.comparison import compare_documents

    try:
        before, after = parse_policy(old, kind), parse_policy(new, kind)
    except PolicyError:
        return []
    return compare_documents(before, after).lines()


def readable(text: str) -> str:
    """Return formatted JSON, or the text unchanged if it isn't JSON."""
    try:
        return formatted(text)
    except CannotFormat:
        return text


def _attached(cloud: Cloud, kind: PolicyKind, target: str) -> Iterable[Attached]:
    if not target or target == EVERYONE:
        return ()
    if kind in OF_RESOURCE:
        return _present(_of_resource(cloud, kind, target))
    if kind in (PolicyKind.SCP, PolicyKind.RCP):
        return _of_account(cloud, kind, target)
    policies = cloud.judge(target, _QUESTION, "*").policies
    if kind is PolicyKind.IDENTITY:
        return policies.identity
    return _present(policies.boundary) if kind is PolicyKind.BOUNDARY else ()


def _of_resource(cloud: Cloud, kind: PolicyKind, target: str) -> Attached | None:
    trusted = kind is PolicyKind.TRUST
    action = "sts:AssumeRole" if trusted else any_action(Arn.parse(target).service, target)
    someone = next(iter(cloud.identities()), None)
    return cloud.judge(someone, action, target).policies.resource if action and someone else None


def _of_account(cloud: Cloud, kind: PolicyKind, account: str) -> list[Attached]:
    """Return the policies of the account and of its OUs, root first, each once."""
    own = [arn for arn in cloud.identities() if Arn.parse(arn).account == account]
    someone = next((arn for arn in own if ":role/" in arn), own[0] if own else None)
    if someone is None:
        return []
    policies: Policies = cloud.judge(someone, "sts:AssumeRole", someone).policies
    levels = policies.scp if kind is PolicyKind.SCP else policies.rcp
    found = {each.name: each for level in levels or () for each in level}
    return list(found.values())


def _present(attached: Attached | None) -> tuple[Attached, ...]:
    return () if attached is None else (attached,)


def _text(attached: Attached) -> str:
    policy = attached.policy
    document: dict[str, Any] = {"Version": policy.version}
    if policy.id:
        document["Id"] = policy.id
    document["Statement"] = [dict(each.source) for each in policy.statements]
    return json.dumps(document, indent=2, ensure_ascii=False)

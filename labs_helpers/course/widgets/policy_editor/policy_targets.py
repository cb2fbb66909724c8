"""A policy's possible targets in a cloud, and the actions and resources with which it can be evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from labs_helpers.cloud import Cloud, served_prefixes, serves_prefix
from labs_helpers.engine.policy import PolicyKind, Statement
from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.policy.elements import as_list
from labs_helpers.engine.policy.matching import TextTest, glob
from labs_helpers.engine.policy.variables import tokenize
from labs_helpers.engine.reference import authorization as reference
from labs_helpers.engine.reference.arn_types import types_of

EVERYONE = "*"
OF_RESOURCE = frozenset({PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.KEY})
_OF_ACCOUNT = frozenset({PolicyKind.SCP, PolicyKind.RCP})
_MAX_RESOURCES = 500
_BODY = 50_000
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[^\s\"'<>&\\,*?]+")
_DELETES = re.compile(
    "Delete(Bucket|Object|Queue|Topic|Table|Secret|Function|Group|Policy|Rule|LogGroup|Trail)"
)
_WITH_POLICY = {
    "s3": ("bucket",), "sqs": ("queue",), "sns": ("topic",), "lambda": ("function",), "secretsmanager": ("secret",),
    "dynamodb": ("table",),
}  # fmt: skip


def targets(cloud: Cloud, kind: PolicyKind) -> list[tuple[str, str]]:
    """Return the targets that a policy of the given kind can be attached to, as (label, identifier) pairs."""
    identities = cloud.identities()
    if kind in _OF_ACCOUNT:
        accounts = sorted({Arn.parse(arn).account for arn in identities})
        return [(f"account {account}", account) for account in accounts]
    if kind is PolicyKind.KEY:
        return _same(arn for arn in resources_of(cloud) if is_a(arn, "kms", ("key",)))
    if kind is PolicyKind.RESOURCE:
        return _same(
            arn
            for arn in resources_of(cloud)
            for prefix, types in _WITH_POLICY.items()
            if is_a(arn, prefix, types)
        )
    if kind in (PolicyKind.TRUST, PolicyKind.SESSION):
        return _same(arn for arn in identities if ":role/" in arn)
    return [("every user and role", EVERYONE), *_same(identities)]


def _same(names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


def resources_of(cloud: Cloud) -> list[str]:
    """Return the ARNs of existing resources in the cloud that successful calls named.

    All users and roles are included.
    """
    found: dict[str, None] = {}
    for entry in cloud.record:
        if entry.error_code is not None:
            continue
        named = [arn for _, arn in entry.allowed if _ARN.fullmatch(arn)]
        if _DELETES.fullmatch(entry.operation):
            for arn in named:
                found.pop(arn, None)
            continue
        body = entry.answer.body if entry.answer is not None else b""
        text = body[:_BODY].decode("utf-8", "replace") if isinstance(body, bytes) else (body or "")[:_BODY]
        found.update(dict.fromkeys((*named, *_ARN.findall(text))))
    others = [
        arn for arn in found if not re.match(r"[^:]*:[^:]*:(iam:.*:(user|role)/|sts:)", arn) and _placed(arn)
    ]
    return [*cloud.identities(), *sorted(others)][:_MAX_RESOURCES]


def _placed(arn: str) -> bool:
    """Return True if a service that the cloud supports has such a resource; others can't be evaluated."""
    prefix = Arn.parse(arn).service
    return serves_prefix(prefix) and bool(types_of(prefix, arn))


def is_a(arn: str, prefix: str, types: tuple[str, ...]) -> bool:
    """Return True if an ARN belongs to this service and has one of these resource types."""
    return Arn.parse(arn).service == prefix and not types_of(prefix, arn).isdisjoint(types)


def actions_of(patterns: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the actions that patterns cover, and the services in them that the cloud doesn't support.

    Actions named without wildcards come first, followed by the others, alternating between services. Only actions that
    AWS lists are included; `unlisted` returns the others.
    """
    exact: dict[str, None] = {}
    wild: dict[str, dict[str, None]] = {}
    unknown: dict[str, None] = {}
    for pattern in patterns:
        prefix, _, name = pattern.lower().partition(":")
        everywhere = prefix == "*"
        if not everywhere and not serves_prefix(prefix):
            unknown[prefix] = None
            continue
        if "*" not in pattern and "?" not in pattern:
            known = reference.actions(prefix).get(name)
            if known:
                exact[f"{prefix}:{known['name']}"] = None
            continue
        test = glob_test(name or "*")
        for service in served_prefixes() if everywhere else (prefix,):
            names = (each["name"] for key, each in reference.actions(service).items() if test(key))
            wild.setdefault(service, {}).update(dict.fromkeys(f"{service}:{each}" for each in names))
    turns = _in_turns([list(each) for each in wild.values()])
    return [*exact, *(action for action in turns if action not in exact)], list(unknown)


def unlisted(patterns: Iterable[str]) -> list[str]:
    """Return the names without wildcards that have a known service's prefix but aren't actions that AWS lists."""
    found: dict[str, None] = {}
    for pattern in patterns:
        prefix, _, name = pattern.lower().partition(":")
        written_out = "*" not in pattern and "?" not in pattern
        if written_out and serves_prefix(prefix) and name not in reference.actions(prefix):
            found[pattern] = None
    return list(found)


def glob_test(pattern: str) -> TextTest:
    """Return a test for strings that match a pattern with `*` and `?`. Its running time is bounded for any pattern."""
    return glob(tokenize(pattern, variables=False, wildcards=True))


def _in_turns(lists: list[list[str]]) -> Iterator[str]:
    for place in range(max(map(len, lists), default=0)):
        for each in lists:
            if place < len(each):
                yield each[place]


def strings(statement: Statement, element: str) -> list[str]:
    """Return an element's strings, whether the element is a single string or a list."""
    return [each for each in as_list(statement.source.get(element)) if isinstance(each, str)]


def action_patterns(statements: Iterable[Statement]) -> list[str]:
    """Return the action patterns in statements, with `*` for statements that have NotAction."""
    found: dict[str, None] = {}
    for statement in statements:
        found.update(dict.fromkeys(strings(statement, "Action") or ["*"]))
    return list(found)


def resources_for(action: str, resources: list[str]) -> list[str]:
    """Return the resources that an action applies to, or "*" for an action without resource types."""
    prefix, _, name = action.partition(":")
    known = reference.actions(prefix).get(name.lower())
    types = {each["name"].lower() for each in known["resourceTypes"]} if known else set()
    if not types:
        return ["*"]
    return [arn for arn in resources if arn != "*" and not types_of(prefix, arn).isdisjoint(types)]


def any_action(prefix: str, arn: str) -> str | None:
    """Return any action that applies to a resource, for finding its attached policy, or None if there is no action."""
    for each in reference.actions(prefix).values():
        if resources_for(f"{prefix}:{each['name']}", [arn]) == [arn]:
            return f"{prefix}:{each['name']}"
    return None

"""Actions that match a pattern.

One action represents each class of actions that statements, resource types, and condition keys can't
distinguish.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from operator import and_
from typing import Any, NamedTuple

from labs_helpers.engine.policy.matching import glob
from labs_helpers.engine.policy.statement import Statement
from labs_helpers.engine.policy.variables import tokenize
from labs_helpers.engine.reference import authorization as reference

# Well-known, powerful actions, which readers recognize in a witness. The search tries them first.
PREFERRED = (
    "iam:CreateAccessKey iam:PutUserPolicy iam:AttachUserPolicy iam:CreateUser iam:PassRole iam:UpdateAssumeRolePolicy "
    "iam:CreatePolicyVersion iam:DeleteUser iam:ListUsers s3:GetObject s3:PutObject s3:DeleteObject s3:PutBucketPolicy "
    "s3:ListBucket s3:DeleteBucket s3:GetBucketPolicy s3:GetObjectVersion s3:DeleteObjectVersion s3:PutObjectAcl "
    "sts:AssumeRole secretsmanager:GetSecretValue secretsmanager:DeleteSecret kms:Decrypt kms:ScheduleKeyDeletion "
    "kms:ReplicateKey kms:ImportKeyMaterial "
    "ec2:TerminateInstances ec2:RunInstances ec2:CreateTags ec2:DescribeInstanceAttribute "
    "lambda:UpdateFunctionCode lambda:InvokeFunction "
    "dynamodb:Scan dynamodb:DeleteTable sqs:ReceiveMessage sns:Publish cloudtrail:StopLogging "
    "cognito-idp:AdminCreateUser organizations:LeaveOrganization"
).split()
_VARIABLE_PART = re.compile(r"\$\{|<|(?<=/)tag-key$")
"""The start of the variable part of a listed key: a tag key, or the key of an encryption context pair."""
_SERVICES = tuple(dict.fromkeys(action.partition(":")[0] for action in PREFERRED))


class Kind(NamedTuple):
    """A resource type that an action works on, and the condition keys that it adds, in lowercase."""

    name: str
    keys: frozenset[str]


class Action(NamedTuple):
    """An action as the Service Authorization Reference lists it. `key` is its lowercase name.

    `kinds` contains the resource types that a call requires. If none of its types is required, `kinds` contains all of
    them. If it has no types, the resource is "*".
    """

    name: str
    key: str
    kinds: tuple[Kind, ...]
    keys: frozenset[str]


def representatives(
    pattern: str,
    statements: Sequence[Statement],
    services: tuple[str, ...],
    keys: Iterable[str],
    first: Iterable[str],
    is_worth_trying: Callable[[str], bool],
) -> Iterator[Action]:
    """Yield one matching action per class, beginning with the most representative actions.

    `services` are the services that the statements name (`services_of`). The resource type distinguishes actions only
    if a statement checks resources. `is_worth_trying` is called with an action in lowercase.
    """
    wanted = frozenset(keys)
    looking = [statement.resource_test is not None for statement in statements]
    seen = set()
    for action in _matching(pattern.lower(), tuple(first), services):
        if not is_worth_trying(action.key):
            continue
        concerned = tuple(statement.concerns(action.key) for statement in statements)
        by_type = any(map(and_, concerned, looking))
        distinction = (
            concerned,
            tuple(kind.name for kind in action.kinds) if by_type else bool(action.kinds),
            _service_and_keys(action.key, wanted),
        )
        if distinction not in seen:
            seen.add(distinction)
            yield action


@lru_cache(maxsize=16_384)
def _service_and_keys(name: str, wanted: frozenset[str]) -> tuple[str, frozenset[str], frozenset[str]]:
    """Return an action's service, and the `wanted` keys that its resource types and the action itself have."""
    service = name.partition(":")[0]
    action = actions_of(service)[name]
    of_kinds = (key for key in wanted if any(is_listed(key, kind.keys) for kind in action.kinds))
    return service, frozenset(of_kinds), frozenset(key for key in wanted if is_listed(key, action.keys))


def services_of(statements: Sequence[Statement]) -> tuple[str, ...]:
    """Return the services that statements name in their actions."""
    named: dict[str, None] = {}
    for statement in statements:
        source: Any = statement.source.get("Action", statement.source.get("NotAction", ()))
        for each in [source] if isinstance(source, str) else source:
            named.setdefault(each.partition(":")[0].lower())
    return tuple(each for each in named if each in reference.services())


def _matching(pattern: str, first: tuple[str, ...], mentioned: tuple[str, ...]) -> Iterator[Action]:
    """Yield the actions that match a pattern; for a pattern over all services, yield only relevant ones."""
    if "*" not in pattern and "?" not in pattern:
        action = find(pattern)
        yield from (action,) if action is not None else ()
        return
    test = glob(tokenize("*" if pattern == "*:*" else pattern, variables=False, wildcards=True))
    prefix = pattern.partition(":")[0]
    seen = set()
    for name in (*first, *PREFERRED):
        key = name.lower()
        action = find(key) if test(key) and key not in seen else None
        if action is not None:
            seen.add(key)
            yield action
    services = (*mentioned, *_SERVICES) if "*" in prefix or "?" in prefix else (prefix,)
    for service in dict.fromkeys(services):
        for key, action in actions_of(service).items():
            if key not in seen and test(key):
                yield action


def find(key: str) -> Action | None:
    """Return the action with this lowercase name, or None if it doesn't exist."""
    return actions_of(key.partition(":")[0]).get(key)


@lru_cache(maxsize=512)
def actions_of(service: str) -> dict[str, Action]:
    """Return a service's actions by lowercase name."""
    return {
        f"{service}:{name}": Action(
            f"{service}:{each['name']}",
            f"{service}:{name}",
            _kinds(service, each),
            _keys(service, name, each),
        )
        for name, each in reference.actions(service).items()
    }


def _kinds(service: str, action: Any) -> tuple[Kind, ...]:
    needed = [kind for kind in action["resourceTypes"] if kind["required"]] or action["resourceTypes"]
    return tuple(Kind(kind["name"], _keys_of_kind(service, kind)) for kind in needed)


def _keys_of_kind(service: str, kind: Any) -> frozenset[str]:
    """Return the keys that the action lists for the type, or else the type's own keys, but no request tags."""
    if kind["conditionKeys"]:
        return frozenset(key.lower() for key in kind["conditionKeys"])
    own = reference.resource_types(service).get(kind["name"].lower(), {}).get("conditionKeys", ())
    return frozenset(
        key.lower() for key in own if not key.lower().startswith(("aws:requesttag", "aws:tagkeys"))
    )


def _keys(service: str, name: str, action: Any) -> frozenset[str]:
    keys = set(action["conditionKeys"])
    if service == "sts" and name in ("tagsession", "setsourceidentity", "setcontext"):
        # These actions are authorized together with the call that creates the session, with the same condition keys.
        keys |= set(reference.actions("sts")["assumerole"]["conditionKeys"])
    return frozenset(key.lower() for key in keys)


@lru_cache(maxsize=8192)
def is_listed(key: str, listed: frozenset[str]) -> bool:
    """Return whether a condition key (in lowercase) is in the list. `aws:resourcetag/${tagkey}` matches all tags.

    `kms:encryptioncontext:${encryptioncontextkey}` matches all encryption context pairs.
    """
    if key in listed:
        return True
    return any(
        key.startswith(each[: place.start()]) for each in listed if (place := _VARIABLE_PART.search(each))
    )

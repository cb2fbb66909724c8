"""Actions for a pattern, one of each class: actions that no statement, resource type or key in question tells apart."""

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

# What people would miss most, and what a story is best told with.
TELLING = (
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
_PLACE = re.compile(r"\$\{|<|(?<=/)tag-key$")
"""Where the name of a listed key begins that is filled in: of a tag, of a pair."""
_SERVICES = tuple(dict.fromkeys(action.partition(":")[0] for action in TELLING))


class Kind(NamedTuple):
    """A resource type that an action works on, and the condition keys it brings, in lower case."""

    name: str
    keys: frozenset[str]


class Action(NamedTuple):
    """An action as the Service Authorization Reference lists it.

    kinds: the types of resource that a call needs; where it needs none of several, all of them; none: only "*".
    """

    name: str
    key: str
    kinds: tuple[Kind, ...]
    keys: frozenset[str]


def representatives(
    pattern: str,
    statements: Sequence[Statement],
    keys: Iterable[str],
    first: Iterable[str],
    asked: Callable[[str], bool],
) -> Iterator[Action]:
    """One action of each class that matches, those that say most first; `first` are the author's own.

    The type of the resource tells actions apart only where a statement looks at resources.

    asked: whether there is any use in asking for an action (in lower case).
    """
    wanted = frozenset(keys)
    looking = [statement.resource_test is not None for statement in statements]
    seen = set()
    for action in _matching(pattern.lower(), tuple(first), _services_of(statements)):
        if not asked(action.key):
            continue
        concerned = tuple(statement.concerns(action.key) for statement in statements)
        by_type = any(map(and_, concerned, looking))
        told_apart = (
            concerned,
            tuple(kind.name for kind in action.kinds) if by_type else bool(action.kinds),
            action.key.partition(":")[0],
            frozenset(key for key in wanted if any(is_listed(key, kind.keys) for kind in action.kinds)),
            frozenset(key for key in wanted if is_listed(key, action.keys)),
        )
        if told_apart not in seen:
            seen.add(told_apart)
            yield action


def _services_of(statements: Sequence[Statement]) -> tuple[str, ...]:
    named: dict[str, None] = {}
    for statement in statements:
        source: Any = statement.source.get("Action", statement.source.get("NotAction", ()))
        for each in [source] if isinstance(source, str) else source:
            named.setdefault(each.partition(":")[0].lower())
    return tuple(each for each in named if each in reference.services())


def _matching(pattern: str, first: tuple[str, ...], mentioned: tuple[str, ...]) -> Iterator[Action]:
    """The actions that match a pattern; of a pattern over all services those of the services that matter here."""
    test = glob(tokenize("*" if pattern == "*:*" else pattern, variables=False, wildcards=True))
    prefix = pattern.partition(":")[0]
    seen = set()
    for name in (*first, *TELLING):
        key = name.lower()
        action = known(key) if test(key) and key not in seen else None
        if action is not None:
            seen.add(key)
            yield action
    services = (*mentioned, *_SERVICES) if "*" in prefix or "?" in prefix else (prefix,)
    for service in dict.fromkeys(services):
        for key, action in all_of(service).items():
            if key not in seen and test(key):
                yield action


def known(key: str) -> Action | None:
    """The action of a name in lower case, None if there is none."""
    return all_of(key.partition(":")[0]).get(key)


@lru_cache(maxsize=512)
def all_of(service: str) -> dict[str, Action]:
    """A service's actions by their name in lower case."""
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
    """The keys that the action lists with the type; where it lists none, the type's own but those of the request."""
    if kind["conditionKeys"]:
        return frozenset(key.lower() for key in kind["conditionKeys"])
    own = reference.resource_types(service).get(kind["name"].lower(), {}).get("conditionKeys", ())
    return frozenset(
        key.lower() for key in own if not key.lower().startswith(("aws:requesttag", "aws:tagkeys"))
    )


def _keys(service: str, name: str, action: Any) -> frozenset[str]:
    keys = set(action["conditionKeys"])
    if service == "sts" and name in ("tagsession", "setsourceidentity", "setcontext"):
        # They are asked together with the call that begins the session, and see its keys.
        keys |= set(reference.actions("sts")["assumerole"]["conditionKeys"])
    return frozenset(key.lower() for key in keys)


@lru_cache(maxsize=8192)
def is_listed(key: str, listed: frozenset[str]) -> bool:
    """Whether a condition key (lower case) is one of those listed; `aws:resourcetag/${tagkey}` lists all tags.

    So does `kms:encryptioncontext:${encryptioncontextkey}` all pairs of an encryption context.
    """
    if key in listed:
        return True
    return any(key.startswith(each[: place.start()]) for each in listed if (place := _PLACE.search(each)))

"""Policy generation from recorded use: a least-privilege policy that allows only the recorded requests.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.policy.patterns import arn_covers
from labs_helpers.engine.reference.arn_types import filled, pattern_of, type_of

Pair = tuple[str, str]
_GENERATED = frozenset(("BackupName", "ExportName", "ImportName", "StreamLabel", "Token", "OpaqueId"))
"""Variables with values that AWS generates, although their names don't end in Id."""
_CHOSEN = frozenset(("AccountId", "MemberAccountId", "ManagementAccountId", "ConfigId", "SecretId"))
"""Variables with values that someone chooses or knows in advance."""
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", re.I)


def reusable_policy(pairs: Iterable[Pair]) -> dict[str, Any]:
    """Return a policy document for the pairs. It also works where AWS generates other IDs (see `reusable`)."""
    return _document(without_covered((action, reusable(action, resource)) for action, resource in pairs))


def least_privilege(pairs: Iterable[Pair], *, placeholders: bool = False) -> dict[str, Any]:
    """Return a policy document that allows exactly the (action, resource) pairs.

    Resources that were used with the same actions are listed in one statement. With `placeholders`, resources are AWS's
    ARN formats, such as `arn:aws:s3:::${BucketName}/*`, which must be filled in by hand; until then, the document
    grants nothing. Without any pairs, the document has no statements, so IAM rejects it.
    """
    return _document(
        (action, _placeholder(action, resource) if placeholders else _literal(resource))
        for action, resource in pairs
    )


def _document(pairs: Iterable[Pair]) -> dict[str, Any]:
    """Return a document for (action, pattern) pairs. Resources with the same actions share a statement."""
    by_resource: dict[str, set[str]] = {}
    for action, resource in pairs:
        by_resource.setdefault(resource, set()).add(action)
    by_actions: dict[tuple[str, ...], list[str]] = {}
    for resource in sorted(by_resource):
        by_actions.setdefault(tuple(sorted(by_resource[resource])), []).append(resource)
    statements = [
        {"Effect": "Allow", "Action": list(actions), "Resource": resources}
        for actions, resources in sorted(by_actions.items())
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def reusable(action: str, resource: str) -> str:
    """Return a pattern for a resource, with a wildcard for each generated part, such as a key's ID.

    A policy that is derived from a test has to match the IDs that AWS generates elsewhere. All other parts stay
    literal, including the account and the Region.
    """
    prefix, _, name = action.partition(":")
    resource_type = type_of(prefix, resource, name)
    if resource_type is None:
        return _UUID.sub("*", _literal(resource))
    return filled(prefix, resource_type, resource, _without_generated, _literal)


def is_generated(variable: str) -> bool:
    """Return whether AWS generates the values of a variable in ARN patterns, such as `KeyId`."""
    return variable not in _CHOSEN and (variable.endswith(("Id", "UUID")) or variable in _GENERATED)


def _without_generated(variable: str, value: str) -> str:
    if variable == "SecretId":  # the secret's name, and six characters that AWS adds
        return re.sub(r"-(?:[A-Za-z0-9]{6}|(?:\$\{\?\}){6})$", "-??????", _literal(value))
    return "*" if is_generated(variable) else _UUID.sub("*", _literal(value))


def without_covered(pairs: Iterable[Pair]) -> list[Pair]:
    """Return the distinct (action, pattern) pairs without those that another pair of the same action covers."""
    distinct = sorted(set(pairs))
    return [
        (action, pattern)
        for action, pattern in distinct
        if not any(
            other != pattern and of == action and arn_covers(other, pattern, variables=False)
            for of, other in distinct
        )
    ]


def _literal(resource: str) -> str:
    """Return a pattern that matches only this resource.

    Object keys can contain characters with a meaning in policies. "*" stays, because requests that concern no
    resource have it.
    """
    return resource if resource == "*" else re.sub(r"[*?$]", lambda sign: "${" + sign[0] + "}", resource)


def _placeholder(action: str, resource: str) -> str:
    """Return the ARN format of an ARN's resource type, or the ARN itself if no type fits."""
    prefix, _, name = action.partition(":")
    resource_type = type_of(prefix, resource, name)
    if resource_type is None:
        return _literal(resource)
    return pattern_of(prefix, resource_type).replace("${Partition}", Arn.parse(resource).partition)

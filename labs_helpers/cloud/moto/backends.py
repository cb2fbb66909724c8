"""moto's backends by account: where what learners create is kept."""

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
    """moto's backends of a service, one an account; moto looks the module up at every question."""
    return get_backend(service)


def backend(service: str, account: str, region: str | None = None) -> Any:
    """moto's backend of a service; without a region that of a global service (IAM, S3, Organizations)."""
    return _of(service)[account][region or PARTITION]


def existing(service: str, account: str, region: str) -> Any:
    """The backend that there is already; None where the account never used the service or the region does not exist.

    A request can name any account and any region: looking one up must neither make an account nor fail.
    """
    return existing_among(_of(service), account, region)


def existing_among(backends: Any, account: str, region: str) -> Any:
    """The same from one of moto's dictionaries of backends."""
    found = dict.get(backends, account)  # moto's own look-up makes what is not there
    return None if found is None or region not in found.regions else found[region]


def every(service: str) -> Iterator[tuple[str, str, Any]]:
    """(account, region, backend) of every backend of a service that has been used."""
    for account, regions in list(_of(service).items()):
        for region, found in list(regions.items()):
            yield account, region, found


def loaded(service: str) -> bool:
    """Whether anybody has asked for a service yet; importing one of moto's takes milliseconds."""
    return f"moto.{service.replace('-', '')}.models" in sys.modules


def used(service: str, account: str) -> bool:
    """Whether an account has used a service."""
    return dict.__contains__(_of(service), account)


def forget(account: str) -> None:
    """Drop what an account holds in every service, and the account with it."""
    for backends in list(BackendDict._instances):
        held = backends.pop(account, None)
        if held is not None and backends.service_name == "s3":
            for found in held.values():
                _forget_buckets(found, backends)


def _forget_buckets(s3: Any, backends: Any) -> None:
    """The names of buckets are kept beside the accounts, their objects in open files.

    Not by moto's reset of a backend: it closes the files of every account.
    """
    from moto.s3.models import FakeKey  # loaded: there is a backend of it

    for bucket in (*s3.buckets.values(), *s3.table_buckets.values()):
        backends.bucket_accounts.pop(bucket.name, None)
        for name in bucket.keys:
            for version in bucket.keys.getlist(name):
                if isinstance(version, FakeKey):  # and no delete marker
                    version.dispose()


def accounts(service: str) -> list[str]:
    """The accounts in which a service's backend has been used."""
    return list(_of(service))


def everywhere(service: str) -> list[Any]:
    """Every backend of a service that has been used, of all accounts and Regions; none before the service is loaded."""
    return [found for _, _, found in every(service)] if loaded(service) else []


def anywhere(service: str) -> str:
    """Some region in which a service has a backend: moto's global services have only the partition's."""
    return "us-east-1" if "us-east-1" in _of(service)["123456789012"].regions else PARTITION

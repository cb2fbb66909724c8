"""Buckets: their owners, policies, tags, versioning, and Block Public Access."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from moto.s3 import models
from moto.s3.models import (
    s3_backends,
)

from labs_helpers.cloud.core.resource_policies import Kept, keeps_policies
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.moto import timestamps
from labs_helpers.cloud.moto.backends import accounts, backend
from labs_helpers.cloud.services.s3.moto_view.encryption import block_encryption, encrypt_by_default
from labs_helpers.cloud.services.s3.moto_view.find import find_bucket


@dataclass(frozen=True, slots=True)
class PublicAccessBlock:
    """The four Block Public Access settings of a bucket or account."""

    block_public_acls: bool = False
    ignore_public_acls: bool = False
    block_public_policy: bool = False
    restrict_public_buckets: bool = False

    def __or__(self, other: PublicAccessBlock) -> PublicAccessBlock:
        """Return the most restrictive combination of both."""
        return PublicAccessBlock(
            self.block_public_acls or other.block_public_acls,
            self.ignore_public_acls or other.ignore_public_acls,
            self.block_public_policy or other.block_public_policy,
            self.restrict_public_buckets or other.restrict_public_buckets,
        )


NOTHING_BLOCKED = PublicAccessBlock()


def bucket_owner(name: str | None) -> str | None:
    """Return the account that owns a bucket, or None if the bucket doesn't exist."""
    home = s3_backends.bucket_accounts.get(name or "")
    return home[1] if home else None


def bucket_region(name: str) -> str | None:
    """Return the Region in which a bucket was created, or None if the bucket doesn't exist."""
    bucket = find_bucket(name)
    return bucket.region_name if bucket else None


def bucket_policy(name: str) -> str | None:
    """Return a bucket's policy as JSON text, or None if there isn't one."""
    bucket = find_bucket(name)
    if bucket is None or not bucket.policy:
        return None
    return bucket.policy.decode() if isinstance(bucket.policy, bytes) else bucket.policy


def ownership(name: str) -> str | None:
    """Return a bucket's Object Ownership setting, or ObjectWriter if the setting was deleted."""
    bucket = find_bucket(name)
    return (bucket.ownership_rule or "ObjectWriter") if bucket else None


def public_access_block(name: str) -> PublicAccessBlock:
    """Return a bucket's own Block Public Access settings, or all settings off if the bucket has none."""
    bucket = find_bucket(name)
    return _settings(bucket.public_access_block) if bucket else NOTHING_BLOCKED


def account_public_access_block(account: str) -> PublicAccessBlock:
    """Return an account's own Block Public Access settings, or all settings off if the account has none."""
    if account not in accounts("s3control"):
        return NOTHING_BLOCKED
    return _settings(backend("s3control", account).public_access_block)


def _settings(block: Any) -> PublicAccessBlock:
    if block is None:
        return NOTHING_BLOCKED
    return PublicAccessBlock(
        bool(block.block_public_acls),
        bool(block.ignore_public_acls),
        bool(block.block_public_policy),
        bool(block.restrict_public_buckets),
    )


def set_location(name: str, location: str | None) -> None:
    """Store the location with which a bucket was created, which can be an alias for its Region."""
    bucket = find_bucket(name)
    assert bucket is not None
    bucket.__dict__["labs_location"] = location


def location(name: str) -> str | None:
    """Return the location with which a bucket was created, or None for us-east-1."""
    bucket = find_bucket(name)
    if bucket is None or bucket.region_name == "us-east-1":
        return None
    return str(bucket.__dict__.get("labs_location") or bucket.region_name)


def bucket_tags(name: str) -> dict[str, str]:
    """Return a bucket's tags as a dict."""
    bucket = find_bucket(name)
    if bucket is None:
        return {}
    return dict(backend("s3", bucket.account_id).tagger.get_tag_dict_for_resource(bucket.arn))


@dataclass(frozen=True, slots=True)
class BucketView:
    """A bucket, with the data that ListBuckets returns."""

    name: str
    region: str
    created: datetime


def buckets_of(account: str) -> list[BucketView]:
    """Return an account's buckets, sorted by name."""
    if account not in accounts("s3"):
        return []
    buckets = backend("s3", account).buckets.values()
    views = [BucketView(each.name, each.region_name, each.creation_date) for each in buckets]
    return sorted(views, key=lambda each: each.name)


def set_new_bucket_defaults(name: str, object_ownership: str, tags: Mapping[str, str] | None = None) -> None:
    """Set the defaults of a new bucket that moto doesn't set: time, public access, ownership, encryption, and tags."""
    bucket = find_bucket(name)
    assert bucket is not None
    bucket.creation_date = timestamps.lab_time().replace(tzinfo=UTC)
    bucket.public_access_block = models.PublicAccessBlock(True, True, True, True)
    bucket.ownership_rule = object_ownership
    encrypt_by_default(name)
    block_encryption(name, ("SSE-C",))
    if tags:
        backend("s3", bucket.account_id).put_bucket_tagging(name, dict(tags))


def names_versions(bucket: str) -> bool:
    """Return whether versioning is enabled on a bucket, or was enabled before it was suspended."""
    fake_bucket = find_bucket(bucket)
    return fake_bucket is not None and bool(fake_bucket.versioning_status)


def keeps_versions(bucket: str) -> bool:
    """Return whether versioning is enabled on a bucket."""
    fake_bucket = find_bucket(bucket)
    return fake_bucket is not None and bool(fake_bucket.is_versioned)


def is_replicated(bucket: str) -> bool:
    """Return whether a bucket has a replication configuration."""
    return bool(getattr(find_bucket(bucket), "replication", None))


def iam_principal_exists(account: str, kind: str, name: str) -> bool:
    """Return whether an account has a `user` or `role` (`kind`) with the given name (without path)."""
    if account not in accounts("iam"):
        return False
    iam = backend("iam", account)
    if kind == "user":
        return name in iam.users
    return any(role.name == name for role in iam.roles.values())


@keeps_policies
def kept_policies(_: State) -> Iterator[Kept]:
    """Yield the policies of all buckets, as `Kept` objects."""
    for name in list(s3_backends.bucket_accounts):
        text = bucket_policy(name)
        if text:
            yield Kept(f"arn:aws:s3:::{name}", text, partial(_put_policy, find_bucket(name)))


def _put_policy(bucket: Any, text: str) -> None:
    bucket.policy = text.encode()

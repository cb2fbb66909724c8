"""Object Lock: the retention of objects, and the defaults of buckets."""

from __future__ import annotations

from dataclasses import dataclass

from labs_helpers.cloud.services.s3.moto_view.find import find_bucket, find_object


@dataclass(frozen=True, slots=True)
class Retention:
    """An object's Object Lock. `mode` is GOVERNANCE or COMPLIANCE, and `until` is an ISO 8601 string."""

    mode: str | None
    until: str | None
    hold: str | None = None
    """The legal hold (ON or OFF), or None if it was never set."""


def retention(bucket: str, key: str, version: str | None = None) -> Retention | None:
    """Return an object's retention and legal hold, or None if the object doesn't exist."""
    fake_key = find_object(bucket, key, version)
    if fake_key is None:
        return None
    return Retention(fake_key.lock_mode, fake_key.lock_until, fake_key.lock_legal_status)


def object_lock_enabled(bucket: str) -> bool:
    """Return whether Object Lock is enabled on a bucket."""
    fake_bucket = find_bucket(bucket)
    return bool(fake_bucket and fake_bucket.object_lock_enabled)


def set_object_lock(bucket: str, mode: str | None, days: int | None, years: int | None) -> None:
    """Enable Object Lock, with or without default retention."""
    fake_bucket = find_bucket(bucket)
    assert fake_bucket is not None
    fake_bucket.object_lock_enabled = True
    fake_bucket.default_lock_mode, fake_bucket.default_lock_days, fake_bucket.default_lock_years = (
        mode,
        days or 0,
        years or 0,
    )


def default_retention(bucket: str) -> tuple[str | None, int, int]:
    """Return a bucket's default retention as (mode, days, years).

    The mode is None if there is no default retention.
    """
    fake_bucket = find_bucket(bucket)
    assert fake_bucket is not None
    return (
        fake_bucket.default_lock_mode or None,
        int(fake_bucket.default_lock_days or 0),
        int(fake_bucket.default_lock_years or 0),
    )


@dataclass(frozen=True, slots=True)
class Lock:
    """The Object Lock that an upload requests, or that a bucket applies by default. `until` is an ISO 8601 string."""

    mode: str | None
    until: str | None
    hold: str | None = None


def default_lock(bucket: str) -> Lock | None:
    """Return the default lock for an object that is written to a bucket now without a lock."""
    fake_bucket = find_bucket(bucket)
    if fake_bucket is None or not fake_bucket.has_default_lock:
        return None
    return Lock(fake_bucket.default_lock_mode, fake_bucket.default_retention())


def lock_object(bucket: str, key: str, lock: Lock) -> None:
    """Set the lock on an object's current version."""
    fake_key = find_object(bucket, key)
    if fake_key is not None:
        fake_key.lock_mode, fake_key.lock_until, fake_key.lock_legal_status = lock.mode, lock.until, lock.hold

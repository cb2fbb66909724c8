"""Objects and their versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from moto.s3 import notifications as moto_notifications
from moto.s3.exceptions import AccessDeniedByLock
from moto.s3.models import (
    FakeBucket,
    FakeKey,
)
from moto.s3.notifications import S3NotificationEvent
from moto.s3.utils import ARCHIVE_STORAGE_CLASSES

from labs_helpers.cloud.moto.backends import backend
from labs_helpers.cloud.services.s3.moto_view.buckets import bucket_owner, ownership
from labs_helpers.cloud.services.s3.moto_view.find import find_bucket, find_object

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an object, or a delete marker, with the data that listings return.

    A delete marker has no content.
    """

    key: str
    id: str
    latest: bool
    marker: bool
    modified: datetime
    owner: str
    etag: str = ""
    size: int = 0
    storage: str = "STANDARD"
    checksum: str | None = None
    checksum_type: str | None = None
    checksum_value: str | None = None


def versions(bucket: str) -> Iterator[Version]:
    """Yield every version in a bucket, sorted by key in UTF-8 order and, for each key, newest first."""
    fake_bucket = find_bucket(bucket)
    if fake_bucket is None:
        return
    for key in sorted(fake_bucket.keys, key=str.encode):
        for number, each in enumerate(reversed(fake_bucket.keys.getlist(key, default=[]))):
            yield _version(fake_bucket, key, each, latest=number == 0)


def _version(bucket: FakeBucket, key: str, one: Any, *, latest: bool) -> Version:
    modified, number = one.last_modified.replace(microsecond=0, tzinfo=UTC), str(one.version_id)
    if not isinstance(one, FakeKey):
        return Version(key, number, latest, True, modified, bucket.account_id)
    account, _ = one.__dict__.get("labs_owner", (None, None))
    owned = account if account and bucket.ownership_rule != "BucketOwnerEnforced" else bucket.account_id
    return Version(
        key, number, latest, False, modified, owned, one.etag, one.size, one.storage_class or "STANDARD",
        one.checksum_algorithm, one.checksum_type,
        one.checksum_value,
    )  # fmt: skip


def version_of(bucket: str, key: str, version: str | None = None) -> Version | None:
    """Return a key's current or specified version, which can be a delete marker, or None if there isn't one."""
    fake_bucket = find_bucket(bucket)
    listed = fake_bucket.keys.getlist(key, default=[]) if fake_bucket is not None else []
    for number, one in enumerate(reversed(listed)):
        if version in (None, str(one.version_id)):
            assert fake_bucket is not None
            return _version(fake_bucket, key, one, latest=number == 0)
    return None


def restored(bucket: str, key: str, version: str | None = None) -> bool:
    """Return whether an object can be read because it isn't archived or was restored."""
    fake_key = find_object(bucket, key, version)
    if fake_key is None or fake_key.storage_class not in ARCHIVE_STORAGE_CLASSES:
        return True
    return 'ongoing-request="false"' in str(fake_key.response_dict.get("x-amz-restore", ""))


def as_versioned(bucket: str, perform: Callable[[], Result]) -> Result:
    """Return the result of `perform()`, during which moto treats a bucket as if versioning were enabled.

    In other buckets, moto doesn't recognize version IDs, neither `null` nor IDs from before versioning was suspended.
    """
    fake_bucket = find_bucket(bucket)
    assert fake_bucket is not None
    before, fake_bucket.versioning_status = fake_bucket.versioning_status, "Enabled"
    try:
        return perform()
    finally:
        fake_bucket.versioning_status = before


def object_exists(bucket: str, key: str, version: str | None = None) -> bool:
    """Return whether an object, or the specified version of it, can be read. A delete marker can't be read."""
    return find_object(bucket, key, version) is not None


def object_tags(bucket: str, key: str, version: str | None = None) -> dict[str, str]:
    """Return an object's tags as a dict."""
    fake_key = find_object(bucket, key, version)
    if fake_key is None:
        return {}
    tagger = backend("s3", fake_key.account_id).tagger
    return dict(tagger.get_tag_dict_for_resource(fake_key.arn)) if tagger.has_tags(fake_key.arn) else {}


def set_object_tags(bucket: str, key: str, version: str | None, tags: Mapping[str, str]) -> None:
    """Replace an object's tags and send an event notification."""
    fake_key = find_object(bucket, key, version)
    if fake_key is None:
        return
    owner = backend("s3", fake_key.account_id)
    owner.put_object_tagging(fake_key, dict(tags))
    put = S3NotificationEvent.OBJECT_TAGGING_PUT_EVENT
    notify(fake_key, put if tags else S3NotificationEvent.OBJECT_TAGGING_DELETE_EVENT)


def notify(fake_key: FakeKey, event: Any) -> None:
    """Send an event about an object to the destinations in its bucket's notification settings."""
    bucket = find_bucket(fake_key.bucket_name)
    assert bucket is not None
    moto_notifications.send_event(bucket.account_id, event, bucket, fake_key)


@dataclass(frozen=True, slots=True)
class Deleted:
    """The result for one object in a multi-object deletion.

    `marker` is the version ID of a delete marker that was created or deleted. `refused` is True if Object Lock protects
    the object.
    """

    key: str
    version: str | None
    marker: str | None
    refused: bool


def delete_objects(
    bucket: str, objects: list[tuple[str, str | None]], bypass_governance: bool
) -> list[Deleted]:
    """Delete objects with moto, given as (key, version) pairs, and return the result for each object."""
    owner = backend("s3", bucket_owner(bucket) or "")
    results = []
    for key, version in objects:
        try:
            _, headers = owner.delete_object(bucket, key, version, bypass_governance)
        except AccessDeniedByLock:
            results.append(Deleted(key, version, None, True))
            continue
        marker = headers.get("version-id") if headers.get("delete-marker") else None
        results.append(Deleted(key, version, marker, False))
    return results


def object_content(bucket: str, key: str, version: str | None = None) -> bytes:
    """Return an object's content, or no bytes if the object doesn't exist."""
    fake_key = find_object(bucket, key, version)
    return fake_key.value if fake_key is not None else b""


def set_object_checksum(bucket: str, key: str, algorithm: str, value: str, kind: str) -> None:
    """Store the checksum of an object's current version."""
    fake_key = find_object(bucket, key)
    if fake_key is not None:
        fake_key.checksum_algorithm, fake_key.checksum_value, fake_key.checksum_type = algorithm, value, kind
        fake_key.checksum_parts = len(fake_key.__dict__.get("labs_parts", ())) or None


def written_at_once(bucket: str, key: str) -> None:
    """Mark an object's current version as having no parts, because a copy of an object with parts has no parts."""
    fake_key = find_object(bucket, key)
    if fake_key is not None:
        fake_key.multipart = None


def set_object_owner(
    bucket: str, key: str, account: str, permission: str | None, version: str | None = None
) -> None:
    """Store the account that owns an object, and the permission that the object's ACL gives the bucket's owner."""
    fake_key = find_object(bucket, key, version)
    if fake_key is not None:
        fake_key.__dict__["labs_owner"] = (account, permission)


def object_owner(bucket: str, key: str, version: str | None = None) -> str | None:
    """Return the account that owns an object, or None if the bucket's owner owns it.

    If ACLs are disabled, the bucket's owner owns all objects.
    """
    fake_key = find_object(bucket, key, version)
    if fake_key is None or ownership(bucket) == "BucketOwnerEnforced":
        return None
    owner: tuple[str | None, str | None] = fake_key.__dict__.get("labs_owner", (None, None))
    return owner[0]


def count_change(bucket: FakeBucket, key: str) -> None:
    """Count a write or a deletion of an object."""
    changes = bucket.__dict__.setdefault("labs_changes", {})
    changes[key] = changes.get(key, 0) + 1


def changes_of(bucket: str, key: str) -> int:
    """Return the number of times that an object was written or deleted."""
    fake_bucket = find_bucket(bucket)
    return int(fake_bucket.__dict__.get("labs_changes", {}).get(key, 0)) if fake_bucket is not None else 0

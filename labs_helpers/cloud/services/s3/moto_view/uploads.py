"""Multipart uploads and their parts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.s3.models import (
    FakeKey,
)

from labs_helpers.cloud.core.call import Answer
from labs_helpers.cloud.services.s3.moto_view.find import (
    find_bucket,
    find_object,
    find_upload,
    find_upload_in_answer,
)
from labs_helpers.cloud.services.s3.moto_view.locks import Lock
from labs_helpers.cloud.services.s3.moto_view.objects import changes_of


def part_count(bucket: str, key: str, version: str | None = None) -> int:
    """Return the number of parts in an object, which is 1 if it was uploaded in one request or doesn't exist."""
    return len(object_parts(bucket, key, version)) or 1


def upload_key(bucket: str, upload: str) -> str | None:
    """Return the key of a multipart upload, or None if the upload doesn't exist."""
    fake_bucket = find_bucket(bucket)
    multipart = fake_bucket.multiparts.get(upload) if fake_bucket is not None else None
    return multipart.key_name if multipart is not None else None


@dataclass(frozen=True, slots=True)
class UploadView:
    """A multipart upload: its initiator (`by`), its start time, and the lock that it requested.

    `checksum` and `checksum_type` are from the request that started the upload. `changes` is the number of times that
    the object had been written or deleted by that time.
    """

    id: str
    key: str
    storage: str
    begun: datetime | None
    by: str | None
    lock: Lock | None
    checksum: str | None = None
    checksum_type: str | None = None
    changes: int = 0


def remember_upload(bucket: str, answer: Answer, begun: datetime, by: str | None, lock: Lock | None) -> None:
    """Store a new upload's time, initiator, and lock, which moto doesn't store.

    `answer` is the response from CreateMultipartUpload.
    """
    upload = find_upload_in_answer(bucket, answer)
    if upload is not None:
        upload.__dict__["labs_begun"] = (begun, by, lock)
        upload.__dict__["labs_changes"] = changes_of(bucket, upload.key_name)


def set_upload_checksum_type(bucket: str, answer: Answer, kind: str) -> None:
    """Store a new upload's checksum type. `answer` is the response from CreateMultipartUpload."""
    upload = find_upload_in_answer(bucket, answer)
    if upload is not None:
        upload.metadata["x-amz-checksum-type"] = kind


def uploads(bucket: str) -> list[UploadView]:
    """Return a bucket's unfinished uploads, sorted by key and then by start time."""
    fake_bucket = find_bucket(bucket)
    every = fake_bucket.multiparts.values() if fake_bucket is not None else ()
    views = [_upload_view(each) for each in every]
    return sorted(views, key=lambda each: (each.key.encode(), each.begun.timestamp() if each.begun else 0.0))


def upload_of(bucket: str, upload_id: str) -> UploadView | None:
    """Return an unfinished upload, or None if it doesn't exist."""
    fake_upload = find_upload(bucket, upload_id)
    return _upload_view(fake_upload) if fake_upload is not None else None


def _upload_view(upload: Any) -> UploadView:
    begun, by, lock = upload.__dict__.get("labs_begun", (None, None, None))
    checksum = upload.metadata.get("x-amz-checksum-algorithm")
    kind, changes = upload.metadata.get("x-amz-checksum-type"), upload.__dict__.get("labs_changes", 0)
    return UploadView(
        upload.id, upload.key_name, upload.storage or "STANDARD", begun, by, lock, checksum, kind, changes
    )


@dataclass(frozen=True, slots=True)
class PartView:
    """An uploaded part. `checksum` is computed with the upload's algorithm."""

    number: int
    modified: datetime
    etag: str
    size: int
    checksum: str | None = None


def set_part_checksum(bucket: str, upload_id: str, number: int, checksum: str) -> None:
    """Store a part's checksum."""
    fake_upload = find_upload(bucket, upload_id)
    if fake_upload is not None and number in fake_upload.parts:
        fake_upload.parts[number].checksum_value = checksum


def part_content(bucket: str, upload_id: str, number: int) -> bytes | None:
    """Return a part's content, or None if the part doesn't exist."""
    fake_upload = find_upload(bucket, upload_id)
    part = fake_upload.parts.get(number) if fake_upload is not None else None
    return part.value if part is not None else None


def parts(bucket: str, upload_id: str) -> list[PartView]:
    """Return an upload's parts, sorted by number."""
    fake_upload = find_upload(bucket, upload_id)
    every = fake_upload.parts.items() if fake_upload is not None else ()
    return sorted(
        (_part_view(number, each) for number, each in every),
        key=lambda each: each.number,
    )  # fmt: skip


def _part_view(number: int, part: FakeKey) -> PartView:
    modified = part.last_modified.replace(microsecond=0, tzinfo=UTC)
    return PartView(number, modified, part.etag, part.size, part.checksum_value)


def set_object_parts(bucket: str, key: str, parts: Iterable[PartView]) -> None:
    """Store the parts that make up an object's current version."""
    fake_key = find_object(bucket, key)
    if fake_key is not None:
        fake_key.__dict__["labs_parts"] = tuple(parts)


def object_parts(bucket: str, key: str, version: str | None = None) -> tuple[PartView, ...]:
    """Return the parts that make up an object, or an empty tuple for an object that was uploaded in one request."""
    fake_key = find_object(bucket, key, version)
    return fake_key.__dict__.get("labs_parts", ()) if fake_key is not None else ()

"""Finding moto's objects for S3: a bucket, a version of an object, and a multipart upload."""

from __future__ import annotations

import re
from typing import Any

from moto.s3.models import (
    FakeBucket,
    FakeKey,
    s3_backends,
)

from labs_helpers.cloud.core.call import Answer


def find_bucket(name: str | None) -> FakeBucket | None:
    """Return the bucket with this name, or None if it doesn't exist."""
    home = s3_backends.bucket_accounts.get(name or "")
    if home is None:
        return None
    partition, account = home
    return s3_backends[account][partition].buckets.get(name)


def find_object(bucket: str, key: str, version: str | None = None) -> FakeKey | None:
    """Return the object's current or given version, or None if it doesn't exist or is a delete marker."""
    fake_bucket = find_bucket(bucket)
    if fake_bucket is None:
        return None
    # Not backend.get_object(): that advances moto's state machine for archived objects.
    if version is None:
        candidate = fake_bucket.keys.get(key)
    else:
        versions = fake_bucket.keys.getlist(key, default=[])
        candidate = next((one for one in versions if str(one.version_id) == version), None)
    return candidate if isinstance(candidate, FakeKey) else None


def find_upload_in_answer(bucket: str, answer: Answer) -> Any | None:
    """Return the upload that a response from CreateMultipartUpload describes, or None."""
    found = re.search("<UploadId>([^<]*)</UploadId>", answer.text)
    return find_upload(bucket, found[1]) if found else None


def find_upload(bucket: str, upload_id: str) -> Any | None:
    """Return an unfinished upload, or None if it doesn't exist."""
    fake_bucket = find_bucket(bucket)
    return fake_bucket.multiparts.get(upload_id) if fake_bucket is not None else None

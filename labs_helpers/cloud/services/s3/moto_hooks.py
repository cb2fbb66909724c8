"""Hooks into moto's S3: its own access checks are off, and versions and conditions work as in S3.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3 import models, responses
from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey
from requests.structures import CaseInsensitiveDict

from labs_helpers.cloud.moto import hooks
from labs_helpers.cloud.services.s3.moto_view import as_versioned, version_of


@hooks.while_installed
def disarm_moto_policy_evaluator() -> hooks.Undo:
    """Turn off moto's evaluation of bucket policies, its ACL check and its check of signed headers.

    The gate has authorized a request before moto gets it. moto's evaluator reads no conditions and few principals, and
    would refuse what AWS allows.
    """

    def permitted(self: FakeBucket, action: str, resource: str) -> PermissionResult:
        """Permit every request."""
        # Not NEUTRAL: moto then asks the object's ACL about requests without an Authorization header.
        return PermissionResult.PERMITTED

    def nothing_invalid(self: Any, url: str, headers: Mapping[str, Any]) -> bool:
        """Accept every header."""
        return False

    handle_range = responses.S3Response._handle_range_header

    def ranged(self: Any, request: Any, headers: dict[str, Any], content: Any) -> Any:
        """Return the part of the content in the Range header, or all of it."""
        # A Range header that isn't a range of bytes is ignored: https://www.rfc-editor.org/rfc/rfc9110#name-range
        if not _RANGE.fullmatch(request.headers.get("range", "")):
            return 200, headers, content
        return handle_range(self, request, headers, content)

    return hooks.all_of(
        hooks.replace(FakeBucket, get_permission=permitted),
        hooks.replace(responses.S3Response, _invalid_headers=nothing_invalid, _handle_range_header=ranged),
    )


@hooks.while_installed
def _keep_versions() -> hooks.Undo:
    """Make moto keep the versions of a bucket whose versioning is suspended, and create delete markers as S3 does."""
    put_object, delete_object = models.S3Backend.put_object, models.S3Backend.delete_object

    def put(self: Any, bucket_name: str, key_name: str, *arguments: Any, **named: Any) -> FakeKey:
        """Write an object as moto does, with the other versions kept."""
        with _suspended_versions(self.get_bucket(bucket_name), key_name):
            return put_object(self, bucket_name, key_name, *arguments, **named)

    def delete(
        self: Any,
        bucket_name: str,
        key_name: str,
        version_id: str | None = None,
        bypass: bool = False,  # noqa: FBT002  # moto's
    ) -> tuple[bool, dict[str, Any]]:
        """Delete an object or a version, and return moto's pair of success and headers."""
        bucket = self.get_bucket(bucket_name)
        if not bucket.versioning_status:
            if version_id not in (None, "null"):
                return False, {}
            plain: tuple[bool, dict[str, Any]] = delete_object(
                self, bucket_name, key_name, version_id, bypass
            )
            return plain
        if version_id is None:
            return True, {"version-id": _mark_deleted(bucket, key_name), "delete-marker": "true"}
        one = version_of(bucket_name, key_name, version_id)
        marker = one is not None and one.marker
        deleted: tuple[bool, dict[str, Any]] = as_versioned(
            bucket_name, lambda: delete_object(self, bucket_name, key_name, version_id, bypass)
        )
        done, headers = deleted
        return done, {**headers, "version-id": version_id, **({"delete-marker": "true"} if marker else {})}

    return hooks.replace(models.S3Backend, put_object=put, delete_object=delete)


@hooks.while_installed
def _read_headers() -> hooks.Undo:
    """Make moto read conditions on times, and require checksums, as S3 does."""
    response_class = responses.S3Response
    get_key, head_object, key_response_put = (
        response_class._get_key,
        response_class.head_object,
        response_class._key_response_put,
    )

    def key_of_request(self: Any, *arguments: Any, **named: Any) -> Any:
        """Read the object as moto does, with the headers that apply."""
        before, self.headers = self.headers, _effective_headers(self.headers)
        try:
            return get_key(self, *arguments, **named)
        finally:
            self.headers = before

    def head(self: Any, bucket_name: str, query: Any, key_name: str, headers: Any) -> Any:
        """Return the headers of the object, with the request's headers that apply."""
        return head_object(self, bucket_name, query, key_name, _effective_headers(headers))

    def key_put(self: Any, query: dict[str, Any], key_name: str) -> Any:
        """Write the object as moto does, but require a checksum header only where S3 does."""
        # Object Lock requires a checksum of uploaded content, but not for a copy or a request without content.
        sent_algorithm = next(
            (each for each in _CHECKSUMS if f"x-amz-checksum-{each.lower()}" in self.headers), None
        )
        copied = "x-amz-copy-source" in self.headers
        if sent_algorithm is not None or copied or not query.keys().isdisjoint(_NO_CONTENT):
            self.headers = CaseInsensitiveDict(self.headers.items())
            self.headers.setdefault(_CHECKSUM_HEADER, sent_algorithm or "CRC32")
        return key_response_put(self, query, key_name)

    return hooks.replace(response_class, _get_key=key_of_request, head_object=head, _key_response_put=key_put)


def _effective_headers(headers: Mapping[str, Any]) -> CaseInsensitiveDict[Any]:
    """Return the headers without conditions on times that a condition on an ETag overrides.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    effective: CaseInsensitiveDict[Any] = CaseInsensitiveDict(headers.items())
    for etag, time in (("If-Match", "If-Unmodified-Since"), ("If-None-Match", "If-Modified-Since")):
        if etag in effective:
            effective.pop(time, None)
    return effective


_CHECKSUM_HEADER = "x-amz-sdk-checksum-algorithm"
_CHECKSUMS = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")
_NO_CONTENT = frozenset(("retention", "legal-hold", "acl", "tagging"))


@contextmanager
def _suspended_versions(bucket: FakeBucket, key: str) -> Iterator[None]:
    """Let a write replace only the version `null` while versioning is suspended; moto would replace all versions.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html
    """
    kept = _with_ids(bucket, key) if bucket.versioning_status == "Suspended" else []
    if kept:
        dict.__setitem__(bucket.keys, key, [])
    try:
        yield
    finally:
        if kept:
            dict.__setitem__(bucket.keys, key, [*kept, *bucket.keys.getlist(key, default=[])])


def _with_ids(bucket: FakeBucket, key: str) -> list[Any]:
    """Return a key's versions that have a version ID other than `null`."""
    return [one for one in bucket.keys.getlist(key, default=[]) if str(one.version_id) != "null"]


def _mark_deleted(bucket: FakeBucket, key: str) -> str:
    """Put a delete marker on top of a key's versions, even if there are none, and return its version ID.

    While versioning is suspended the marker replaces the version `null`.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
    """
    marker = FakeDeleteMarker(key=SimpleNamespace(name=key))
    kept = bucket.keys.getlist(key, default=[])
    if bucket.versioning_status == "Suspended":
        kept, marker._version_id = _with_ids(bucket, key), "null"
    bucket.keys.setlist(key, [*kept, marker])
    return str(marker.version_id)


_RANGE = re.compile(r"bytes=(\d+-\d*|-\d+)(\s*,\s*(\d+-\d*|-\d+))*")

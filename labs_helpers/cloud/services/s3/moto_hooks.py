"""Hooks into moto's S3 that turn off moto's access checks, and make ACLs, versions, and conditions work as in S3.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.moto_api._internal import mock_random
from moto.s3 import models, notifications, responses
from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey, FakeMultipart
from moto.s3.utils import metadata_from_headers
from requests.structures import CaseInsensitiveDict

from labs_helpers.cloud.moto import hooks, timestamps
from labs_helpers.cloud.services.s3 import checksums, event_records, version_ids
from labs_helpers.cloud.services.s3.moto_view import (
    as_versioned,
    canonical_id,
    count_change,
    hidden_etag,
    version_of,
)
from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Policies,
    PolicyKind,
    Principal,
    decide,
    parse_policy,
)


@hooks.while_installed
def disarm_moto_policy_evaluator() -> hooks.Undo:
    """Turn off moto's bucket policy evaluation, ACL check, and signed-header check.

    The gate authorizes a request before it is passed to moto. moto's evaluator doesn't evaluate conditions, supports
    few kinds of principals, and would deny requests that AWS allows.
    """

    def permitted(self: FakeBucket, action: str, resource: str) -> PermissionResult:
        """Permit every request."""
        # Not NEUTRAL: moto then checks the object's ACL for requests without an Authorization header.
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
        """Write an object as moto does, but keep the other versions."""
        if named.get("etag") is None:
            named["etag"] = hidden_etag()
        bucket = self.get_bucket(bucket_name)
        with _suspended_versions(bucket, key_name):
            written: FakeKey = put_object(self, bucket_name, key_name, *arguments, **named)
        count_change(bucket, key_name)
        return written

    def delete(
        self: Any,
        bucket_name: str,
        key_name: str,
        version_id: str | None = None,
        bypass: bool = False,  # noqa: FBT002  # moto's
    ) -> tuple[bool, dict[str, Any]]:
        """Delete an object or a version, and return moto's pair of success and headers."""
        bucket = self.get_bucket(bucket_name)
        count_change(bucket, key_name)
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
        versions = bucket.keys.getlist(key_name, default=[])
        named = next((each for each in versions if str(each.version_id) == version_id), None)
        deleted: tuple[bool, dict[str, Any]] = as_versioned(
            bucket_name, lambda: delete_object(self, bucket_name, key_name, version_id, bypass)
        )
        done, headers = deleted
        if named is not None and len(versions) > 1:
            # moto reports only the deletion of the last version.
            event = notifications.S3NotificationEvent.OBJECT_REMOVED_DELETE_EVENT
            notifications.send_event(bucket.account_id, event, bucket, named)
        return done, {**headers, "version-id": version_id, **({"delete-marker": "true"} if marker else {})}

    return hooks.replace(models.S3Backend, put_object=put, delete_object=delete)


_LOGGING = "logging.s3.amazonaws.com"


@hooks.while_installed
def _deliver_logs_where_allowed() -> hooks.Undo:
    """Let moto write access logs only where the target's policy or ACL lets the logging service write them.

    OBSERVED in 2026: PutBucketLogging doesn't check this. Without permission, the logs never arrive.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html#grant-log-delivery-permissions-general
    """
    log_request = models.S3Backend.log_incoming_request

    def log(self: Any, request: Any, bucket_name: str) -> None:
        """Write the log of a request as moto does, if its target accepts it."""
        bucket = self.buckets.get(bucket_name)
        wanted = bucket.logging if bucket is not None else None
        target = self.buckets.get(wanted["TargetBucket"]) if wanted else None
        if wanted and target is not None and _takes_logs(bucket, target, wanted["TargetPrefix"]):
            log_request(self, request, bucket_name)

    return hooks.replace(models.S3Backend, log_incoming_request=log)


def _takes_logs(source: FakeBucket, target: FakeBucket, prefix: str | None) -> bool:
    """Return True if a bucket's ACL or policy lets the logging service write another bucket's logs to it."""
    if target.ownership_rule != "BucketOwnerEnforced" and target._log_permissions_enabled_acl(target):
        return True
    if not target.policy:
        return False
    context = {
        "aws:sourcearn": f"arn:aws:s3:::{source.name}", "aws:sourceaccount": source.account_id,
        "aws:principalisawsservice": "true", "aws:principalservicename": _LOGGING, "aws:securetransport": "true",
    }  # fmt: skip
    request = AccessRequest.of(
        Principal.service(_LOGGING), "s3:PutObject", f"arn:aws:s3:::{target.name}/{prefix or ''}log",
        account=target.account_id, context=context,
    )  # fmt: skip
    policy = parse_policy(target.policy.decode(), PolicyKind.RESOURCE)
    return decide(request, Policies(resource=Attached(f"arn:aws:s3:::{target.name}", policy))).allowed


@hooks.while_installed
def _read_what_requests_leave_out() -> hooks.Undo:
    """Make moto give an object the ACL `private` if the request has none.

    By itself, moto uses the bucket's ACL or no ACL at all. OBSERVED in 2026: objects don't inherit their
    bucket's ACL, and an object uploaded in parts gets the same ACL as any other.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#default-acl
    """
    from_headers, constraint = (
        responses.S3Response._acl_from_headers,
        responses.S3Response._get_location_constraint,
    )

    def acl(self: Any, headers: Mapping[str, Any]) -> Any:
        """Return the ACL in the headers, or an ACL with only the owner."""
        return from_headers(self, headers) or models.get_canned_acl("private")

    def location(self: Any) -> str | None:
        """Return the Region of a new bucket; `EU` is another name for eu-west-1."""
        wanted: str | None = constraint(self)
        return "eu-west-1" if wanted == "EU" else wanted

    return hooks.replace(responses.S3Response, _acl_from_headers=acl, _get_location_constraint=location)


def _metadata(headers: Mapping[str, Any]) -> Any:
    """Return the metadata in headers. In a query, moto would mistake a URL's `Expires` for the object's.

    OBSERVED in 2026. For a presigned URL, the headers include those in its query (see `gate.presigned`).
    """
    return (
        {} if any(isinstance(value, list) for value in headers.values()) else metadata_from_headers(headers)
    )


@hooks.while_installed
def _make_identifiers() -> hooks.Undo:
    """Make moto use S3's version IDs and ETags, and checksums of all algorithms.

    OBSERVED in 2026: the ETag of a part that is encrypted with a KMS key or a customer-provided key isn't its MD5.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html (ETag)
    """
    set_part = FakeMultipart.set_part

    class Random:
        """moto's random values, with version IDs in place of its UUIDs."""

        def __getattr__(self, name: str) -> Any:
            return getattr(mock_random, name)

        def uuid4(self) -> str:
            """Return a version ID."""
            return version_ids.make(mock_random.uuid4().bytes)

    def part(self: Any, part_id: int, value: bytes) -> FakeKey:
        """Store a part as moto does."""
        stored: FakeKey = set_part(self, part_id, value)
        if "labs_sealed" in self.__dict__ or "labs_customer_key" in self.__dict__:
            stored._etag = mock_random.uuid4().hex
        return stored

    def checksum(body: bytes, algorithm: str, encode_base64: bool = True) -> bytes:  # noqa: FBT002  # moto's
        """Return a checksum. moto itself supports only three of the algorithms."""
        return checksums.of(body, algorithm).encode() if encode_base64 else checksums.digest(body, algorithm)

    return hooks.all_of(
        hooks.replace(models, random=Random(), compute_checksum=checksum),
        hooks.replace(responses, compute_checksum=checksum, metadata_from_headers=_metadata),
        hooks.replace(FakeMultipart, set_part=part),
    )


@hooks.while_installed
def _tell_events_as_s3_does() -> hooks.Undo:
    """Make moto's events identify the caller, the source, and the request. Unchanged tags don't cause an event.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """

    def message(event_name: str, bucket: FakeBucket, key: Any, notification_id: str) -> dict[str, Any]:
        """Return the message to a queue, a topic, or a function."""
        return event_records.record(_happened(event_name, bucket, key), notification_id)

    def for_bus(account_id: str, bucket: FakeBucket, event_name: str, key: Any) -> dict[str, Any]:
        """Return the event that the delivery sends to the default bus of the bucket's account."""
        return {
            "Source": "aws.s3", "DetailType": notifications._detail_type(event_name), "Resources": [bucket.arn],
            "Detail": json.dumps(event_records.detail(_happened(event_name, bucket, key))),
        }  # fmt: skip

    def test_event(bucket: str) -> dict[str, Any]:
        """Return the event that S3 sends to the destinations of a new notification configuration."""
        return event_records.test_event(bucket, timestamps.lab_time())

    def tag(self: Any, key: FakeKey, tags: Mapping[str, str] | None) -> FakeKey:
        """Set an object's tags without an event: `moto_view.set_object_tags` sends the event for changed tags."""
        self.tagger.delete_all_tags_for_resource(key.arn)
        self.tagger.tag_resource(key.arn, self.tagger.convert_dict_to_tags_input(dict(tags or {})))
        return key

    return hooks.all_of(
        hooks.replace(
            notifications, _get_s3_event=message, _send_event_bridge_message=for_bus,
            _get_test_event=test_event,
        ),
        hooks.replace(models.S3Backend, put_object_tagging=tag),
    )  # fmt: skip


def _happened(event_name: str, bucket: FakeBucket, key: Any) -> event_records.Happened:
    written = isinstance(key, FakeKey) and not event_name.startswith("s3:ObjectRemoved")
    return event_records.Happened(
        name=event_name.removeprefix("s3:"), time=timestamps.lab_time(), bucket=bucket.name,
        owner=canonical_id(bucket.account_id), region=bucket.region_name, key=key.name,
        version=str(key.version_id) if bucket.versioning_status and str(key.version_id) != "null" else None,
        sequencer=f"00{int(timestamps.lab_time().timestamp() * 1_000_000):016X}",
        size=key.size if written else None, etag=key.etag.strip('"') if written else None,
    )  # fmt: skip


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
    """Return the headers, except for time conditions that are invalid or that an ETag condition overrides.

    OBSERVED in 2026: If-Modified-Since in the future is ignored, as RFC 9110 specifies (13.1.3).
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    effective: CaseInsensitiveDict[Any] = CaseInsensitiveDict(headers.items())
    for name in ("If-Modified-Since", "If-Unmodified-Since"):
        given = _http_date(effective[name]) if name in effective else None
        if given is None or (
            name == "If-Modified-Since" and given > timestamps.lab_time().replace(tzinfo=UTC)
        ):
            effective.pop(name, None)
    for name in ("If-Match", "If-None-Match"):
        if name in effective and effective[name] != "*":
            effective[name] = f'"{str(effective[name]).strip(chr(34))}"'
    for etag, time in (("If-Match", "If-Unmodified-Since"), ("If-None-Match", "If-Modified-Since")):
        if etag in effective:
            effective.pop(time, None)
    return effective


def _http_date(text: str) -> datetime | None:
    """Return the time of an HTTP date, or None for a string that isn't one."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


_CHECKSUM_HEADER = "x-amz-sdk-checksum-algorithm"
_CHECKSUMS = tuple(checksums.ALGORITHMS)
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
    """Return all versions of a key except the version `null`."""
    return [one for one in bucket.keys.getlist(key, default=[]) if str(one.version_id) != "null"]


def _mark_deleted(bucket: FakeBucket, key: str) -> str:
    """Put a delete marker on top of a key's versions, even if there are none, and return its version ID.

    While versioning is suspended, the marker replaces the version `null`.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
    """
    marker: Any = FakeDeleteMarker(key=SimpleNamespace(name=key))
    kept = bucket.keys.getlist(key, default=[])
    if bucket.versioning_status == "Suspended":
        kept, marker._version_id = _with_ids(bucket, key), "null"
    bucket.keys.setlist(key, [*kept, marker])
    created = notifications.S3NotificationEvent.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT
    notifications.send_event(bucket.account_id, created, bucket, marker)
    return str(marker.version_id)


_RANGE = re.compile(r"bytes=(\d+-\d*|-\d+)(\s*,\s*(\d+-\d*|-\d+))*")

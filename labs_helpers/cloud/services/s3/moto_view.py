"""Access to S3 data in moto.

Bucket names are unique across all accounts, so the functions need only the name, from which they find the owner. For
nonexistent names, they return None (or nothing) instead of raising an error.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from moto.moto_api._internal import mock_random
from moto.s3 import models
from moto.s3 import notifications as moto_notifications
from moto.s3.exceptions import AccessDeniedByLock
from moto.s3.models import (
    FakeAcl,
    FakeBucket,
    FakeGrant,
    FakeGrantee,
    FakeKey,
    get_canned_acl,
    s3_backends,
)
from moto.s3.notifications import S3NotificationEvent
from moto.s3.utils import ARCHIVE_STORAGE_CLASSES

from labs_helpers.cloud.core.call import Answer
from labs_helpers.cloud.core.resource_policies import Kept, keeps_policies
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.moto import timestamps
from labs_helpers.cloud.moto.backends import accounts, backend

Result = TypeVar("Result")

ALL_USERS = models.ALL_USERS_GRANTEE.uri
AUTHENTICATED_USERS = models.AUTHENTICATED_USERS_GRANTEE.uri
LOG_DELIVERY = models.LOG_DELIVERY_GRANTEE.uri
OWNER_ID = models.OWNER
"""moto's canonical user ID, which is the same for all accounts. In an ACL, it refers to the bucket's owner."""


def canonical_id(account: str) -> str:
    """Return an account's canonical user ID.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/finding-canonical-user-id.html
    """
    return hashlib.sha256(f"canonical user of {account}".encode()).hexdigest()


def account_of(canonical: str) -> str | None:
    """Return the account with this canonical user ID, or None if there isn't one."""
    known = {*accounts("s3"), *accounts("iam")}
    return next((account for account in known if canonical_id(account) == canonical), None)


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


@dataclass(frozen=True, slots=True)
class Grant:
    """One grant in an ACL. `grantee` is a group's URI or a canonical user ID; `permission` is READ, WRITE, etc."""

    grantee: str
    permission: str

    @property
    def public(self) -> bool:
        """True if the grantee is the group of all users or of all authenticated AWS users."""
        return self.grantee in (ALL_USERS, AUTHENTICATED_USERS)


def _bucket(name: str | None) -> FakeBucket | None:
    home = s3_backends.bucket_accounts.get(name or "")
    if home is None:
        return None
    partition, account = home
    return s3_backends[account][partition].buckets.get(name)


def _object(bucket: str, key: str, version: str | None = None) -> FakeKey | None:
    """Return the object's current or given version, or None if it does not exist or is a delete marker."""
    fake_bucket = _bucket(bucket)
    if fake_bucket is None:
        return None
    # Not backend.get_object(): that advances moto's state machine for archived objects.
    if version is None:
        candidate = fake_bucket.keys.get(key)
    else:
        versions = fake_bucket.keys.getlist(key, default=[])
        candidate = next((one for one in versions if str(one.version_id) == version), None)
    return candidate if isinstance(candidate, FakeKey) else None


# Buckets


def bucket_owner(name: str | None) -> str | None:
    """Return the account that owns a bucket, or None if the bucket doesn't exist."""
    home = s3_backends.bucket_accounts.get(name or "")
    return home[1] if home else None


def bucket_region(name: str) -> str | None:
    """Return the Region in which a bucket was created, or None if the bucket doesn't exist."""
    bucket = _bucket(name)
    return bucket.region_name if bucket else None


def bucket_policy(name: str) -> str | None:
    """Return a bucket's policy as JSON text, or None if there isn't one."""
    bucket = _bucket(name)
    if bucket is None or not bucket.policy:
        return None
    return bucket.policy.decode() if isinstance(bucket.policy, bytes) else bucket.policy


def ownership(name: str) -> str | None:
    """Return a bucket's Object Ownership setting, or ObjectWriter if the setting was deleted."""
    bucket = _bucket(name)
    return (bucket.ownership_rule or "ObjectWriter") if bucket else None


def bucket_grants(name: str) -> tuple[Grant, ...]:
    """Return the grants in a bucket's ACL, even if the bucket's Object Ownership disables ACLs."""
    bucket = _bucket(name)
    return _grants(bucket.acl, bucket.account_id) if bucket else ()


def public_access_block(name: str) -> PublicAccessBlock:
    """Return a bucket's own Block Public Access settings, or all settings off if the bucket has none."""
    bucket = _bucket(name)
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


def block_encryption(name: str, types: tuple[str, ...]) -> None:
    """Set the types of encryption that uploads to a bucket aren't allowed to use: `SSE-C` or `NONE`."""
    bucket = _bucket(name)
    assert bucket is not None
    bucket.__dict__["labs_blocked"] = types


def blocked_encryption(name: str) -> tuple[str, ...]:
    """Return the blocked types of encryption that `block_encryption` set."""
    bucket = _bucket(name)
    return bucket.__dict__.get("labs_blocked", ()) if bucket is not None else ()


NOTIFIED_EVENTS = frozenset(S3NotificationEvent.events())
"""The names of the events for which a bucket can send notifications."""
_IN_MOTO = {
    "TopicConfigurations": ("TopicConfiguration", "TopicArn", "Topic"),
    "QueueConfigurations": ("QueueConfiguration", "QueueArn", "Queue"),
    "LambdaFunctionConfigurations": ("CloudFunctionConfiguration", "LambdaFunctionArn", "CloudFunction"),
}


def set_notifications(
    name: str, wanted: Mapping[str, Sequence[Mapping[str, Any]]], *, event_bridge: bool
) -> None:
    """Replace a bucket's notification configuration, which is in S3's form. moto sends the test events."""
    bucket = _bucket(name)
    assert bucket is not None
    kept: dict[str, Any] = {
        theirs: [
            {"Id": one["Id"], target: one[arn], "Event": list(one["Events"]), **_filter(one)}
            for one in wanted.get(member, ())
        ]
        for member, (theirs, arn, target) in _IN_MOTO.items()
    }
    if event_bridge:
        kept["EventBridgeConfiguration"] = {}
    backend("s3", bucket.account_id).put_bucket_notification_configuration(
        name, {key: value for key, value in kept.items() if value or key == "EventBridgeConfiguration"}
    )


def _filter(one: Mapping[str, Any]) -> dict[str, Any]:
    rules = ((one.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ()
    kept = [{"Name": rule["Name"].lower(), "Value": rule["Value"]} for rule in rules]
    return {"Filter": {"S3Key": {"FilterRule": kept}}} if kept else {}


def notifications(name: str) -> dict[str, Any]:
    """Return a bucket's notification configuration in S3's form."""
    bucket = _bucket(name)
    kept = bucket.notification_configuration if bucket is not None else None
    if kept is None:
        return {}
    shown: dict[str, Any] = {
        f"{kind}Configurations": [_notification(each, f"{kind}Arn") for each in listed]
        for kind, listed in (
            ("Topic", kept.topic), ("Queue", kept.queue), ("LambdaFunction", kept.cloud_function),
        )
    }  # fmt: skip
    return shown | ({"EventBridgeConfiguration": {}} if kept.event_bridge is not None else {})


def _notification(one: Any, arn: str) -> dict[str, Any]:
    """Return one configuration. S3 answers `Prefix` and `Suffix`, however the request wrote them."""
    shown: dict[str, Any] = {"Id": one.id, arn: one.arn, "Events": list(one.events)}
    if one.filters:
        rules = [
            {"Name": rule["Name"].capitalize(), "Value": rule["Value"]}
            for rule in one.filters["S3Key"]["FilterRule"]
        ]
        shown["Filter"] = {"Key": {"FilterRules": rules}}
    return shown


def set_lifecycle(name: str, rules: Any) -> None:
    """Store a bucket's lifecycle rules, or delete them with None. moto itself would drop parts of filters."""
    bucket = _bucket(name)
    assert bucket is not None
    bucket.__dict__["labs_lifecycle"] = rules


def lifecycle(name: str) -> Any:
    """Return the lifecycle rules that `set_lifecycle` stored, or None if there aren't any."""
    bucket = _bucket(name)
    return bucket.__dict__.get("labs_lifecycle") if bucket is not None else None


def set_location(name: str, location: str | None) -> None:
    """Store the location with which a bucket was created, which can be an alias for its Region."""
    bucket = _bucket(name)
    assert bucket is not None
    bucket.__dict__["labs_location"] = location


def location(name: str) -> str | None:
    """Return the location with which a bucket was created, or None for us-east-1."""
    bucket = _bucket(name)
    if bucket is None or bucket.region_name == "us-east-1":
        return None
    return str(bucket.__dict__.get("labs_location") or bucket.region_name)


def bucket_tags(name: str) -> dict[str, str]:
    """Return a bucket's tags as a dict."""
    bucket = _bucket(name)
    if bucket is None:
        return {}
    return dict(backend("s3", bucket.account_id).tagger.get_tag_dict_for_resource(bucket.arn))


def set_cors(name: str, rules: Sequence[Mapping[str, Any]]) -> None:
    """Store a bucket's cross-origin rules.

    They are also stored in moto's form, because moto adds the headers to responses.
    """
    bucket = _bucket(name)
    assert bucket is not None
    bucket.__dict__["labs_cors"] = list(rules)
    bucket.cors = [
        models.CorsRule(
            rule["AllowedMethods"], rule["AllowedOrigins"], rule.get("AllowedHeaders"), rule.get("ExposeHeaders"),
            rule.get("MaxAgeSeconds"), rule.get("ID"),
        )
        for rule in rules
    ]  # fmt: skip


def cors(name: str) -> list[Mapping[str, Any]]:
    """Return the cross-origin rules that `set_cors` stored."""
    bucket = _bucket(name)
    return bucket.__dict__.get("labs_cors", []) if bucket is not None else []


def set_logging(name: str, wanted: Mapping[str, Any] | None) -> None:
    """Store the target of a bucket's access logs. Passing None turns logging off."""
    bucket = _bucket(name)
    assert bucket is not None
    bucket.__dict__["labs_logging"] = wanted
    bucket.logging = (
        {"TargetBucket": wanted["TargetBucket"], "TargetPrefix": wanted["TargetPrefix"]} if wanted else {}
    )


def logging(name: str) -> Mapping[str, Any] | None:
    """Return the target of a bucket's access logs, or None if logging is off."""
    bucket = _bucket(name)
    return bucket.__dict__.get("labs_logging") if bucket is not None else None


def payer(name: str) -> str:
    """Return the payer for a bucket's requests: BucketOwner or Requester."""
    bucket = _bucket(name)
    return str(bucket.__dict__.get("labs_payer", "BucketOwner")) if bucket is not None else "BucketOwner"


def set_payer(name: str, payer: str) -> None:
    """Set the payer for a bucket's requests: BucketOwner or Requester."""
    bucket = _bucket(name)
    assert bucket is not None
    bucket.__dict__["labs_payer"] = payer


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
    bucket = _bucket(name)
    assert bucket is not None
    bucket.creation_date = timestamps.lab_time().replace(tzinfo=UTC)
    bucket.public_access_block = models.PublicAccessBlock(True, True, True, True)
    bucket.ownership_rule = object_ownership
    encrypt_by_default(name)
    block_encryption(name, ("SSE-C",))
    if tags:
        backend("s3", bucket.account_id).put_bucket_tagging(name, dict(tags))


def set_default_encryption_requested(name: str, *, requested: bool) -> None:
    """Store whether a user, rather than S3 itself, set a bucket's default encryption."""
    bucket = _bucket(name)
    assert bucket is not None
    bucket.__dict__["labs_default_requested"] = requested


def set_encryption_requested(bucket: str, key: str) -> None:
    """Record that the request for an object's current version specified an encryption."""
    fake_key = _object(bucket, key)
    if fake_key is not None:
        fake_key.__dict__["labs_encryption_requested"] = True


def encrypted_by_request(bucket: str, key: str) -> bool:
    """Return whether a user set the bucket's default encryption, or specified the encryption of the object itself."""
    fake_bucket, fake_key = _bucket(bucket), _object(bucket, key)
    return bool(fake_bucket and fake_bucket.__dict__.get("labs_default_requested")) or bool(
        fake_key and fake_key.__dict__.get("labs_encryption_requested")
    )


def encrypt_by_default(name: str) -> None:
    """Set SSE-S3 in moto's form. Since January 2023, it is the default encryption of every bucket."""
    bucket = _bucket(name)
    assert bucket is not None
    bucket.encryption = {
        "Rule": {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
            "BucketKeyEnabled": "false",
        }
    }


# Objects


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
    fake_bucket = _bucket(bucket)
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
    fake_bucket = _bucket(bucket)
    listed = fake_bucket.keys.getlist(key, default=[]) if fake_bucket is not None else []
    for number, one in enumerate(reversed(listed)):
        if version in (None, str(one.version_id)):
            assert fake_bucket is not None
            return _version(fake_bucket, key, one, latest=number == 0)
    return None


def restored(bucket: str, key: str, version: str | None = None) -> bool:
    """Return whether an object can be read because it isn't archived or was restored."""
    fake_key = _object(bucket, key, version)
    if fake_key is None or fake_key.storage_class not in ARCHIVE_STORAGE_CLASSES:
        return True
    return 'ongoing-request="false"' in str(fake_key.response_dict.get("x-amz-restore", ""))


def part_count(bucket: str, key: str, version: str | None = None) -> int:
    """Return the number of parts in an object, which is 1 if it was uploaded in one request or doesn't exist."""
    return len(object_parts(bucket, key, version)) or 1


def as_versioned(bucket: str, perform: Callable[[], Result]) -> Result:
    """Return the result of `perform()`, during which moto treats a bucket as if versioning were enabled.

    In other buckets, moto doesn't recognize version IDs, neither `null` nor IDs from before versioning was suspended.
    """
    fake_bucket = _bucket(bucket)
    assert fake_bucket is not None
    before, fake_bucket.versioning_status = fake_bucket.versioning_status, "Enabled"
    try:
        return perform()
    finally:
        fake_bucket.versioning_status = before


def object_exists(bucket: str, key: str, version: str | None = None) -> bool:
    """Return whether an object, or the specified version of it, can be read. A delete marker can't be read."""
    return _object(bucket, key, version) is not None


def object_tags(bucket: str, key: str, version: str | None = None) -> dict[str, str]:
    """Return an object's tags as a dict."""
    fake_key = _object(bucket, key, version)
    if fake_key is None:
        return {}
    tagger = backend("s3", fake_key.account_id).tagger
    return dict(tagger.get_tag_dict_for_resource(fake_key.arn)) if tagger.has_tags(fake_key.arn) else {}


def set_object_tags(bucket: str, key: str, version: str | None, tags: Mapping[str, str]) -> None:
    """Replace an object's tags and send an event notification."""
    fake_key = _object(bucket, key, version)
    if fake_key is None:
        return
    owner = backend("s3", fake_key.account_id)
    owner.put_object_tagging(fake_key, dict(tags))
    put = S3NotificationEvent.OBJECT_TAGGING_PUT_EVENT
    _notify(fake_key, put if tags else S3NotificationEvent.OBJECT_TAGGING_DELETE_EVENT)


def _notify(fake_key: FakeKey, event: Any) -> None:
    bucket = _bucket(fake_key.bucket_name)
    assert bucket is not None
    moto_notifications.send_event(bucket.account_id, event, bucket, fake_key)


def object_grants(bucket: str, key: str, version: str | None = None) -> tuple[Grant, ...]:
    """Return the grants in an object's ACL, even if the bucket's Object Ownership disables ACLs."""
    fake_key = _object(bucket, key, version)
    if fake_key is None:
        return ()
    owner, permission = fake_key.__dict__.get("labs_owner", (None, None))
    grants = _grants(fake_key.acl, owner or fake_key.account_id)
    return (*grants, Grant(canonical_id(fake_key.account_id), permission)) if permission else grants


@dataclass(frozen=True, slots=True)
class Retention:
    """An object's Object Lock. `mode` is GOVERNANCE or COMPLIANCE, and `until` is an ISO 8601 string."""

    mode: str | None
    until: str | None
    hold: str | None = None
    """The legal hold (ON or OFF), or None if it was never set."""


def retention(bucket: str, key: str, version: str | None = None) -> Retention | None:
    """Return an object's retention and legal hold, or None if the object doesn't exist."""
    fake_key = _object(bucket, key, version)
    if fake_key is None:
        return None
    return Retention(fake_key.lock_mode, fake_key.lock_until, fake_key.lock_legal_status)


def object_lock_enabled(bucket: str) -> bool:
    """Return whether Object Lock is enabled on a bucket."""
    fake_bucket = _bucket(bucket)
    return bool(fake_bucket and fake_bucket.object_lock_enabled)


def set_object_lock(bucket: str, mode: str | None, days: int | None, years: int | None) -> None:
    """Enable Object Lock, with or without default retention."""
    fake_bucket = _bucket(bucket)
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
    fake_bucket = _bucket(bucket)
    assert fake_bucket is not None
    return (
        fake_bucket.default_lock_mode or None,
        int(fake_bucket.default_lock_days or 0),
        int(fake_bucket.default_lock_years or 0),
    )


def names_versions(bucket: str) -> bool:
    """Return whether versioning is enabled on a bucket, or was enabled before it was suspended."""
    fake_bucket = _bucket(bucket)
    return fake_bucket is not None and bool(fake_bucket.versioning_status)


def keeps_versions(bucket: str) -> bool:
    """Return whether versioning is enabled on a bucket."""
    fake_bucket = _bucket(bucket)
    return fake_bucket is not None and bool(fake_bucket.is_versioned)


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


def upload_key(bucket: str, upload: str) -> str | None:
    """Return the key of a multipart upload, or None if the upload doesn't exist."""
    fake_bucket = _bucket(bucket)
    multipart = fake_bucket.multiparts.get(upload) if fake_bucket is not None else None
    return multipart.key_name if multipart is not None else None


@dataclass(frozen=True, slots=True)
class Lock:
    """The Object Lock that an upload requests, or that a bucket applies by default. `until` is an ISO 8601 string."""

    mode: str | None
    until: str | None
    hold: str | None = None


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
    upload = _upload_in_answer(bucket, answer)
    if upload is not None:
        upload.__dict__["labs_begun"] = (begun, by, lock)
        upload.__dict__["labs_changes"] = changes_of(bucket, upload.key_name)


def encrypt_upload_by_default(bucket: str, answer: Answer) -> None:
    """Set SSE-S3 as the encryption of a new upload and its parts.

    `answer` is the response from CreateMultipartUpload.
    """
    upload = _upload_in_answer(bucket, answer)
    if upload is not None:
        upload.sse_encryption = "AES256"


def set_upload_checksum_type(bucket: str, answer: Answer, kind: str) -> None:
    """Store a new upload's checksum type. `answer` is the response from CreateMultipartUpload."""
    upload = _upload_in_answer(bucket, answer)
    if upload is not None:
        upload.metadata["x-amz-checksum-type"] = kind


def uploads(bucket: str) -> list[UploadView]:
    """Return a bucket's unfinished uploads, sorted by key and then by start time."""
    fake_bucket = _bucket(bucket)
    every = fake_bucket.multiparts.values() if fake_bucket is not None else ()
    views = [_upload_view(each) for each in every]
    return sorted(views, key=lambda each: (each.key.encode(), each.begun.timestamp() if each.begun else 0.0))


def upload_of(bucket: str, upload_id: str) -> UploadView | None:
    """Return an unfinished upload, or None if it doesn't exist."""
    fake_upload = _upload(bucket, upload_id)
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
    fake_upload = _upload(bucket, upload_id)
    if fake_upload is not None and number in fake_upload.parts:
        fake_upload.parts[number].checksum_value = checksum


def part_content(bucket: str, upload_id: str, number: int) -> bytes | None:
    """Return a part's content, or None if the part doesn't exist."""
    fake_upload = _upload(bucket, upload_id)
    part = fake_upload.parts.get(number) if fake_upload is not None else None
    return part.value if part is not None else None


def parts(bucket: str, upload_id: str) -> list[PartView]:
    """Return an upload's parts, sorted by number."""
    fake_upload = _upload(bucket, upload_id)
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
    fake_key = _object(bucket, key)
    if fake_key is not None:
        fake_key.__dict__["labs_parts"] = tuple(parts)


def object_parts(bucket: str, key: str, version: str | None = None) -> tuple[PartView, ...]:
    """Return the parts that make up an object, or an empty tuple for an object that was uploaded in one request."""
    fake_key = _object(bucket, key, version)
    return fake_key.__dict__.get("labs_parts", ()) if fake_key is not None else ()


def object_content(bucket: str, key: str, version: str | None = None) -> bytes:
    """Return an object's content, or no bytes if the object doesn't exist."""
    fake_key = _object(bucket, key, version)
    return fake_key.value if fake_key is not None else b""


def set_object_checksum(bucket: str, key: str, algorithm: str, value: str, kind: str) -> None:
    """Store the checksum of an object's current version."""
    fake_key = _object(bucket, key)
    if fake_key is not None:
        fake_key.checksum_algorithm, fake_key.checksum_value, fake_key.checksum_type = algorithm, value, kind
        fake_key.checksum_parts = len(fake_key.__dict__.get("labs_parts", ())) or None


def written_at_once(bucket: str, key: str) -> None:
    """Mark an object's current version as having no parts, because a copy of an object with parts has no parts."""
    fake_key = _object(bucket, key)
    if fake_key is not None:
        fake_key.multipart = None


def default_lock(bucket: str) -> Lock | None:
    """Return the default lock for an object that is written to a bucket now without a lock."""
    fake_bucket = _bucket(bucket)
    if fake_bucket is None or not fake_bucket.has_default_lock:
        return None
    return Lock(fake_bucket.default_lock_mode, fake_bucket.default_retention())


def lock_object(bucket: str, key: str, lock: Lock) -> None:
    """Set the lock on an object's current version."""
    fake_key = _object(bucket, key)
    if fake_key is not None:
        fake_key.lock_mode, fake_key.lock_until, fake_key.lock_legal_status = lock.mode, lock.until, lock.hold


def set_upload_acl(bucket: str, upload: str, acl: str | None) -> None:
    """Store the canned ACL of a multipart upload."""
    fake_bucket = _bucket(bucket)
    if fake_bucket is not None and upload in fake_bucket.multiparts:
        fake_bucket.multiparts[upload].__dict__["labs_acl"] = acl


def upload_acl(bucket: str, upload: str) -> str | None:
    """Return the canned ACL of a multipart upload."""
    fake_bucket = _bucket(bucket)
    multipart = fake_bucket.multiparts.get(upload) if fake_bucket is not None else None
    return multipart.__dict__.get("labs_acl") if multipart is not None else None


def set_object_owner(
    bucket: str, key: str, account: str, permission: str | None, version: str | None = None
) -> None:
    """Store the account that owns an object, and the permission that the object's ACL gives the bucket's owner."""
    fake_key = _object(bucket, key, version)
    if fake_key is not None:
        fake_key.__dict__["labs_owner"] = (account, permission)


def object_owner(bucket: str, key: str, version: str | None = None) -> str | None:
    """Return the account that owns an object, or None if the bucket's owner owns it.

    If ACLs are disabled, the bucket's owner owns all objects.
    """
    fake_key = _object(bucket, key, version)
    if fake_key is None or ownership(bucket) == "BucketOwnerEnforced":
        return None
    owner: tuple[str | None, str | None] = fake_key.__dict__.get("labs_owner", (None, None))
    return owner[0]


# Access control lists


def _grants(acl: FakeAcl | None, owner: str | None = None) -> tuple[Grant, ...]:
    """Return an ACL's grants, with `OWNER_ID` for the owner's canonical user ID."""
    if acl is None:
        return ()
    own = canonical_id(owner) if owner else None
    return tuple(
        Grant(grantee.uri or (OWNER_ID if grantee.id == own else grantee.id), permission)
        for grant in acl.grants
        for grantee in grant.grantees
        for permission in grant.permissions
    )


def canned_grants(name: str) -> tuple[Grant, ...]:
    """Return the grants in a canned ACL. Raises `KeyError` for an unknown name."""
    if name not in CANNED_ACLS:
        raise KeyError(name)
    return _grants(get_canned_acl(name))


CANNED_ACLS = (
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
    "log-delivery-write",
)


def set_bucket_acl(bucket: str, grants: tuple[Grant, ...]) -> None:
    """Replace a bucket's ACL."""
    fake_bucket = _bucket(bucket)
    assert fake_bucket is not None
    fake_bucket.set_acl(_acl(grants))


def set_object_acl(bucket: str, key: str, version: str | None, grants: tuple[Grant, ...]) -> None:
    """Replace an object's ACL. moto itself reads only ACLs in headers."""
    fake_key = _object(bucket, key, version)
    assert fake_key is not None
    fake_key.set_acl(_acl(grants))
    _notify(fake_key, S3NotificationEvent.OBJECT_ACL_UPDATE_EVENT)


def _acl(grants: tuple[Grant, ...]) -> FakeAcl:
    return FakeAcl([FakeGrant([_grantee(grant.grantee)], [grant.permission]) for grant in grants])


def _grantee(name: str) -> FakeGrantee:
    return FakeGrantee(uri=name) if "://" in name else FakeGrantee(grantee_id=name)


# Principals in bucket policies


def iam_principal_exists(account: str, kind: str, name: str) -> bool:
    """Return whether an account has a `user` or `role` (`kind`) with the given name (without path)."""
    if account not in accounts("iam"):
        return False
    iam = backend("iam", account)
    if kind == "user":
        return name in iam.users
    return any(role.name == name for role in iam.roles.values())


# ETags and changes


_HIDES_CONTENT: ContextVar[bool] = ContextVar("hides_content", default=False)


@contextmanager
def hiding_content() -> Iterator[None]:
    """Give objects that are written within the block an ETag that isn't the MD5 digest of their content.

    OBSERVED in 2026, for objects with SSE-KMS: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
    """
    token = _HIDES_CONTENT.set(True)
    try:
        yield
    finally:
        _HIDES_CONTENT.reset(token)


def hidden_etag() -> str | None:
    """Return a new ETag within a `hiding_content` block, or None outside of it."""
    return mock_random.uuid4().hex if _HIDES_CONTENT.get() else None


def count_change(bucket: FakeBucket, key: str) -> None:
    """Count a change to an object: it was written or deleted."""
    changes = bucket.__dict__.setdefault("labs_changes", {})
    changes[key] = changes.get(key, 0) + 1


def changes_of(bucket: str, key: str) -> int:
    """Return the number of times that an object was written or deleted."""
    fake_bucket = _bucket(bucket)
    return int(fake_bucket.__dict__.get("labs_changes", {}).get(key, 0)) if fake_bucket is not None else 0


# Encryption with keys of KMS and of customers: moto's own fields, and the facts that are stored next to them


@dataclass(frozen=True, slots=True)
class DefaultEncryption:
    """A bucket's default encryption: `AES256`, `aws:kms`, or `aws:kms:dsse`, and the KMS key if one is specified."""

    algorithm: str | None = None
    key: str | None = None
    bucket_key: bool = False


def default_encryption(name: str) -> DefaultEncryption:
    """Return the encryption for uploads that don't specify one."""
    bucket = _bucket(name)
    rule = (bucket.encryption or {}).get("Rule") if bucket is not None else None
    rule = rule[0] if isinstance(rule, list) and rule else rule
    if not isinstance(rule, dict):
        return DefaultEncryption()
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    return DefaultEncryption(
        default.get("SSEAlgorithm"),
        default.get("KMSMasterKeyID"),
        str(rule.get("BucketKeyEnabled", "")).lower() == "true",
    )


def seal_object(
    bucket: str, key: str, version: str | None, sealed: Any, algorithm: str, key_arn: str, bucket_key: bool
) -> None:
    """Store an object's encryption: moto's fields, and the encrypted data key that is required to read the object."""
    fake_key = _object(bucket, key, version)
    if fake_key is not None:
        fake_key.encryption, fake_key.kms_key_id = algorithm, key_arn
        fake_key.bucket_key_enabled = True if bucket_key else None
        fake_key.__dict__["labs_sealed"] = sealed


def sealed_object(bucket: str, key: str, version: str | None = None) -> Any | None:
    """Return the encrypted data key that `seal_object` stored, or None for objects not encrypted with a KMS key."""
    fake_key = _object(bucket, key, version)
    return fake_key.__dict__.get("labs_sealed") if fake_key is not None else None


def store_customer_key(bucket: str, key: str, version: str | None, kept: Any) -> None:
    """Store the customer-provided key that encrypts an object, in place of any encryption with an S3 or KMS key."""
    fake_key = _object(bucket, key, version)
    if fake_key is not None:
        fake_key.encryption = fake_key.kms_key_id = fake_key.bucket_key_enabled = None
        fake_key.__dict__["labs_customer_key"] = kept


def customer_key(bucket: str, key: str, version: str | None = None) -> Any | None:
    """Return the data about a customer-provided key that `store_customer_key` stored."""
    fake_key = _object(bucket, key, version)
    return fake_key.__dict__.get("labs_customer_key") if fake_key is not None else None


def store_customer_key_of_upload(bucket: str, answer: Answer, kept: Any) -> None:
    """Store a new upload's customer-provided key. `answer` is the response from CreateMultipartUpload."""
    upload = _upload_in_answer(bucket, answer)
    if upload is not None:
        upload.__dict__["labs_customer_key"] = kept


def customer_key_of_upload(bucket: str, upload_id: str) -> Any | None:
    """Return the data about a customer-provided key that `store_customer_key_of_upload` stored."""
    upload = _upload(bucket, upload_id)
    return upload.__dict__.get("labs_customer_key") if upload is not None else None


def _upload_in_answer(bucket: str, answer: Answer) -> Any | None:
    body = answer.body.decode() if isinstance(answer.body, bytes) else answer.body
    found = re.search("<UploadId>([^<]*)</UploadId>", body)
    return _upload(bucket, found[1]) if found else None


def seal_upload(bucket: str, answer: Answer, sealed: Any, algorithm: str, key_arn: str) -> None:
    """Store a new upload's encryption. `answer` is the response from CreateMultipartUpload."""
    upload = _upload_in_answer(bucket, answer)
    if upload is not None:
        upload.sse_encryption, upload.kms_key_id = algorithm, key_arn
        upload.__dict__["labs_sealed"] = sealed


def sealed_upload(bucket: str, upload_id: str) -> Any | None:
    """Return the encrypted data key that `seal_upload` stored."""
    upload = _upload(bucket, upload_id)
    return upload.__dict__.get("labs_sealed") if upload is not None else None


def _upload(bucket: str, upload_id: str) -> Any | None:
    fake_bucket = _bucket(bucket)
    return fake_bucket.multiparts.get(upload_id) if fake_bucket is not None else None


@keeps_policies
def kept_policies(_: State) -> Iterator[Kept]:
    """Yield the policies of all buckets, as `Kept` objects."""
    for name in list(s3_backends.bucket_accounts):
        text = bucket_policy(name)
        if text:
            yield Kept(f"arn:aws:s3:::{name}", text, partial(_put_policy, _bucket(name)))


def _put_policy(bucket: Any, text: str) -> None:
    bucket.policy = text.encode()

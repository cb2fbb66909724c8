"""Views on moto's S3 state, and the switch that turns moto's own access checks off.

A bucket's name is unique among all accounts, so every view takes the name alone and finds its owner by it.
Names that do not exist give None (or nothing); no view raises for them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3 import models, responses
from moto.s3.exceptions import AccessDeniedByLock
from moto.s3.models import (
    FakeAcl,
    FakeBucket,
    FakeDeleteMarker,
    FakeGrant,
    FakeGrantee,
    FakeKey,
    get_canned_acl,
    s3_backends,
)
from requests.structures import CaseInsensitiveDict

from labs_helpers.cloud.core.call import Answer
from labs_helpers.cloud.core.resource_policies import Kept, keeps_policies
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.moto import hooks, timestamps
from labs_helpers.cloud.moto.backends import accounts, backend

ALL_USERS = models.ALL_USERS_GRANTEE.uri
AUTHENTICATED_USERS = models.AUTHENTICATED_USERS_GRANTEE.uri
LOG_DELIVERY = models.LOG_DELIVERY_GRANTEE.uri
OWNER_ID = models.OWNER
"""moto's canonical user id: one for all accounts. In an ACL it stands for the bucket's owner."""


def canonical_id(account: str) -> str:
    """The canonical user id of an account: https://docs.aws.amazon.com/AmazonS3/latest/userguide/finding-canonical-user-id.html"""
    return hashlib.sha256(f"canonical user of {account}".encode()).hexdigest()


def account_of(canonical: str) -> str | None:
    """The account of a canonical user id; None for an id that none has."""
    known = {*accounts("s3"), *accounts("iam")}
    return next((account for account in known if canonical_id(account) == canonical), None)


@dataclass(frozen=True, slots=True)
class PublicAccessBlock:
    """The four settings of S3 Block Public Access, of a bucket or an account."""

    block_public_acls: bool = False
    ignore_public_acls: bool = False
    block_public_policy: bool = False
    restrict_public_buckets: bool = False

    def __or__(self, other: PublicAccessBlock) -> PublicAccessBlock:
        """The most restrictive combination of both."""
        return PublicAccessBlock(
            self.block_public_acls or other.block_public_acls,
            self.ignore_public_acls or other.ignore_public_acls,
            self.block_public_policy or other.block_public_policy,
            self.restrict_public_buckets or other.restrict_public_buckets,
        )


NOTHING_BLOCKED = PublicAccessBlock()


@dataclass(frozen=True, slots=True)
class Grant:
    """One grant of an ACL: `grantee` is a group's URI or a canonical user id; `permission` is READ, WRITE, …"""

    grantee: str
    permission: str

    @property
    def public(self) -> bool:
        """Whether it is given to everyone, or to every AWS account."""
        return self.grantee in (ALL_USERS, AUTHENTICATED_USERS)


def _bucket(name: str | None) -> FakeBucket | None:
    home = s3_backends.bucket_accounts.get(name or "")
    if home is None:
        return None
    partition, account = home
    return s3_backends[account][partition].buckets.get(name)


def _object(bucket: str, key: str, version: str | None = None) -> FakeKey | None:
    """The object's current or given version; None where it does not exist or is a delete marker."""
    found = _bucket(bucket)
    if found is None:
        return None
    # Not backend.get_object(): that advances moto's state machine for archived objects.
    if version is None:
        candidate = found.keys.get(key)
    else:
        versions = found.keys.getlist(key, default=[])
        candidate = next((one for one in versions if str(one.version_id) == version), None)
    return candidate if isinstance(candidate, FakeKey) else None


# Buckets


def bucket_owner(name: str | None) -> str | None:
    """The account that owns a bucket."""
    home = s3_backends.bucket_accounts.get(name or "")
    return home[1] if home else None


def bucket_region(name: str) -> str | None:
    """The Region that a bucket was created in."""
    bucket = _bucket(name)
    return bucket.region_name if bucket else None


def bucket_policy(name: str) -> str | None:
    """A bucket's policy as JSON text."""
    bucket = _bucket(name)
    if bucket is None or not bucket.policy:
        return None
    return bucket.policy.decode() if isinstance(bucket.policy, bytes) else bucket.policy


def ownership(name: str) -> str | None:
    """A bucket's Object Ownership; ObjectWriter where the setting was deleted."""
    bucket = _bucket(name)
    return (bucket.ownership_rule or "ObjectWriter") if bucket else None


def bucket_grants(name: str) -> tuple[Grant, ...]:
    """The grants of a bucket's ACL, whether the bucket uses ACLs or not."""
    bucket = _bucket(name)
    return _grants(bucket.acl, bucket.account_id) if bucket else ()


def public_access_block(name: str) -> PublicAccessBlock:
    """A bucket's own Block Public Access settings; all off where it has none."""
    bucket = _bucket(name)
    return _settings(bucket.public_access_block) if bucket else NOTHING_BLOCKED


def account_public_access_block(account: str) -> PublicAccessBlock:
    """An account's Block Public Access settings; all off where it has none."""
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
    """Say which kinds of encryption uploads may not ask for: `SSE-C`, or `NONE`."""
    bucket = _bucket(name)
    assert bucket is not None
    bucket.__dict__["labs_blocked"] = types


def blocked_encryption(name: str) -> tuple[str, ...]:
    """What `block_encryption` was told."""
    bucket = _bucket(name)
    return bucket.__dict__.get("labs_blocked", ()) if bucket is not None else ()


def notifications(name: str) -> dict[str, Any]:
    """A bucket's notification configuration, as S3 shows it."""
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
    shown: dict[str, Any] = {"Id": one.id, arn: one.arn, "Events": list(one.events)}
    if one.filters:
        rules = one.filters["S3Key"]["FilterRule"]
        shown["Filter"] = {"Key": {"FilterRules": rules if isinstance(rules, list) else [rules]}}
    return shown


def set_lifecycle(name: str, rules: Any) -> None:
    """Keep a bucket's lifecycle, or drop it with None: moto forgets parts of filters."""
    bucket = _bucket(name)
    assert bucket is not None
    bucket.__dict__["labs_lifecycle"] = rules


def lifecycle(name: str) -> Any:
    """What `set_lifecycle` was told, None for nothing."""
    bucket = _bucket(name)
    return bucket.__dict__.get("labs_lifecycle") if bucket is not None else None


def payer(name: str) -> str:
    """Who pays for a bucket's requests: BucketOwner or Requester."""
    bucket = _bucket(name)
    return str(bucket.__dict__.get("labs_payer", "BucketOwner")) if bucket is not None else "BucketOwner"


def set_payer(name: str, payer: str) -> None:
    """Have BucketOwner or Requester pay."""
    bucket = _bucket(name)
    assert bucket is not None
    bucket.__dict__["labs_payer"] = payer


@dataclass(frozen=True, slots=True)
class BucketView:
    """What ListBuckets tells of a bucket."""

    name: str
    region: str
    created: datetime


def buckets_of(account: str) -> list[BucketView]:
    """An account's buckets, by name."""
    if account not in accounts("s3"):
        return []
    buckets = backend("s3", account).buckets.values()
    views = [BucketView(each.name, each.region_name, each.creation_date) for each in buckets]
    return sorted(views, key=lambda each: each.name)


def set_new_bucket_defaults(name: str, object_ownership: str, tags: Mapping[str, str] | None = None) -> None:
    """Give a bucket that was just created what AWS gives it and moto does not."""
    bucket = _bucket(name)
    assert bucket is not None
    bucket.creation_date = timestamps.lab_time().replace(tzinfo=UTC)
    bucket.public_access_block = models.PublicAccessBlock(True, True, True, True)
    bucket.ownership_rule = object_ownership
    encrypt_by_default(name)
    block_encryption(name, ("SSE-C",))
    if tags:
        backend("s3", bucket.account_id).put_bucket_tagging(name, dict(tags))


def encrypt_by_default(name: str) -> None:
    """Set SSE-S3, the encryption that every bucket has since January 2023, in the shape that moto keeps."""
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
    """A version of an object, or a delete marker, as listings tell it; a marker has no content."""

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
    """Every version in a bucket: by key, in UTF-8 order, the latest first."""
    found = _bucket(bucket)
    if found is None:
        return
    for key in sorted(found.keys, key=str.encode):
        for number, each in enumerate(reversed(found.keys.getlist(key, default=[]))):
            yield _version(found, key, each, latest=number == 0)


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
    """A key's current or given version, which may be a delete marker; None if there is none."""
    found = _bucket(bucket)
    listed = found.keys.getlist(key, default=[]) if found is not None else []
    for number, one in enumerate(reversed(listed)):
        if version in (None, str(one.version_id)):
            assert found is not None
            return _version(found, key, one, latest=number == 0)
    return None


def part_count(bucket: str, key: str, version: str | None = None) -> int:
    """Of how many parts an object was made; 1 for one that was written at once, or does not exist."""
    found = _object(bucket, key, version)
    return len(found.multipart.partlist) if found is not None and found.multipart is not None else 1


def as_versioned(bucket: str, deed: Callable[[], Any]) -> Any:
    """Do something while moto takes a bucket for one that keeps versions: it knows no version ids in others, not even
    `null`, and those that were kept before versioning was suspended."""
    found = _bucket(bucket)
    assert found is not None
    before, found.versioning_status = found.versioning_status, "Enabled"
    try:
        return deed()
    finally:
        found.versioning_status = before


def object_exists(bucket: str, key: str, version: str | None = None) -> bool:
    """Whether an object (a version of it) can be read; a delete marker cannot."""
    return _object(bucket, key, version) is not None


def object_tags(bucket: str, key: str, version: str | None = None) -> dict[str, str]:
    """An object's tags."""
    found = _object(bucket, key, version)
    if found is None:
        return {}
    tagger = backend("s3", found.account_id).tagger
    return dict(tagger.get_tag_dict_for_resource(found.arn)) if tagger.has_tags(found.arn) else {}


def object_grants(bucket: str, key: str, version: str | None = None) -> tuple[Grant, ...]:
    """The grants of an object's ACL, whether the bucket uses ACLs or not."""
    found = _object(bucket, key, version)
    if found is None:
        return ()
    owner, permission = found.__dict__.get("labs_owner", (None, None))
    grants = _grants(found.acl, owner or found.account_id)
    return (*grants, Grant(canonical_id(found.account_id), permission)) if permission else grants


@dataclass(frozen=True, slots=True)
class Retention:
    """Object Lock as it is set on an object: `mode` GOVERNANCE or COMPLIANCE, `until` as ISO text."""

    mode: str | None
    until: str | None
    hold: str | None = None
    """A legal hold, ON or OFF; None where there never was one."""


def retention(bucket: str, key: str, version: str | None = None) -> Retention | None:
    """An object's retention and legal hold; None if there is no such object."""
    found = _object(bucket, key, version)
    if found is None:
        return None
    return Retention(found.lock_mode, found.lock_until, found.lock_legal_status)


def object_lock_enabled(bucket: str) -> bool:
    """Whether a bucket was made with Object Lock."""
    found = _bucket(bucket)
    return bool(found and found.object_lock_enabled)


def set_object_lock(bucket: str, mode: str | None, days: int | None, years: int | None) -> None:
    """Switch Object Lock on, with a default retention or none."""
    found = _bucket(bucket)
    assert found is not None
    found.object_lock_enabled = True
    found.default_lock_mode, found.default_lock_days, found.default_lock_years = mode, days or 0, years or 0


def default_retention(bucket: str) -> tuple[str | None, int, int]:
    """A bucket's default retention: mode, days and years; no mode where there is none."""
    found = _bucket(bucket)
    assert found is not None
    return (
        found.default_lock_mode or None,
        int(found.default_lock_days or 0),
        int(found.default_lock_years or 0),
    )


def keeps_versions(bucket: str) -> bool:
    """Whether versioning is on."""
    found = _bucket(bucket)
    return found is not None and bool(found.is_versioned)


@dataclass(frozen=True, slots=True)
class Deleted:
    """What became of one object in a deletion of several. `marker` is the version id of the delete marker that was made
    or deleted; `refused`: Object Lock protects it."""

    key: str
    version: str | None
    marker: str | None
    refused: bool


def delete_objects(
    bucket: str, objects: list[tuple[str, str | None]], bypass_governance: bool
) -> list[Deleted]:
    """Delete (key, version) pairs as moto does, but say of each what happened."""
    owner = backend("s3", bucket_owner(bucket) or "")
    results = []
    for key, version in objects:
        try:
            _, told = owner.delete_object(bucket, key, version, bypass_governance)
        except AccessDeniedByLock:
            results.append(Deleted(key, version, None, True))
            continue
        marker = told.get("version-id") if told.get("delete-marker") else None
        results.append(Deleted(key, version, marker, False))
    return results


def upload_key(bucket: str, upload: str) -> str | None:
    """The key that an upload in parts is for; None if there is no such upload."""
    found = _bucket(bucket)
    multipart = found.multiparts.get(upload) if found is not None else None
    return multipart.key_name if multipart is not None else None


@dataclass(frozen=True, slots=True)
class Lock:
    """Object Lock as an upload asks for it, or as a bucket gives it; `until` is ISO text."""

    mode: str | None
    until: str | None
    hold: str | None = None


@dataclass(frozen=True, slots=True)
class UploadView:
    """An upload in parts: who began it, when, and the lock that it asked for."""

    id: str
    key: str
    storage: str
    begun: datetime | None
    by: str | None
    lock: Lock | None
    checksum: str | None = None


def remember_upload(bucket: str, answer: Answer, begun: datetime, by: str | None, lock: Lock | None) -> None:
    """Keep what moto does not of the upload that an answer of CreateMultipartUpload tells of."""
    upload = _begun(bucket, answer)
    if upload is not None:
        upload.__dict__["labs_begun"] = (begun, by, lock)


def uploads(bucket: str) -> list[UploadView]:
    """A bucket's unfinished uploads, by key and then by when they were begun."""
    found = _bucket(bucket)
    every = found.multiparts.values() if found is not None else ()
    views = [_upload_view(each) for each in every]
    return sorted(views, key=lambda each: (each.key.encode(), each.begun.timestamp() if each.begun else 0.0))


def upload_of(bucket: str, upload_id: str) -> UploadView | None:
    """An unfinished upload, None if there is none."""
    found = _upload(bucket, upload_id)
    return _upload_view(found) if found is not None else None


def _upload_view(upload: Any) -> UploadView:
    begun, by, lock = upload.__dict__.get("labs_begun", (None, None, None))
    checksum = upload.metadata.get("x-amz-checksum-algorithm")
    return UploadView(upload.id, upload.key_name, upload.storage or "STANDARD", begun, by, lock, checksum)


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of an upload that has arrived."""

    number: int
    modified: datetime
    etag: str
    size: int


def parts(bucket: str, upload_id: str) -> list[PartView]:
    """The parts of an upload, by number."""
    found = _upload(bucket, upload_id)
    every = found.parts.items() if found is not None else ()
    return sorted(
        (PartView(number, each.last_modified.replace(microsecond=0, tzinfo=UTC), each.etag, each.size)
         for number, each in every),
        key=lambda each: each.number,
    )  # fmt: skip


def default_lock(bucket: str) -> Lock | None:
    """The retention that a bucket gives to what is written now without one of its own."""
    found = _bucket(bucket)
    if found is None or not found.has_default_lock:
        return None
    return Lock(found.default_lock_mode, found.default_retention())


def lock_object(bucket: str, key: str, lock: Lock) -> None:
    """Put a lock on an object's current version."""
    found = _object(bucket, key)
    if found is not None:
        found.lock_mode, found.lock_until, found.lock_legal_status = lock.mode, lock.until, lock.hold


def set_upload_acl(bucket: str, upload: str, acl: str | None) -> None:
    """Remember the canned ACL that came with an upload in parts."""
    found = _bucket(bucket)
    if found is not None and upload in found.multiparts:
        found.multiparts[upload].__dict__["labs_acl"] = acl


def upload_acl(bucket: str, upload: str) -> str | None:
    """The canned ACL that came with an upload in parts."""
    found = _bucket(bucket)
    multipart = found.multiparts.get(upload) if found is not None else None
    return multipart.__dict__.get("labs_acl") if multipart is not None else None


def set_object_owner(
    bucket: str, key: str, account: str, permission: str | None, version: str | None = None
) -> None:
    """Remember that an object is another account's, and which permission its ACL gives to the bucket's owner."""
    found = _object(bucket, key, version)
    if found is not None:
        found.__dict__["labs_owner"] = (account, permission)


def object_owner(bucket: str, key: str, version: str | None = None) -> str | None:
    """The account that an object belongs to, where it is not the bucket's owner: with ACLs disabled it always is."""
    found = _object(bucket, key, version)
    if found is None or ownership(bucket) == "BucketOwnerEnforced":
        return None
    account, _ = found.__dict__.get("labs_owner", (None, None))
    return account


# Access control lists


def _grants(acl: FakeAcl | None, owner: str | None = None) -> tuple[Grant, ...]:
    """An ACL's grants; the owner's canonical user id is `OWNER_ID` in them."""
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
    """The grants that a canned ACL stands for. Raises `KeyError` for a name that is none."""
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
    found = _bucket(bucket)
    assert found is not None
    found.set_acl(_acl(grants))


def set_object_acl(bucket: str, key: str, version: str | None, grants: tuple[Grant, ...]) -> None:
    """Replace an object's ACL; moto reads only those ACLs that come as headers."""
    found = _object(bucket, key, version)
    assert found is not None
    found.set_acl(_acl(grants))


def _acl(grants: tuple[Grant, ...]) -> FakeAcl:
    return FakeAcl([FakeGrant([_grantee(grant.grantee)], [grant.permission]) for grant in grants])


def _grantee(name: str) -> FakeGrantee:
    return FakeGrantee(uri=name) if "://" in name else FakeGrantee(grantee_id=name)


# Principals that bucket policies name


def iam_principal_exists(account: str, kind: str, name: str) -> bool:
    """Whether an account has that `user` or `role`; `name` without its path."""
    if account not in accounts("iam"):
        return False
    iam = backend("iam", account)
    if kind == "user":
        return name in iam.users
    return any(role.name == name for role in iam.roles.values())


# moto's own checks


@hooks.while_installed
def disarm_moto_policy_evaluator() -> hooks.Undo:
    """Make moto's bucket policy evaluation, its ACL check and its check of signed headers let everything pass.

    The gate has judged a request before moto sees it. moto's evaluator reads no conditions and few principals, and
    would refuse what AWS allows. Returns what undoes it.
    """

    def permitted(self: FakeBucket, action: str, resource: str) -> PermissionResult:
        # Not NEUTRAL: moto then asks the object's ACL about requests without an Authorization header.
        return PermissionResult.PERMITTED

    def nothing_invalid(self: Any, url: str, headers: Mapping[str, Any]) -> bool:
        return False

    handle_range = responses.S3Response._handle_range_header

    def ranged(self: Any, request: Any, headers: dict[str, Any], content: Any) -> Any:
        # https://www.rfc-editor.org/rfc/rfc9110#name-range: what is no range of bytes is as good as none
        if not _RANGE.fullmatch(request.headers.get("range", "")):
            return 200, headers, content
        return handle_range(self, request, headers, content)

    return hooks.all_of(
        hooks.replace(FakeBucket, get_permission=permitted),
        hooks.replace(responses.S3Response, _invalid_headers=nothing_invalid, _handle_range_header=ranged),
    )


@hooks.while_installed
def _keep_versions() -> hooks.Undo:
    """Make moto keep the versions of a bucket whose versioning is suspended, and mark deletions as S3 does."""
    put_object, delete_object = models.S3Backend.put_object, models.S3Backend.delete_object

    def put(self: Any, bucket_name: str, key_name: str, *arguments: Any, **named: Any) -> FakeKey:
        with _suspended_versions(self.get_bucket(bucket_name), key_name):
            return put_object(self, bucket_name, key_name, *arguments, **named)

    def delete(
        self: Any, bucket_name: str, key_name: str, version_id: str | None = None, bypass: bool = False
    ) -> tuple[bool, dict[str, Any]]:
        bucket = self.get_bucket(bucket_name)
        if not bucket.versioning_status:
            if version_id not in (None, "null"):
                return False, {}
            return delete_object(self, bucket_name, key_name, version_id, bypass)
        if version_id is None:
            return True, {"version-id": _mark_deleted(bucket, key_name), "delete-marker": "true"}
        one = version_of(bucket_name, key_name, version_id)
        marker = one is not None and one.marker
        done, told = as_versioned(
            bucket_name, lambda: delete_object(self, bucket_name, key_name, version_id, bypass)
        )
        return done, {**told, "version-id": version_id, **({"delete-marker": "true"} if marker else {})}

    return hooks.replace(models.S3Backend, put_object=put, delete_object=delete)


@hooks.while_installed
def _read_headers() -> hooks.Undo:
    """Make moto read conditions on times and demand checksums as S3 does."""
    kind = responses.S3Response
    get_key, head_object, key_response_put = kind._get_key, kind.head_object, kind._key_response_put

    def key_of_request(self: Any, *arguments: Any, **named: Any) -> Any:
        before, self.headers = self.headers, _that_count(self.headers)
        try:
            return get_key(self, *arguments, **named)
        finally:
            self.headers = before

    def head(self: Any, bucket_name: str, query: Any, key_name: str, headers: Any) -> Any:
        return head_object(self, bucket_name, query, key_name, _that_count(headers))

    def key_put(self: Any, query: dict[str, Any], key_name: str) -> Any:
        # Object Lock wants a checksum of content that is sent, and only of that.
        brought = next(
            (each for each in _CHECKSUMS if f"x-amz-checksum-{each.lower()}" in self.headers), None
        )
        copied = "x-amz-copy-source" in self.headers
        if brought is not None or copied or not query.keys().isdisjoint(_NO_CONTENT):
            self.headers = CaseInsensitiveDict(self.headers.items())
            self.headers.setdefault(_CHECKSUM_HEADER, brought or "CRC32")
        return key_response_put(self, query, key_name)

    return hooks.replace(kind, _get_key=key_of_request, head_object=head, _key_response_put=key_put)


def _that_count(headers: Mapping[str, Any]) -> CaseInsensitiveDict[Any]:
    """The headers without conditions on times that conditions on ETags outdo.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    counting: CaseInsensitiveDict[Any] = CaseInsensitiveDict(headers.items())
    for etag, time in (("If-Match", "If-Unmodified-Since"), ("If-None-Match", "If-Modified-Since")):
        if etag in counting:
            counting.pop(time, None)
    return counting


_CHECKSUM_HEADER = "x-amz-sdk-checksum-algorithm"
_CHECKSUMS = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")
_NO_CONTENT = frozenset(("retention", "legal-hold", "acl", "tagging"))


@contextmanager
def _suspended_versions(bucket: FakeBucket, key: str) -> Iterator[None]:
    """While versioning is suspended, a write replaces the version `null` alone; moto replaces all that there are.

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
    """A key's versions that have an id of their own."""
    return [one for one in bucket.keys.getlist(key, default=[]) if str(one.version_id) != "null"]


def _mark_deleted(bucket: FakeBucket, key: str) -> str:
    """Put a delete marker on top of a key's versions, whether there are any or not; gives the marker's version id.

    While versioning is suspended it takes the place of the version `null`.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
    """
    marker = FakeDeleteMarker(key=SimpleNamespace(name=key))
    kept = bucket.keys.getlist(key, default=[])
    if bucket.versioning_status == "Suspended":
        kept, marker._version_id = _with_ids(bucket, key), "null"
    bucket.keys.setlist(key, [*kept, marker])
    return str(marker.version_id)


_RANGE = re.compile(r"bytes=(\d+-\d*|-\d+)(\s*,\s*(\d+-\d*|-\d+))*")

# What moto performs


_BUCKET_OPERATIONS = {
    "GET": (
        ("object-lock", "GetObjectLockConfiguration"), ("uploads", "ListMultipartUploads"),
        ("location", "GetBucketLocation"), ("lifecycle", "GetBucketLifecycleConfiguration"),
        ("versioning", "GetBucketVersioning"), ("policyStatus", "GetBucketPolicyStatus"),
        ("policy", "GetBucketPolicy"), ("website", "GetBucketWebsite"), ("acl", "GetBucketAcl"),
        ("tagging", "GetBucketTagging"), ("logging", "GetBucketLogging"), ("cors", "GetBucketCors"),
        ("notification", "GetBucketNotificationConfiguration"), ("accelerate", "GetBucketAccelerateConfiguration"),
        ("publicAccessBlock", "GetPublicAccessBlock"), ("inventory", "GetBucketInventoryConfiguration"),
        ("versions", "ListObjectVersions"), ("encryption", "GetBucketEncryption"), ("list-type", "ListObjectsV2"),
        ("replication", "GetBucketReplication"), ("ownershipControls", "GetBucketOwnershipControls"),
        (None, "ListObjects"),
    ),
    "PUT": (
        ("object-lock", "PutObjectLockConfiguration"), ("versioning", "PutBucketVersioning"),
        ("lifecycle", "PutBucketLifecycleConfiguration"), ("policy", "PutBucketPolicy"), ("acl", "PutBucketAcl"),
        ("tagging", "PutBucketTagging"), ("website", "PutBucketWebsite"), ("cors", "PutBucketCors"),
        ("logging", "PutBucketLogging"), ("notification", "PutBucketNotificationConfiguration"),
        ("accelerate", "PutBucketAccelerateConfiguration"), ("publicAccessBlock", "PutPublicAccessBlock"),
        ("encryption", "PutBucketEncryption"), ("replication", "PutBucketReplication"),
        ("ownershipControls", "PutBucketOwnershipControls"), ("inventory", "PutBucketInventoryConfiguration"),
        (None, "CreateBucket"),
    ),
    "DELETE": (
        ("policy", "DeleteBucketPolicy"), ("tagging", "DeleteBucketTagging"), ("website", "DeleteBucketWebsite"),
        ("cors", "DeleteBucketCors"), ("lifecycle", "DeleteBucketLifecycle"),
        ("publicAccessBlock", "DeletePublicAccessBlock"), ("encryption", "DeleteBucketEncryption"),
        ("replication", "DeleteBucketReplication"), ("ownershipControls", "DeleteBucketOwnershipControls"),
        (None, "DeleteBucket"),
    ),
    "HEAD": ((None, "HeadBucket"),),
    "POST": (("delete", "DeleteObjects"), (None, "PostObject")),
}  # fmt: skip
_OBJECT_OPERATIONS = {
    "GET": (
        ("uploadId", "ListParts"), ("acl", "GetObjectAcl"), ("tagging", "GetObjectTagging"),
        ("legal-hold", "GetObjectLegalHold"), ("attributes", "GetObjectAttributes"), (None, "GetObject"),
    ),
    "PUT": (
        ("retention", "PutObjectRetention"), ("legal-hold", "PutObjectLegalHold"), ("acl", "PutObjectAcl"),
        ("tagging", "PutObjectTagging"), (None, "PutObject"),
    ),
    "DELETE": (
        ("uploadId", "AbortMultipartUpload"), ("tagging", "DeleteObjectTagging"), (None, "DeleteObject"),
    ),
    "HEAD": ((None, "HeadObject"),),
    "POST": (
        ("uploads", "CreateMultipartUpload"), ("uploadId", "CompleteMultipartUpload"), ("restore", "RestoreObject"),
        ("select", "SelectObjectContent"), (None, "PostObject"),
    ),
}  # fmt: skip


def performed(method: str, on_object: bool, query: Mapping[str, str], copies: bool = False) -> str | None:
    """The operation that moto performs for a request on a bucket or an object; not always the one that was asked for.

    moto looks for the words of a URL's query in an order of its own and takes what it does not know for the plain
    operation: `DELETE /bucket?metrics` deletes the bucket. `copies`: the request has an x-amz-copy-source header.
    """
    if on_object and method == "PUT":
        if "uploadId" in query and "partNumber" in query:
            return "UploadPartCopy" if copies else "UploadPart"
        found = _first(_OBJECT_OPERATIONS["PUT"], query)
        return "CopyObject" if found == "PutObject" and copies else found
    found = _first((_OBJECT_OPERATIONS if on_object else _BUCKET_OPERATIONS).get(method, ()), query)
    if found == "GetBucketInventoryConfiguration" and "id" not in query:
        return "ListBucketInventoryConfigurations"
    return found


def _first(operations: tuple[tuple[str | None, str], ...], query: Mapping[str, str]) -> str | None:
    for word, name in operations:
        if word is None or (word in query and (word != "list-type" or query[word] == "2")):
            return name
    return None


# Encryption with KMS keys: what moto keeps of it, and what the service remembers beside it


@dataclass(frozen=True, slots=True)
class DefaultEncryption:
    """A bucket's default encryption: `AES256`, `aws:kms` or `aws:kms:dsse`, and the KMS key that it names."""

    algorithm: str | None = None
    key: str | None = None
    bucket_key: bool = False


def default_encryption(name: str) -> DefaultEncryption:
    """How a bucket encrypts what comes without a word on encryption."""
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
    """Remember with an object how it is encrypted: what moto shows of it, and what the service needs to open it."""
    found = _object(bucket, key, version)
    if found is not None:
        found.encryption, found.kms_key_id = algorithm, key_arn
        found.bucket_key_enabled = True if bucket_key else None
        found.__dict__["labs_sealed"] = sealed


def sealed_object(bucket: str, key: str, version: str | None = None) -> Any | None:
    """What `seal_object` kept; None for objects that no KMS key encrypts."""
    found = _object(bucket, key, version)
    return found.__dict__.get("labs_sealed") if found is not None else None


def keep_with_object(bucket: str, key: str, version: str | None, customer_key: Any) -> None:
    """Remember the customer's key that an object is encrypted with: no key of S3's or KMS's is."""
    found = _object(bucket, key, version)
    if found is not None:
        found.encryption = found.kms_key_id = found.bucket_key_enabled = None
        found.__dict__["labs_customer_key"] = customer_key


def kept_with_object(bucket: str, key: str, version: str | None = None) -> Any | None:
    """What `keep_with_object` kept."""
    found = _object(bucket, key, version)
    return found.__dict__.get("labs_customer_key") if found is not None else None


def keep_with_upload(bucket: str, answer: Answer, customer_key: Any) -> None:
    """Remember the customer's key of the upload that an answer of CreateMultipartUpload tells of."""
    upload = _begun(bucket, answer)
    if upload is not None:
        upload.__dict__["labs_customer_key"] = customer_key


def kept_with_upload(bucket: str, upload_id: str) -> Any | None:
    """What `keep_with_upload` kept."""
    upload = _upload(bucket, upload_id)
    return upload.__dict__.get("labs_customer_key") if upload is not None else None


def _begun(bucket: str, answer: Answer) -> Any | None:
    body = answer.body.decode() if isinstance(answer.body, bytes) else answer.body
    found = re.search("<UploadId>([^<]*)</UploadId>", body)
    return _upload(bucket, found[1]) if found else None


def seal_upload(bucket: str, answer: Answer, sealed: Any, algorithm: str, key_arn: str) -> None:
    """The same for the upload that an answer of CreateMultipartUpload tells of."""
    upload = _begun(bucket, answer)
    if upload is not None:
        upload.sse_encryption, upload.kms_key_id = algorithm, key_arn
        upload.__dict__["labs_sealed"] = sealed


def sealed_upload(bucket: str, upload_id: str) -> Any | None:
    """What `seal_upload` kept."""
    upload = _upload(bucket, upload_id)
    return upload.__dict__.get("labs_sealed") if upload is not None else None


def _upload(bucket: str, upload_id: str) -> Any | None:
    found = _bucket(bucket)
    return found.multiparts.get(upload_id) if found is not None else None


@keeps_policies
def kept_policies(_: State) -> Iterator[Kept]:
    """The policies of all buckets."""
    for name in list(s3_backends.bucket_accounts):
        text = bucket_policy(name)
        if text:
            yield Kept(f"arn:aws:s3:::{name}", text, partial(_put_policy, _bucket(name)))


def _put_policy(bucket: Any, text: str) -> None:
    bucket.policy = text.encode()

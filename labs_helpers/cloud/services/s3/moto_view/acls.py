"""Canonical user IDs, and the access control lists of buckets, objects, and uploads."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from moto.s3 import models
from moto.s3.models import (
    FakeAcl,
    FakeGrant,
    FakeGrantee,
    get_canned_acl,
)
from moto.s3.notifications import S3NotificationEvent

from labs_helpers.cloud.moto.backends import accounts
from labs_helpers.cloud.services.s3.moto_view.find import find_bucket, find_object
from labs_helpers.cloud.services.s3.moto_view.objects import notify

ALL_USERS = models.ALL_USERS_GRANTEE.uri
AUTHENTICATED_USERS = models.AUTHENTICATED_USERS_GRANTEE.uri
LOG_DELIVERY = models.LOG_DELIVERY_GRANTEE.uri
OWNER_ID = models.OWNER
"""moto's canonical user ID, which is the same for all accounts. In an ACL, it refers to the bucket's owner."""
ANONYMOUS = "anonymous"
"""The owner of an object that an unsigned request wrote, in place of an account."""
_ANONYMOUS_ID = "65a011a29cdf8ec533ec3d1ccaae921c"


def canonical_id(account: str) -> str:
    """Return the canonical user ID of an account or of `ANONYMOUS`.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/finding-canonical-user-id.html
    """
    if account == ANONYMOUS:
        return _ANONYMOUS_ID
    return hashlib.sha256(f"canonical user of {account}".encode()).hexdigest()


def account_of(canonical: str) -> str | None:
    """Return the account with this canonical user ID, or None if there isn't one."""
    known = {*accounts("s3"), *accounts("iam")}
    return next((account for account in known if canonical_id(account) == canonical), None)


@dataclass(frozen=True, slots=True)
class Grant:
    """One grant in an ACL. `grantee` is a group's URI or a canonical user ID; `permission` is READ, WRITE, etc."""

    grantee: str
    permission: str

    @property
    def public(self) -> bool:
        """True if the grantee is the group of all users or of all authenticated AWS users."""
        return self.grantee in (ALL_USERS, AUTHENTICATED_USERS)


def bucket_grants(name: str) -> tuple[Grant, ...]:
    """Return the grants in a bucket's ACL, even if the bucket's Object Ownership disables ACLs."""
    bucket = find_bucket(name)
    return _grants(bucket.acl, bucket.account_id) if bucket else ()


def object_grants(bucket: str, key: str, version: str | None = None) -> tuple[Grant, ...]:
    """Return the grants in an object's ACL, even if the bucket's Object Ownership disables ACLs."""
    fake_key = find_object(bucket, key, version)
    if fake_key is None:
        return ()
    owner, permission = fake_key.__dict__.get("labs_owner", (None, None))
    grants = _grants(fake_key.acl, owner or fake_key.account_id)
    return (*grants, Grant(canonical_id(fake_key.account_id), permission)) if permission else grants


def set_upload_acl(bucket: str, upload: str, acl: str | None) -> None:
    """Store the canned ACL of a multipart upload."""
    fake_bucket = find_bucket(bucket)
    if fake_bucket is not None and upload in fake_bucket.multiparts:
        fake_bucket.multiparts[upload].__dict__["labs_acl"] = acl


def upload_acl(bucket: str, upload: str) -> str | None:
    """Return the canned ACL of a multipart upload."""
    fake_bucket = find_bucket(bucket)
    multipart = fake_bucket.multiparts.get(upload) if fake_bucket is not None else None
    return multipart.__dict__.get("labs_acl") if multipart is not None else None


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
    fake_bucket = find_bucket(bucket)
    assert fake_bucket is not None
    fake_bucket.set_acl(_acl(grants))


def set_object_acl(bucket: str, key: str, version: str | None, grants: tuple[Grant, ...]) -> None:
    """Replace an object's ACL. moto itself reads only ACLs in headers."""
    fake_key = find_object(bucket, key, version)
    assert fake_key is not None
    fake_key.set_acl(_acl(grants))
    notify(fake_key, S3NotificationEvent.OBJECT_ACL_UPDATE_EVENT)


def _acl(grants: tuple[Grant, ...]) -> FakeAcl:
    return FakeAcl([FakeGrant([_grantee(grant.grantee)], [grant.permission]) for grant in grants])


def _grantee(name: str) -> FakeGrantee:
    return FakeGrantee(uri=name) if "://" in name else FakeGrantee(grantee_id=name)

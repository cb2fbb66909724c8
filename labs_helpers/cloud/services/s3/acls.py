"""Access control lists: parsing the grants in a request, validating grantees, and building responses.

A grantee is a group, identified by URI, or an account, identified by canonical user ID.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.moto.invalid_parameters import malformed_acl
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.errors import invalid_request, no_such_object, wrong_argument

_GRANT_HEADERS = {
    "GrantFullControl": "FULL_CONTROL",
    "GrantRead": "READ",
    "GrantReadACP": "READ_ACP",
    "GrantWrite": "WRITE",
    "GrantWriteACP": "WRITE_ACP",
}
_PERMISSIONS = frozenset(_GRANT_HEADERS.values())
_MOST_GRANTS = 100
_GROUPS = (s3.ALL_USERS, s3.AUTHENTICATED_USERS, s3.LOG_DELIVERY)


# ACLs in requests


def requested_grants(parameters: Mapping[str, Any]) -> tuple[s3.Grant, ...] | None:
    """Return the grants in a request's ACL (canned, in grant headers, or in the body), or None if there is no ACL.

    Raises `ServiceError` for unknown canned ACLs and grantees, and for ACLs in two forms in one request.
    """
    headers = [(name, value) for name in _GRANT_HEADERS if (value := parameters.get(name)) is not None]
    canned, policy = parameters.get("ACL"), parameters.get("AccessControlPolicy")
    if policy is not None:
        _check_document(policy)
    if canned and headers:
        message = "Specifying both Canned ACLs and Header Grants is not allowed"
        raise invalid_request(message)
    if policy and (canned or headers):
        message = "This request does not support content"
        raise ServiceError("UnexpectedContent", message, 400)
    if canned:
        return _canned(canned)
    if headers:
        return _limited(
            s3.Grant(grantee, _GRANT_HEADERS[name])
            for name, value in headers
            for grantee in _grantees(_header_of(name), value)
        )
    if not policy:
        return None
    entries = [(each.get("Grantee") or {}, each.get("Permission", "")) for each in policy.get("Grants") or ()]
    return _limited(s3.Grant(_grantee(grantee), permission) for grantee, permission in entries)


def _check_document(policy: Mapping[str, Any]) -> None:
    """Reject an ACL without an owner or grants, or with an owner that doesn't exist.

    OBSERVED in 2026: this happens before the bucket's Object Ownership is checked.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_AccessControlPolicy.html
    """
    owner, grants = policy.get("Owner"), policy.get("Grants")
    if not owner or grants is None or any(each.get("Permission") not in _PERMISSIONS for each in grants):
        raise malformed_acl()
    if s3.account_of(owner.get("ID") or "") is None:
        raise wrong_argument("Invalid id", "CanonicalUser/ID", owner.get("ID") or "")


def _canned(name: str) -> tuple[s3.Grant, ...]:
    try:
        return s3.canned_grants(name)
    except KeyError:
        raise wrong_argument("The specified argument was not valid.", "x-amz-acl", name) from None


_GRANTEE = re.compile(r'(id|uri|emailAddress)="?([^",]+)"?', re.I)
_KINDS = {"id": "ID", "uri": "URI", "emailaddress": "EmailAddress"}


def _header_of(parameter: str) -> str:
    return f"x-amz-grant-{_GRANT_HEADERS[parameter].lower().replace('_', '-')}"


def _grantees(header: str, value: str) -> list[str]:
    """Return the grantees in an x-amz-grant-… header.

    Raises `ServiceError` unless its form is `id="…", uri="…"`.
    """
    matches = [_GRANTEE.fullmatch(each.strip()) for each in value.split(",")]
    if not all(matches):
        raise wrong_argument("Argument format not recognized", header, value)
    return [_grantee({_KINDS[each[1].lower()]: each[2]}) for each in matches if each is not None]


def _grantee(grantee: Mapping[str, Any]) -> str:
    """Return the URI of a group or the canonical user ID of an account.

    Raises `ServiceError` for a nonexistent grantee.
    """
    uri, account_id, email = (grantee.get(name) for name in ("URI", "ID", "EmailAddress"))
    if uri:
        if uri not in _GROUPS:
            raise wrong_argument("Invalid group uri", "uri", uri)
        return str(uri)
    if email:
        # S3 no longer supports grants by email address:
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
        message = "The e-mail address you provided does not match any account on record."
        raise ServiceError("UnresolvableGrantByEmailAddress", message, 400)
    if not account_id or s3.account_of(account_id) is None:
        raise wrong_argument("Invalid id", "CanonicalUser/ID", account_id or "")
    return str(account_id)


def _limited(grants: Iterable[s3.Grant]) -> tuple[s3.Grant, ...]:
    listed = tuple(grants)
    if len(listed) > _MOST_GRANTS:
        message = f"An access control list can have at most {_MOST_GRANTS} grants"
        raise ServiceError("MalformedACLError", message, 400)
    return listed


# ACLs in responses


@operation("s3", "GetBucketAcl")
def get_bucket_acl(call: Call) -> Mapping[str, Any]:
    """Return the owner and grants in a bucket's ACL.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html
    """
    bucket = call.parameters["Bucket"]
    owner = s3.bucket_owner(bucket)
    assert owner is not None, "the gate has found the bucket"
    return _acl_answer(owner, s3.bucket_grants(bucket))


@operation("s3", "GetObjectAcl")
def get_object_acl(call: Call) -> Mapping[str, Any]:
    """Return the owner and grants in an object's ACL. If ACLs are disabled, only the bucket owner has a grant.

    Raises NoSuchKey or NoSuchVersion if the object or the version doesn't exist.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    """
    given = call.parameters
    named = given["Bucket"], given["Key"], given.get("VersionId")
    owner, grants = existing_version(*named).owner, s3.object_grants(*named)
    if s3.ownership(given["Bucket"]) == "BucketOwnerEnforced":
        grants = (s3.Grant(s3.OWNER_ID, "FULL_CONTROL"),)
    return _acl_answer(owner, grants)


def existing_version(bucket: str, key: str, version: str | None) -> s3.Version:
    """Return a key's current version or the specified version.

    Raises NoSuchKey or NoSuchVersion if the object or the version doesn't exist.
    """
    one = s3.version_of(bucket, key, version)
    if one is None:
        raise no_such_object(key, version)
    return one


def _acl_answer(owner: str, grants: Iterable[s3.Grant]) -> dict[str, Any]:
    own = s3.canonical_id(owner)
    return {
        "Owner": {"ID": own},
        "Grants": [
            {"Grantee": _grantee_answer(each.grantee, own), "Permission": each.permission} for each in grants
        ],
    }


def _grantee_answer(grantee: str, own: str) -> dict[str, str]:
    if "://" in grantee:
        return {"Type": "Group", "URI": grantee}
    return {"Type": "CanonicalUser", "ID": own if grantee == s3.OWNER_ID else grantee}

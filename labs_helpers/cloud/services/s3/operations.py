"""S3's operations that differ from moto's: new buckets, bucket policies, ACLs, public access, deletions, Object Lock.

The gate authorizes a call before these operations run, and moto's own access checks are turned off (`moto_hooks`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import parse_qs, unquote, urlparse

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import AccessDenied, NotModelled, ServiceError
from labs_helpers.cloud.core.registry import around, operation
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.moto.invalid_parameters import malformed_xml
from labs_helpers.cloud.moto.protocols import regions
from labs_helpers.cloud.services.organizations.state import Organizations
from labs_helpers.cloud.services.s3 import access_block, version_ids
from labs_helpers.cloud.services.s3 import bucket_policy as s3_bucket_policy
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.acls import requested_grants
from labs_helpers.cloud.services.s3.answer_headers import with_headers
from labs_helpers.cloud.services.s3.checked_uploads import check_upload
from labs_helpers.cloud.services.s3.errors import (
    access_denied,
    invalid_request,
    method_not_allowed,
    no_such_object,
    wrong_argument,
)
from labs_helpers.cloud.services.s3.moto_routes import http_method
from labs_helpers.cloud.services.s3.public_access import public_grants
from labs_helpers.engine.analysis.public import is_public
from labs_helpers.engine.policy import Decision, PrincipalKind

_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_IP_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_TAKEN_STARTS = ("xn--", "sthree-")
_TAKEN_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
"""The reserved endings of bucket names: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html

The prefix amzn-s3-demo- is reserved as well, but AWS's own examples begin with it, and learners paste them.
"""
_REGION_OF = {"EU": "eu-west-1"}
"""Location → its Region, if they differ."""
_OWNER_ONLY = "BucketOwnerEnforced"
_LOCKED = "Access Denied because object protected by object lock."
_CONDITION = "At least one of the pre-conditions you specified did not hold"


# Buckets


@operation("s3", "CreateBucket")
def create_bucket(call: Call) -> Answer:
    """Create a bucket with AWS's current defaults.

    As of April 2023, new buckets block public access and disable ACLs. As of January 2023, they encrypt with SSE-S3.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
    """
    name = call.parameters["Bucket"]
    if not _can_be_named(name):
        raise ServiceError("InvalidBucketName", "The specified bucket is not valid.", 400, BucketName=name)
    configuration = call.parameters.get("CreateBucketConfiguration") or {}
    _check_location(call.region, configuration.get("LocationConstraint"))
    ownership = call.parameters.get("ObjectOwnership") or _OWNER_ONLY
    grants = requested_grants(call.parameters)
    if grants and public_grants(grants):
        if ownership == _OWNER_ONLY:
            raise _acl_with_owner_enforced(name)
        raise ServiceError(
            "InvalidBucketAclWithBlockPublicAccessError",
            "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
            400,
            BucketName=name,
        )
    own = (s3.OWNER_ID, s3.canonical_id(call.account))
    if ownership == _OWNER_ONLY and grants and any(grant.grantee not in own for grant in grants):
        raise _acl_with_owner_enforced(name)
    new = s3.bucket_owner(name) is None
    tags = {tag["Key"]: tag.get("Value", "") for tag in configuration.get("Tags") or ()}
    if s3.bucket_owner(name) == call.account and tags and tags != s3.bucket_tags(name):
        # OBSERVED in 2026, also in us-east-1, where creating a bucket again changes nothing.
        message = "Your previous request to create the named bucket succeeded and you already own it."
        raise ServiceError("BucketAlreadyOwnedByYou", message, 409, BucketName=name)
    answer = call.moto()
    if answer.status != 200:
        return answer
    if new:
        s3.set_new_bucket_defaults(name, ownership, tags)
        s3.set_location(name, configuration.get("LocationConstraint"))
    if new and grants is not None:
        s3.set_bucket_acl(name, grants)
    headers = {"x-amz-bucket-arn": f"arn:aws:s3:::{name}"}  # OBSERVED in 2026
    if s3.bucket_region(name) != "us-east-1":
        headers["Location"] = f"http://{name}.s3.amazonaws.com/"
    return with_headers(answer, headers)


def _check_location(region: str, location: str | None) -> None:
    """Reject a location that isn't a Region, or that doesn't match the Regional endpoint.

    OBSERVED in 2026: EU still means eu-west-1, and a Regional endpoint's error names the rejected location.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html
    """
    if region != "us-east-1" and location is not None and _REGION_OF.get(location, location) != region:
        raise ServiceError(
            "IllegalLocationConstraintException",
            f"The {location} location constraint is incompatible for the region specific endpoint this request was "
            "sent to.",
            400,
        )
    if location is not None and (
        location == "us-east-1" or _REGION_OF.get(location, location) not in regions()
    ):
        message = "The specified location-constraint is not valid"
        raise ServiceError("InvalidLocationConstraint", message, 400, LocationConstraint=location)


@operation("s3", "GetBucketLocation")
def get_bucket_location(call: Call) -> Mapping[str, Any]:
    """Return the location with which the bucket was created, or nothing for us-east-1.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
    """
    location = s3.location(call.parameters["Bucket"])
    return {} if location is None else {"LocationConstraint": location}


def _can_be_named(name: str) -> bool:
    taken = name.startswith(_TAKEN_STARTS) or name.endswith(_TAKEN_ENDS)
    return (
        not taken
        and ".." not in name
        and bool(_BUCKET_NAME.fullmatch(name))
        and not _IP_ADDRESS.fullmatch(name)
    )


@operation("s3", "PutBucketOwnershipControls")
def put_bucket_ownership_controls(call: Call) -> Answer:
    """Set a bucket's Object Ownership.

    ACLs can't be disabled while the bucket's ACL grants permissions to other accounts.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-error-responses.html
    """
    bucket = call.parameters["Bucket"]
    rules = (call.parameters.get("OwnershipControls") or {}).get("Rules") or ()
    if len(rules) != 1:
        raise malformed_xml()
    enforced = any(rule.get("ObjectOwnership") == _OWNER_ONLY for rule in rules)
    if enforced and any(grant.grantee != s3.OWNER_ID for grant in s3.bucket_grants(bucket)):
        raise _acl_with_owner_enforced(bucket)
    return call.moto()


@operation("s3", "DeleteBucketEncryption")
def delete_bucket_encryption(call: Call) -> Answer:
    """Reset the default encryption to SSE-S3, because every bucket has default encryption.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html
    """
    answer = call.moto()
    s3.encrypt_by_default(call.parameters["Bucket"])
    s3.set_default_encryption_requested(call.parameters["Bucket"], requested=False)
    s3.block_encryption(call.parameters["Bucket"], ("SSE-C",))
    return answer


def _acl_with_owner_enforced(bucket: str) -> ServiceError:
    return ServiceError(
        "InvalidBucketAclWithObjectOwnership",
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        400,
        BucketName=bucket,
    )


@operation("s3", "GetBucketRequestPayment", "PutBucketRequestPayment")
def request_payment(call: Call) -> Mapping[str, Any]:
    """Store or return the payer for requests.

    In this cloud, requests are free, but the requester must still confirm that it pays.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html
    """
    bucket = call.parameters["Bucket"]
    if call.operation == "GetBucketRequestPayment":
        return {"Payer": s3.payer(bucket)}
    payer = (call.parameters.get("RequestPaymentConfiguration") or {}).get("Payer")
    if payer not in ("BucketOwner", "Requester"):
        raise malformed_xml()
    s3.set_payer(bucket, payer)
    return {}


# Bucket policies


@operation("s3", "PutBucketPolicy")
def put_bucket_policy(call: Call) -> Answer:
    """Attach a bucket policy. Rejects malformed policies, and public policies while BlockPublicPolicy is on.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
    """
    _only_bucket_owner(call)
    bucket, text = call.parameters["Bucket"], _text(call.parameters.get("Policy"))
    s3_bucket_policy.check(text, bucket)
    if access_block.of_bucket(call.state.part(Organizations), bucket).block_public_policy and is_public(text):
        _raise_blocked(call, "s3:PutBucketPolicy", f"arn:aws:s3:::{bucket}", "policies", "BlockPublicPolicy")
    # OBSERVED in 2026: 204, without content.
    return replace(call.moto(), status=204, body="")


@operation("s3", "GetBucketPolicy", "DeleteBucketPolicy")
def bucket_policy(call: Call) -> Answer:
    """Return or delete the bucket policy. Callers from other accounts get status 405, even if a policy allows the call.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
    """
    _only_bucket_owner(call)
    return call.moto()


@operation("s3", "GetBucketPolicyStatus")
def get_bucket_policy_status(call: Call) -> Mapping[str, Any]:
    """Return whether the bucket policy is public according to AWS's definition."""
    bucket = call.parameters["Bucket"]
    policy = s3.bucket_policy(bucket)
    if not policy:
        raise ServiceError("NoSuchBucketPolicy", "The bucket policy does not exist", 404, BucketName=bucket)
    return {"PolicyStatus": {"IsPublic": is_public(policy)}}


def _only_bucket_owner(call: Call) -> None:
    if call.principal.account != s3.bucket_owner(call.parameters["Bucket"]):
        raise method_not_allowed(http_method(call.operation), "BUCKETPOLICY")


def _text(policy: Any) -> str:
    if not isinstance(policy, bytes):
        return policy or ""
    try:
        return policy.decode()
    except UnicodeDecodeError:
        raise ServiceError("MalformedPolicy", s3_bucket_policy.NO_OBJECT, 400) from None


# ACLs


def _check_acl(call: Call, action: str, resource: str) -> tuple[s3.Grant, ...] | None:
    """Return the grants of the request; raise an error if Block Public Access or Object Ownership forbids them.

    With ACLs disabled, uploads can still request bucket-owner-full-control, which changes nothing:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    """
    grants = requested_grants(call.parameters)
    if grants is None:
        return None
    bucket = call.parameters["Bucket"]
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-error-responses.html: even a public ACL
    if s3.ownership(bucket) == _OWNER_ONLY and call.parameters.get("ACL") != "bucket-owner-full-control":
        raise ServiceError("AccessControlListNotSupported", "The bucket does not allow ACLs", 400)
    if (
        public_grants(grants)
        and access_block.of_bucket(call.state.part(Organizations), bucket).block_public_acls
    ):
        _raise_blocked(call, action, resource, "ACLs", "BlockPublicAcls")
    return grants


@operation("s3", "PutObject", "CreateMultipartUpload")
def put_object(call: Call) -> Answer:
    """Store an object or start a multipart upload. Rejects an invalid lock or ACL."""
    _check_lock(call)
    _check_acl(call, "s3:PutObject", _object_arn(call))
    if call.operation == "CreateMultipartUpload":
        check_upload(call.parameters)
    return call.moto()


@operation("s3", "CopyObject")
def copy_object(call: Call) -> Answer:
    """Copy an object. Rejects an invalid lock or ACL for the copy."""
    _check_lock(call)
    _check_acl(call, "s3:PutObject", _object_arn(call))
    return call.moto()


@operation("s3", "PutBucketAcl")
def put_bucket_acl(call: Call) -> Mapping[str, Any]:
    """Replace the bucket's ACL. Rejects an ACL that Block Public Access or Object Ownership doesn't permit.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html
    """
    bucket = call.parameters["Bucket"]
    grants = _check_acl(call, "s3:PutBucketAcl", f"arn:aws:s3:::{bucket}")
    if grants is None:
        raise _missing_acl()
    s3.set_bucket_acl(bucket, grants)
    return {}


@operation("s3", "PutObjectAcl")
def put_object_acl(call: Call) -> Mapping[str, Any]:
    """Replace the ACL of an object's current or specified version.

    moto itself reads an ACL only from the headers, and only for the current version.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
    """
    grants = _check_acl(call, "s3:PutObjectAcl", _object_arn(call))
    bucket, key, version = _object(call)
    if grants is None:
        raise _missing_acl()
    if not s3.object_exists(bucket, key, version):
        raise no_such_object(key, version)
    s3.set_object_acl(bucket, key, version, grants)
    return {}


def _missing_acl() -> ServiceError:
    message = "Your request was missing a required header"
    return ServiceError("MissingSecurityHeader", message, 400, MissingHeaderName="x-amz-acl")


# Deletions


@operation("s3", "DeleteObject")
def delete_object(call: Call) -> Mapping[str, Any]:
    """Delete an object or version.

    Without a version ID, a delete marker is added instead if versioning is enabled on the bucket.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
    """
    bucket, key, version = _object(call)
    _check_bypass(call)
    (done,) = s3.delete_objects(
        bucket, [(key, version)], bool(call.parameters.get("BypassGovernanceRetention"))
    )
    if done.refused:
        raise access_denied(_LOCKED)
    answer: dict[str, Any] = {"DeleteMarker": True} if done.marker is not None else {}
    number = done.version or done.marker
    return answer | ({"VersionId": number} if number is not None else {})


@operation("s3", "DeleteObjects")
def delete_objects(call: Call) -> Mapping[str, Any]:
    """Delete up to 1,000 objects, each with its own authorization and result. Denied deletions are listed in Errors.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
    """
    require_digest(call)
    wanted = (call.parameters.get("Delete") or {}).get("Objects") or []
    if not 1 <= len(wanted) <= 1000:
        raise malformed_xml()
    _check_bypass(call)
    errors: list[dict[str, Any]] = []
    allowed: list[tuple[str, str | None]] = []
    for entry in wanted:
        key, version = entry["Key"], entry.get("VersionId")
        decision = call.refused.get(delete_item(key, version))
        if decision is not None:
            errors.append(_delete_error(key, version, _refusal_message(call, key, version, decision)))
        elif not _has_requested_etag(call, entry):
            errors.append(_delete_error(key, version, _CONDITION, "PreconditionFailed"))
        elif version is not None and not version_ids.is_own(version):
            # OBSERVED in 2026, whereas DeleteObject returns InvalidArgument.
            message = "The specified version does not exist."
            errors.append(_delete_error(key, version, message, "NoSuchVersion"))
        else:
            allowed.append((key, version))
    bypass = bool(call.parameters.get("BypassGovernanceRetention"))
    results = s3.delete_objects(call.parameters["Bucket"], allowed, bypass)
    errors += [_delete_error(one.key, one.version, _LOCKED) for one in results if one.refused]
    quiet = (call.parameters.get("Delete") or {}).get("Quiet")
    deleted = [] if quiet else [_deleted(one) for one in results if not one.refused]
    return {"Deleted": deleted, "Errors": errors}


def require_digest(call: Call) -> None:
    """Reject a request without a digest of its body.

    OBSERVED in 2025: https://github.com/versity/versitygw/issues/1301
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
    """
    if call.headers and not any(_is_digest(name) for name in call.headers):
        raise invalid_request("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")


def _is_digest(header: str) -> bool:
    """Return whether a header contains a digest of the body, or announces one that follows the body."""
    return header in ("content-md5", "x-amz-trailer") or header.startswith("x-amz-checksum-")


def _check_bypass(call: Call) -> None:
    """Reject BypassGovernanceRetention, whether true or false, for a bucket without Object Lock. OBSERVED in 2026.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
    """
    bypass = call.parameters.get("BypassGovernanceRetention")
    if bypass is not None and not s3.object_lock_enabled(call.parameters["Bucket"]):
        header = "x-amz-bypass-governance-retention"
        raise wrong_argument(f"{header} is only applicable to Object Lock enabled buckets.", header, None)


def delete_item(key: str, version: str | None) -> str:
    """Return the key under which the gate stores the denial for one object in DeleteObjects."""
    return key if version is None else f"{key}?versionId={version}"


def _deleted(one: s3.Deleted) -> dict[str, Any]:
    result: dict[str, Any] = {"Key": one.key}
    if one.version is not None:
        result["VersionId"] = one.version
    if one.marker is not None:
        result |= {"DeleteMarker": True, "DeleteMarkerVersionId": one.marker}
    return result


def _has_requested_etag(call: Call, entry: Mapping[str, Any]) -> bool:
    """Return whether the object has the ETag that the request names, or True if it doesn't name one.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
    """
    wanted = entry.get("ETag")
    if not wanted:
        return True
    one = s3.version_of(call.parameters["Bucket"], entry["Key"], entry.get("VersionId"))
    return one is not None and not one.marker and wanted.strip('"') in ("*", one.etag.strip('"'))


def _delete_error(key: str, version: str | None, message: str, code: str = "AccessDenied") -> dict[str, Any]:
    result = {"Key": key, "Code": code, "Message": message}
    return result if version is None else {**result, "VersionId": version}


def _refusal_message(call: Call, key: str, version: str | None, decision: Decision) -> str:
    """Return the gate's message for a denied object; only callers in the bucket's account get the reason."""
    if call.principal.arn is None or call.principal.account != call.account:
        return "Access Denied"
    asked = next((each.request.action for each in call.judgements if each.decision is decision), None)
    action = asked or ("s3:DeleteObject" if version is None else "s3:DeleteObjectVersion")
    resource = f"arn:aws:s3:::{call.parameters['Bucket']}/{key}"
    who = f"User: {call.principal.arn} is not authorized to perform: {action}"
    return f'{who} on resource: "{resource}" {decision.reason}'


# Object Lock


@operation("s3", "GetObjectRetention")
def get_object_retention(call: Call) -> Mapping[str, Any]:
    """Return an object's retention. moto would return the object itself.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html
    """
    bucket, key, version = _object(call)
    if not s3.object_lock_enabled(bucket):
        raise _no_object_lock()
    held = s3.retention(bucket, key, version)
    if held is None:
        raise no_such_object(key, version)
    if not held.mode:
        raise _not_locked()
    return {"Retention": {"Mode": held.mode, "RetainUntilDate": _date(held.until)}}


@operation("s3", "PutBucketVersioning")
def put_bucket_versioning(call: Call) -> Answer:
    """Enable or suspend versioning. Rejects suspending it in a bucket with Object Lock or replication.

    With suspended versioning, a locked version could be overwritten or deleted.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-and-other-bucket-configs.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html
    """
    configuration = call.parameters.get("VersioningConfiguration") or {}
    wanted = configuration.get("Status")
    if wanted is None:
        raise ServiceError(
            "IllegalVersioningConfigurationException",
            "The versioning configuration specified in the request is not valid.",
            400,
        )
    if configuration.get("MFADelete") == "Enabled":
        _refuse_mfa_delete(call)
    if wanted != "Enabled" and s3.object_lock_enabled(call.parameters["Bucket"]):
        raise ServiceError(
            "InvalidBucketState",
            "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
            409,
        )
    if wanted != "Enabled" and s3.is_replicated(call.parameters["Bucket"]):
        raise ServiceError(
            "InvalidBucketState",
            "A replication configuration is present on this bucket, so you cannot change the versioning state. "
            "To change the versioning state, first delete the replication configuration.",
            409,
        )
    return call.moto()


def _refuse_mfa_delete(call: Call) -> NoReturn:
    """Raise `NotModelled` if the root user turns on MFA delete with an MFA code, and AccessDenied otherwise."""
    if call.principal.kind is not PrincipalKind.ROOT or not call.parameters.get("MFA"):
        raise access_denied("Mfa Authentication must be used for this request")
    raise NotModelled("s3:PutBucketVersioning with MFADelete: deleting versions with MFA codes isn't modeled")


@operation("s3", "PutObjectRetention")
def put_object_retention(call: Call) -> Answer:
    """Set an object's retention.

    Retention in compliance mode can only be extended. Weakening retention in governance mode requires
    BypassGovernanceRetention.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html#object-lock-retention-modes
    """
    held = s3.retention(*_object(call))
    if held is None:
        raise no_such_object(call.parameters["Key"], call.parameters.get("VersionId"))
    wanted = call.parameters.get("Retention")
    if wanted is None:
        raise malformed_xml()
    if bool(wanted.get("Mode")) != bool(wanted.get("RetainUntilDate")):
        raise malformed_xml()
    _check_date(call, wanted.get("RetainUntilDate"), "RetainUntilDate")
    until = _date(held.until)
    if held.mode and until is not None and until > call.time:
        new_until = _date(wanted.get("RetainUntilDate"))
        loosened = new_until is None or new_until < until or (wanted.get("Mode") != held.mode)
        bypass = held.mode == "GOVERNANCE" and call.parameters.get("BypassGovernanceRetention")
        stricter = (
            held.mode == "GOVERNANCE"
            and wanted.get("Mode") == "COMPLIANCE"
            and new_until
            and new_until >= until
        )
        if loosened and not stricter and not bypass:
            raise access_denied(_LOCKED)
    return call.moto()


def _check_lock(call: Call) -> None:
    """If an upload requests a lock, require a bucket with Object Lock, and a mode together with a date in the future.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
    """
    given = call.parameters
    mode, until = given.get("ObjectLockMode"), given.get("ObjectLockRetainUntilDate")
    if not mode and not until and not given.get("ObjectLockLegalHoldStatus"):
        return
    if not s3.object_lock_enabled(given["Bucket"]):
        raise _no_object_lock()
    if bool(mode) != bool(until):
        message = f"{_UNTIL} and x-amz-object-lock-mode must both be supplied"
        raise wrong_argument(message, _UNTIL if mode else "x-amz-object-lock-mode", None)
    _check_date(call, until, _UNTIL)


_UNTIL = "x-amz-object-lock-retain-until-date"


def _check_date(call: Call, until: Any, argument: str) -> None:
    date = _date(until)
    if date is not None and date <= call.time:
        written = f"{date.astimezone(UTC):%a %b %d %H:%M:%S UTC %Y}"
        raise wrong_argument("The retain until date must be in the future!", argument, written)


def _no_object_lock() -> ServiceError:
    return invalid_request("Bucket is missing Object Lock Configuration")


@operation("s3", "PutObjectLegalHold")
def put_object_legal_hold(call: Call) -> Answer:
    """Set or remove an object's legal hold. OBSERVED in 2026: a document without a legal hold is rejected.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html
    """
    if (call.parameters.get("LegalHold") or {}).get("Status") not in ("ON", "OFF"):
        raise malformed_xml()
    bucket, key, version = _object(call)
    if not s3.object_exists(bucket, key, version):
        raise no_such_object(key, version)
    return call.moto()


@operation("s3", "GetObjectLegalHold")
def get_object_legal_hold(call: Call) -> Mapping[str, Any]:
    """Return an object's legal hold. Raises NoSuchObjectLockConfiguration if the object has never had one.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLegalHold.html
    """
    held = s3.retention(*_object(call))
    if held is None:
        raise no_such_object(call.parameters["Key"], call.parameters.get("VersionId"))
    if not held.hold:
        raise _not_locked()
    return {"LegalHold": {"Status": held.hold}}


def _not_locked() -> ServiceError:
    return ServiceError(
        "NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration", 404
    )


@around("s3", "PutObjectRetention", "PutObjectLegalHold", "GetObjectLegalHold", stage=Stage.PRECONDITIONS)
def require_object_lock(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject locks in a bucket without Object Lock.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html
    """
    if not s3.object_lock_enabled(call.parameters["Bucket"]):
        raise _no_object_lock()
    return perform()


def _date(value: Any) -> datetime | None:
    if isinstance(value, str) and value:
        value = datetime.fromisoformat(value.replace("Z", "+00:00"))
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return None


# Shared


def _object(call: Call) -> tuple[str, str, str | None]:
    return call.parameters["Bucket"], call.parameters["Key"], call.parameters.get("VersionId")


def _object_arn(call: Call) -> str:
    return f"arn:aws:s3:::{call.parameters['Bucket']}/{call.parameters['Key']}"


def _raise_blocked(call: Call, action: str, resource: str, what: str, setting: str) -> NoReturn:
    """Raise the AccessDenied of Block Public Access, with AWS's message for callers in the bucket's account.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html#access-denied-bpa-examples
    """
    if call.principal.arn is None or call.principal.account != call.account:
        raise AccessDenied("AccessDenied", "Access Denied", 403)
    raise AccessDenied(
        "AccessDenied",
        f'User: {call.principal.arn} is not authorized to perform: {action} on resource: "{resource}" '
        f"because public {what} are prevented by the {setting} setting in S3 Block Public Access.",
        403,
    )


def copy_source(call: Call) -> tuple[str, str, str | None]:
    """Return the bucket, key, and version (or None) that CopyObject and UploadPartCopy read.

    The header is `bucket/key` or `/bucket/key`, URL-encoded, with `?versionId=` for a version. Raises `ServiceError`
    for any other value, and `NotModelled` for an access point's ARN.
    """
    source = call.parameters.get("CopySource")
    if isinstance(source, bytes):
        source = source.decode()
    if unquote(str(source or "")).startswith("arn:"):
        raise NotModelled(f"the copy source {source}: access points aren't modeled")
    # Parsed exactly as moto parses it: the object that is authorized must be the object that is copied.
    parsed = urlparse(str(source or ""))
    bucket, slash, key = unquote(parsed.path).lstrip("/").partition("/")
    if not slash or not key or parsed.scheme:
        raise ServiceError(
            "InvalidArgument",
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
            400,
            ArgumentName="x-amz-copy-source",
            ArgumentValue=str(source),
        )
    version = parse_qs(parsed.query).get("versionId", [None])[0]
    return bucket, key, version

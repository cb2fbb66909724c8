"""The authorization table for S3: the actions, resources, and condition keys for each operation.

The permissions that each operation requires:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
Rows without a source are based on that page. Condition keys:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html

An operation that moto doesn't support must not have a row, because moto would perform another operation instead
(`labs_helpers.cloud.services.s3.moto_routes.performed`). For DeleteBucketMetricsConfiguration, it would delete the
bucket.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.clock import Clock
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.moto import protocols
from labs_helpers.cloud.services.s3 import moto_routes, tags, version_ids
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.checked_uploads import refuse_unknown
from labs_helpers.cloud.services.s3.errors import access_denied, invalid_argument
from labs_helpers.cloud.services.s3.operations import copy_source, delete_item
from labs_helpers.cloud.services.s3.preconditions import refuse_conditions
from labs_helpers.cloud.services.s3.public_access import OWNED_ACTIONS, effective_policy
from labs_helpers.cloud.services.s3.requester_pays import refuse_unconfirmed
from labs_helpers.cloud.services.s3.unsigned import refuse_unsigned
from labs_helpers.cloud.services.shared.authorization_table import Ask, Keys, Table, account_in
from labs_helpers.cloud.services.shared.service_facts import Facts
from labs_helpers.engine.policy import PrincipalKind

_KEY_ID = re.compile(r"(mrk-)?[0-9a-f-]{32,36}")
_ACCOUNT = re.compile("[0-9]{12}")
_HASH = "x-amz-content-sha256"
_NEVER_IN_MOTO = frozenset(("GetObjectRetention", "GetBucketRequestPayment", "PutBucketRequestPayment"))
"""Operations that never reach moto, so moto can't confuse them with others."""


# The owner of a resource and its policy


def _check_before_policies(call: Call) -> None:
    """Reject requests that S3 rejects before any policy is evaluated, and move the call to the bucket's Region.

    S3 rejects requests for a missing bucket, with the wrong expected owner, with invalid tags, with a query for
    two operations, without a signature that the operation needs, or without the confirmation that the requester
    pays.
    """
    if call.operation == "ListBuckets":
        return
    tags.check(call)
    _refuse_ambiguous(call)
    if call.operation == "CreateBucket":
        return
    _refuse_missing(call.parameters["Bucket"], call.parameters.get("ExpectedBucketOwner"))
    refuse_unsigned(call)
    if call.operation != "DeleteObjects":
        version_ids.refuse_foreign(call.parameters.get("VersionId"))
    refuse_conditions(call)
    refuse_unknown(call)
    # The bucket's Region, not the endpoint's: AWS redirects to it, and policies can name it.
    call.region = s3.bucket_region(call.parameters["Bucket"]) or call.region
    if call.operation in ("CopyObject", "UploadPartCopy"):
        _refuse_missing(copy_source(call)[0], call.parameters.get("ExpectedSourceBucketOwner"))
        version_ids.refuse_foreign(copy_source(call)[2])
    refuse_unconfirmed(call)


def _owner(call: Call) -> str | None:
    """Return the bucket's owner, or None for ListBuckets and CreateBucket, which are about the caller's account."""
    if call.operation in ("ListBuckets", "CreateBucket"):
        return None
    return s3.bucket_owner(call.parameters["Bucket"])


def _refuse_missing(bucket: str, expected: str | None = None) -> None:
    owner = s3.bucket_owner(bucket)
    if owner is None:
        raise ServiceError("NoSuchBucket", "The specified bucket does not exist", 404, BucketName=bucket)
    if expected is not None and not _ACCOUNT.fullmatch(expected):
        # OBSERVED in 2024 and 2026: https://github.com/grafana/loki/issues/15382
        message = "The value of the expected bucket owner parameter must be an AWS Account ID..."
        raise ServiceError("InvalidBucketOwnerAWSAccountID", message, 400)
    if expected and expected != owner:
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
        raise access_denied("Access Denied")


def _refuse_unreadable(operation: str, in_path: Mapping[str, Any]) -> None:
    """Reject a missing bucket before any error in the request's document.

    OBSERVED in 2026: PutBucketEncryption without a rule returns NoSuchBucket if the bucket doesn't exist.
    """
    if operation != "CreateBucket" and "Bucket" in in_path:
        _refuse_missing(in_path["Bucket"])


def _refuse_ambiguous(call: Call) -> None:
    """Reject a query with the words of two operations, which could be authorized as one and performed as the other."""
    of_others = call.query.keys() & _sub_resources("") - _sub_resources(call.operation)
    if of_others and not _sub_resources(call.operation):
        # `DELETE /bucket?acl` isn't an operation, and it must not be performed as `DELETE /bucket`.
        message = "The specified method is not allowed against this resource."
        raise ServiceError("MethodNotAllowed", message, 405)
    if not call.headers or (call.operation in _NEVER_IN_MOTO and not of_others):
        return
    performed = moto_routes.performed(
        moto_routes.http_method(call.operation),
        "Key" in call.parameters,
        call.query,
        copies="x-amz-copy-source" in call.headers,
    )
    if of_others or performed != call.operation:
        words = ", ".join(sorted(name for name in call.query if not name.lower().startswith("x-amz-")))
        raise invalid_argument(f"Conflicting query string parameters: {words}")


@cache
def _sub_resources(operation: str) -> frozenset[str]:
    """Return the query words that distinguish an operation from others on its path. For "", return all query words."""
    model = protocols.model("s3")
    assert model is not None
    if operation:
        return frozenset(model.operation_model(operation).http_trait.query_args) - {"list-type"}
    return frozenset().union(*map(_sub_resources, model.operation_names))


def _policy(call: Call, ask: Ask) -> tuple[str, str] | None:
    # A bucket that is to be created has no policy, even if its name is taken.
    if call.operation == "CreateBucket" or not ask.resource.startswith("arn:aws:s3:::"):
        return None
    return effective_policy(call, ask.action, ask.resource)


def _owner_of_arn(arn: str) -> str | None:
    return s3.bucket_owner(arn.removeprefix("arn:aws:s3:::").partition("/")[0])


class _S3(Table):
    """The table of S3, in which an object's checks name the account that owns the object, not the bucket's owner."""

    def asks(self, call: Call) -> list[Ask]:
        """Return the permission checks for a call, each with the account that owns the resource."""
        return [_of_its_owner(call, ask) for ask in super().asks(call)]


def _of_its_owner(call: Call, ask: Ask) -> Ask:
    if ask.type != "object" or ask.action not in OWNED_ACTIONS:
        return ask
    bucket, _, key = ask.resource.removeprefix("arn:aws:s3:::").partition("/")
    version = call.parameters.get("VersionId") if call.parameters.get("Key") == key else None
    owner = s3.object_owner(bucket, key, version)
    return replace(ask, account=owner) if owner is not None else ask


TABLE = _S3(
    "s3",
    "s3",
    resources={"bucket": {"BucketName": "Bucket"}, "object": {"BucketName": "Bucket", "ObjectName": "Key"}},
    before=_check_before_policies,
    owner=_owner,
    policy=_policy,
    owner_of_arn=_owner_of_arn,
    facts=Facts(refuse_unreadable=_refuse_unreadable),
    # No tags: aws:ResourceTag exists for buckets with attribute-based access control, which moto can't enable.
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html
)


# Condition keys


def _signed(call: Call) -> dict[str, str]:
    """Return the keys about the request's signature, and the account that owns the resource.

    https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
    """
    keys = {"s3:ResourceAccount": call.account}
    if call.secure:
        # Within one process nothing is encrypted: this is the version that a current SDK and S3 negotiate.
        keys["s3:TlsVersion"] = "1.3"
    headers, query = call.headers, call.query
    if "X-Amz-Signature" in query:
        keys["s3:authType"] = "REST-QUERY-STRING"
        keys["s3:signatureversion"] = "AWS4-HMAC-SHA256"
        keys["s3:signatureAge"] = _signature_age(query.get("X-Amz-Date", ""))
    elif "Signature" in query:
        keys |= {"s3:authType": "REST-QUERY-STRING", "s3:signatureversion": "AWS", "s3:signatureAge": "0"}
    elif "authorization" in headers:
        keys["s3:authType"] = "REST-HEADER"
        fourth = headers["authorization"].startswith("AWS4-HMAC-SHA256")
        keys["s3:signatureversion"] = "AWS4-HMAC-SHA256" if fourth else "AWS"
    return keys


def _common(call: Call) -> dict[str, str]:
    """Return the keys that nearly every action has: the signature's, and the hash of the content in the request."""
    keys = _signed(call)
    hash_of_content = call.headers.get(_HASH)
    if hash_of_content:
        keys["s3:x-amz-content-sha256"] = hash_of_content
    return keys


def _signature_age(signed: str) -> str:
    """Return the age of a presigned URL in milliseconds, in real time: SDKs sign with the machine's clock."""
    made = datetime.strptime(signed, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return str(max(0, int((Clock.real() - made).total_seconds() * 1000)))


def _sent(**names: str) -> Callable[[Call], dict[str, str]]:
    """Return a function that copies parameters to condition keys, given as parameter=key (without `s3:`)."""

    def keys(call: Call) -> dict[str, str]:
        """Return the keys of the parameters that were sent."""
        return {
            f"s3:{key}": _text(value)
            for parameter, key in names.items()
            if (value := call.parameters.get(parameter)) is not None
        }

    return keys


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def _listing(call: Call) -> dict[str, str]:
    """Return s3:prefix and similar keys, if the request has them; an empty prefix is included if it was sent."""
    keys = {}
    for parameter, name in (("Prefix", "prefix"), ("Delimiter", "delimiter"), ("MaxKeys", "max-keys")):
        value = call.parameters.get(parameter)
        if value is None:
            value = call.query.get(name)
        if value is not None:
            keys[f"s3:{name}"] = str(value)
    return keys


_ACL = _sent(
    ACL="x-amz-acl",
    GrantFullControl="x-amz-grant-full-control",
    GrantRead="x-amz-grant-read",
    GrantReadACP="x-amz-grant-read-acp",
    GrantWrite="x-amz-grant-write",
    GrantWriteACP="x-amz-grant-write-acp",
)
_VERSION = _sent(VersionId="VersionId")
_IF_MATCH = _sent(IfMatch="if-match")
_IF = _sent(IfMatch="if-match", IfNoneMatch="if-none-match")
_UPLOAD = _sent(
    ServerSideEncryption="x-amz-server-side-encryption",
    SSECustomerAlgorithm="x-amz-server-side-encryption-customer-algorithm",
    StorageClass="x-amz-storage-class",
    WebsiteRedirectLocation="x-amz-website-redirect-location",
    MetadataDirective="x-amz-metadata-directive",
)
_CREATED_BUCKET = _sent(ObjectOwnership="x-amz-object-ownership", BucketNamespace="x-amz-bucket-namespace")


def _kms_key(call: Call) -> dict[str, str]:
    """Return the KMS key that the request names, as an ARN: a bare key ID is a key of the caller's account."""
    key = call.parameters.get("SSEKMSKeyId")
    if not key:
        return {}
    if _KEY_ID.fullmatch(key):
        key = f"arn:aws:kms:{call.region}:{call.caller_account}:key/{key}"
    return {"s3:x-amz-server-side-encryption-aws-kms-key-id": key}


def _creates_object(creates: bool) -> Callable[[Call], dict[str, str]]:
    """Return a function that returns s3:ObjectCreationOperation, which is true or false.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    """
    return lambda call: {"s3:ObjectCreationOperation": "true" if creates else "false"}


def _copy(call: Call) -> dict[str, str]:
    bucket, key, _ = copy_source(call)
    return {"s3:x-amz-copy-source": f"{bucket}/{key}"}


def _location(call: Call) -> dict[str, str]:
    location = (call.parameters.get("CreateBucketConfiguration") or {}).get("LocationConstraint")
    return {"s3:LocationConstraint": location} if location else {}


def _bucket_tags(call: Call) -> dict[str, Any]:
    tags = (call.parameters.get("CreateBucketConfiguration") or {}).get("Tags") or ()
    keys: dict[str, Any] = {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in tags}
    if keys:
        keys["aws:TagKeys"] = tuple(tag["Key"] for tag in tags)
    return keys


def _request_tags(call: Call) -> dict[str, Any]:
    """Return the tags that the request adds to an object.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html
    """
    tagging = call.parameters.get("Tagging")
    if not tagging:
        return {}
    if isinstance(tagging, str):
        given = dict(tags.in_header(call))
    else:
        given = {tag["Key"]: tag.get("Value", "") for tag in tagging.get("TagSet") or ()}
    keys: dict[str, Any] = {f"s3:RequestObjectTag/{name}": value for name, value in given.items()}
    keys["s3:RequestObjectTagKeys"] = tuple(given)
    return keys


def _existing_tags(call: Call) -> dict[str, str]:
    parameters = call.parameters
    tags = s3.object_tags(parameters["Bucket"], parameters["Key"], parameters.get("VersionId"))
    return {f"s3:ExistingObjectTag/{name}": value for name, value in tags.items()}


def _source_tags(call: Call) -> dict[str, str]:
    return {
        f"s3:ExistingObjectTag/{name}": value for name, value in s3.object_tags(*copy_source(call)).items()
    }


def _source_version(call: Call) -> dict[str, str]:
    version = copy_source(call)[2]
    return {"s3:VersionId": version} if version else {}


def _retention(call: Call) -> dict[str, str]:
    """Return the keys of the retention that the request sets.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-managing-bypass
    """
    retention = call.parameters.get("Retention") or {}
    mode = retention.get("Mode") or call.parameters.get("ObjectLockMode")
    until = retention.get("RetainUntilDate") or call.parameters.get("ObjectLockRetainUntilDate")
    keys = {"s3:object-lock-mode": mode} if mode else {}
    if isinstance(until, datetime):
        keys["s3:object-lock-retain-until-date"] = _text(until)
        keys["s3:object-lock-remaining-retention-days"] = str((until.astimezone(UTC) - call.time).days)
    return keys


def _legal_hold(call: Call) -> dict[str, str]:
    status = (call.parameters.get("LegalHold") or {}).get("Status") or call.parameters.get(
        "ObjectLockLegalHoldStatus"
    )
    return {"s3:object-lock-legal-hold": status} if status else {}


# Conditions of rows


def _sends(*names: str) -> Callable[[Call], bool]:
    return lambda call: any(call.parameters.get(name) for name in names)


def _with_version(call: Call) -> bool:
    return call.parameters.get("VersionId") is not None


def _without_version(call: Call) -> bool:
    return call.parameters.get("VersionId") is None


def _object_missing(call: Call) -> bool:
    """Return whether the object doesn't exist.

    Only callers with s3:ListBucket can learn that, so S3 requires this permission.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    parameters = call.parameters
    return not s3.object_exists(parameters["Bucket"], parameters["Key"], parameters.get("VersionId"))


def _source_missing(call: Call) -> bool:
    return not s3.object_exists(*copy_source(call))


def _copies_version(call: Call) -> bool:
    return copy_source(call)[2] is not None


def _copies_current(call: Call) -> bool:
    return copy_source(call)[2] is None


def _copies_tags(call: Call) -> bool:
    """Return whether a copy gets the source's tags, as it does by default.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html#tagging-apis
    """
    return call.parameters.get("TaggingDirective") != "REPLACE" and bool(s3.object_tags(*copy_source(call)))


def _compares_etag(call: Call) -> bool:
    """Return whether a write or a deletion depends on the object's ETag, so the caller needs permission to read it.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html#conditional-write-etags
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html#conditional-deletes-etags
    """
    return call.parameters.get("IfMatch") not in (None, "*")


def _both(one: Callable[[Call], bool], other: Callable[[Call], bool]) -> Callable[[Call], bool]:
    return lambda call: one(call) and other(call)


def _sets_acl(call: Call) -> bool:
    """Return whether the request sets an ACL that requires a separate permission.

    AWS services that send bucket-owner-full-control need only s3:PutObject, as in CloudTrail's bucket policy:
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    """
    if (
        call.principal.kind is PrincipalKind.SERVICE
        and call.parameters.get("ACL") == "bucket-owner-full-control"
    ):
        return False
    return any(call.parameters.get(name) for name in _ACL_PARAMETERS)


_ACL_PARAMETERS = ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")


def _source_object(call: Call) -> list[str]:
    bucket, key, _ = copy_source(call)
    return [f"arn:aws:s3:::{bucket}/{key}"]


def _source_bucket(call: Call) -> list[str]:
    return [f"arn:aws:s3:::{copy_source(call)[0]}"]


def _source_owner(call: Call) -> str | None:
    return s3.bucket_owner(copy_source(call)[0])


def _source_common(call: Call) -> dict[str, str]:
    return {**_common(call), "s3:ResourceAccount": _source_owner(call) or call.account}


# Buckets


def _on_bucket(operations: str, action: str | None = None, *keys: Keys) -> None:
    TABLE.ask(operations, action=action, on="bucket", keys=(_common, *keys))


TABLE.ask("ListBuckets", action="ListAllMyBuckets", keys=(_common,))

_on_bucket("CreateBucket", None, _ACL, _location, _CREATED_BUCKET, _bucket_tags)
TABLE.ask("CreateBucket", action="PutBucketAcl", on="bucket", keys=(_common, _ACL), when=_sets_acl)
TABLE.ask(
    "CreateBucket", action="PutBucketObjectLockConfiguration", on="bucket", keys=(_signed,),
    when=_sends("ObjectLockEnabledForBucket"),
)  # fmt: skip
TABLE.ask(
    "CreateBucket",
    action="PutBucketVersioning",
    on="bucket",
    keys=(_common,),
    when=_sends("ObjectLockEnabledForBucket"),
)
TABLE.ask(
    "CreateBucket",
    action="PutBucketOwnershipControls",
    on="bucket",
    keys=(_common,),
    when=_sends("ObjectOwnership"),
)
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html: tags need s3:TagResource
TABLE.ask(
    "CreateBucket", action="TagResource", on="bucket", keys=(_common, _bucket_tags),
    when=lambda call: bool(_bucket_tags(call)),
)  # fmt: skip
_on_bucket("DeleteBucket")

_on_bucket("HeadBucket", "ListBucket")
_on_bucket("ListObjects ListObjectsV2", "ListBucket", _listing)
_on_bucket("ListObjectVersions", "ListBucketVersions", _listing)
_on_bucket("ListMultipartUploads", "ListBucketMultipartUploads")
_on_bucket("GetBucketLocation")

_on_bucket("GetBucketPolicy PutBucketPolicy DeleteBucketPolicy GetBucketPolicyStatus")
_on_bucket("GetPublicAccessBlock", "GetBucketPublicAccessBlock")
_on_bucket("PutPublicAccessBlock DeletePublicAccessBlock", "PutBucketPublicAccessBlock")
_on_bucket("GetBucketOwnershipControls PutBucketOwnershipControls")
_on_bucket("DeleteBucketOwnershipControls", "PutBucketOwnershipControls")
_on_bucket("GetBucketAcl")
_on_bucket("PutBucketAcl", None, _ACL)

_on_bucket("GetBucketTagging PutBucketTagging")
_on_bucket("DeleteBucketTagging", "PutBucketTagging")
_on_bucket("GetBucketVersioning PutBucketVersioning")
_on_bucket("GetBucketEncryption", "GetEncryptionConfiguration")
_on_bucket("PutBucketEncryption DeleteBucketEncryption", "PutEncryptionConfiguration")
_on_bucket("GetBucketCors", "GetBucketCORS")
_on_bucket("PutBucketCors DeleteBucketCors", "PutBucketCORS")
_on_bucket("GetBucketLifecycleConfiguration", "GetLifecycleConfiguration")
_on_bucket("PutBucketLifecycleConfiguration DeleteBucketLifecycle", "PutLifecycleConfiguration")
_on_bucket("GetBucketLogging PutBucketLogging")
_on_bucket("GetBucketNotificationConfiguration", "GetBucketNotification")
_on_bucket("PutBucketNotificationConfiguration", "PutBucketNotification")
_on_bucket("GetBucketRequestPayment PutBucketRequestPayment")
_on_bucket("GetBucketWebsite PutBucketWebsite DeleteBucketWebsite")
_on_bucket("GetBucketAccelerateConfiguration", "GetAccelerateConfiguration")
_on_bucket("PutBucketAccelerateConfiguration", "PutAccelerateConfiguration")
_on_bucket("GetBucketInventoryConfiguration ListBucketInventoryConfigurations", "GetInventoryConfiguration")
_on_bucket("PutBucketInventoryConfiguration", "PutInventoryConfiguration")
TABLE.ask(
    "GetObjectLockConfiguration", action="GetBucketObjectLockConfiguration", on="bucket", keys=(_signed,)
)
TABLE.ask(
    "PutObjectLockConfiguration", action="PutBucketObjectLockConfiguration", on="bucket", keys=(_signed,)
)
_on_bucket("GetBucketReplication", "GetReplicationConfiguration")
_on_bucket("PutBucketReplication DeleteBucketReplication", "PutReplicationConfiguration")


def _replication_role(call: Call) -> list[str]:
    role = (call.parameters.get("ReplicationConfiguration") or {}).get("Role")
    return [role] if role else []


# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html: the caller passes the role to S3
TABLE.ask(
    "PutBucketReplication", action="iam:PassRole", arns=_replication_role,
    keys=(
        lambda call: {
            "iam:PassedToService": "s3.amazonaws.com",
            "iam:AssociatedResourceArn": f"arn:aws:s3:::{call.parameters['Bucket']}",
        },
    ),
    account=lambda call: next(map(account_in, _replication_role(call)), None),
)  # fmt: skip


# Objects


def _on_object(operations: str, current: str, versioned: str | None, *keys: Keys) -> None:
    """Add rows that require `current` or, if the request has a version ID, `versioned` (unless it is None)."""
    if versioned is None:
        TABLE.ask(operations, action=current, on="object", keys=(_common, *keys))
        return
    TABLE.ask(operations, action=current, on="object", keys=(_common, *keys), when=_without_version)
    TABLE.ask(operations, action=versioned, on="object", keys=(_common, _VERSION, *keys), when=_with_version)


# HeadObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
_on_object("GetObject HeadObject", "GetObject", "GetObjectVersion", _existing_tags)
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html: both permissions
_on_object("GetObjectAttributes", "GetObject", "GetObjectVersion", _existing_tags)
_on_object("GetObjectAttributes", "GetObjectAttributes", "GetObjectVersionAttributes", _existing_tags)
_on_object("GetObjectAcl", "GetObjectAcl", "GetObjectVersionAcl", _existing_tags)
_on_object("PutObjectAcl", "PutObjectAcl", "PutObjectVersionAcl", _existing_tags, _ACL)
_on_object("GetObjectTagging", "GetObjectTagging", "GetObjectVersionTagging", _existing_tags)
_on_object("PutObjectTagging", "PutObjectTagging", "PutObjectVersionTagging", _existing_tags, _request_tags)
_on_object("DeleteObjectTagging", "DeleteObjectTagging", "DeleteObjectVersionTagging", _existing_tags)
_on_object("GetObjectRetention", "GetObjectRetention", None)
_on_object("PutObjectRetention", "PutObjectRetention", None, _retention)
_on_object("GetObjectLegalHold", "GetObjectLegalHold", None)
_on_object("PutObjectLegalHold", "PutObjectLegalHold", None, _legal_hold)
_on_object("RestoreObject", "RestoreObject", None)
TABLE.ask(
    "GetObject HeadObject GetObjectAttributes GetObjectTagging GetObjectAcl",
    action="ListBucket", on="bucket", keys=(_common,), when=_object_missing,
)  # fmt: skip

TABLE.ask("DeleteObject", on="object", keys=(_common, _IF_MATCH), when=_without_version)
TABLE.ask(
    "DeleteObject", action="DeleteObjectVersion", on="object", keys=(_common, _VERSION), when=_with_version
)
TABLE.ask(
    "DeleteObject PutObjectRetention", action="BypassGovernanceRetention", on="object", keys=(_common,),
    when=_sends("BypassGovernanceRetention"),
)  # fmt: skip

_WRITTEN = (_common, _ACL, _UPLOAD, _kms_key, _request_tags, _retention, _legal_hold)
TABLE.ask("PutObject", on="object", keys=(*_WRITTEN, _IF, _creates_object(True)))
TABLE.ask("CreateMultipartUpload", action="PutObject", on="object", keys=(*_WRITTEN, _creates_object(False)))
TABLE.ask(
    "CompleteMultipartUpload", action="PutObject", on="object", keys=(_common, _IF, _creates_object(True))
)
TABLE.ask("UploadPart", action="PutObject", on="object", keys=(_common, _UPLOAD, _creates_object(False)))
TABLE.ask("CopyObject", action="PutObject", on="object", keys=(*_WRITTEN, _IF, _copy, _creates_object(True)))
TABLE.ask(
    "UploadPartCopy", action="PutObject", on="object", keys=(_common, _UPLOAD, _copy, _creates_object(False))
)
TABLE.ask(
    "PutObject CompleteMultipartUpload CopyObject DeleteObject", action="GetObject", on="object",
    keys=(_common, _existing_tags), when=_compares_etag,
)  # fmt: skip
_UPLOADS = "PutObject CreateMultipartUpload CopyObject"
TABLE.ask(_UPLOADS, action="PutObjectAcl", on="object", keys=(_common, _ACL), when=_sets_acl)
TABLE.ask(
    _UPLOADS, action="PutObjectRetention", on="object", keys=(_common, _retention),
    when=_sends("ObjectLockMode", "ObjectLockRetainUntilDate"),
)  # fmt: skip
TABLE.ask(
    _UPLOADS, action="PutObjectLegalHold", on="object", keys=(_common, _legal_hold),
    when=_sends("ObjectLockLegalHoldStatus"),
)  # fmt: skip
TABLE.ask(
    "PutObject CreateMultipartUpload", action="PutObjectTagging", on="object",
    keys=(_common, _existing_tags, _request_tags), when=_sends("Tagging"),
)  # fmt: skip

# The source of a copy has its own bucket and its own owner.
_SOURCE: dict[str, Any] = {"arns": _source_object, "on": "object", "account": _source_owner}
TABLE.ask(
    "CopyObject UploadPartCopy", action="GetObject", **_SOURCE, keys=(_source_common, _source_tags),
    when=_copies_current,
)  # fmt: skip
TABLE.ask(
    "CopyObject UploadPartCopy", action="GetObjectVersion", **_SOURCE,
    keys=(_source_common, _source_tags, _source_version), when=_copies_version,
)  # fmt: skip
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html: tags are read from the source
TABLE.ask(
    "CopyObject", action="GetObjectTagging", **_SOURCE, keys=(_source_common, _source_tags),
    when=_both(_copies_current, _copies_tags),
)  # fmt: skip
TABLE.ask(
    "CopyObject", action="GetObjectVersionTagging", **_SOURCE, keys=(_source_common, _source_tags, _source_version),
    when=_both(_copies_version, _copies_tags),
)  # fmt: skip
# This row follows the source's row, so that only a caller who can read the source learns from a denial that it
# has tags.
TABLE.ask(
    "CopyObject", action="PutObjectTagging", on="object", keys=(_common, _existing_tags, _request_tags),
    when=lambda call: bool(call.parameters.get("Tagging")) or _copies_tags(call),
)  # fmt: skip
TABLE.ask(
    "CopyObject UploadPartCopy", action="ListBucket", on="bucket", arns=_source_bucket, account=_source_owner,
    keys=(_source_common,), when=_source_missing,
)  # fmt: skip

TABLE.ask("AbortMultipartUpload", on="object", keys=(_common,))
TABLE.ask("ListParts", action="ListMultipartUploadParts", on="object", keys=(_common,))


# DeleteObjects: each object is authorized separately


_Items = Iterator[tuple[str, str, dict[str, str]]]


def _deletions(versioned: bool) -> Callable[[Call], _Items]:
    """Return a function that yields the objects to delete: those with a version ID, or those without one."""

    def items(call: Call) -> _Items:
        """Yield the name, the ARN, and the condition keys of each object."""
        for entry in (call.parameters.get("Delete") or {}).get("Objects") or ():
            version = entry.get("VersionId")
            if (version is not None) == versioned:
                keys = {"s3:VersionId": version} if versioned else _if_match(entry)
                yield delete_item(entry["Key"], version), _arn_of_entry(call, entry), keys

    return items


def _arn_of_entry(call: Call, entry: Mapping[str, Any]) -> str:
    return f"arn:aws:s3:::{call.parameters['Bucket']}/{entry['Key']}"


def _if_match(entry: Mapping[str, Any]) -> dict[str, str]:
    """Return s3:if-match for an object to delete: its ETag in the request, which acts as an If-Match header.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-delete-enforce.html
    """
    etag = entry.get("ETag")
    return {} if etag is None else {"s3:if-match": etag}


def _deletions_by_etag(call: Call) -> _Items:
    """Yield the objects whose deletion depends on their ETag (see `_compares_etag`)."""
    for entry in (call.parameters.get("Delete") or {}).get("Objects") or ():
        if entry.get("ETag") not in (None, "*"):
            yield delete_item(entry["Key"], entry.get("VersionId")), _arn_of_entry(call, entry), {}


def _all_deletions(call: Call) -> _Items:
    for versioned in (False, True):
        for item, arn, _ in _deletions(versioned)(call):
            yield item, arn, {}


TABLE.ask(
    "DeleteObjects", action="DeleteObject", on="object", keys=(_common,), items=_deletions(versioned=False)
)
TABLE.ask(
    "DeleteObjects",
    action="DeleteObjectVersion",
    on="object",
    keys=(_common,),
    items=_deletions(versioned=True),
)
TABLE.ask("DeleteObjects", action="GetObject", on="object", keys=(_common,), items=_deletions_by_etag)
TABLE.ask(
    "DeleteObjects", action="BypassGovernanceRetention", on="object", keys=(_common,), items=_all_deletions,
    when=_sends("BypassGovernanceRetention"),
)  # fmt: skip

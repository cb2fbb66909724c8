"""Checks of the object version in a request: delete markers can only be deleted, and ETags or times must match.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.answer_headers import with_headers
from labs_helpers.cloud.services.s3.errors import (
    invalid_request,
    method_not_allowed,
    no_such_key,
    no_such_object,
    not_implemented,
    wrong_argument,
)
from labs_helpers.cloud.services.s3.moto_routes import http_method
from labs_helpers.cloud.services.s3.operations import copy_source

_MOST_PARTS = 10_000
_READ = ("GetObject", "HeadObject", "GetObjectAttributes", "GetObjectAcl", "GetObjectTagging")
_CHANGED = ("PutObjectAcl", "PutObjectTagging", "DeleteObjectTagging")
_LOCKED = ("GetObjectRetention", "PutObjectRetention", "GetObjectLegalHold", "PutObjectLegalHold")
_WRITES = frozenset((*_CHANGED, "PutObjectRetention", "PutObjectLegalHold"))


@around("s3", *_READ, *_CHANGED, *_LOCKED, stage=Stage.FOUND)
def refuse_delete_marker(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject delete markers: a current one with NoSuchKey, one specified by version ID with MethodNotAllowed.

    OBSERVED in 2026 for PutObjectAcl, and assumed for similar operations: changing a current delete marker is also
    rejected with MethodNotAllowed. The object is treated as deleted, so S3 doesn't check the request's part number.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    given = call.parameters
    bucket, key, version = given["Bucket"], given["Key"], given.get("VersionId")
    one = s3.version_of(bucket, key, version)
    if one is not None and one.marker:
        headers = {"x-amz-delete-marker": "true", "x-amz-version-id": one.id}
        if version is None and call.operation not in _WRITES:
            raise ServiceError(
                "NoSuchKey", "The specified key does not exist.", 404, Key=key, headers=headers
            )
        method = http_method(call.operation)
        raise method_not_allowed(method, "DeleteMarker", headers={**headers, "Allow": "DELETE"})
    if one is None and version is not None:
        raise no_such_object(key, version)
    if version is None or s3.keeps_versions(bucket):
        return perform()
    return s3.as_versioned(bucket, perform)


@around("s3", "GetObject", "HeadObject", stage=Stage.PRECONDITIONS)
def check_part_number(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a part number that the object doesn't have, and a range within a part.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    given = call.parameters
    number = given.get("PartNumber")
    if number is None:
        return perform()
    if given.get("Range"):
        raise invalid_request("Cannot specify both Range header and partNumber query parameter")
    if not 1 <= number <= _MOST_PARTS:
        message = f"Part number must be an integer between 1 and {_MOST_PARTS}, inclusive"
        raise wrong_argument(message, "partNumber", str(number))
    if s3.version_of(given["Bucket"], given["Key"], given.get("VersionId")) is None:
        return perform()
    if number > s3.part_count(given["Bucket"], given["Key"], given.get("VersionId")):
        raise ServiceError(
            "InvalidPartNumber", "The requested partnumber is not satisfiable", 416,
            ActualPartCount=s3.part_count(given["Bucket"], given["Key"], given.get("VersionId")),
            PartNumberRequested=number,
        )  # fmt: skip
    return perform()


# Conditions on existing objects

_CONDITIONAL = frozenset(("PutObject", "CopyObject", "CompleteMultipartUpload"))
_DIRECTORY_BUCKETS = {
    "IfMatchLastModifiedTime": "x-amz-if-match-last-modified-time",
    "IfMatchSize": "x-amz-if-match-size",
    "WriteOffsetBytes": "x-amz-write-offset-bytes",
}
"""Parameters that only directory buckets support, and their headers.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html, API_PutObject.html
"""


def refuse_conditions(call: Call) -> None:
    """Reject conditions that uploads don't support: If-None-Match other than *, If-Match with *, or both headers.

    Headers that only directory buckets support are also rejected.

    OBSERVED in 2024 and 2026: https://github.com/aws/aws-sdk-ruby/issues/3144
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    """
    for name, header in _DIRECTORY_BUCKETS.items():
        if call.parameters.get(name) is not None:
            raise not_implemented(header, f"We don't accept the {header} header for general purpose buckets")
    if call.operation not in _CONDITIONAL:
        return
    wanted, unwanted = call.parameters.get("IfMatch"), call.parameters.get("IfNoneMatch")
    if wanted is not None and unwanted is not None:
        message = "Multiple conditional request headers present in the request"
        raise not_implemented("If-Match,If-None-Match", message)
    for value, header, accepted in (
        (unwanted, "If-None-Match", unwanted == "*"), (wanted, "If-Match", wanted != "*"),
    ):  # fmt: skip
        if value is not None and not accepted:
            message = f"We don't accept the provided value of {header} header for this API"
            raise not_implemented(header, message)


@around(
    "s3",
    "PutObject",
    "CopyObject",
    "CompleteMultipartUpload",
    "DeleteObject",
    stage=Stage.PRECONDITIONS,
    after=("check_source",),
)
def check_target(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Check If-None-Match (the key must not have an object) and If-Match (the key's object must have this ETag).

    Other errors caused by the headers take precedence: API_PutObject.html refers to RFC 7232, section 5.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
    """
    given = call.parameters
    wanted, unwanted = given.get("IfMatch"), given.get("IfNoneMatch")
    if (wanted or unwanted) and call.operation == "CompleteMultipartUpload":
        _check_conflict(call)
    one = s3.version_of(given["Bucket"], given["Key"]) if wanted or unwanted else None
    exists = one is not None and not one.marker
    if unwanted and exists:
        raise _precondition_failed("If-None-Match")
    if wanted and not exists:
        raise no_such_key(given["Key"])
    if wanted and one is not None and not _matches_etag(wanted, one.etag):
        raise _precondition_failed("If-Match")
    return perform()


def _check_conflict(call: Call) -> None:
    """Reject a conditional CompleteMultipartUpload if the object has changed since the upload began.

    OBSERVED in 2026. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    """
    given = call.parameters
    upload = s3.upload_of(given["Bucket"], given["UploadId"])
    if upload is None or upload.changes == s3.changes_of(given["Bucket"], given["Key"]):
        return
    message = "The conditional request cannot succeed due to a conflicting operation against this resource."
    condition = "If-Match" if given.get("IfMatch") else "If-None-Match"
    raise ServiceError("ConditionalRequestConflict", message, 409, Condition=condition, Key=given["Key"])


@around("s3", "CopyObject", "UploadPartCopy", stage=Stage.PRECONDITIONS)
def check_source(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Check the conditions on a copy's source.

    A condition on the source's ETag overrides a condition on its modification time.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    """
    source = s3.version_of(*copy_source(call))
    if source is None:
        raise no_such_object(*copy_source(call)[1:])
    if source.marker:
        raise _copied_marker(call)
    if not s3.restored(*copy_source(call)):
        message = "Operation is not valid for the source object's storage class"
        raise ServiceError("InvalidObjectState", message, 403, StorageClass=source.storage)
    given = call.parameters
    match, none_match = given.get("CopySourceIfMatch"), given.get("CopySourceIfNoneMatch")
    changed, unchanged = (
        _time(given, "CopySourceIfModifiedSince"),
        _time(given, "CopySourceIfUnmodifiedSince"),
    )
    if match and not _matches_etag(match, source.etag):
        raise _precondition_failed("x-amz-copy-source-If-Match")
    if unchanged and not match and source.modified > unchanged:
        raise _precondition_failed("x-amz-copy-source-If-Unmodified-Since")
    if none_match and _matches_etag(none_match, source.etag):
        raise _precondition_failed("x-amz-copy-source-If-None-Match")
    if changed and not none_match and source.modified <= changed <= call.time:
        raise _precondition_failed("x-amz-copy-source-If-Modified-Since")
    return perform()


def _copied_marker(call: Call) -> ServiceError:
    if copy_source(call)[2] is None:
        return no_such_key(copy_source(call)[1])
    message = "The source of a copy request may not specifically refer to a delete marker by version id."
    return invalid_request(message)


def _matches_etag(condition: str, etag: str) -> bool:
    return condition == "*" or condition.strip('"') == etag.strip('"')


def _time(given: Any, name: str) -> datetime | None:
    value = given.get(name)
    if isinstance(value, str):
        try:
            value = parsedate_to_datetime(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _precondition_failed(condition: str) -> ServiceError:
    message = "At least one of the pre-conditions you specified did not hold"
    return ServiceError("PreconditionFailed", message, 412, Condition=condition)


# Versions in responses


@around("s3", "CompleteMultipartUpload", stage=Stage.ANSWERED, before=("add_expiration",), refuses=False)
def hide_version_id(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Remove the version ID from the response if versioning isn't enabled on the bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
    """
    answer = perform()
    if s3.keeps_versions(call.parameters["Bucket"]):
        return answer
    return with_headers(answer, {"x-amz-version-id": None})

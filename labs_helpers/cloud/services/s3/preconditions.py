"""The version that a request refers to: delete markers can only be deleted, and conditions name an ETag or a time.

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
from labs_helpers.cloud.services.s3.errors import invalid_request
from labs_helpers.cloud.services.s3.operations import copy_source

_READ = ("GetObject", "HeadObject", "GetObjectAttributes", "GetObjectAcl", "GetObjectTagging")
_CHANGED = ("PutObjectAcl", "PutObjectTagging", "DeleteObjectTagging")
_LOCKED = ("GetObjectRetention", "PutObjectRetention", "GetObjectLegalHold", "PutObjectLegalHold")


@around("s3", *_READ, *_CHANGED, *_LOCKED, stage=Stage.FOUND)
def refuse_delete_marker(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject delete markers: NoSuchKey for a current one, MethodNotAllowed for one that a version ID names.

    S3 behaves as if the object was deleted, so it no longer checks a part number that the request names.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    given = call.parameters
    bucket, key, version = given["Bucket"], given["Key"], given.get("VersionId")
    one = s3.version_of(bucket, key, version)
    if one is not None and one.marker:
        headers = {"x-amz-delete-marker": "true", "x-amz-version-id": one.id}
        if version is None:
            raise ServiceError(
                "NoSuchKey", "The specified key does not exist.", 404, Key=key, headers=headers
            )
        raise ServiceError(
            "MethodNotAllowed", "The specified method is not allowed against this resource.", 405,
            Method=call.operation, ResourceType="DeleteMarker", headers={**headers, "Allow": "DELETE"},
        )  # fmt: skip
    if version is None or s3.keeps_versions(bucket):
        return perform()
    return s3.as_versioned(bucket, perform)


@around("s3", "GetObject", "HeadObject", stage=Stage.PRECONDITIONS)
def check_part_number(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a part number that the object does not have.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    given = call.parameters
    number = given.get("PartNumber")
    if number is None or s3.version_of(given["Bucket"], given["Key"], given.get("VersionId")) is None:
        return perform()
    if not 1 <= number <= s3.part_count(given["Bucket"], given["Key"], given.get("VersionId")):
        raise ServiceError("InvalidPartNumber", "The requested partnumber is not satisfiable", 416)
    return perform()


# Conditions on existing objects


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
    """Check If-None-Match (the key must have no object) and If-Match (its object must have this ETag).

    Other errors that the headers cause come first: API_PutObject.html refers to RFC 7232, section 5.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
    """
    given = call.parameters
    wanted, unwanted = given.get("IfMatch"), given.get("IfNoneMatch")
    one = s3.version_of(given["Bucket"], given["Key"]) if wanted or unwanted else None
    exists = one is not None and not one.marker
    if unwanted and exists:
        raise _precondition_failed("If-None-Match")
    if wanted and not exists:
        raise ServiceError("NoSuchKey", "The specified key does not exist.", 404, Key=given["Key"])
    if wanted and one is not None and not _matches_etag(wanted, one.etag):
        raise _precondition_failed("If-Match")
    return perform()


@around("s3", "CopyObject", "UploadPartCopy", stage=Stage.PRECONDITIONS)
def check_source(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Check the conditions on the source of a copy; a condition on its ETag overrides the one on its time.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    """
    source = s3.version_of(*copy_source(call))
    if source is None:
        return perform()
    if source.marker:
        raise _copied_marker(call)
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
    if changed and not none_match and source.modified <= changed:
        raise _precondition_failed("x-amz-copy-source-If-Modified-Since")
    return perform()


def _copied_marker(call: Call) -> ServiceError:
    if copy_source(call)[2] is None:
        return ServiceError("NoSuchKey", "The specified key does not exist.", 404, Key=copy_source(call)[1])
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


# Versions in answers


@around("s3", "CompleteMultipartUpload", stage=Stage.ANSWERED, before=("add_expiration",), refuses=False)
def hide_version_id(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Remove the version ID from the answer if the bucket keeps no versions.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
    """
    answer = perform()
    if s3.keeps_versions(call.parameters["Bucket"]):
        return answer
    return with_headers(answer, {"x-amz-version-id": None})

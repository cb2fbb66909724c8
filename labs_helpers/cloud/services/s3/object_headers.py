"""Headers and attributes of objects in answers: expiration, checksum type, and headers that need a permission.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import around, operation
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.acls import existing_version
from labs_helpers.cloud.services.s3.answer_headers import header, with_headers
from labs_helpers.cloud.services.s3.lifecycle import expiration

_PERMISSIONS = {
    "x-amz-object-lock-mode": "GetObjectRetention",
    "x-amz-object-lock-retain-until-date": "GetObjectRetention",
    "x-amz-object-lock-legal-hold": "GetObjectLegalHold",
    "x-amz-tagging-count": "GetObjectTagging",
}
"""Headers that only callers with a certain permission receive, and that permission."""
_CHECKSUM = "x-amz-checksum-"


@around(
    "s3",
    "GetObject",
    "HeadObject",
    stage=Stage.ANSWERED,
    after=("add_expiration",),
    refuses=False,
)
def hide_unreadable_headers(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Remove the lock and the number of tags from the answer if the caller is not allowed to read them."""
    answer, given = perform(), call.parameters
    caller = call.state.caller
    hidden: dict[str, str | None] = {}
    for name, action in _PERMISSIONS.items():
        if header(answer, name) is None or caller is None:
            continue
        if action == "GetObjectTagging" and given.get("VersionId") is not None:
            action = "GetObjectVersionTagging"
        if not caller.may(call, f"s3:{action}", f"arn:aws:s3:::{given['Bucket']}/{given['Key']}"):
            hidden[name] = None
    return with_headers(answer, hidden) if hidden else answer


@around(
    "s3",
    "PutObject",
    "CopyObject",
    "CompleteMultipartUpload",
    "GetObject",
    "HeadObject",
    stage=Stage.ANSWERED,
    refuses=False,
)
def add_expiration(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Add x-amz-expiration if a lifecycle rule makes the object expire.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html
    """
    answer, given = perform(), call.parameters
    if answer.status >= 300 or s3.lifecycle(given["Bucket"]) is None:
        return answer
    one = s3.version_of(given["Bucket"], given["Key"], given.get("VersionId"))
    expires = expiration(one, given["Bucket"]) if one is not None and one.latest else None
    return answer if expires is None else with_headers(answer, {"x-amz-expiration": expires})


@around(
    "s3",
    "PutObject",
    "GetObject",
    "HeadObject",
    stage=Stage.ANSWERED,
    before=("add_expiration",),
    refuses=False,
)
def add_checksum_type(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Add the checksum type to an answer that has a checksum.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
    """
    answer, given = perform(), call.parameters
    if not any(str(name).lower().startswith(_CHECKSUM) for name in answer.headers):
        return answer
    one = s3.version_of(given["Bucket"], given["Key"], given.get("VersionId"))
    kind = (one.checksum_type if one is not None else None) or "FULL_OBJECT"
    return with_headers(answer, {f"{_CHECKSUM}type": kind})


@around("s3", "HeadBucket", stage=Stage.ANSWERED, refuses=False)
def add_access_point_alias(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Add the header that the bucket was not named by an access point's alias: access points are not modelled.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
    """
    return with_headers(perform(), {"x-amz-access-point-alias": "false"})


@operation("s3", "GetObjectAttributes")
def get_object_attributes(call: Call) -> Mapping[str, Any]:
    """Return those attributes of an object that the request names.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
    """
    given = call.parameters
    named = given["Bucket"], given["Key"], given.get("VersionId")
    one = existing_version(*named)
    wanted = set(given.get("ObjectAttributes") or ())
    attributes: dict[str, Any] = {
        "ETag": one.etag.strip('"'), "StorageClass": one.storage, "ObjectSize": one.size,
    }  # fmt: skip
    if one.checksum and one.checksum_value:
        kind = one.checksum_type or "FULL_OBJECT"
        attributes["Checksum"] = {f"Checksum{one.checksum}": one.checksum_value, "ChecksumType": kind}
    parts = s3.part_count(*named)
    if "-" in one.etag:
        attributes["ObjectParts"] = {"TotalPartsCount": parts}
    answer: dict[str, Any] = {"LastModified": one.modified}
    if s3.keeps_versions(given["Bucket"]) or one.id != "null":
        answer["VersionId"] = one.id
    return answer | {name: value for name, value in attributes.items() if name in wanted}

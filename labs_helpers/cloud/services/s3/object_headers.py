"""Object headers and attributes in responses: expiration, checksum type, and permission-dependent headers.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import around, operation
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.s3 import checksums
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.acls import existing_version
from labs_helpers.cloud.services.s3.answer_headers import header, with_headers
from labs_helpers.cloud.services.s3.lifecycle_rules import expiration
from labs_helpers.cloud.services.s3.operations import copy_source

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
    """Remove the Object Lock headers and the number of tags from the response if the caller can't read them."""
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
    """Add the header x-amz-expiration if the object expires because of a lifecycle rule.

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
    """Add the checksum type to a response that has a checksum.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
    """
    answer, given = perform(), call.parameters
    if not any(str(name).lower().startswith(_CHECKSUM) for name in answer.headers):
        return answer
    one = s3.version_of(given["Bucket"], given["Key"], given.get("VersionId"))
    kind = (one.checksum_type if one is not None else None) or checksums.FULL_OBJECT
    headers = {f"{_CHECKSUM}type": kind}
    if one is not None and one.checksum and one.checksum_value and kind == checksums.COMPOSITE:
        count = s3.part_count(given["Bucket"], given["Key"], given.get("VersionId"))
        headers[checksums.header(one.checksum)] = f"{one.checksum_value}-{count}"
    return with_headers(answer, headers)


@around("s3", "GetObject", "HeadObject", stage=Stage.ANSWERED, before=("add_checksum_type",), refuses=False)
def name_version(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Add the version ID `null` for an object that was created before versioning was enabled. OBSERVED in 2026."""
    answer, given = perform(), call.parameters
    if answer.status >= 400 or not s3.names_versions(given["Bucket"]):
        return answer
    one = s3.version_of(given["Bucket"], given["Key"], given.get("VersionId"))
    return answer if one is None else with_headers(answer, {"x-amz-version-id": one.id})


@around("s3", "CopyObject", stage=Stage.ANSWERED, before=("add_expiration",), refuses=False)
def name_copied_version(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Add the version ID of the source object, even if it is `null`, if the source bucket has versions.

    OBSERVED in 2026.
    """
    source = s3.version_of(*copy_source(call))
    answer = perform()
    if answer.status >= 300 or source is None or not s3.names_versions(copy_source(call)[0]):
        return answer
    return with_headers(answer, {"x-amz-copy-source-version-id": source.id})


@around(
    "s3", "GetObject", "HeadObject", stage=Stage.ANSWERED, after=("hide_unreadable_headers",), refuses=False
)
def cut_part(call: Call, perform: Callable[[], Answer]) -> Answer:
    """For an object that was uploaded in parts, return the part that the request specifies and the number of parts.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (partNumber)
    """
    answer, given = perform(), call.parameters
    number = given.get("PartNumber") or 0
    named = given["Bucket"], given["Key"], given.get("VersionId")
    parts = s3.object_parts(*named) if number else ()
    if not parts or answer.status >= 300:
        return answer
    start = sum(part.size for part in parts[: number - 1])
    size, whole = parts[number - 1].size, sum(part.size for part in parts)
    found = s3.version_of(*named)
    algorithm = found.checksum if found is not None else None
    headers: dict[str, str | None] = {
        "content-length": str(size), "content-range": f"bytes {start}-{start + size - 1}/{whole}",
        "x-amz-mp-parts-count": str(len(parts)),
    }  # fmt: skip
    if algorithm is not None:
        checksum = parts[number - 1].checksum if given.get("ChecksumMode") else None
        headers[checksums.header(algorithm)] = checksum
        if checksum is None:
            headers[f"{_CHECKSUM}type"] = None
    body = answer.body.encode() if isinstance(answer.body, str) else answer.body
    return with_headers(Answer(206, answer.headers, body[start : start + size]), headers)


@around("s3", "HeadBucket", stage=Stage.ANSWERED, refuses=False)
def add_access_point_alias(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Add the bucket's ARN, and AccessPointAlias set to false, because access points aren't modeled.

    OBSERVED in 2026: the response contains the ARN for general purpose buckets as well.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
    """
    answer = perform()
    if answer.status >= 300:
        return answer
    arn = f"arn:aws:s3:::{call.parameters['Bucket']}"
    return with_headers(answer, {"x-amz-access-point-alias": "false", "x-amz-bucket-arn": arn})


@around("s3", "ListObjectsV2", stage=Stage.ANSWERED, refuses=False)
def add_region(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Add the bucket's Region to the response. OBSERVED in 2026."""
    return with_headers(perform(), {"x-amz-bucket-region": s3.bucket_region(call.parameters["Bucket"])})


@operation("s3", "GetObjectAttributes")
def get_object_attributes(call: Call) -> Mapping[str, Any]:
    """Return the object attributes that the request specifies.

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
    parts = s3.object_parts(*named)
    if parts:
        attributes["ObjectParts"] = _object_parts(call, one, parts)
    answer: dict[str, Any] = {"LastModified": one.modified}
    if s3.names_versions(given["Bucket"]):
        answer["VersionId"] = one.id
    return answer | {name: value for name, value in attributes.items() if name in wanted}


def _object_parts(call: Call, one: s3.Version, parts: Sequence[s3.PartView]) -> dict[str, Any]:
    """Return the number of an object's parts, and a page of them if they have checksums.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributesParts.html
    """
    if one.checksum is None or any(part.checksum is None for part in parts):
        return {"TotalPartsCount": len(parts)}
    given = call.parameters
    size, marker = given.get("MaxParts", 1000), int(given.get("PartNumberMarker") or 0)
    following = [part for part in parts if part.number > marker]
    shown = following[:size]
    return {
        "TotalPartsCount": len(parts), "PartNumberMarker": marker, "MaxParts": size,
        "NextPartNumberMarker": shown[-1].number if shown else 0, "IsTruncated": len(following) > size,
        "Parts": [
            {"PartNumber": part.number, "Size": part.size, f"Checksum{one.checksum}": part.checksum}
            for part in shown
        ],
    }  # fmt: skip

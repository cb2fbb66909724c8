"""Multipart uploads. Each upload ID belongs to one key in one bucket.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around, operation
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.s3 import checksums
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.answer_headers import ENCRYPTION, with_headers
from labs_helpers.cloud.services.s3.errors import wrong_argument
from labs_helpers.cloud.services.s3.listing import common_prefix, url_encoded
from labs_helpers.cloud.services.s3.operations import copy_source

MOST_PARTS = 10_000
"""The maximum number of parts per upload: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html"""


@around(
    "s3",
    "UploadPart",
    "UploadPartCopy",
    "ListParts",
    "CompleteMultipartUpload",
    "AbortMultipartUpload",
    stage=Stage.VALIDATED,
)
def refuse_another_upload(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject another key's upload ID, and part numbers outside 1 to 10,000.

    moto accepts an upload ID for every key in the bucket, so permission to write one key would be enough to write every
    key.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
    """
    given = call.parameters
    if s3.upload_key(given["Bucket"], given["UploadId"]) != given["Key"]:
        raise no_such_upload(given["UploadId"])
    number = given.get("PartNumber")
    if number is not None and not 1 <= number <= MOST_PARTS:
        raise ServiceError(
            "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive", 400,
            ArgumentName="partNumber", ArgumentValue=str(number),
        )  # fmt: skip
    return perform()


def no_such_upload(upload_id: str) -> ServiceError:
    """Return NoSuchUpload."""
    return ServiceError(
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted "
        "or completed.",
        404,
        UploadId=upload_id,
    )


# Facts from the beginning of an upload that take effect at its end


@around("s3", "CreateMultipartUpload", stage=Stage.KEPT, before=("keep_acl",), refuses=False)
def keep_upload_facts(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Store the upload's initiator, time, and encryption, and the lock for the object that it creates."""
    given, answer = call.parameters, perform()
    if answer.status >= 300:
        return answer
    until = given.get("ObjectLockRetainUntilDate")
    lock = s3.Lock(given.get("ObjectLockMode"), _iso(until), given.get("ObjectLockLegalHoldStatus"))
    requested_lock = lock if lock.mode or lock.hold else None
    s3.remember_upload(given["Bucket"], answer, call.time, call.principal.arn, requested_lock)
    if any(str(name).lower().startswith(ENCRYPTION) for name in answer.headers):
        return answer
    # OBSERVED in 2026: the response names SSE-S3, and so do the responses for the parts.
    s3.encrypt_upload_by_default(given["Bucket"], answer)
    return with_headers(answer, {ENCRYPTION: "AES256"})


def _iso(value: Any) -> str | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value or None


@around("s3", "CompleteMultipartUpload", stage=Stage.KEPT, before=("keep_writer",), refuses=False)
def lock_completed_object(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Apply the lock that the upload requested, or else the bucket's default retention, to the completed object.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html#object-lock-bucket-config
    """
    given = call.parameters
    begun = s3.upload_of(given["Bucket"], given["UploadId"])
    answer = perform()
    own, default = begun.lock if begun is not None else None, s3.default_lock(given["Bucket"])
    if own is not None and own.mode is None and default is not None:
        own = s3.Lock(default.mode, default.until, own.hold)
    lock = own or default
    if answer.status < 300 and lock is not None:
        s3.lock_object(given["Bucket"], given["Key"], lock)
    return answer


_RANGE = re.compile(r"bytes=(\d+)-(\d+)", re.ASCII)


@around("s3", "UploadPartCopy", stage=Stage.VALIDATED, before=("refuse_another_upload",))
def check_range(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a range that isn't within the source object.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
    """
    text = call.parameters.get("CopySourceRange")
    if text is None:
        return perform()
    match, source = _RANGE.fullmatch(text), s3.version_of(*copy_source(call))
    size = source.size if source is not None and not source.marker else None
    if match is None:
        raise wrong_argument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy",
            "x-amz-copy-source-range",
            text,
        )
    if int(match[1]) > int(match[2]) or (size is not None and int(match[2]) >= size):
        raise ServiceError(
            "InvalidArgument", f"Range specified is not valid for source object of size: {size}", 400,
            ArgumentName="x-amz-copy-source-range", ArgumentValue=text,
        )  # fmt: skip
    return perform()


# Lists


@operation("s3", "ListMultipartUploads")
def list_multipart_uploads(call: Call) -> Mapping[str, Any]:
    """Return a page of unfinished uploads, sorted by key and then by start time.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
    """
    given = call.parameters
    prefix, delimiter = given.get("Prefix") or "", given.get("Delimiter") or ""
    marker, upload_marker = given.get("KeyMarker") or "", given.get("UploadIdMarker") or ""
    size = min(1000, given.get("MaxUploads", 1000))
    shown: list[s3.UploadView] = []
    prefixes: list[str] = []
    last, truncated = ("", ""), False
    for each in _uploads_after(s3.uploads(given["Bucket"]), marker, upload_marker if marker else ""):
        if not each.key.startswith(prefix):
            continue
        shared = common_prefix(each.key, prefix, delimiter)
        if shared is not None and (shared in prefixes or (marker and marker.startswith(shared))):
            continue
        if len(shown) + len(prefixes) >= size:
            truncated = True
            break
        if shared is None:
            shown.append(each)
            last = each.key, each.id
        else:
            prefixes.append(shared)
            last = shared, ""
    answer: dict[str, Any] = {
        "Bucket": given["Bucket"], "KeyMarker": marker, "UploadIdMarker": upload_marker, "Prefix": prefix,
        "MaxUploads": size, "IsTruncated": truncated, "Uploads": [_upload(call, each) for each in shown],
        "CommonPrefixes": [{"Prefix": each} for each in prefixes],
    }  # fmt: skip
    if delimiter:
        answer["Delimiter"] = delimiter
    if truncated:
        answer |= {"NextKeyMarker": last[0], "NextUploadIdMarker": last[1]}
    return url_encoded(call, answer)


def _uploads_after(listed: list[s3.UploadView], key: str, upload: str) -> Iterable[s3.UploadView]:
    """Yield the uploads after a key, or after one upload of that key."""
    passed = False
    for each in listed:
        if each.key.encode() > key.encode() or (passed and each.key == key):
            yield each
        passed = passed or bool(upload and (each.key, each.id) == (key, upload))


def _upload(call: Call, upload: s3.UploadView) -> dict[str, Any]:
    shown = {
        "Key": upload.key, "UploadId": upload.id, "StorageClass": upload.storage, "Initiated": upload.begun,
        "Owner": {"ID": s3.canonical_id(call.account)}, "Initiator": _initiator(call, upload),
        **_checksum_facts(upload),
    }  # fmt: skip
    return {name: value for name, value in shown.items() if value is not None}


def _checksum_facts(upload: s3.UploadView) -> dict[str, str]:
    """Return the algorithm and the type of an upload's checksum, if its request named an algorithm."""
    if upload.checksum is None:
        return {}
    return {
        "ChecksumAlgorithm": upload.checksum,
        "ChecksumType": checksums.type_of(upload.checksum, upload.checksum_type),
    }


def _initiator(call: Call, upload: s3.UploadView) -> dict[str, str]:
    """Return the initiator: a user's or role's ARN, or the account's canonical user ID for its root user."""
    by = upload.by
    if by is None or by.endswith(":root"):
        return {"ID": s3.canonical_id(call.account)}
    return {"ID": by, "DisplayName": by.rpartition("/")[2]}


@operation("s3", "ListParts")
def list_parts(call: Call) -> Mapping[str, Any]:
    """Return a page of an upload's parts, sorted by number.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
    """
    given = call.parameters
    upload = s3.upload_of(given["Bucket"], given["UploadId"])
    assert upload is not None, "refuse_another_upload has found it"
    size, marker = min(1000, given.get("MaxParts", 1000)), given.get("PartNumberMarker") or 0
    following = [each for each in s3.parts(given["Bucket"], given["UploadId"]) if each.number > marker]
    shown = following[:size]
    return {
        "Bucket": given["Bucket"], "Key": given["Key"], "UploadId": upload.id, "PartNumberMarker": marker,
        "NextPartNumberMarker": shown[-1].number if shown else 0, "MaxParts": size,
        "IsTruncated": bool(size) and len(following) > size, "StorageClass": upload.storage,
        "Owner": {"ID": s3.canonical_id(call.account)}, "Initiator": _initiator(call, upload),
        "Parts": [_part(each, upload.checksum) for each in shown], **_checksum_facts(upload),
    }  # fmt: skip


def _part(part: s3.PartView, algorithm: str | None) -> dict[str, Any]:
    shown = {"PartNumber": part.number, "LastModified": part.modified, "ETag": part.etag, "Size": part.size}
    return shown | ({f"Checksum{algorithm}": part.checksum} if algorithm and part.checksum else {})

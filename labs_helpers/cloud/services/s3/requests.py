"""Request checks that moto lacks: for long keys, wrong content digests, and invalid listings, parts, and copies.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.s3 import checksums
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.checked_uploads import check_part
from labs_helpers.cloud.services.s3.chunked import content
from labs_helpers.cloud.services.s3.errors import invalid_request, wrong_argument
from labs_helpers.cloud.services.s3.operations import copy_source
from labs_helpers.engine.policy import PrincipalKind

_LONGEST_KEY = 1024
"""The maximum number of bytes in UTF-8: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""
_MOST = 2**31 - 1
_MOST_METADATA = 2048
_LOCK = ("ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus")
_CHANGED_BY_COPY = (
    "StorageClass", "WebsiteRedirectLocation", "ServerSideEncryption", "SSEKMSKeyId", "SSECustomerAlgorithm",
    "BucketKeyEnabled", "ChecksumAlgorithm",
)  # fmt: skip


@around("s3", "PutObject", "CopyObject", "CreateMultipartUpload", stage=Stage.VALIDATED)
def check_key(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Raise KeyTooLongError for a key of more than 1,024 bytes.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
    """
    size = len(call.parameters["Key"].encode())
    if size > _LONGEST_KEY:
        raise ServiceError(
            "KeyTooLongError", "Your key is too long", 400, Size=str(size), MaxSizeAllowed=str(_LONGEST_KEY)
        )
    return perform()


@around(
    "s3", "PutObject", "CopyObject", "CreateMultipartUpload", stage=Stage.VALIDATED, before=("check_key",)
)
def check_metadata(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Raise MetadataTooLarge for user-defined metadata of more than 2,048 bytes, and reject an invalid redirect.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata
    """
    metadata = call.parameters.get("Metadata") or {}
    size = sum(len(text.encode()) for pair in metadata.items() for text in pair)
    if size > _MOST_METADATA:
        raise ServiceError(
            "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size", 400,
            Size=str(size), MaxSizeAllowed=str(_MOST_METADATA),
        )  # fmt: skip
    redirect = call.parameters.get("WebsiteRedirectLocation")
    if redirect and not redirect.startswith(("http://", "https://", "/")):
        message = "The website redirect location must have a prefix of 'http://' or 'https://' or '/'."
        raise ServiceError("InvalidRedirectLocation", message, 400)
    return perform()


# Content


@around("s3", "PutObject", "UploadPart", stage=Stage.CONTENT)
def check_content(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject content that doesn't match Content-MD5 or x-amz-checksum-….

    S3 can reject a request based on its headers before the body is sent, so this check comes after the header checks.
    https://docs.aws.amazon.com/AmazonS3/latest/API/RESTCommonRequestHeaders.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
    """
    body = call.parameters.get("Body") or b""
    if isinstance(body, bytes):
        sent, trailers = content(body, call.headers)
        _check_md5(call.parameters.get("ContentMD5"), sent)
        given = {
            algorithm: value for algorithm in checksums.ALGORITHMS
            if (value := call.parameters.get(f"Checksum{algorithm}") or trailers.get(checksums.header(algorithm)))
        }  # fmt: skip
        _check_announced(call, given)
        if not given:
            _check_given(call)
        for algorithm, value in given.items():
            _check_checksum(algorithm, value, sent)
    if call.operation == "UploadPart":
        check_part(call)
    return perform()


def _check_given(call: Call) -> None:
    """Reject content without a digest if the object gets a lock, from the request or from the bucket.

    OBSERVED from 2018 to 2026: https://github.com/versity/versitygw/issues/1776
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html (Content-MD5)
    """
    given = call.parameters
    if (
        given.get("ContentMD5") is not None
        or not call.headers
        or call.principal.kind is PrincipalKind.SERVICE
    ):
        return
    if call.operation == "UploadPart":
        upload = s3.upload_of(given["Bucket"], given["UploadId"])
        locked = upload is not None and upload.lock is not None
    else:
        locked = any(given.get(name) for name in _LOCK)
    if locked or s3.default_lock(given["Bucket"]) is not None:
        what = "Part" if call.operation == "UploadPart" else "Object"
        needed = "Content-MD5 OR x-amz-checksum- HTTP header is required"
        raise invalid_request(f"{needed} for Put {what} requests with Object Lock parameters")


def _check_announced(call: Call, given: Mapping[str, str]) -> None:
    """Reject more than one checksum, and the name of an algorithm without a checksum.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html (x-amz-sdk-checksum-algorithm)
    """
    if len(given) > 1:
        raise invalid_request(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
    if "x-amz-sdk-checksum-algorithm" in call.headers and not given:
        raise invalid_request(
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers "
            "were found."
        )


def _check_md5(given: str | None, body: bytes) -> None:
    if given is None:
        return
    digest = _base64_bytes(given)
    if digest is None or len(digest) != 16:
        raise ServiceError(
            "InvalidDigest", "The Content-MD5 you specified was invalid.", 400, **{"Content-MD5": given}
        )
    computed = hashlib.md5(body, usedforsecurity=False).digest()
    if not hmac.compare_digest(digest, computed):
        raise ServiceError(
            "BadDigest", "The Content-MD5 you specified did not match what we received.", 400,
            ExpectedDigest=given, CalculatedDigest=base64.b64encode(computed).decode(),
        )  # fmt: skip


def _check_checksum(algorithm: str, given: str, body: bytes) -> None:
    length, compute = checksums.ALGORITHMS[algorithm]
    digest = _base64_bytes(given)
    if digest is None or len(digest) != length:
        raise invalid_request(f"Value for {checksums.header(algorithm)} header is invalid.")
    if not hmac.compare_digest(digest, compute(body)):
        message = f"The {algorithm} you specified did not match the calculated checksum."
        raise ServiceError("BadDigest", message, 400)


def _base64_bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


# Listings


@around(
    "s3",
    "ListObjects",
    "ListObjectsV2",
    "ListObjectVersions",
    "ListMultipartUploads",
    "ListParts",
    stage=Stage.VALIDATED,
    after=("refuse_another_upload",),
)
def check_listing(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a negative page size.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    """
    given = call.parameters
    for member, name in (("MaxKeys", "maxKeys"), ("MaxUploads", "max-uploads"), ("MaxParts", "max-parts")):
        most = given.get(member)
        if most is not None and not 0 <= most <= _MOST:
            message = f"Argument {name} must be an integer between 0 and {_MOST}"
            raise wrong_argument(message, name, str(most))
    return perform()


# Copies and parts


@around("s3", "CopyObject", stage=Stage.CONTENT)
def check_copy(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject copying an object onto itself without changing its metadata, storage class, or encryption.

    OBSERVED in 2026: an ACL isn't such a change. No change is required if the bucket's default encryption was set
    explicitly, or if the source's encryption was requested.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    """
    given = call.parameters
    onto_itself = copy_source(call) == (given["Bucket"], given["Key"], None)
    replaced = given.get("MetadataDirective") == "REPLACE" or given.get("TaggingDirective") == "REPLACE"
    changed = replaced or any(given.get(name) for name in _CHANGED_BY_COPY)
    if onto_itself and not changed and not s3.encrypted_by_request(given["Bucket"], given["Key"]):
        raise invalid_request(
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes."
        )
    return perform()


@around("s3", "CompleteMultipartUpload", stage=Stage.CONTENT)
def check_parts(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a list of parts that isn't in ascending order.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html#API_CompleteMultipartUpload_Errors
    """
    parts = (call.parameters.get("MultipartUpload") or {}).get("Parts") or ()
    if not _is_ascending(part.get("PartNumber") or 0 for part in parts):
        raise ServiceError(
            "InvalidPartOrder",
            "The list of parts was not in ascending order. The parts list must be specified in order by part number.",
            400,
            UploadId=call.parameters["UploadId"],
        )
    return perform()


def _is_ascending(numbers: Iterable[int]) -> bool:
    return all(before < after for before, after in pairwise(numbers))

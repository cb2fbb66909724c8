"""SSE-KMS and DSSE-KMS: to write an object, S3 gets a data key from KMS; to read it, S3 has KMS decrypt the data key.

S3 calls KMS on behalf of its caller. Without permission to use the key, the caller can't write or read the object.
CloudTrail logs these calls with their encryption contexts.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.json_text import parsed
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.kms import for_services, reuse
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.answer_headers import ENCRYPTION, created_version, with_encryption_headers
from labs_helpers.cloud.services.s3.errors import access_denied, invalid_argument, wrong_argument
from labs_helpers.cloud.services.s3.operations import copy_source
from labs_helpers.engine.policy import PrincipalKind

_KMS = ("aws:kms", "aws:kms:dsse")
_REUSED_FOR = timedelta(minutes=5)
"""The time for which S3 reuses a bucket key before it calls KMS again. AWS documents only that it is "time-limited"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedObject(for_services.Sealed):
    """The encryption of an object or an upload: the encrypted data key and its encryption context."""

    algorithm: str
    context: Mapping[str, str]
    bucket_key: bool = False
    own_context: str | None = None
    """The encryption context from the request, as sent: base64-encoded JSON."""


@dataclass(frozen=True, slots=True)
class _RequestedEncryption:
    algorithm: str
    key: str
    bucket_key: bool
    own_context: str | None


# --- writing --------------------------------------------------------------------------------------------------


@around("s3", "PutObject", "CopyObject", stage=Stage.ENCRYPTED)
def encrypt_with_kms(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Encrypt an object with a KMS key, if the request or the bucket's default encryption requires it."""
    if call.operation == "CopyObject":
        _open_source(call)
    sealed = _new_data_key(call)
    if sealed is None:
        return perform()
    with s3.hiding_content():
        answer = perform()
    if answer.status >= 300:
        return answer
    given = call.parameters
    version = created_version(answer)
    s3.seal_object(
        given["Bucket"], given["Key"], version, sealed, sealed.algorithm, sealed.key_arn, sealed.bucket_key
    )
    return _with_object_headers(answer, sealed)


@around("s3", "CreateMultipartUpload", stage=Stage.ENCRYPTED)
def encrypt_upload_with_kms(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Get a data key for encrypting all parts of an upload.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
    """
    sealed = _new_data_key(call)
    answer = perform()
    if sealed is None or answer.status >= 300:
        return answer
    s3.seal_upload(call.parameters["Bucket"], answer, sealed, sealed.algorithm, sealed.key_arn)
    return _with_object_headers(answer, sealed)


@around("s3", "ListParts", stage=Stage.ENCRYPTED)
def decrypt_to_list_parts(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Require permission for kms:Decrypt to list the parts of an encrypted upload.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
    """
    given = call.parameters
    sealed = s3.sealed_upload(given["Bucket"], given["UploadId"])
    if sealed is not None:
        _decrypt_data_key(call, sealed)
    return perform()


@around("s3", "UploadPart", "UploadPartCopy", "CompleteMultipartUpload", stage=Stage.ENCRYPTED)
def decrypt_upload_with_kms(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Have KMS decrypt the upload's data key for each part, and again to complete the upload."""
    given = call.parameters
    if call.operation == "UploadPartCopy":
        _open_source(call)
    sealed = s3.sealed_upload(given["Bucket"], given.get("UploadId") or "")
    if sealed is not None:
        _decrypt_data_key(call, sealed)
    answer = perform()
    if sealed is None or answer.status >= 300:
        return answer
    if call.operation == "CompleteMultipartUpload":
        version = created_version(answer)
        s3.seal_object(
            given["Bucket"],
            given["Key"],
            version,
            sealed,
            sealed.algorithm,
            sealed.key_arn,
            sealed.bucket_key,
        )
    return _with_object_headers(answer, sealed)


def _new_data_key(call: Call) -> SealedObject | None:
    """Return a data key for a new object, or None if no KMS key encrypts it.

    Raises `ServiceError` if KMS denies the call.
    """
    encryption = _requested_encryption(call)
    if encryption is None:
        return None
    _refuse_anonymous(call)
    bucket = call.parameters["Bucket"]
    context = _service_context(call) | _context_in_request(encryption.own_context)
    if encryption.bucket_key:
        context["aws:s3:arn"] = f"arn:aws:s3:::{bucket}"
        blob, arn = _bucket_key(call, bucket, encryption.key, context)
    else:
        context["aws:s3:arn"] = f"arn:aws:s3:::{bucket}/{call.parameters['Key']}"
        blob, arn = _ask_kms(lambda: for_services.data_key(call, encryption.key, context))
    return SealedObject(
        blob, arn, algorithm=encryption.algorithm, context=context, bucket_key=encryption.bucket_key,
        own_context=encryption.own_context,
    )  # fmt: skip


def _requested_encryption(call: Call) -> _RequestedEncryption | None:
    """Return the encryption required by the request or else by the bucket's default, or None if it doesn't use KMS.

    Raises `ServiceError` for a request that contradicts itself.
    """
    given = call.parameters
    algorithm, key = given.get("ServerSideEncryption"), given.get("SSEKMSKeyId")
    if key is not None and algorithm not in _KMS:
        message = (
            "Server Side Encryption with AWS KMS managed key requires HTTP header "
            "x-amz-server-side-encryption : aws:kms"
        )
        raise wrong_argument(message, "x-amz-server-side-encryption", algorithm)
    default = s3.default_encryption(given["Bucket"])
    if algorithm is None and given.get("SSECustomerAlgorithm") is None:
        algorithm, key = default.algorithm, default.key
    if algorithm not in _KMS:
        return None
    bucket_key = given.get("BucketKeyEnabled")
    bucket_key = default.bucket_key if bucket_key is None else bucket_key
    # A request for aws:kms without a key uses aws/s3, whatever the bucket's default is:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
    key = key or for_services.default_key(call, "s3")
    # Dual-layer encryption has no bucket keys.
    return _RequestedEncryption(
        algorithm, key, bool(bucket_key) and algorithm == "aws:kms", given.get("SSEKMSEncryptionContext")
    )


def _context_in_request(encoded: str | None) -> dict[str, str]:
    """Return the request's encryption context.

    Raises `ServiceError` unless it is a flat JSON object in base64.
    """
    if encoded is None:
        return {}
    try:
        pairs = parsed(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError) as error:
        raise _wrong_context() from error
    if not isinstance(pairs, dict) or not all(isinstance(value, str) for value in pairs.values()):
        raise _wrong_context()
    return pairs


def _wrong_context() -> ServiceError:
    message = (
        "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON"
    )
    return invalid_argument(message)


def _service_context(call: Call) -> dict[str, str]:
    """Return the part of the encryption context that CloudTrail adds when it writes a log file: the trail's ARN.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    """
    if call.principal.arn != "cloudtrail.amazonaws.com":
        return {}
    return {"aws:cloudtrail:arn": str(call.caller_context.get("aws:SourceArn", ""))}


# --- reading --------------------------------------------------------------------------------------------------


@around("s3", "GetObject", "SelectObjectContent", stage=Stage.ENCRYPTED)
def decrypt_with_kms(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Have KMS decrypt the object's data key on behalf of the caller before the object is read."""
    given = call.parameters
    sealed = s3.sealed_object(given["Bucket"], given["Key"], given.get("VersionId"))
    if sealed is not None:
        _decrypt_data_key(call, sealed)
    return _with_object_headers(perform(), sealed)


@around("s3", "HeadObject", stage=Stage.ENCRYPTED)
def decrypt_checksum(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Have KMS decrypt the data key only if the request includes a checksum mode.

    Other headers don't require the data key.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    """
    given = call.parameters
    sealed = s3.sealed_object(given["Bucket"], given["Key"], given.get("VersionId"))
    if sealed is not None and given.get("ChecksumMode", "").upper() == "ENABLED":
        _decrypt_data_key(call, sealed)
    return _with_object_headers(perform(), sealed)


def _open_source(call: Call) -> None:
    sealed = s3.sealed_object(*copy_source(call))
    if sealed is not None:
        _decrypt_data_key(call, sealed)


def _decrypt_data_key(call: Call, sealed: SealedObject) -> None:
    """Have KMS decrypt the data key. Raises `ServiceError` if KMS denies the call."""
    _refuse_anonymous(call)
    if sealed.bucket_key and reuse.known(call, sealed.context["aws:s3:arn"], sealed.key_arn):
        return
    _ask_kms(lambda: for_services.unwrap(call, sealed.blob, sealed.context))
    if sealed.bucket_key:
        reuse.keep(call, sealed.context["aws:s3:arn"], sealed.key_arn, sealed.blob, _REUSED_FOR)


def _refuse_anonymous(call: Call) -> None:
    if call.principal.kind is PrincipalKind.ANONYMOUS:
        raise invalid_argument(
            "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4."
        )


def _ask_kms(request: Callable[[], Any]) -> Any:
    """Return KMS's response. A denial becomes S3's AccessDenied, and any other error gets the prefix `KMS.`.

    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    try:
        return request()
    except ServiceError as error:
        if error.code == "AccessDeniedException":
            raise access_denied(error.message) from error
        raise ServiceError(f"KMS.{error.code}", error.message, 400) from error


# --- bucket keys ----------------------------------------------------------------------------------------------


def _bucket_key(call: Call, bucket: str, key: str, context: Mapping[str, str]) -> tuple[bytes, str]:
    """Return the requester's bucket-level key: the one in use, or a new one from KMS."""
    named = for_services.key_named(call, key, "s3")
    if named is not None:
        blob = reuse.known(call, f"arn:aws:s3:::{bucket}", named.arn)
        if blob is not None:
            return blob, named.arn
    blob, arn = _ask_kms(lambda: for_services.data_key(call, key, context))
    reuse.keep(call, f"arn:aws:s3:::{bucket}", arn, blob, _REUSED_FOR)
    return blob, arn


# --- answers --------------------------------------------------------------------------------------------------


def _with_object_headers(answer: Answer, sealed: SealedObject | None) -> Answer:
    """Return the response with the headers about its encryption."""
    if sealed is None or answer.status >= 300:
        return answer
    headers = {ENCRYPTION: sealed.algorithm, f"{ENCRYPTION}-aws-kms-key-id": sealed.key_arn}
    if sealed.bucket_key:
        headers[f"{ENCRYPTION}-bucket-key-enabled"] = "true"
    if sealed.own_context is not None:
        headers[f"{ENCRYPTION}-context"] = sealed.own_context
    return with_encryption_headers(answer, headers)

"""SSE-C: objects encrypted with a key that each request must contain.

As of April 2026, new buckets block SSE-C. S3 stores only a salted hash for recognizing the key later, not the
key itself.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.answer_headers import ENCRYPTION, created_version, with_encryption_headers
from labs_helpers.cloud.services.s3.errors import access_denied, invalid_request, wrong_argument
from labs_helpers.cloud.services.s3.operations import copy_source


@dataclass(frozen=True, slots=True)
class CustomerKey:
    """The stored data about a customer-provided key.

    It consists of a salted hash for recognizing the key, and the key's MD5, which responses contain.
    """

    md5: str
    salt: bytes = field(repr=False)
    digest: bytes = field(repr=False)

    def matches(self, key: bytes) -> bool:
        """Return whether the stored hash is the hash of this key."""
        return hmac.compare_digest(self.digest, _salted(self.salt, key))


def _salted(salt: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(key, key=salt).digest()


# --- writing --------------------------------------------------------------------------------------------------


@around(
    "s3",
    "PutObject",
    "CopyObject",
    "CreateMultipartUpload",
    stage=Stage.ENCRYPTED,
    after=("encrypt_with_kms", "encrypt_upload_with_kms"),
)
def take_customer_key(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Store an object encrypted with the request's key.

    Raises `ServiceError` if the key is invalid or the bucket blocks SSE-C.
    """
    given = call.parameters
    if call.operation == "CopyObject":
        _check_key(s3.customer_key(*copy_source(call)), call.parameters, "CopySource")
    if _brings_key(given) and given.get("ServerSideEncryption"):
        raise _incompatible(given["ServerSideEncryption"])
    key = _key_in_request(given)
    if key is None:
        return perform()
    if "SSE-C" in s3.blocked_encryption(given["Bucket"]):
        raise access_denied("Access Denied")
    customer_key = _new_customer_key(key)
    with s3.hiding_content():
        answer = perform()
    if answer.status >= 300:
        return answer
    if call.operation == "CreateMultipartUpload":
        s3.store_customer_key_of_upload(given["Bucket"], answer, customer_key)
    else:
        s3.store_customer_key(given["Bucket"], given["Key"], created_version(answer), customer_key)
    return _with_key_headers(answer, customer_key)


@around(
    "s3",
    "UploadPart",
    "UploadPartCopy",
    "CompleteMultipartUpload",
    stage=Stage.ENCRYPTED,
    after=("decrypt_upload_with_kms",),
)
def require_key_of_upload(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Require, for each part, the key with which the upload was started."""
    given = call.parameters
    customer_key = s3.customer_key_of_upload(given["Bucket"], given["UploadId"])
    if call.operation == "UploadPartCopy":
        _check_key(s3.customer_key(*copy_source(call)), given, "CopySource")
    if call.operation != "CompleteMultipartUpload" or given.get("SSECustomerKey"):
        _check_key(customer_key, given, part=True)
    answer = perform()
    if customer_key is None or answer.status >= 300:
        return answer
    if call.operation == "CompleteMultipartUpload":
        s3.store_customer_key(given["Bucket"], given["Key"], created_version(answer), customer_key)
    return _with_key_headers(answer, customer_key)


def _incompatible(algorithm: str) -> ServiceError:
    """Return the error for a customer-provided key together with another kind of encryption. OBSERVED in 2026."""
    message = "Server Side Encryption with Customer provided key is incompatible with the encryption method specified"
    return wrong_argument(message, ENCRYPTION, algorithm)


def _new_customer_key(key: bytes) -> CustomerKey:
    salt = secrets.token_bytes(16)
    return CustomerKey(_md5(key), salt, _salted(salt, key))


# --- reading --------------------------------------------------------------------------------------------------


@around(
    "s3",
    "GetObject",
    "HeadObject",
    "GetObjectAttributes",
    stage=Stage.ENCRYPTED,
    after=("decrypt_with_kms", "decrypt_checksum"),
)
def require_customer_key(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject reading an object without its customer-provided key, regardless of policies."""
    given = call.parameters
    named = given["Bucket"], given["Key"], given.get("VersionId")
    customer_key = s3.customer_key(*named)
    if customer_key is None and not _brings_key(given):
        return perform()
    if s3.object_exists(*named):
        _check_key(customer_key, given)
    return _with_key_headers(perform(), customer_key)


def _check_key(
    customer_key: CustomerKey | None, given: Mapping[str, Any], prefix: str = "", *, part: bool = False
) -> None:
    key = _key_in_request(given, prefix)
    if customer_key is None and key is not None:
        message = (
            "The multipart upload initiate requested encryption. Subsequent part requests must include the "
            "appropriate encryption parameters."
            if part
            else "The encryption parameters are not applicable to this object."
        )
        raise invalid_request(message)
    if customer_key is not None and key is None:
        message = (
            "The object was stored using a form of Server Side Encryption. The correct parameters must be provided "
            "to retrieve the object."
        )
        raise invalid_request(message)
    if customer_key is not None and key is not None and not customer_key.matches(key):
        raise access_denied("Access Denied")


# --- keys in requests -----------------------------------------------------------------------------------------


def _brings_key(given: Mapping[str, Any], prefix: str = "") -> bool:
    return any(given.get(f"{prefix}SSECustomer{name}") is not None for name in ("Algorithm", "Key"))


def _key_in_request(given: Mapping[str, Any], prefix: str = "") -> bytes | None:
    """Return the key of a request, or None if it has none. Raises `ServiceError` for a key that S3 would not accept."""
    if not _brings_key(given, prefix):
        return None
    algorithm, encoded = given.get(f"{prefix}SSECustomerAlgorithm"), given.get(f"{prefix}SSECustomerKey")
    needs = "Requests specifying Server Side Encryption with Customer provided keys must provide"
    header = f"{_headers(prefix)}-algorithm"
    if algorithm is None:
        raise wrong_argument(f"{needs} a valid encryption algorithm.", header, None)
    if algorithm != "AES256":
        message = "The encryption request you specified is not valid. Supported value: AES256."
        raise ServiceError(
            "InvalidEncryptionAlgorithmError", message, 400, ArgumentName=header, ArgumentValue=algorithm
        )
    if encoded is None:
        raise wrong_argument(f"{needs} an appropriate secret key.", f"{_headers(prefix)}-key", None)
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        message = "The secret key was invalid for the specified algorithm."
        raise wrong_argument(message, f"{_headers(prefix)}-key", None)
    md5 = given.get(f"{prefix}SSECustomerKeyMD5")
    if not md5:
        message = f"{needs} the client calculated MD5 of the secret key."
        raise wrong_argument(message, f"{_headers(prefix)}-key-MD5", None)
    if not hmac.compare_digest(str(md5), _md5(key)):
        message = "The calculated MD5 hash of the key did not match the hash that was provided."
        raise wrong_argument(message, f"{_headers(prefix)}-key-MD5", None)
    return key


def _headers(prefix: str) -> str:
    """Return the name prefix of a customer key's headers, for the request itself or for a copy's source."""
    return "x-amz-copy-source-server-side-encryption-customer" if prefix else f"{ENCRYPTION}-customer"


def _md5(key: bytes) -> str:
    return base64.b64encode(hashlib.md5(key, usedforsecurity=False).digest()).decode()


def _with_key_headers(answer: Answer, customer_key: CustomerKey | None) -> Answer:
    if customer_key is None or answer.status >= 300:
        return answer
    headers = {
        f"{ENCRYPTION}-customer-algorithm": "AES256",
        f"{ENCRYPTION}-customer-key-MD5": customer_key.md5,
    }
    return with_encryption_headers(answer, headers)

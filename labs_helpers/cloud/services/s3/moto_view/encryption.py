"""Encryption with keys of S3, KMS, and customers: moto's fields, and the facts that are stored next to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from moto.moto_api._internal import mock_random

from labs_helpers.cloud.core.call import Answer
from labs_helpers.cloud.services.s3.moto_view.find import (
    find_bucket,
    find_object,
    find_upload,
    find_upload_in_answer,
)


def block_encryption(name: str, types: tuple[str, ...]) -> None:
    """Set the types of encryption that uploads to a bucket aren't allowed to use: `SSE-C` or `NONE`."""
    bucket = find_bucket(name)
    assert bucket is not None
    bucket.__dict__["labs_blocked"] = types


def blocked_encryption(name: str) -> tuple[str, ...]:
    """Return the blocked types of encryption that `block_encryption` set."""
    bucket = find_bucket(name)
    return bucket.__dict__.get("labs_blocked", ()) if bucket is not None else ()


def set_default_encryption_requested(name: str, *, requested: bool) -> None:
    """Store whether a user, rather than S3 itself, set a bucket's default encryption."""
    bucket = find_bucket(name)
    assert bucket is not None
    bucket.__dict__["labs_default_requested"] = requested


def set_encryption_requested(bucket: str, key: str) -> None:
    """Record that the request for an object's current version specified an encryption."""
    fake_key = find_object(bucket, key)
    if fake_key is not None:
        fake_key.__dict__["labs_encryption_requested"] = True


def encrypted_by_request(bucket: str, key: str) -> bool:
    """Return whether a user set the bucket's default encryption, or specified the encryption of the object itself."""
    fake_bucket, fake_key = find_bucket(bucket), find_object(bucket, key)
    return bool(fake_bucket and fake_bucket.__dict__.get("labs_default_requested")) or bool(
        fake_key and fake_key.__dict__.get("labs_encryption_requested")
    )


def encrypt_by_default(name: str) -> None:
    """Set SSE-S3 in moto's form. Since January 2023, it has been the default encryption of every bucket."""
    bucket = find_bucket(name)
    assert bucket is not None
    bucket.encryption = {
        "Rule": {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
            "BucketKeyEnabled": "false",
        }
    }


def encrypt_upload_by_default(bucket: str, answer: Answer) -> None:
    """Set SSE-S3 as the encryption of a new upload and its parts.

    `answer` is the response from CreateMultipartUpload.
    """
    upload = find_upload_in_answer(bucket, answer)
    if upload is not None:
        upload.sse_encryption = "AES256"


_HIDES_CONTENT: ContextVar[bool] = ContextVar("hides_content", default=False)


@contextmanager
def hiding_content() -> Iterator[None]:
    """Give objects that are written within the block an ETag that isn't the MD5 digest of their content.

    OBSERVED in 2026, for objects with SSE-KMS: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
    """
    token = _HIDES_CONTENT.set(True)
    try:
        yield
    finally:
        _HIDES_CONTENT.reset(token)


def hidden_etag() -> str | None:
    """Return a new ETag within a `hiding_content` block, or None outside of it."""
    return mock_random.uuid4().hex if _HIDES_CONTENT.get() else None


@dataclass(frozen=True, slots=True)
class DefaultEncryption:
    """A bucket's default encryption: `AES256`, `aws:kms`, or `aws:kms:dsse`, and the KMS key if one is specified."""

    algorithm: str | None = None
    key: str | None = None
    bucket_key: bool = False


def default_encryption(name: str) -> DefaultEncryption:
    """Return the encryption for uploads that don't specify one."""
    bucket = find_bucket(name)
    rule = (bucket.encryption or {}).get("Rule") if bucket is not None else None
    rule = rule[0] if isinstance(rule, list) and rule else rule
    if not isinstance(rule, dict):
        return DefaultEncryption()
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    return DefaultEncryption(
        default.get("SSEAlgorithm"),
        default.get("KMSMasterKeyID"),
        str(rule.get("BucketKeyEnabled", "")).lower() == "true",
    )


def seal_object(
    bucket: str, key: str, version: str | None, sealed: Any, algorithm: str, key_arn: str, bucket_key: bool
) -> None:
    """Store an object's encryption: moto's fields, and the encrypted data key that is required to read the object."""
    fake_key = find_object(bucket, key, version)
    if fake_key is not None:
        fake_key.encryption, fake_key.kms_key_id = algorithm, key_arn
        fake_key.bucket_key_enabled = True if bucket_key else None
        fake_key.__dict__["labs_sealed"] = sealed


def sealed_object(bucket: str, key: str, version: str | None = None) -> Any | None:
    """Return the encrypted data key that `seal_object` stored, or None for objects not encrypted with a KMS key."""
    fake_key = find_object(bucket, key, version)
    return fake_key.__dict__.get("labs_sealed") if fake_key is not None else None


def store_customer_key(bucket: str, key: str, version: str | None, kept: Any) -> None:
    """Store the customer-provided key that encrypts an object, instead of any encryption with an S3 or KMS key."""
    fake_key = find_object(bucket, key, version)
    if fake_key is not None:
        fake_key.encryption = fake_key.kms_key_id = fake_key.bucket_key_enabled = None
        fake_key.__dict__["labs_customer_key"] = kept


def customer_key(bucket: str, key: str, version: str | None = None) -> Any | None:
    """Return the data about a customer-provided key that `store_customer_key` stored."""
    fake_key = find_object(bucket, key, version)
    return fake_key.__dict__.get("labs_customer_key") if fake_key is not None else None


def store_customer_key_of_upload(bucket: str, answer: Answer, kept: Any) -> None:
    """Store a new upload's customer-provided key. `answer` is the response from CreateMultipartUpload."""
    upload = find_upload_in_answer(bucket, answer)
    if upload is not None:
        upload.__dict__["labs_customer_key"] = kept


def customer_key_of_upload(bucket: str, upload_id: str) -> Any | None:
    """Return the data about a customer-provided key that `store_customer_key_of_upload` stored."""
    upload = find_upload(bucket, upload_id)
    return upload.__dict__.get("labs_customer_key") if upload is not None else None


def seal_upload(bucket: str, answer: Answer, sealed: Any, algorithm: str, key_arn: str) -> None:
    """Store a new upload's encryption. `answer` is the response from CreateMultipartUpload."""
    upload = find_upload_in_answer(bucket, answer)
    if upload is not None:
        upload.sse_encryption, upload.kms_key_id = algorithm, key_arn
        upload.__dict__["labs_sealed"] = sealed


def sealed_upload(bucket: str, upload_id: str) -> Any | None:
    """Return the encrypted data key that `seal_upload` stored."""
    upload = find_upload(bucket, upload_id)
    return upload.__dict__.get("labs_sealed") if upload is not None else None

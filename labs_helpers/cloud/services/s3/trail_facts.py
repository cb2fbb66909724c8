"""Calls to S3 in CloudTrail: query parameters and headers have their HTTP names, and the bucket is `bucketName`.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-understanding-s3-entries.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labs_helpers.cloud.core.record import Dropped, Entry
from labs_helpers.cloud.moto.protocols import second_id
from labs_helpers.cloud.services.shared.trail_facts import TrailFacts
from labs_helpers.cloud.services.shared.trail_values import plain

_UNSHOWN = ("x-amz-request-id", "x-amz-id-2", "x-amz-sdk-checksum-algorithm")
_ENCRYPTING = ("PutObject", "CopyObject", "CreateMultipartUpload")
_APPLIED = {"AES256": "SSE_S3", "aws:kms": "SSE_KMS"}
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_SECRET_HEADERS = ("customer-key", "x-amz-mfa", "x-amz-security-token", "server-side-encryption-context")


class _HTTPForm:
    """S3's form of an event: see `services.shared.trail_facts.Form`."""

    def request(self, entry: Entry, operation: Any, hide: Callable[[Any], None]) -> dict[str, Any]:
        """Return the requestParameters: the bucket, the host, and the query, headers, and body by their HTTP names."""
        shown: dict[str, Any] = {}
        bucket = entry.parameters.get("Bucket")
        if bucket:
            shown["bucketName"] = bucket
        shown["Host"] = self.host(entry)
        for part in operation.http.get("requestUri", "").partition("?")[2].split("&"):
            name, _, value = part.partition("=")
            if name and name != "x-id":
                shown[name] = value
        for name, value in entry.parameters.items():
            member = operation.input_shape.members.get(name)
            if member is not None and value is not None and name != "Bucket":
                _add_member(shown, name, member, value, hide)
        return shown

    def response(self, entry: Entry) -> dict[str, Any]:
        """Return the x-amz- headers of the response, without the customer's key."""
        assert entry.answer is not None
        headers = {str(name).lower(): str(value) for name, value in entry.answer.headers.items()}
        return {
            name: value for name, value in headers.items()
            if name.startswith("x-amz-") and "customer-key" not in name and name not in _UNSHOWN
        }  # fmt: skip

    def additional(self, entry: Entry) -> dict[str, Any]:
        """Return the cipher suite, the number of bytes, the signature, and the encryption."""
        body = entry.parameters.get("Body")
        sent = body.size if isinstance(body, Dropped) else len(body) if isinstance(body, bytes | str) else 0
        shown: dict[str, Any] = {
            "CipherSuite": "TLS_AES_128_GCM_SHA256",
            "bytesTransferredIn": sent,
            "bytesTransferredOut": entry.bytes_sent,
            "x-amz-id-2": second_id(entry.request_id),
        }
        if entry.credentials is not None:
            shown["SignatureVersion"] = "SigV4"
            shown["AuthenticationMethod"] = "QueryString" if entry.presigned else "AuthHeader"
        applied = _encryption_applied(entry)
        return shown | ({"SSEApplied": applied} if applied else {})

    def host(self, entry: Entry) -> str:
        """Return the virtual-hosted name of the bucket, or the Region's endpoint."""
        host = "s3.amazonaws.com" if entry.region == "us-east-1" else f"s3.{entry.region}.amazonaws.com"
        bucket = entry.parameters.get("Bucket")
        return f"{bucket}.{host}" if bucket else host

    def resources(self, entry: Entry, data: bool) -> Iterator[dict[str, Any]]:
        """Yield the bucket. In a data event, the object or the prefix of all objects precedes it.

        OBSERVED in 2024: the management event of a failed call doesn't name resources.
        """
        bucket = entry.parameters.get("Bucket")
        if not bucket or (entry.error_code and not data):
            return
        if data:
            key = entry.parameters.get("Key")
            yield {
                "type": "AWS::S3::Object", "ARN" if key else "ARNPrefix": f"arn:aws:s3:::{bucket}/{key or ''}",
            }  # fmt: skip
        yield {"accountId": entry.account, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"}

    def data_resource(self, entry: Entry) -> str | None:
        """Return the object's ARN or, for an operation on the whole bucket, the prefix of all objects' ARNs."""
        bucket = entry.parameters.get("Bucket")
        return f"arn:aws:s3:::{bucket}/{entry.parameters.get('Key') or ''}" if bucket else None

    def looked_up(self, entry: Entry) -> Iterator[tuple[str, str]]:
        """Yield the bucket's name."""
        bucket = entry.parameters.get("Bucket")
        if bucket:
            yield "AWS::S3::Bucket", bucket


def _encryption_applied(entry: Entry) -> str | None:
    """Return SSEApplied for an operation that writes an object or begins an upload, or None for others.

    It follows the request's headers, or else the bucket's default encryption, with the prefix `Default_`.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption-tracking.html
    """
    if entry.operation not in _ENCRYPTING or entry.answer is None:
        return None
    if entry.parameters.get("SSECustomerAlgorithm"):
        return "SSE_C"
    requested = entry.parameters.get("ServerSideEncryption")
    headers = {str(name).lower(): str(value) for name, value in entry.answer.headers.items()}
    name = _APPLIED.get(requested or headers.get("x-amz-server-side-encryption", ""))
    return name if name is None or requested else f"Default_{name}"


def _add_member(
    shown: dict[str, Any], name: str, member: Any, value: Any, hide: Callable[[Any], None]
) -> None:
    """Add a parameter under its HTTP name. Hide secret values, and omit headers other than x-amz-…."""
    location = member.serialization.get("location")
    http_name = member.serialization.get("name", name)
    if location == "uri":
        shown[http_name[:1].lower() + http_name[1:]] = value
    elif location in ("querystring", "header"):
        if any(secret in http_name.lower() for secret in _SECRET_HEADERS):
            hide(value)
        elif location == "querystring" or http_name.lower().startswith("x-amz-"):
            shown[http_name] = plain(value)
    elif location is None:
        _add_body(shown, http_name, member, value)


def _add_body(shown: dict[str, Any], name: str, member: Any, value: Any) -> None:
    if name in ("Body", "Delete"):
        return
    if name == "Policy":
        try:
            shown["bucketPolicy"] = json.loads(value)
        except (TypeError, ValueError):
            shown["bucketPolicy"] = plain(value)
    elif isinstance(value, Mapping):
        shown[name] = {**_as_xml(member, value), "xmlns": _NAMESPACE}
    elif not isinstance(value, Dropped):
        shown[name] = plain(value)


def _as_xml(shape: Any, value: Any) -> Any:
    """Return a value with the names of its XML elements. A list with one element is shown as that element.

    OBSERVED in 2025: the lifecycle rule `Rules: [{…}]` is recorded as `Rule: {…}`.
    """
    if isinstance(value, Mapping):
        shown = {}
        for name, inner in value.items():
            member = shape.members.get(name)
            if member is None:
                shown[name] = plain(inner)
            else:
                shown[member.serialization.get("name", name)] = _as_xml(member, inner)
        return shown
    if not isinstance(value, list | tuple):
        return plain(value)
    elements = [_as_xml(shape.member, each) for each in value]
    found = elements[0] if len(elements) == 1 else elements
    return found if shape.serialization.get("flattened") else {shape.member.serialization["name"]: found}


TRAIL = TrailFacts(
    shows_denied=True,
    names={
        "ListObjectsV2": "ListObjects",
        "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
        "GetBucketLifecycleConfiguration": "GetBucketLifecycle",
        "PutBucketNotificationConfiguration": "PutBucketNotification",
        "GetBucketNotificationConfiguration": "GetBucketNotification",
        "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
        "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
        "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
        "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
        "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
        "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
        "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    },
    data_type="AWS::S3::Object",
    data_events=frozenset((
        "AbortMultipartUpload", "CompleteMultipartUpload", "CopyObject", "CreateMultipartUpload", "DeleteObject",
        "DeleteObjectTagging", "DeleteObjects", "GetObject", "GetObjectAcl", "GetObjectAttributes",
        "GetObjectLegalHold", "GetObjectRetention", "GetObjectTagging", "GetObjectTorrent", "HeadBucket", "HeadObject",
        "ListObjects", "ListObjectsV2", "ListObjectVersions", "ListMultipartUploads", "ListParts", "PutObject",
        "PutObjectAcl", "PutObjectLegalHold", "PutObjectRetention", "PutObjectTagging", "RestoreObject",
        "SelectObjectContent", "UploadPart", "UploadPartCopy",
    )),
    anonymous={"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"},
    form=_HTTPForm(),
)  # fmt: skip

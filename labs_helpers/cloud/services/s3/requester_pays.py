"""Buckets whose requesters pay: other accounts must confirm that they pay, and anonymous requests are rejected.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ObjectsinRequesterPaysBuckets.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.errors import access_denied
from labs_helpers.cloud.services.s3.operations import copy_source
from labs_helpers.engine.policy import PrincipalKind

PAID = frozenset((
    "AbortMultipartUpload", "CompleteMultipartUpload", "CopyObject", "CreateMultipartUpload", "DeleteObject",
    "DeleteObjects", "GetBucketAccelerateConfiguration", "GetObject", "GetObjectAcl", "GetObjectAttributes",
    "GetObjectLegalHold", "GetObjectRetention", "GetObjectTagging", "HeadObject", "ListMultipartUploads",
    "ListObjectVersions", "ListObjects", "ListObjectsV2", "ListParts", "PutObject", "PutObjectAcl",
    "PutObjectLegalHold", "PutObjectLockConfiguration", "PutObjectRetention", "PutObjectTagging", "RestoreObject",
    "UploadPart", "UploadPartCopy",
))  # fmt: skip
"""The operations that have the parameter RequestPayer."""


def refuse_unconfirmed(call: Call) -> None:
    """Reject anonymous requests, and requests from other accounts without `x-amz-request-payer: requester`.

    For a copy, this applies to both buckets. An AWS service that writes for the bucket's owner sends no such
    header. AWS doesn't document whether policies are evaluated first; both answers are AccessDenied.
    """
    if call.operation not in PAID or call.principal.kind is PrincipalKind.SERVICE:
        return
    account = call.principal.account
    if account is not None and call.parameters.get("RequestPayer") == "requester":
        return
    buckets = [call.parameters["Bucket"]]
    if call.operation in ("CopyObject", "UploadPartCopy"):
        buckets.append(copy_source(call)[0])
    for bucket in buckets:
        if s3.payer(bucket) == "Requester" and s3.bucket_owner(bucket) != account:
            raise access_denied("Access Denied")

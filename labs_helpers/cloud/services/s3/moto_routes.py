"""The operation that moto performs for an S3 request. moto routes requests by the words in the URL's query string.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

from collections.abc import Mapping

_BUCKET_OPERATIONS = {
    "GET": (
        ("object-lock", "GetObjectLockConfiguration"), ("uploads", "ListMultipartUploads"),
        ("location", "GetBucketLocation"), ("lifecycle", "GetBucketLifecycleConfiguration"),
        ("versioning", "GetBucketVersioning"), ("policyStatus", "GetBucketPolicyStatus"),
        ("policy", "GetBucketPolicy"), ("website", "GetBucketWebsite"), ("acl", "GetBucketAcl"),
        ("tagging", "GetBucketTagging"), ("logging", "GetBucketLogging"), ("cors", "GetBucketCors"),
        ("notification", "GetBucketNotificationConfiguration"), ("accelerate", "GetBucketAccelerateConfiguration"),
        ("publicAccessBlock", "GetPublicAccessBlock"), ("inventory", "GetBucketInventoryConfiguration"),
        ("versions", "ListObjectVersions"), ("encryption", "GetBucketEncryption"), ("list-type", "ListObjectsV2"),
        ("replication", "GetBucketReplication"), ("ownershipControls", "GetBucketOwnershipControls"),
        (None, "ListObjects"),
    ),
    "PUT": (
        ("object-lock", "PutObjectLockConfiguration"), ("versioning", "PutBucketVersioning"),
        ("lifecycle", "PutBucketLifecycleConfiguration"), ("policy", "PutBucketPolicy"), ("acl", "PutBucketAcl"),
        ("tagging", "PutBucketTagging"), ("website", "PutBucketWebsite"), ("cors", "PutBucketCors"),
        ("logging", "PutBucketLogging"), ("notification", "PutBucketNotificationConfiguration"),
        ("accelerate", "PutBucketAccelerateConfiguration"), ("publicAccessBlock", "PutPublicAccessBlock"),
        ("encryption", "PutBucketEncryption"), ("replication", "PutBucketReplication"),
        ("ownershipControls", "PutBucketOwnershipControls"), ("inventory", "PutBucketInventoryConfiguration"),
        (None, "CreateBucket"),
    ),
    "DELETE": (
        ("policy", "DeleteBucketPolicy"), ("tagging", "DeleteBucketTagging"), ("website", "DeleteBucketWebsite"),
        ("cors", "DeleteBucketCors"), ("lifecycle", "DeleteBucketLifecycle"),
        ("publicAccessBlock", "DeletePublicAccessBlock"), ("encryption", "DeleteBucketEncryption"),
        ("replication", "DeleteBucketReplication"), ("ownershipControls", "DeleteBucketOwnershipControls"),
        (None, "DeleteBucket"),
    ),
    "HEAD": ((None, "HeadBucket"),),
    "POST": (("delete", "DeleteObjects"), (None, "PostObject")),
}  # fmt: skip
_OBJECT_OPERATIONS = {
    "GET": (
        ("uploadId", "ListParts"), ("acl", "GetObjectAcl"), ("tagging", "GetObjectTagging"),
        ("legal-hold", "GetObjectLegalHold"), ("attributes", "GetObjectAttributes"), (None, "GetObject"),
    ),
    "PUT": (
        ("retention", "PutObjectRetention"), ("legal-hold", "PutObjectLegalHold"), ("acl", "PutObjectAcl"),
        ("tagging", "PutObjectTagging"), (None, "PutObject"),
    ),
    "DELETE": (
        ("uploadId", "AbortMultipartUpload"), ("tagging", "DeleteObjectTagging"), (None, "DeleteObject"),
    ),
    "HEAD": ((None, "HeadObject"),),
    "POST": (
        ("uploads", "CreateMultipartUpload"), ("uploadId", "CompleteMultipartUpload"), ("restore", "RestoreObject"),
        ("select", "SelectObjectContent"), (None, "PostObject"),
    ),
}  # fmt: skip


def performed(method: str, on_object: bool, query: Mapping[str, str], *, copies: bool = False) -> str | None:
    """Return the operation that moto performs for a request, which might not be the requested operation.

    moto looks for known words in the query string in a fixed order, and performs the basic operation if it finds none:
    for example, `DELETE /bucket?metrics` deletes the bucket. `copies` is True if the request has an x-amz-copy-source
    header.
    """
    if on_object and method == "PUT":
        if "uploadId" in query and "partNumber" in query:
            return "UploadPartCopy" if copies else "UploadPart"
        operation = _first(_OBJECT_OPERATIONS["PUT"], query)
        return "CopyObject" if operation == "PutObject" and copies else operation
    operation = _first((_OBJECT_OPERATIONS if on_object else _BUCKET_OPERATIONS).get(method, ()), query)
    if operation == "GetBucketInventoryConfiguration" and "id" not in query:
        return "ListBucketInventoryConfigurations"
    return operation


def _first(operations: tuple[tuple[str | None, str], ...], query: Mapping[str, str]) -> str | None:
    for word, name in operations:
        if word is None or (word in query and (word != "list-type" or query[word] == "2")):
            return name
    return None


def http_method(operation: str) -> str:
    """Return the HTTP method for an operation."""
    if operation.startswith(("Get", "List")):
        return "GET"
    if operation.startswith(("Put", "Upload", "Copy")) or operation == "CreateBucket":
        return "PUT"
    if operation.startswith("Head"):
        return "HEAD"
    if operation.startswith(("Delete", "Abort")) and operation != "DeleteObjects":
        return "DELETE"
    return "POST"

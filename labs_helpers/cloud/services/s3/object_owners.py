"""The owner of an object.

It is the writer, if the bucket's Object Ownership setting permits that, or otherwise the owner of the bucket. An ACL
determines which permissions the owner of the bucket has on another account's object.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html
"""

from __future__ import annotations

import re
from collections.abc import Callable

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.engine.policy import PrincipalKind

_FOR_BUCKET_OWNER = {"bucket-owner-read": "READ", "bucket-owner-full-control": "FULL_CONTROL"}
_UPLOAD = re.compile(r"<UploadId>([^<]+)</UploadId>")


@around("s3", "PutObject", "CopyObject", "CompleteMultipartUpload", stage=Stage.KEPT, refuses=False)
def keep_writer(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Store the writer's account as the object's owner, unless the bucket's owner owns objects that others write.

    The owner of an object that an unsigned request wrote is the anonymous user, as OBSERVED in 2017:
    https://github.com/aws/aws-cli/issues/2967
    https://docs.aws.amazon.com/AWSJavaSDK/latest/javadoc/com/amazonaws/services/s3/model/AccessControlList.html
    Also records whether the writer specified an encryption.
    """
    given = call.parameters
    bucket, upload = given["Bucket"], given.get("UploadId")
    acl = s3.upload_acl(bucket, upload) if upload else given.get("ACL")
    answer = perform()
    if answer.status < 300 and given.get("ServerSideEncryption"):
        s3.set_encryption_requested(bucket, given["Key"])
    unsigned = call.principal.kind is PrincipalKind.ANONYMOUS
    writer, owner = s3.ANONYMOUS if unsigned else call.principal.account, s3.bucket_owner(bucket)
    if answer.status >= 300 or writer is None or writer == owner:
        return answer
    preferred = s3.ownership(bucket) == "BucketOwnerPreferred" and acl == "bucket-owner-full-control"
    if s3.ownership(bucket) != "BucketOwnerEnforced" and not preferred:
        s3.set_object_owner(bucket, given["Key"], writer, _FOR_BUCKET_OWNER.get(acl or ""))
    return answer


@around("s3", "CreateMultipartUpload", stage=Stage.KEPT, refuses=False)
def keep_acl(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Store a multipart upload's canned ACL, because only the request that creates the upload contains it."""
    answer = perform()
    upload_id = _UPLOAD.search(answer.text)
    if upload_id is not None:
        s3.set_upload_acl(call.parameters["Bucket"], upload_id[1], call.parameters.get("ACL"))
    return answer


@around("s3", "PutObjectAcl", stage=Stage.KEPT, refuses=False)
def keep_changed_acl(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Store the permission that a canned ACL gives the bucket's owner on an object that another account owns."""
    given = call.parameters
    answer = perform()
    owner = s3.object_owner(given["Bucket"], given["Key"], given.get("VersionId"))
    if owner is not None and answer.status < 300:
        permission = _FOR_BUCKET_OWNER.get(given.get("ACL") or "")
        s3.set_object_owner(given["Bucket"], given["Key"], owner, permission, given.get("VersionId"))
    return answer

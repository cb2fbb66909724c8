"""Requests that S3 rejects if they aren't signed, even if the bucket's policy or ACL allows everyone.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.s3.errors import access_denied, invalid_request
from labs_helpers.engine.policy import PrincipalKind

_SIGNED = {
    "CopyObject": "Anonymous users cannot copy objects.  Please authenticate.",
    "CreateMultipartUpload": "Anonymous users cannot initiate multipart uploads.  Please authenticate.",
    "UploadPartCopy": "Access Denied",
}
"""The operations that need a signature, and the error messages. OBSERVED in 2021 and 2023, except UploadPartCopy's.

https://github.com/Seagate/cortx-prvsnr/issues/2908
https://github.com/scylladb/scylladb/issues/13425
"""


def refuse_unsigned(call: Call) -> None:
    """Reject an anonymous copy or multipart upload, and an anonymous read that sets headers of the response.

    No policy is evaluated first: AWS gives these errors even if no policy allows the request. "A HEAD request has the
    same options as a GET action on an object."
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    """
    if call.principal.kind is not PrincipalKind.ANONYMOUS:
        return
    if call.operation in _SIGNED:
        raise access_denied(_SIGNED[call.operation])
    if call.operation in ("GetObject", "HeadObject") and any(
        name.startswith("Response") for name in call.parameters
    ):
        raise invalid_request("Request specific response headers cannot be used for anonymous GET requests.")

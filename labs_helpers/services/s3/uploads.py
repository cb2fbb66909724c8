"""Uploads in parts: an upload id belongs to one key of one bucket.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

from __future__ import annotations

from collections.abc import Callable

from labs_helpers.core.call import Answer, Call
from labs_helpers.core.errors import ServiceError
from labs_helpers.core.registry import around
from labs_helpers.services.s3 import moto_view as s3

MOST_PARTS = 10_000
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html"""


@around("s3", "UploadPart", "UploadPartCopy", "ListParts", "CompleteMultipartUpload", "AbortMultipartUpload")
def refuse_another_upload(call: Call, deed: Callable[[], Answer]) -> Answer:
    """moto takes an upload id for every key of its bucket: who may write one key would write all.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
    """
    given = call.parameters
    if s3.upload_key(given["Bucket"], given["UploadId"]) != given["Key"]:
        raise ServiceError(
            "NoSuchUpload",
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted "
            "or completed.",
            404,
            UploadId=given["UploadId"],
        )
    number = given.get("PartNumber")
    if number is not None and not 1 <= number <= MOST_PARTS:
        raise ServiceError(
            "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive", 400,
            ArgumentName="partNumber", ArgumentValue=str(number),
        )  # fmt: skip
    return deed()

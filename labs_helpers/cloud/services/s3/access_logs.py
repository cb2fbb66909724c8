"""The destination of server access logs. Logs arrive only if the target bucket allows the logging service to write.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.moto.invalid_parameters import malformed_xml
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.shared.refusals import refusal

_invalid_target = refusal("InvalidTargetBucketForLogging", 400)
_PERMISSIONS = ("FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP")


@operation("s3", "PutBucketLogging")
def put_bucket_logging(call: Call) -> Mapping[str, Any]:
    """Set a target bucket for logs, in the same account and Region, or turn logging off.

    OBSERVED in 2026: neither the target's policy nor its ACL is checked; without permission, logs never arrive. A
    target in another Region is rejected with an error code that AWS spells with two t's. Target grants can have the
    permission READ_ACP.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html
    """
    bucket = call.parameters["Bucket"]
    wanted = (call.parameters.get("BucketLoggingStatus") or {}).get("LoggingEnabled")
    if wanted is not None:
        _check(bucket, wanted)
    s3.set_logging(bucket, wanted)
    return {}


def _check(bucket: str, wanted: Mapping[str, Any]) -> None:
    target = wanted.get("TargetBucket")
    if not target or wanted.get("TargetPrefix") is None:
        raise malformed_xml()
    if any(grant.get("Permission") not in _PERMISSIONS for grant in wanted.get("TargetGrants") or ()):
        raise malformed_xml()
    if s3.bucket_owner(target) is None:
        raise _target_error("The target bucket for logging does not exist", target)
    if s3.bucket_owner(target) != s3.bucket_owner(bucket):
        message = "The owner for the bucket to be logged and the target bucket must be the same."
        raise _target_error(message, target)
    source, region = s3.bucket_region(bucket), s3.bucket_region(target)
    if source != region:
        raise ServiceError(
            "CrossLocationLoggingProhibitted", "Cross S3 location logging not allowed. ", 403,
            SourceBucketLocation=source, TargetBucketLocation=region,
        )  # fmt: skip


def _target_error(message: str, target: str) -> ServiceError:
    error = _invalid_target(message)
    error.__dict__["TargetBucket"] = target
    return error


@operation("s3", "GetBucketLogging")
def get_bucket_logging(call: Call) -> Mapping[str, Any]:
    """Return the target of a bucket's logs, or nothing if logging is off.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html
    """
    wanted = s3.logging(call.parameters["Bucket"])
    return {"LoggingEnabled": wanted} if wanted else {}

"""Exports of log groups to S3 buckets.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3ExportTasks.html
"""

from __future__ import annotations

from collections.abc import Callable

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.logs.errors import group_of, invalid
from labs_helpers.cloud.services.logs.kms_encryption import require_keys


def probe(call: Call) -> str:
    """Return the key of the object with which CloudWatch Logs tests its access to an export's bucket."""
    return f"{call.parameters.get('destinationPrefix') or 'exportedlogs'}/aws-logs-write-test"


@around("logs", "CreateExportTask", stage=Stage.FOUND)
def export(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject an export if CloudWatch Logs can't decrypt the events or isn't allowed to write to the bucket."""
    from labs_helpers.cloud.services.s3 import moto_view as moto_s3  # slow to load, and few calls need it

    group, bucket = group_of(call, call.parameters["logGroupName"]), call.parameters["destination"]
    if moto_s3.bucket_owner(bucket) is None:
        return perform()  # moto rejects the call
    place = f"arn:aws:s3:::{bucket}"
    for action, resource in (("GetBucketAcl", place), ("PutObject", f"{place}/{probe(call)}")):
        if not _may(call, f"s3:{action}", resource, f"{group.arn}:*"):
            raise invalid(
                f"{action} call on the given bucket failed. Please check if CloudWatch Logs has been granted "
                "permission to perform this operation."
            )
    require_keys(call)
    return perform()


def _may(call: Call, action: str, resource: str, source_arn: str) -> bool:
    assert call.state.caller is not None, "a running cloud has a caller"
    return call.state.caller.may_as_service(
        f"logs.{call.region}.amazonaws.com",
        action,
        resource,
        account=call.account,
        region=call.region,
        source_arn=source_arn,
        context={"s3:x-amz-acl": "bucket-owner-full-control"} if action == "s3:PutObject" else None,
    )

"""The destinations of a trail besides its bucket: SNS notifications, and events in CloudWatch Logs.

CloudTrail tests both destinations when a trail is created or updated. For deliveries, it calls SNS as the CloudTrail
service, and CloudWatch Logs with the role that was passed to it.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.cloudtrail.moto_view import Trail
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.logs import moto_view as moto_logs
from labs_helpers.engine.policy.arn import Arn

SERVICE = "cloudtrail.amazonaws.com"
_LONGEST_PREFIX, _LONGEST_TOPIC = 200, 256
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_TOPIC = re.compile(r"(arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:)?[\w-]{1,256}(\.fifo)?")
_GROUP = re.compile(r"arn:aws[a-z-]*:logs:[a-z0-9-]+:\d{12}:log-group:[^:*]+(:\*)?")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")


def check(call: Call, trail_arn: str) -> None:
    """Raise `ServiceError` for a bucket name, prefix, topic, log group, or role that CloudTrail rejects."""
    given = call.parameters
    bucket, prefix, topic = given.get("S3BucketName"), given.get("S3KeyPrefix"), given.get("SnsTopicName")
    if bucket is not None and not _BUCKET.fullmatch(bucket):
        raise ServiceError("InvalidS3BucketNameException", f"Bucket name {bucket} is not valid.")
    if prefix is not None and len(prefix) > _LONGEST_PREFIX:
        raise ServiceError(
            "InvalidS3PrefixException", f"S3 prefix is longer than {_LONGEST_PREFIX} characters."
        )
    if topic:
        _check_topic(call, trail_arn, topic)
    _check_logs(call, trail_arn)


def _check_topic(call: Call, trail_arn: str, topic: str) -> None:
    if len(topic) > _LONGEST_TOPIC or not _TOPIC.fullmatch(topic):
        raise ServiceError("InvalidSnsTopicNameException", f"SNS topic name {topic} is not valid.")
    account = Arn.parse(trail_arn).account
    arn = topic if topic.startswith("arn:") else f"arn:aws:sns:{call.region}:{account}:{topic}"
    if not _is_allowed(call.state, SERVICE, "sns:Publish", arn, trail_arn):
        raise ServiceError(
            "InsufficientSnsTopicPolicyException",
            "SNS Topic does not exist or the topic policy is incorrect!",
        )


def _check_logs(call: Call, trail_arn: str) -> None:
    """Raise `ServiceError` unless the request has a log group and a role that can write to it, or neither."""
    group, role = (
        call.parameters.get("CloudWatchLogsLogGroupArn"),
        call.parameters.get("CloudWatchLogsRoleArn"),
    )
    if not group and not role:
        return
    if not group or not role:
        raise ServiceError(
            "InvalidParameterCombinationException",
            "CloudWatchLogsLogGroupArn and CloudWatchLogsRoleArn must be specified together.",
        )
    named = Arn.read(group)
    if named is None or not _GROUP.fullmatch(group) or not _group_exists(named):
        raise ServiceError(
            "InvalidCloudWatchLogsLogGroupArnException",
            "CloudTrail cannot validate the specified log group ARN.",
        )
    refused = ServiceError(
        "InvalidCloudWatchLogsRoleArnException", "Access denied. Check the permissions for your role."
    )
    if not _ROLE.fullmatch(role) or moto_iam.role(Arn.parse(role).account, Arn.parse(role).name) is None:
        raise refused
    stream = _stream(group, Arn.parse(trail_arn).account, call.region)
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        if not _is_allowed(call.state, role, action, stream, trail_arn):
            raise refused


def _group_exists(group: Arn) -> bool:
    return moto_logs.has_group(group.account, group.region, moto_logs.group_name(group))


def _stream(group: str, account: str, region: str) -> str:
    return f"{group.removesuffix(':*')}:log-stream:{account}_CloudTrail_{region}"


def _is_allowed(state: State, sender: str, action: str, resource: str, trail_arn: str) -> bool:
    assert state.caller is not None, "a running cloud has a caller"
    home = Arn.parse(trail_arn)
    return state.caller.may_as_service(
        sender, action, resource, account=home.account, region=home.region, source_arn=trail_arn
    )


# --- delivery -------------------------------------------------------------------------------------------------


def notify(state: State, trail: Trail, key: str) -> str | None:
    """Notify a trail's topic of a new log file. Return the error code, or None if notification succeeded."""
    message = json.dumps({"s3Bucket": trail.bucket_name, "s3ObjectKey": [key]})
    return _send(state, trail, SERVICE, "sns", "Publish", {"TopicArn": trail.topic_arn, "Message": message})


def write(
    state: State,
    trail: Trail,
    account: str,
    region: str,
    records: Iterable[tuple[datetime, Mapping[str, Any]]],
) -> str | None:
    """Write events to the log stream for an account and Region.

    Returns the error code, or None if writing succeeded.
    """
    group, role = trail.cw_log_group_arn, trail.cw_role_arn
    assert group is not None, "a trail that writes to CloudWatch Logs has a log group"
    assert role is not None, "a trail with a log group has a role"
    name = moto_logs.group_name(Arn.parse(group))
    stream = {"logGroupName": name, "logStreamName": f"{account}_CloudTrail_{region}"}
    logged = [
        {"timestamp": int(time.timestamp() * 1000), "message": json.dumps(record, separators=(",", ":"))}
        for time, record in records
    ]
    error_code = _send(state, trail, role, "logs", "CreateLogStream", stream)
    if error_code not in (None, "ResourceAlreadyExistsException"):
        return error_code
    return _send(state, trail, role, "logs", "PutLogEvents", {**stream, "logEvents": logged})


def _send(
    state: State, trail: Trail, sender: str, service: str, operation: str, parameters: Mapping[str, Any]
) -> str | None:
    assert state.caller is not None, "a running cloud has a caller"
    where = {"account": trail.account_id, "region": trail.region_name, "source_arn": trail.arn}
    try:
        state.caller.as_service(sender, service, operation, parameters, **where)
    except ServiceError as error:
        return error.code
    return None

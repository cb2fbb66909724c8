"""Operations that manage trails, their status, their selectors, and their keys.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-create-and-update-a-trail.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cloudtrail import destinations, selectors, tags
from labs_helpers.cloud.services.cloudtrail import moto_view as trails
from labs_helpers.cloud.services.cloudtrail.delivered_files import SERVICE, courier, delivery_of
from labs_helpers.cloud.services.cloudtrail.history import PAGES, time_range
from labs_helpers.cloud.services.cloudtrail.kms_encryption import key_arn
from labs_helpers.cloud.services.cloudtrail.moto_view import Trail
from labs_helpers.cloud.services.cloudtrail.naming import check_name, trail_of, unknown, visible
from labs_helpers.cloud.services.cloudtrail.organization_trails import check_organization
from labs_helpers.cloud.services.organizations.membership import membership
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.engine.policy.arn import Arn

_MAX_TRAILS = 5


@operation("cloudtrail", "CreateTrail")
def create_trail(call: Call) -> Mapping[str, Any]:
    """Create a trail. Rejects a sixth trail in a Region, and destinations to which CloudTrail can't write.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
    """
    given = call.parameters
    name = given["Name"]
    check_name(name)
    tags_given = tags.check(given.get("TagsList") or [])
    organization = bool(given.get("IsOrganizationTrail"))
    # A delegated administrator creates trails that belong to the management account.
    owner = check_organization(call) if organization else call.account
    existing = [trail for trail in trails.of_account(owner) if trail.region_name == call.region]
    if any(trail.trail_name == name for trail in existing):
        raise ServiceError(
            "TrailAlreadyExistsException", f"Trail {name} already exists for customer: {call.account}"
        )
    if len(existing) >= _MAX_TRAILS:
        raise ServiceError(
            "MaximumNumberOfTrailsExceededException",
            f"User: {call.account} already has {_MAX_TRAILS} trails in {call.region}.",
        )
    multi_region, global_events = (
        bool(given.get("IsMultiRegionTrail")),
        given.get("IncludeGlobalServiceEvents", True),
    )
    _check_combination(multi_region, global_events)
    arn = f"arn:aws:cloudtrail:{call.region}:{owner}:trail/{name}"
    destinations.check(call, arn)
    _check_bucket(call, arn, given["S3BucketName"], given.get("S3KeyPrefix"), organization)
    key = key_arn(call, arn, given["S3BucketName"], given["KmsKeyId"]) if given.get("KmsKeyId") else None
    trail = trails.create(
        owner, call.region, name, tags_given,
        bucket_name=given["S3BucketName"], s3_key_prefix=given.get("S3KeyPrefix"),
        sns_topic_name=given.get("SnsTopicName"), is_global=global_events, is_multi_region=multi_region,
        log_validation=bool(given.get("EnableLogFileValidation")), is_org_trail=organization,
        cw_log_group_arn=given.get("CloudWatchLogsLogGroupArn"), cw_role_arn=given.get("CloudWatchLogsRoleArn"),
        kms_key_id=key,
    )  # fmt: skip
    trail.recursive_logging = given.get("RecursiveLogging", True)
    courier(call.state)
    return _description(trail)


@operation("cloudtrail", "UpdateTrail")
def update_trail(call: Call) -> Mapping[str, Any]:
    """Change the settings of a trail in its home Region, with the same checks as CreateTrail.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html
    """
    given, trail = call.parameters, trail_of(call, "Name", at_home=True)
    multi_region = given.get("IsMultiRegionTrail", trail.is_multi_region)
    global_events = given.get("IncludeGlobalServiceEvents", trail.include_global_service_events)
    _check_combination(multi_region, global_events)
    organization = given.get("IsOrganizationTrail", trail.is_org_trail)
    if organization and not trail.is_org_trail:
        check_organization(call)
    destinations.check(call, trail.arn)
    bucket = given.get("S3BucketName") or trail.bucket_name
    prefix = given.get("S3KeyPrefix", trail.s3_key_prefix)
    if (bucket, prefix, organization) != (trail.bucket_name, trail.s3_key_prefix, trail.is_org_trail):
        _check_bucket(call, trail.arn, bucket, prefix, organization)
    key = given.get("KmsKeyId")
    if key:
        key = key_arn(call, trail.arn, bucket, key)
    trail.update(
        bucket, prefix, given.get("SnsTopicName"), global_events, multi_region, given.get("EnableLogFileValidation"),
        organization, given.get("CloudWatchLogsLogGroupArn"), given.get("CloudWatchLogsRoleArn"), key,
    )  # fmt: skip
    trail.recursive_logging = given.get("RecursiveLogging", trail.recursive_logging)
    if key == "":  # An empty key ID means that S3's own keys encrypt the log files again.
        trail.kms_key_id = None
    return _description(trail)


@operation("cloudtrail", "DeleteTrail")
def delete_trail(call: Call) -> Mapping[str, Any]:
    """Delete a trail in its home Region. The files that it delivered remain in the bucket.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteTrail.html
    """
    trails.delete(trail_of(call, "Name", at_home=True))
    return {}


@operation("cloudtrail", "GetTrail")
def get_trail(call: Call) -> Mapping[str, Any]:
    """Return the settings of a trail.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrail.html
    """
    return {"Trail": _details(trail_of(call, "Name"))}


@operation("cloudtrail", "DescribeTrails")
def describe_trails(call: Call) -> Mapping[str, Any]:
    """Return the settings of the Region's trails, including shadow trails of multi-Region and organization trails.

    `includeShadowTrails`, which is true by default, adds the shadow trails.
    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
    """
    names = call.parameters.get("trailNameList") or []
    shadows = call.parameters.get("includeShadowTrails", True)
    listed = [
        trail
        for trail in visible(call.state, call.account)
        if trail.region_name == call.region and trail.account_id == call.account
    ]
    if shadows:
        listed += [
            trail
            for trail in visible(call.state, call.account)
            if trail.is_multi_region and trail not in listed
        ]
    if names:
        own_arns = {
            trail.arn for trail in trails.of_account(call.account) if trail.region_name == call.region
        }
        listed = [
            trail
            for trail in listed
            if trail.arn in names or (trail.arn in own_arns and trail.trail_name in names)
        ]
    return {"trailList": [_details(trail) for trail in listed]}


@operation("cloudtrail", "ListTrails")
def list_trails(call: Call) -> Mapping[str, Any]:
    """List the trails that are visible to the account, in every Region.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListTrails.html
    """
    listed = [
        {"TrailARN": trail.arn, "Name": trail.trail_name, "HomeRegion": trail.region_name}
        for trail in visible(call.state, call.account)
    ]
    return PAGES.page(call, "Trails", listed, most=100)


@operation("cloudtrail", "StartLogging")
def start_logging(call: Call) -> Mapping[str, Any]:
    """Start logging and begin a new chain of digest files.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StartLogging.html
    """
    trail = trail_of(call, "Name", at_home=True)
    courier(call.state)
    delivery = delivery_of(trail)
    if not delivery.logging:
        delivery.logging, delivery.started = True, call.time
        delivery.chains.clear()
    return {}


@operation("cloudtrail", "StopLogging")
def stop_logging(call: Call) -> Mapping[str, Any]:
    """Stop logging. Events up to this call are still delivered.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html
    """
    trail = trail_of(call, "Name", at_home=True)
    delivery = delivery_of(trail)
    if delivery.logging:
        # The event of this call is the last one that is delivered.
        delivery.logging, delivery.stopped = False, call.time
    return {}


@operation("cloudtrail", "GetTrailStatus")
def get_trail_status(call: Call) -> Mapping[str, Any]:
    """Deliver pending files and return the trail's status.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
    """
    trail = trail_of(call, "Name")
    if call.parameters["Name"] != trail.arn and trail.region_name != call.region:
        raise unknown(call, trail.trail_name)  # The status of a shadow trail is available only by its ARN.
    courier(call.state).deliver([trail], hourly=True)
    delivery = delivery_of(trail)
    status = {
        "IsLogging": delivery.logging,
        "LatestDeliveryTime": delivery.latest,
        "LatestDeliveryError": delivery.error,
        "LatestNotificationTime": delivery.notified,
        "LatestNotificationError": delivery.notification_error,
        "LatestCloudWatchLogsDeliveryTime": delivery.written,
        "LatestCloudWatchLogsDeliveryError": delivery.writing_error,
        "LatestDigestDeliveryTime": delivery.digest_latest,
        "LatestDigestDeliveryError": delivery.digest_error,
        "StartLoggingTime": delivery.started,
        "StopLoggingTime": delivery.stopped,
        "LatestDeliveryAttemptTime": _timestamp(delivery.attempt),
        "LatestDeliveryAttemptSucceeded": _timestamp(delivery.latest),
        "LatestNotificationAttemptTime": "",
        "LatestNotificationAttemptSucceeded": "",
        "TimeLoggingStarted": _timestamp(delivery.started),
        "TimeLoggingStopped": _timestamp(delivery.stopped),
    }
    return {name: value for name, value in status.items() if value is not None}


def _timestamp(time: datetime | None) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ") if time else ""


@operation("cloudtrail", "PutEventSelectors")
def put_event_selectors(call: Call) -> Mapping[str, Any]:
    """Replace a trail's event selectors with either basic or advanced selectors.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html
    """
    trail = trail_of(call, "TrailName", at_home=True)
    basic = call.parameters.get("EventSelectors") or []
    advanced = call.parameters.get("AdvancedEventSelectors") or []
    selectors.check(basic, advanced)
    trail.event_selectors = [{**selectors.DEFAULT, **selector} for selector in basic]
    trail.advanced_event_selectors = advanced
    return _selectors(trail)


@operation("cloudtrail", "GetEventSelectors")
def get_event_selectors(call: Call) -> Mapping[str, Any]:
    """Return a trail's event selectors, or the default selector.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html
    """
    return _selectors(trail_of(call, "TrailName"))


def _selectors(trail: Trail) -> dict[str, Any]:
    if trail.advanced_event_selectors:
        return {"TrailARN": trail.arn, "AdvancedEventSelectors": trail.advanced_event_selectors}
    return {"TrailARN": trail.arn, "EventSelectors": trail.event_selectors or [dict(selectors.DEFAULT)]}


@operation("cloudtrail", "ListPublicKeys")
def list_public_keys(call: Call) -> Mapping[str, Any]:
    """List the public key in PKCS #1 format. The digest files contain its fingerprint.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html
    """
    start, end = time_range(call.parameters)
    key = courier(call.state).key
    until = call.time + timedelta(days=180)
    if (start is not None and start > until) or (end is not None and end < key.since):
        return {"PublicKeyList": []}
    return {
        "PublicKeyList": [
            {
                "Value": key.public, "ValidityStartTime": key.since, "ValidityEndTime": until,
                "Fingerprint": key.fingerprint,
            }
        ]
    }  # fmt: skip


# --- checks ---------------------------------------------------------------------------------------------------


def _check_combination(multi_region: bool, global_events: bool) -> None:
    if multi_region and not global_events:
        raise ServiceError(
            "InvalidParameterCombinationException", "Multi-Region trail must include global service events."
        )


def _check_bucket(call: Call, arn: str, bucket: str, prefix: str | None, organization: bool) -> None:
    """Raise `ServiceError` unless the bucket's policy lets CloudTrail read its ACL and write under AWSLogs/.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    """
    owner = s3.bucket_owner(bucket)
    if owner is None:
        raise ServiceError("S3BucketDoesNotExistException", f"S3 bucket {bucket} does not exist!")
    refused = ServiceError(
        "InsufficientS3BucketPolicyException", f"Incorrect S3 bucket policy is detected for bucket: {bucket}"
    )
    assert call.state.caller is not None
    try:
        call.state.caller.as_service(
            SERVICE,
            "s3",
            "GetBucketAcl",
            {"Bucket": bucket},
            account=call.account,
            region=call.region,
            source_arn=arn,
        )
    except ServiceError:
        raise refused from None
    folders = ["AWSLogs", Arn.parse(arn).account, "CloudTrail", "probe"]
    if prefix:
        folders.insert(0, prefix.strip("/"))
    places = ["/".join(folders)]
    if organization:
        place = membership(call.state, Arn.parse(arn).account)
        assert place is not None
        folders.insert(folders.index(Arn.parse(arn).account), place.organization_id)
        places.append("/".join(folders))
    if not all(_may_write(call, arn, bucket, place) for place in places):
        raise refused


def _may_write(call: Call, arn: str, bucket: str, key: str) -> bool:
    """Return True if the bucket policy allows writing a log file. No file is written."""
    assert call.state.caller is not None
    return call.state.caller.may_as_service(
        SERVICE,
        "s3:PutObject",
        f"arn:aws:s3:::{bucket}/{key}",
        account=call.account,
        region=call.region,
        source_arn=arn,
        context={"s3:x-amz-acl": "bucket-owner-full-control"},
    )


def _description(trail: Trail) -> dict[str, Any]:
    shown = {
        "Name": trail.trail_name,
        "S3BucketName": trail.bucket_name,
        "S3KeyPrefix": trail.s3_key_prefix,
        "SnsTopicName": trail.sns_topic_name,
        "SnsTopicARN": trail.topic_arn,
        "IncludeGlobalServiceEvents": bool(trail.include_global_service_events),
        "IsMultiRegionTrail": trail.is_multi_region,
        "TrailARN": trail.arn,
        "LogFileValidationEnabled": trail.log_validation,
        "CloudWatchLogsLogGroupArn": trail.cw_log_group_arn,
        "CloudWatchLogsRoleArn": trail.cw_role_arn,
        "KmsKeyId": trail.kms_key_id,
        "IsOrganizationTrail": trail.is_org_trail,
        "RecursiveLogging": trail.recursive_logging,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _details(trail: Trail) -> dict[str, Any]:
    return _description(trail) | {
        "HomeRegion": trail.region_name,
        "HasCustomEventSelectors": bool(trail.event_selectors or trail.advanced_event_selectors),
        "HasInsightSelectors": bool(trail.insight_selectors),
    }

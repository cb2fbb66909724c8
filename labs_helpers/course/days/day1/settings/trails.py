"""CloudTrail: a trail with logging turned off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from labs_helpers.cloud import bucket_policy
from labs_helpers.course.days.day1.actors import ShopAccount
from labs_helpers.course.days.day1.checks import recorded_management_events
from labs_helpers.course.days.day1.setting_registry import attack, partial_fix, setting, task

TRAIL, LOGS = "larkspur-trail", "larkspur-logs"


@setting("trail-off", "The trail was switched off during a migration", f"CloudTrail trail {TRAIL}")
def _neglect_trail_off(account: ShopAccount) -> None:
    cloudtrail = account.admin("cloudtrail")
    arn = f"arn:aws:cloudtrail:us-east-1:{account.home}:trail/{TRAIL}"
    account.ensure_bucket(LOGS, {}, bucket_policy(LOGS, arn))
    try:
        cloudtrail.create_trail(
            Name=TRAIL, S3BucketName=LOGS, IsMultiRegionTrail=True, EnableLogFileValidation=True
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "TrailAlreadyExistsException":
            raise
        cloudtrail.update_trail(
            Name=TRAIL, S3BucketName=LOGS, IsMultiRegionTrail=True, EnableLogFileValidation=True
        )
        cloudtrail.put_event_selectors(
            TrailName=TRAIL, EventSelectors=[{"ReadWriteType": "All", "IncludeManagementEvents": True}]
        )
    cloudtrail.stop_logging(Name=TRAIL)


@attack("trail-off", "an intruder", "works without being recorded")
def _attack_trail_off(account: ShopAccount) -> bool:
    """Succeed while no trail records what an intruder changes.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
    """
    return not any("write" in _recorded(account, trail) for trail, _ in _running(account))


def _running(account: ShopAccount) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each trail that is logging, with its status."""
    cloudtrail = account.admin("cloudtrail")
    for trail in cloudtrail.describe_trails()["trailList"]:
        status = cloudtrail.get_trail_status(Name=trail["TrailARN"])
        if status["IsLogging"]:
            yield trail, status


def _recorded(account: ShopAccount, trail: dict[str, Any]) -> set[str]:
    return recorded_management_events(account.admin("cloudtrail"), trail["TrailARN"])


@task("trail-off", "the trail can write to its bucket")
def _use_trail_off(account: ShopAccount) -> None:
    account.admin("cloudtrail").get_trail_status(Name=TRAIL)
    account.admin("s3").head_bucket(Bucket=LOGS)


@partial_fix("trail-off")
def _partial_fix_of_trail_off(account: ShopAccount) -> str | None:
    """Report what is missing from the trails that are logging, unless one of them records everything.

    https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html#cloudtrail-1
    """
    missing = [_missing(account, trail, status) for trail, status in _running(account)]
    return missing[0] if missing and None not in missing else None


def _missing(account: ShopAccount, trail: dict[str, Any], status: dict[str, Any]) -> str | None:
    if status.get("LatestDeliveryError"):
        return (
            f"The trail is on but can't deliver: {status['LatestDeliveryError']}. "
            f"Check the policy of {trail['S3BucketName']}."
        )
    if not trail["IsMultiRegionTrail"]:
        return (
            "The trail is on, but only in one Region. Other Regions aren't recorded. Set IsMultiRegionTrail."
        )
    if unrecorded := sorted({"read", "write"} - _recorded(account, trail)):
        return (
            f"The trail is on, but its event selectors leave out {' and '.join(unrecorded)} management events. "
            "Select all of them (PutEventSelectors)."
        )
    return None

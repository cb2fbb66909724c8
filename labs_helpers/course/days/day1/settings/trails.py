"""CloudTrail: a trail with logging turned off."""

from __future__ import annotations

from botocore.exceptions import ClientError

from labs_helpers.cloud import bucket_policy
from labs_helpers.course.days.day1.actors import ShopAccount
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
    cloudtrail.stop_logging(Name=TRAIL)


@attack("trail-off", "an intruder", "works without being recorded")
def _attack_trail_off(account: ShopAccount) -> bool:
    """Succeed while the trail is not logging.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
    """
    return not account.admin("cloudtrail").get_trail_status(Name=TRAIL)["IsLogging"]


@task("trail-off", "the trail can write to its bucket")
def _use_trail_off(account: ShopAccount) -> None:
    account.admin("cloudtrail").get_trail_status(Name=TRAIL)
    account.admin("s3").head_bucket(Bucket=LOGS)


@partial_fix("trail-off")
def _partial_fix_of_trail_off(account: ShopAccount) -> str | None:
    status = account.admin("cloudtrail").get_trail_status(Name=TRAIL)
    if status["IsLogging"] and status.get("LatestDeliveryError"):
        return (
            f"The trail is on but can't deliver: {status['LatestDeliveryError']}. Check the policy of {LOGS}."
        )
    (trail,) = account.admin("cloudtrail").describe_trails(trailNameList=[TRAIL])["trailList"]
    if status["IsLogging"] and not trail["IsMultiRegionTrail"]:
        return (
            "The trail is on, but only in one Region. Other Regions aren't recorded. Set IsMultiRegionTrail."
        )
    return None

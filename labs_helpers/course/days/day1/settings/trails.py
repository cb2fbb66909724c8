"""CloudTrail: a trail with logging switched off."""

from __future__ import annotations

from botocore.exceptions import ClientError

from labs_helpers.cloud import bucket_policy
from labs_helpers.course.days.day1.actors import Hands
from labs_helpers.course.days.day1.setting import attack, half, setting, task

TRAIL, LOGS = "larkspur-trail", "larkspur-logs"


@setting("trail-off", "The trail was switched off during a migration", f"CloudTrail trail {TRAIL}")
def _(hands: Hands) -> None:
    cloudtrail = hands.admin("cloudtrail")
    arn = f"arn:aws:cloudtrail:us-east-1:{hands.home}:trail/{TRAIL}"
    hands.bucket(LOGS, {}, bucket_policy(LOGS, arn))
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


@attack("trail-off", "an intruder, whoever it is", "works without being written down")
def _(hands: Hands) -> bool:
    """Succeed while the trail is not logging.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
    """
    return not hands.admin("cloudtrail").get_trail_status(Name=TRAIL)["IsLogging"]


@task("trail-off", "the trail can write into its bucket")
def _(hands: Hands) -> None:
    hands.admin("cloudtrail").get_trail_status(Name=TRAIL)
    hands.admin("s3").head_bucket(Bucket=LOGS)


@half("trail-off")
def _(hands: Hands) -> str | None:
    status = hands.admin("cloudtrail").get_trail_status(Name=TRAIL)
    if status["IsLogging"] and status.get("LatestDeliveryError"):
        return (
            f"The trail is on and cannot deliver: {status['LatestDeliveryError']}. See the policy of {LOGS}."
        )
    (trail,) = hands.admin("cloudtrail").describe_trails(trailNameList=[TRAIL])["trailList"]
    if status["IsLogging"] and not trail["IsMultiRegionTrail"]:
        return "The trail is on, in one Region. What is done in the others is not written down: IsMultiRegionTrail."
    return None

"""The records that a trail has delivered, read from the log files in its bucket."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING, Any

from labs_helpers.course.shown.mistakes import Mistake, UnknownName, checked, shortened

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

TRAIL_NAME = "course"


def check_account(account: str) -> None:
    """Raise `Mistake` unless this is an account ID."""
    if not re.fullmatch(r"[0-9]{12}", account):
        raise Mistake(
            f"{shortened(account)} isn't an account ID.", "It has twelve digits, such as 111122223333."
        )


def bucket_of(cloud: Cloud, account: str) -> str:
    """Return the bucket of an account's first trail. Raises `LookupError` if the account has no trail."""
    check_account(account)
    trails = cloud.account(account).client("cloudtrail").describe_trails()["trailList"]
    if not trails:
        raise UnknownName(f"account {account} has no trail")
    return str(trails[0]["S3BucketName"])


@checked
def delivered(
    cloud: Cloud, bucket: str, event_name: str | None = None, account: str | None = None
) -> list[dict[str, Any]]:
    """Return the CloudTrail records in a trail's bucket, oldest first; with `event_name`, only that operation's.

    An administrator in the bucket's account (by default the home account) reads the bucket with calls that also work on
    AWS: list the log files, get each one, decompress it. The contents of a record are documented at
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
    """
    if account is not None:
        check_account(account)
    s3 = cloud.account(account or cloud.home).client("s3")
    records: list[dict[str, Any]] = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", ()):
            if "/CloudTrail/" in item["Key"]:
                packed = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
                records += json.loads(gzip.decompress(packed))["Records"]
    chosen = [record for record in records if event_name in (None, record["eventName"])]
    # CloudTrail's times are whole seconds, so the order of events within a second comes from the cloud's record.
    place = {entry.event_id: number for number, entry in enumerate(cloud.record)}
    return sorted(chosen, key=lambda record: (record["eventTime"], place.get(record["eventID"], -1)))

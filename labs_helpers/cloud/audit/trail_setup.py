"""Setup of a trail for queries: a trail, and a bucket with the policy that CloudTrail needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from labs_helpers.engine.policy.arn import Arn

if TYPE_CHECKING:
    from labs_helpers.cloud.cloud import Cloud

_SERVICE = {"Service": "cloudtrail.amazonaws.com"}
_DATA = ("AWS::S3::Object", "AWS::Lambda::Function")


def bucket_policy(bucket: str, trail_arn: str) -> str:
    """Return a bucket policy, as JSON text, that allows one trail to deliver logs.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    """
    account = Arn.parse(trail_arn).account
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "AWSCloudTrailAclCheck",
                    "Effect": "Allow",
                    "Principal": _SERVICE,
                    "Action": "s3:GetBucketAcl",
                    "Resource": f"arn:aws:s3:::{bucket}",
                    "Condition": {"StringEquals": {"aws:SourceArn": trail_arn}},
                },
                {
                    "Sid": "AWSCloudTrailWrite",
                    "Effect": "Allow",
                    "Principal": _SERVICE,
                    "Action": "s3:PutObject",
                    "Resource": f"arn:aws:s3:::{bucket}/AWSLogs/{account}/*",
                    "Condition": {
                        "StringEquals": {
                            "s3:x-amz-acl": "bucket-owner-full-control",
                            "aws:SourceArn": trail_arn,
                        }
                    },
                },
            ],
        }
    )


def open_trail(cloud: Cloud, bucket: str, name: str) -> str:
    """Create `bucket`, and a trail that delivers management events and S3 and Lambda data events to it.

    The trail belongs to the home account, covers all Regions, has log file validation, and starts logging. It excludes
    objects in its own bucket. Returns the trail's ARN. Raises botocore's `ClientError` if the bucket or trail exists.
    """
    session = cloud.account(cloud.home)
    s3, cloudtrail = session.client("s3"), session.client("cloudtrail")
    arn = f"arn:aws:cloudtrail:{cloudtrail.meta.region_name}:{cloud.home}:trail/{name}"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(bucket, arn))
    cloudtrail.create_trail(
        Name=name, S3BucketName=bucket, IsMultiRegionTrail=True, EnableLogFileValidation=True
    )
    chosen = [
        {"Name": "Management", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
    ]
    for kind in _DATA:
        fields = [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": [kind]},
        ]
        if kind == "AWS::S3::Object":
            fields.append({"Field": "resources.ARN", "NotStartsWith": [f"arn:aws:s3:::{bucket}/"]})
        chosen.append({"Name": kind, "FieldSelectors": fields})
    cloudtrail.put_event_selectors(TrailName=name, AdvancedEventSelectors=chosen)
    cloudtrail.start_logging(Name=name)
    return arn

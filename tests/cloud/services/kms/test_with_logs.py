"""CloudTrail and CloudWatch Logs ask KMS as themselves.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
"""

from __future__ import annotations

import json

import boto3
import pytest

from tests.cloud.services.kms.test_trail import events, last
from tests.clouds import error_of

HOME, REGION, BUCKET = "111122223333", "us-east-1", "the-trail"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{HOME}:trail/all"
GROUP = f"arn:aws:logs:{REGION}:{HOME}:log-group:app"


@pytest.fixture
def kms(cloud):
    return boto3.client("kms", region_name=REGION)


@pytest.fixture
def logs(cloud):
    return boto3.client("logs", region_name=REGION)


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def trails(cloud):
    s3 = boto3.client("s3", region_name=REGION)
    s3.create_bucket(Bucket=BUCKET)
    service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Resource": "*"}
    statements = [
        {**service, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{BUCKET}"},
        {**service, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"},
    ]
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    return boto3.client("cloudtrail", region_name=REGION)


def let_in(kms, key, service, condition):
    document = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    document["Statement"].append(
        {
            "Effect": "Allow", "Principal": {"Service": service}, "Resource": "*", "Condition": condition,
            "Action": ["kms:GenerateDataKey*", "kms:Decrypt*", "kms:Encrypt*", "kms:ReEncrypt*", "kms:Describe*"],
        }
    )  # fmt: skip
    kms.put_key_policy(KeyId=key, Policy=json.dumps(document))


def of_trail(kms, key):
    condition = {
        "StringEquals": {"aws:SourceArn": TRAIL},
        "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{HOME}:trail/*"},
    }
    let_in(kms, key, "cloudtrail.amazonaws.com", condition)


def let_in_exports(bucket):
    arn = f"arn:aws:s3:::{bucket}"
    statement = {
        "Effect": "Allow", "Principal": {"Service": f"logs.{REGION}.amazonaws.com"}, "Resource": [arn, f"{arn}/*"],
        "Action": ["s3:GetBucketAcl", "s3:PutObject"],
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    boto3.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)


@pytest.mark.ledger("F-KMS-09")
def test_a_trail_needs_a_key_that_lets_cloudtrail_in(trails, kms, key, cloud):
    given = {"Name": "all", "S3BucketName": BUCKET, "KmsKeyId": key}
    assert error_of(trails.create_trail, **given)[0] == "InsufficientEncryptionPolicyException"
    of_trail(kms, key)
    assert trails.create_trail(**given)["KmsKeyId"] == key
    event = last("GenerateDataKey")
    assert event["requestParameters"]["encryptionContext"]["aws:cloudtrail:arn"] == TRAIL
    assert event["userIdentity"]["invokedBy"] == "cloudtrail.amazonaws.com"
    trails.start_logging(Name="all")
    boto3.client("sts").get_caller_identity()
    cloud.clock.advance(minutes=20)
    assert "LatestDeliveryError" not in trails.get_trail_status(Name="all")
    s3 = boto3.client("s3", region_name=REGION)
    files = [
        each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"] if "json.gz" in each["Key"]
    ]
    assert s3.get_object(Bucket=BUCKET, Key=files[0])["SSEKMSKeyId"] == key
    context = last("Decrypt")["requestParameters"]["encryptionContext"]
    assert context == {"aws:cloudtrail:arn": TRAIL, "aws:s3:arn": f"arn:aws:s3:::{BUCKET}/{files[0]}"}
    kms.disable_key(KeyId=key)
    cloud.clock.advance(minutes=20)
    assert "LatestDeliveryError" in trails.get_trail_status(Name="all")
    assert error_of(s3.get_object, Bucket=BUCKET, Key=files[0])[0] == "KMS.DisabledException"


def test_a_trails_key_is_checked_and_can_be_given_up(trails, kms, key, cloud):
    of_trail(kms, key)
    trails.create_trail(Name="all", S3BucketName=BUCKET)
    kms.create_alias(AliasName="alias/trail", TargetKeyId=key)
    assert trails.update_trail(Name="all", KmsKeyId="alias/trail")["KmsKeyId"] == key
    assert "KmsKeyId" not in trails.update_trail(Name="all", KmsKeyId="")
    for wrong, code in (
        ("alias/none", "KmsKeyNotFoundException"),
        ("?", "InvalidKmsKeyIdException"),
        (
            boto3.client("kms", region_name="eu-west-1").create_key()["KeyMetadata"]["Arn"],
            "KmsKeyNotFoundException",
        ),
    ):
        assert error_of(trails.update_trail, Name="all", KmsKeyId=wrong)[0] == code
    kms.disable_key(KeyId=key)
    assert error_of(trails.update_trail, Name="all", KmsKeyId=key)[0] == "KmsException"


@pytest.mark.ledger("F-KMS-09")
def test_a_log_group_needs_a_key_that_lets_its_service_in(logs, kms, key):
    code, message = error_of(logs.create_log_group, logGroupName="app", kmsKeyId=key)
    assert code == "InvalidParameterException"
    assert "not allowed to be used with LogGroup" in message
    assert logs.describe_log_groups()["logGroups"] == []
    let_in(
        kms, key, f"logs.{REGION}.amazonaws.com", {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": GROUP}}
    )
    logs.create_log_group(logGroupName="app", kmsKeyId=key)
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == key
    assert last("GenerateDataKey")["requestParameters"]["encryptionContext"] == {"aws:logs:arn": GROUP}
    logs.create_log_stream(logGroupName="app", logStreamName="s")
    logs.get_log_events(logGroupName="app", logStreamName="s")
    assert len(events("Decrypt")) == 1
    assert error_of(logs.create_log_group, logGroupName="other", kmsKeyId=key)[0] == code


def test_a_groups_key_comes_and_goes_and_what_it_encrypted_needs_it(logs, kms, key):
    logs.create_log_group(logGroupName="app")
    logs.create_log_stream(logGroupName="app", logStreamName="s")
    assert (
        error_of(logs.associate_kms_key, logGroupName="app", kmsKeyId=key)[0] == "InvalidParameterException"
    )
    let_in(kms, key, f"logs.{REGION}.amazonaws.com", {"StringEquals": {"aws:SourceAccount": HOME}})
    logs.associate_kms_key(resourceIdentifier=GROUP, kmsKeyId=key)
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == key
    logs.disassociate_kms_key(logGroupName="app")
    assert "kmsKeyId" not in logs.describe_log_groups()["logGroups"][0]
    kms.disable_key(KeyId=key)
    query = {"startTime": 0, "endTime": 1, "queryString": "fields @message"}
    export = {"fromTime": 0, "to": 1, "destination": "exports"}
    boto3.client("s3").create_bucket(Bucket="exports")
    let_in_exports("exports")
    for operation, more in (
        ("get_log_events", {"logGroupName": "app", "logStreamName": "s"}),
        ("filter_log_events", {"logGroupIdentifier": GROUP}),
        ("start_query", {"logGroupNames": ["app"], **query}),
        ("start_query", {"logGroupIdentifiers": [GROUP], **query}),
        ("start_live_tail", {"logGroupIdentifiers": [GROUP]}),
        ("create_export_task", {"logGroupName": "app", **export}),
    ):
        assert error_of(getattr(logs, operation), **more)[0] == "AccessDeniedException"
    assert error_of(logs.associate_kms_key, logGroupName="no", kmsKeyId=key)[0] == "ResourceNotFoundException"
    assert error_of(logs.disassociate_kms_key)[0] == "InvalidParameterException"

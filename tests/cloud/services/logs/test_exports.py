"""Exports of log groups, according to AWS's page: both the bucket policy and the caller's policies must allow them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3ExportTasks.html
"""

from __future__ import annotations

import json

import boto3
import pytest

from tests.clouds import error_of

SERVICE = {"Service": "logs.us-east-1.amazonaws.com"}
OTHER = "444455556666"
GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:web:*"
OWNER = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}, "ArnLike": {"aws:SourceArn": GROUP}}
READS = {
    "Effect": "Allow",
    "Principal": SERVICE,
    "Action": "s3:GetBucketAcl",
    "Resource": "arn:aws:s3:::shelf",
}
WRITES = {
    "Effect": "Allow",
    "Principal": SERVICE,
    "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::shelf/*",
}
WRITES["Condition"] = OWNER
TASK = {"logGroupName": "web", "fromTime": 1, "to": 2, "destination": "shelf", "destinationPrefix": "logs"}


@pytest.fixture
def logs(cloud):
    client = boto3.client("logs")
    client.create_log_group(logGroupName="web")
    return client


def _bucket(session, *statements):
    s3 = session.client("s3")
    s3.create_bucket(Bucket="shelf")
    if statements:
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        s3.put_bucket_policy(Bucket="shelf", Policy=policy)
    return s3


def _is_empty(s3):
    return s3.list_objects_v2(Bucket="shelf")["KeyCount"] == 0


def test_the_policy_on_the_page_allows_an_export(logs):
    s3 = _bucket(boto3.Session(), READS, WRITES)
    logs.create_export_task(**TASK)
    assert not _is_empty(s3)


@pytest.mark.parametrize(
    ("statements", "action"), [((), "GetBucketAcl"), ((READS,), "PutObject"), ((WRITES,), "GetBucketAcl")]
)
def test_without_a_part_of_that_policy_nothing_is_written(logs, statements, action):
    s3 = _bucket(boto3.Session(), *statements)
    code, message = error_of(logs.create_export_task, **TASK)
    assert (code, message.split(".")[0]) == (
        "InvalidParameterException",
        f"{action} call on the given bucket failed",
    )
    assert _is_empty(s3)


def test_the_caller_must_be_allowed_to_write_to_the_bucket(logs, cloud):
    _bucket(boto3.Session(), READS, WRITES)
    iam = boto3.client("iam")
    iam.create_user(UserName="u")
    export = {"Effect": "Allow", "Action": "logs:CreateExportTask", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": export})
    iam.put_user_policy(UserName="u", PolicyName="own", PolicyDocument=policy)
    user = cloud.profile("u", iam.create_access_key(UserName="u")["AccessKey"])
    code, message = error_of(user.client("logs").create_export_task, **TASK)
    assert code == "AccessDeniedException"
    assert "s3:PutObject" in message


def test_another_accounts_bucket_must_also_allow_the_caller(logs, cloud):
    s3 = _bucket(cloud.account(OTHER), READS, WRITES)
    code, message = error_of(logs.create_export_task, **TASK)
    assert code == "AccessDeniedException"
    assert "s3:PutObject" in message
    assert _is_empty(s3)


def test_a_bucket_that_does_not_exist_is_named_by_the_error(logs):
    code, message = error_of(logs.create_export_task, **TASK)
    assert code == "InvalidParameterException"
    assert message.startswith("The given bucket does not exist")

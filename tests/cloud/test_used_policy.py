"""The policy that recorded calls needed: with it the same calls pass, and without one of its statements they don't."""

from __future__ import annotations

import json
import uuid

import boto3
import pytest
from botocore.exceptions import ClientError

from labs_helpers.cloud import Cloud
from labs_helpers.engine.analysis.generation import reusable, reusable_policy

ACCOUNT = "111122223333"


@pytest.fixture
def cloud():
    with Cloud(seed=1) as running:
        yield running


def orders(session: boto3.Session) -> None:
    """An application: it keeps orders in a table, encrypted files in a bucket, and says so on a queue."""
    s3, kms, sqs = session.client("s3"), session.client("kms"), session.client("sqs")
    table, secrets, logs = (
        session.client("dynamodb"),
        session.client("secretsmanager"),
        session.client("logs"),
    )
    password = secrets.get_secret_value(SecretId="orders/database")["SecretString"]
    assert password == "secret"
    for number in ("1", "2"):
        table.put_item(TableName="orders", Item={"id": {"S": number}})
        s3.put_object(Bucket="order-files", Key=f"{number}.txt", Body=b"paid")
    key = kms.describe_key(KeyId="alias/orders")["KeyMetadata"]["KeyId"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"card")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"card"
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="orders")["QueueUrl"], MessageBody="1")
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket="order-files", Key="3.txt")
    logs.create_log_stream(logGroupName="/orders", logStreamName=uuid.uuid4().hex)


def prepare() -> None:
    boto3.client("secretsmanager").create_secret(Name="orders/database", SecretString="secret")
    boto3.client("dynamodb").create_table(
        TableName="orders", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    boto3.client("s3").create_bucket(Bucket="order-files")
    key = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    boto3.client("kms").create_alias(AliasName="alias/orders", TargetKeyId=key)
    boto3.client("sqs").create_queue(QueueName="orders")
    boto3.client("logs").create_log_group(logGroupName="/orders")
    boto3.client("iam").create_user(UserName="app")


def allow(policy: dict) -> None:
    boto3.client("iam").put_user_policy(UserName="app", PolicyName="own", PolicyDocument=json.dumps(policy))


def session_of_app(cloud: Cloud) -> boto3.Session:
    return cloud.profile("app", boto3.client("iam").create_access_key(UserName="app")["AccessKey"])


EVERYTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


def test_the_policy_passes_the_same_test_and_each_statement_is_needed():
    with Cloud(seed=1) as first:
        prepare()
        allow(EVERYTHING)
        orders(session_of_app(first))
        policy = first.used_policy("app")
        assert first.used_policy() == policy == first.used_policy(f"arn:aws:iam::{ACCOUNT}:user/app")
    assert len(policy["Statement"]) >= 6
    with Cloud(seed=2) as other:  # every generated ID is another one
        prepare()
        app = session_of_app(other)
        allow(policy)
        orders(app)
        for number in range(len(policy["Statement"])):
            left = [each for place, each in enumerate(policy["Statement"]) if place != number]
            allow({**policy, "Statement": left})
            with pytest.raises((ClientError, AssertionError), match=r"AccessDenied|not authorized"):
                orders(app)


def test_wildcards_stand_only_for_what_is_generated():
    wild = {
        pattern
        for action, resource in [
            ("kms:Decrypt", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0aa1b2c3-1111-2222-3333-444455556666"),
            (
                "secretsmanager:GetSecretValue",
                f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:db/pw-AbC123",
            ),
            (
                "secretsmanager:CreateSecret",
                f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:db/pw-??????",
            ),
            (
                "cognito-idp:DescribeUserPool",
                f"arn:aws:cognito-idp:us-east-1:{ACCOUNT}:userpool/us-east-1_AbC",
            ),
            ("s3:GetObject", "arn:aws:s3:::shelf/0aa1b2c3-1111-2222-3333-444455556666.txt"),
            ("s3:GetObject", "arn:aws:s3:::shelf/2026/a*b$.txt"),
            ("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs"),
            ("lambda:InvokeFunction", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:work"),
            ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/service/worker"),
        ]
        if (pattern := reusable(action, resource))
    }
    assert wild == {
        f"arn:aws:kms:us-east-1:{ACCOUNT}:key/*",
        f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:db/pw-??????",
        f"arn:aws:cognito-idp:us-east-1:{ACCOUNT}:userpool/*",
        "arn:aws:s3:::shelf/*.txt",
        "arn:aws:s3:::shelf/2026/a${*}b${$}.txt",
        f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs",
        f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:work",
        f"arn:aws:iam::{ACCOUNT}:role/service/worker",
    }


def test_resources_with_the_same_actions_share_a_statement_and_none_is_listed_twice():
    pairs = [("s3:GetObject", f"arn:aws:s3:::shelf/{uuid.UUID(int=number)}") for number in range(3)]
    pairs += [("s3:ListBucket", "arn:aws:s3:::shelf"), ("s3:ListBucket", "arn:aws:s3:::vault")]
    assert [(each["Action"], each["Resource"]) for each in reusable_policy(pairs)["Statement"]] == [
        (["s3:GetObject"], ["arn:aws:s3:::shelf/*"]),
        (["s3:ListBucket"], ["arn:aws:s3:::shelf", "arn:aws:s3:::vault"]),
    ]


def test_denied_calls_and_calls_that_need_no_permission_add_nothing(cloud):
    prepare()
    app = session_of_app(cloud)
    app.client("sts").get_caller_identity()
    with pytest.raises(ClientError, match="AccessDenied"):
        app.client("s3").list_buckets()
    assert cloud.used_policy("app")["Statement"] == []


def test_without_other_callers_it_is_for_the_administrator_from_a_time_on(cloud):
    boto3.client("s3").create_bucket(Bucket="before")
    start = len(cloud.record)
    boto3.client("s3").create_bucket(Bucket="after")
    (statement,) = cloud.used_policy(since=start)["Statement"]
    assert statement["Resource"] == ["arn:aws:s3:::after"]


def test_a_role_needs_what_its_sessions_called(cloud):
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    role = boto3.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=document)["Role"][
        "Arn"
    ]
    boto3.client("iam").attach_role_policy(
        RoleName="worker", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess"
    )
    cloud.role_profile("worker", role, "default").client("s3").list_buckets()
    for named in ("worker", role):
        (statement,) = cloud.used_policy(named)["Statement"]
        assert statement["Action"] == ["s3:ListAllMyBuckets"]


def test_an_unknown_principal_is_named(cloud):
    with pytest.raises(LookupError, match="no profile 'nobody'; the profiles are default"):
        cloud.used_policy("nobody")

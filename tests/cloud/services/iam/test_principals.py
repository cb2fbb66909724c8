"""Principals in policies are stored by their unique IDs, not by their names.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-users
"""

from __future__ import annotations

import json

import boto3
import pytest

from tests.clouds import allow, error_of, make_user, new_member, trust

HOME = "111122223333"
ALICE = f"arn:aws:iam::{HOME}:user/alice"


def grant(action: str, resource: str, principal: str = ALICE) -> str:
    return allow(action, resource, Principal={"AWS": principal}, Sid="one")


def bucket(name: str = "papers") -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="a", Body=b"a")
    s3.put_bucket_policy(Bucket=name, Policy=grant("s3:GetObject", f"arn:aws:s3:::{name}/*"))


def queue() -> str:
    sqs = boto3.client("sqs", region_name="us-east-1")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    text = grant("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{HOME}:jobs")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text})
    return url


def delete(iam, name: str) -> None:
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName=name)


@pytest.mark.ledger("F-IAM-17")
def test_user_made_anew_does_not_inherit_what_bucket_and_queue_policies_gave_the_old_one(cloud, iam):
    old = make_user(cloud, "alice")
    bucket()
    url = queue()
    assert old.client("s3").get_object(Bucket="papers", Key="a")["Body"].read() == b"a"
    old_id = iam.get_user(UserName="alice")["User"]["UserId"]
    delete(iam, "alice")
    alice = make_user(cloud, "alice")
    assert error_of(alice.client("s3").get_object, Bucket="papers", Key="a")[0] == "AccessDenied"
    send = alice.client("sqs", region_name="us-east-1").send_message
    assert "AccessDenied" in error_of(send, QueueUrl=url, MessageBody="hello")[0]
    shown = json.loads(boto3.client("s3").get_bucket_policy(Bucket="papers")["Policy"])
    assert shown["Statement"][0]["Principal"] == {"AWS": old_id}


@pytest.mark.ledger("F-IAM-17")
def test_renamed_user_keeps_what_resource_policies_gave_him(cloud, iam):
    alice = make_user(cloud, "alice")
    bucket()
    url = queue()
    iam.update_user(UserName="alice", NewUserName="alicia", NewPath="/hr/")
    assert alice.client("s3").get_object(Bucket="papers", Key="a")["Body"].read() == b"a"
    alice.client("sqs", region_name="us-east-1").send_message(QueueUrl=url, MessageBody="hello")
    shown = json.loads(boto3.client("s3").get_bucket_policy(Bucket="papers")["Policy"])
    assert shown["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{HOME}:user/hr/alicia"}
    namesake = make_user(cloud, "alice")
    assert error_of(namesake.client("s3").get_object, Bucket="papers", Key="a")[0] == "AccessDenied"


@pytest.mark.ledger("F-IAM-17")
def test_role_made_anew_does_not_inherit_what_policies_of_other_services_gave_the_old_one(cloud, iam):
    """Topics, secrets, keys, functions, tables, buses and destinations keep ids as buckets do."""
    arn = iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust({"AWS": HOME}))["Role"]
    arn, role_id = arn["Arn"], arn["RoleId"]
    region = {"region_name": "us-east-1"}
    sns, secrets, kms = (boto3.client(name, **region) for name in ("sns", "secretsmanager", "kms"))
    topic = sns.create_topic(Name="news")["TopicArn"]
    text = grant("sns:Publish", topic, arn)
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=text)
    secret = secrets.create_secret(Name="db", SecretString="x")["ARN"]
    secrets.put_resource_policy(
        SecretId="db", ResourcePolicy=grant("secretsmanager:GetSecretValue", secret, arn)
    )
    root = {"Effect": "Allow", "Principal": {"AWS": HOME}, "Action": "kms:*", "Resource": "*"}
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    document = {
        "Version": "2012-10-17",
        "Statement": [root, json.loads(grant("kms:Encrypt", "*", arn))["Statement"][0]],
    }
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(document))
    events = boto3.client("events", **region)
    events.put_permission(
        EventBusName="default", StatementId="one", Action="events:PutEvents", Principal=HOME
    )
    tables = boto3.client("dynamodb", **region)
    table = tables.create_table(
        TableName="table", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
    )["TableDescription"]["TableArn"]  # fmt: skip
    tables.put_resource_policy(ResourceArn=table, Policy=grant("dynamodb:GetItem", table, arn))
    iam.delete_role(RoleName="app")
    kept = [
        sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"],
        secrets.get_resource_policy(SecretId="db")["ResourcePolicy"],
        kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"],
        tables.get_resource_policy(ResourceArn=table)["Policy"],
    ]
    assert [role_id in each for each in kept] == [True] * 4
    assert [arn in each for each in kept] == [False] * 4


@pytest.mark.ledger("F-IAM-17")
def test_trust_in_a_deleted_user_ends_however_its_arn_was_written(cloud, iam):
    """JSON lets a slash be written \\/ and any character as an escape."""
    make_user(cloud, "alice")
    for name, written in (("slash", ALICE.replace("/", "\\/")), ("code", ALICE.replace("a", "\\u0061"))):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust({"AWS": "@"}).replace("@", written))
    delete(iam, "alice")
    alice = make_user(cloud, "alice")
    for name in ("slash", "code"):
        role = f"arn:aws:iam::{HOME}:role/{name}"
        assume = alice.client("sts").assume_role
        assert error_of(assume, RoleArn=role, RoleSessionName="test")[0] == "AccessDenied"


@pytest.mark.ledger("F-IAM-17")
def test_user_made_anew_does_not_inherit_what_the_delegation_policy_gave_the_old_one(cloud):
    organizations = boto3.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    member = new_member()
    iam, action = cloud.account(member).client("iam"), "organizations:ListPolicies"
    asked = {"Filter": "SERVICE_CONTROL_POLICY"}
    old = make_user(cloud, "alice", allow(action), member)
    old_id = iam.get_user(UserName="alice")["User"]["UserId"]
    organizations.put_resource_policy(Content=grant(action, "*", f"arn:aws:iam::{member}:user/alice"))
    old.client("organizations").list_policies(**asked)
    iam.delete_user_policy(UserName="alice", PolicyName="own")
    delete(iam, "alice")
    alice = make_user(cloud, "alice", allow(action), member)
    assert error_of(alice.client("organizations").list_policies, **asked)[0] == "AccessDeniedException"
    shown = json.loads(organizations.describe_resource_policy()["ResourcePolicy"]["Content"])
    assert shown["Statement"][0]["Principal"] == {"AWS": old_id}
    assert not [arn for arn in cloud.resources_with_policies() if ":organizations:" in arn]

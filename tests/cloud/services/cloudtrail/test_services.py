"""The records of real calls to each service: they contain no secrets, and name both accounts for a shared key."""

from __future__ import annotations

import base64
import hmac
import json

import boto3
import pytest
from botocore.exceptions import ClientError

from labs_helpers.cloud.services.cloudtrail import trail_events
from labs_helpers.cloud.services.shared.trail_facts import HIDDEN

HOME, PARTNER = "111122223333", "444455556666"
SECRET = "Th1s-1s-Th3-S3cret!"


def last(cloud, operation: str, account: str | None = None):
    return trail_events.event(
        next(one for one in reversed(cloud.record) if one.operation == operation), account=account
    )


def everything(cloud) -> str:
    return json.dumps(
        [trail_events.event(one, account=who) for one in cloud.record for who in trail_events.recipients(one)]
    )


def _secret_hash(name: str, client) -> str:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html"""
    text = f"{name}{client['ClientId']}".encode()
    return base64.b64encode(hmac.digest(client["ClientSecret"].encode(), text, "sha256")).decode()


def shared_key(cloud) -> str:
    """A key of the partner's that the home account may use."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": who}, "Action": what, "Resource": "*"}
            for who, what in (
                (PARTNER, "kms:*"),
                (HOME, ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"]),
            )
        ],
    }
    return cloud.account(PARTNER).client("kms").create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]


@pytest.mark.ledger("F-TRL-03")
def test_use_of_another_accounts_key_is_recorded_in_both(cloud):
    key, kms = shared_key(cloud), boto3.client("kms")
    sealed = kms.encrypt(KeyId=key, Plaintext=SECRET.encode(), EncryptionContext={"Team": "Blue"})
    kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext={"Team": "Blue"})
    for operation in ("Encrypt", "Decrypt"):
        mine, theirs = last(cloud, operation, HOME), last(cloud, operation, PARTNER)
        assert mine["sharedEventID"] == theirs["sharedEventID"]
        assert mine["eventID"] != theirs["eventID"]
        assert (mine["recipientAccountId"], theirs["recipientAccountId"]) == (HOME, PARTNER)
        assert (mine["userIdentity"]["type"], theirs["userIdentity"]["type"]) == ("IAMUser", "AWSAccount")
        assert theirs["requestParameters"]["encryptionContext"] == {"Team": "Blue"}
        assert mine["resources"] == [{"accountId": PARTNER, "type": "AWS::KMS::Key", "ARN": key}]
        trails = (boto3.client("cloudtrail"), cloud.account(PARTNER).client("cloudtrail"))
        wanted = [{"AttributeKey": "ResourceName", "AttributeValue": key}]
        found = [
            [one["EventName"] for one in trail.lookup_events(LookupAttributes=wanted)["Events"]]
            for trail in trails
        ]
        assert all(operation in names for names in found)
    assert SECRET not in everything(cloud)


@pytest.mark.ledger("F-TRL-01")
def test_no_secret_of_real_calls_is_in_any_event(cloud, iam):
    kms, secrets, dynamodb = boto3.client("kms"), boto3.client("secretsmanager"), boto3.client("dynamodb")
    sqs, sns, idp = boto3.client("sqs"), boto3.client("sns"), boto3.client("cognito-idp")
    keys = [SECRET]
    iam.create_user(UserName="alice")
    iam.create_login_profile(UserName="alice", Password=SECRET)
    keys.append(iam.create_access_key(UserName="alice")["AccessKey"]["SecretAccessKey"])
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.encrypt(KeyId=key, Plaintext=SECRET.encode())
    secrets.create_secret(Name="db", SecretString=SECRET)
    secrets.put_secret_value(SecretId="db", SecretString=SECRET + "2")
    secrets.get_secret_value(SecretId="db")
    queue = sqs.create_queue(QueueName="work")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody=SECRET)
    sqs.receive_message(QueueUrl=queue)
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.publish(TopicArn=topic, Message=SECRET, Subject="plain")
    dynamodb.create_table(
        TableName="cards", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    dynamodb.put_item(TableName="cards", Item={"id": {"S": "1"}, "number": {"S": SECRET}})
    dynamodb.get_item(TableName="cards", Key={"id": {"S": "1"}})
    pool = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
    client = idp.create_user_pool_client(
        UserPoolId=pool,
        ClientName="app",
        GenerateSecret=True,
        ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"],
    )["UserPoolClient"]
    keys.append(client["ClientSecret"])
    idp.admin_create_user(UserPoolId=pool, Username="alice", TemporaryPassword=SECRET)
    idp.admin_initiate_auth(
        UserPoolId=pool, ClientId=client["ClientId"], AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice", "PASSWORD": SECRET, "SECRET_HASH": _secret_hash("alice", client)},
    )  # fmt: skip
    text = everything(cloud)
    assert [one for one in keys if one in text] == []
    assert last(cloud, "AdminCreateUser")["requestParameters"]["username"] == HIDDEN
    assert last(cloud, "SendMessage")["requestParameters"]["messageBody"] == HIDDEN
    assert last(cloud, "CreateSecret")["requestParameters"]["name"] == "db"
    assert last(cloud, "GetSecretValue")["responseElements"] is None


@pytest.mark.ledger("F-TRL-01")
@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code"),
    [
        ("kms", "list_keys", {}, "AccessDenied"),
        ("dynamodb", "get_item", {"TableName": "t", "Key": {"id": {"S": "1"}}}, "AccessDenied"),
        ("lambda", "list_functions", {}, "AccessDenied"),
        ("sqs", "list_queues", {}, "AccessDenied"),
        ("ec2", "describe_instances", {}, "Client.UnauthorizedOperation"),
        ("cognito-idp", "list_user_pools", {"MaxResults": 1}, "AccessDenied"),
    ],
)  # fmt: skip
def test_refusals_have_one_code_for_all_services_but_ec2(cloud, iam, service, operation, arguments, code):
    iam.create_user(UserName="alice")
    alice = cloud.profile("alice", iam.create_access_key(UserName="alice")["AccessKey"])
    with pytest.raises(ClientError):
        getattr(alice.client(service), operation)(**arguments)
    event = trail_events.event(cloud.record[len(cloud.record) - 1])
    assert event["errorCode"] == code
    assert event["userIdentity"]["userName"] == "alice"
    assert event["responseElements"] is None

"""Resources that the generator's calls can name, by the names of the parameters that contain them."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import boto3

from tests.fuzz.calls import ACCOUNT

_LAMBDA_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"], "AWS": ACCOUNT},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


def furnish(service: str) -> dict[str, Any]:
    """Create the part of the world that a service can name, and return parameter → value, or several values."""
    world: dict[str, Any] = {
        "AccountId": ACCOUNT,
        "accountId": ACCOUNT,
        "Region": "us-east-1",
        "Token": "dG9rZW4=",
    }
    for part in (_identities, *_PARTS.get(service, ())):
        world |= part()
    return world


def _identities() -> dict[str, Any]:
    iam, kms = boto3.client("iam"), boto3.client("kms")
    iam.create_user(UserName="alice")
    iam.create_group(GroupName="staff")
    role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=_LAMBDA_TRUST)["Role"]["Arn"]
    iam.create_instance_profile(InstanceProfileName="worker")
    policy = iam.create_policy(
        PolicyName="reader",
        PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}',
    )["Policy"]["Arn"]
    key = kms.create_key()["KeyMetadata"]
    return {
        "UserName": "alice", "GroupName": "staff", "RoleName": "worker", "InstanceProfileName": "worker",
        "PolicyArn": policy, "RoleArn": role, "Role": role, "KeyId": [key["KeyId"], key["Arn"]], "RoleSessionName": "s",
    }  # fmt: skip


def _storage() -> dict[str, Any]:
    s3, dynamodb, secrets = boto3.client("s3"), boto3.client("dynamodb"), boto3.client("secretsmanager")
    s3.create_bucket(Bucket="shelf")
    s3.put_object(Bucket="shelf", Key="k", Body=b"body")
    s3.put_bucket_versioning(Bucket="shelf", VersioningConfiguration={"Status": "Enabled"})
    upload = s3.create_multipart_upload(Bucket="shelf", Key="k")["UploadId"]
    table = dynamodb.create_table(
        TableName="books", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )["TableDescription"]["TableArn"]  # fmt: skip
    dynamodb.put_item(TableName="books", Item={"id": {"S": "1"}})
    secret = secrets.create_secret(Name="password", SecretString="x")
    return {
        "Bucket": "shelf", "Key": "k", "UploadId": upload, "CopySource": "shelf/k", "TableName": "books",
        "TableArn": table, "SourceTableName": "books", "SourceTableArn": table, "SecretId": [secret["ARN"], "password"],
        "Statement": "SELECT * FROM \"books\" WHERE id = '1'",
    }  # fmt: skip


def _messages() -> dict[str, Any]:
    topic = boto3.client("sns").create_topic(Name="news")["TopicArn"]
    sqs = boto3.client("sqs")
    queue = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="/app")
    logs.create_log_stream(logGroupName="/app", logStreamName="one")
    boto3.client("events").put_rule(Name="daily", ScheduleExpression="rate(1 day)")
    pool = boto3.client("cognito-idp").create_user_pool(PoolName="pool")["UserPool"]["Id"]
    client = boto3.client("cognito-idp").create_user_pool_client(UserPoolId=pool, ClientName="app")
    return {
        "TopicArn": topic, "QueueUrl": queue, "QueueName": "jobs", "QueueArn": arn, "SourceArn": arn,
        "logGroupName": "/app", "logStreamName": "one", "Rule": "daily", "UserPoolId": pool,
        "ClientId": client["UserPoolClient"]["ClientId"], "EventBusName": "default",
        "ResourceArn": [topic, arn], "Username": "carol",
    }  # fmt: skip


def _functions() -> dict[str, Any]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("app.py", "def handle(event, context): return event")
    boto3.client("lambda").create_function(
        FunctionName="greet", Runtime="python3.13", Role=f"arn:aws:iam::{ACCOUNT}:role/worker", Handler="app.handle",
        Code={"ZipFile": packed.getvalue()},
    )  # fmt: skip
    return {
        "FunctionName": "greet",
        "Handler": "app.handle",
        "Runtime": "python3.13",
        "ZipFile": packed.getvalue(),
    }


def _machines() -> dict[str, Any]:
    ec2 = boto3.client("ec2")
    image = "ami-03cf127a"
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    return {
        "ImageId": image, "InstanceId": instance["InstanceId"], "VolumeId": volume,
        "SnapshotId": ec2.create_snapshot(VolumeId=volume)["SnapshotId"], "AvailabilityZone": "us-east-1a",
    }  # fmt: skip


def _network() -> dict[str, Any]:
    ec2 = boto3.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(VpcId=vpc, GroupName="g", Description="g")["GroupId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.create_key_pair(KeyName="pair")
    return {
        "VpcId": vpc, "SubnetId": subnet, "GroupId": group, "SecurityGroupId": group, "RouteTableId": table,
        "InternetGatewayId": gateway, "GatewayId": gateway, "NetworkInterfaceId": interface, "AllocationId": address,
        "KeyName": "pair", "CidrBlock": "10.2.0.0/16", "DestinationCidrBlock": "10.9.0.0/16",
    }  # fmt: skip


_PARTS = {
    "s3": (_storage,), "dynamodb": (_storage,), "secretsmanager": (_storage, _functions), "sns": (_messages,),
    "sqs": (_messages,), "logs": (_messages, _storage), "events": (_messages, _functions),
    "lambda": (_storage, _messages, _functions), "ec2": (_machines, _network), "cognito-idp": (_messages,),
    "cloudtrail": (_storage,), "kms": (_storage,), "accessanalyzer": (_storage,),
}  # fmt: skip

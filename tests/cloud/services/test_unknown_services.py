"""Each service rejects policies that name a nonexistent service, with its own error message."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import boto3
import pytest

from labs_helpers.cloud import Cloud
from tests.clouds import error_of, trust

HOME, REGION = "111122223333", "us-east-1"
WRONG, RIGHT = "lamda.amazonaws.com", "lambda.amazonaws.com"
ABOUT = f"There is no AWS service `{WRONG}`. Did you mean `{RIGHT}`?"


def policy(service: str, action: str, resource: str = "*") -> str:
    statement = {
        "Sid": "one", "Effect": "Allow", "Principal": {"Service": ["sns.amazonaws.com", service]}, "Action": action,
        "Resource": resource,
    }  # fmt: skip
    root = {
        **statement, "Sid": "two", "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"},
    }  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [statement, root]})


def create_role(service: str) -> Any:
    return boto3.client("iam").create_role(
        RoleName="worker", AssumeRolePolicyDocument=trust({"Service": service})
    )


def update_trust(service: str) -> Any:
    iam = boto3.client("iam")
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=trust({"Service": RIGHT}))
    return iam.update_assume_role_policy(RoleName="other", PolicyDocument=trust({"Service": service}))


def put_bucket_policy(service: str) -> Any:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="shelf")
    return s3.put_bucket_policy(
        Bucket="shelf", Policy=policy(service, "s3:GetObject", "arn:aws:s3:::shelf/*")
    )


def create_key(service: str) -> Any:
    return boto3.client("kms", region_name=REGION).create_key(Policy=policy(service, "kms:*"))


def create_queue(service: str) -> Any:
    sqs = boto3.client("sqs", region_name=REGION)
    return sqs.create_queue(QueueName="q", Attributes={"Policy": policy(service, "sqs:SendMessage")})


def set_topic(service: str) -> Any:
    sns = boto3.client("sns", region_name=REGION)
    topic = sns.create_topic(Name="news")["TopicArn"]
    return sns.set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=policy(service, "sns:Publish", topic)
    )


def put_secret_policy(service: str) -> Any:
    secrets = boto3.client("secretsmanager", region_name=REGION)
    secrets.create_secret(Name="db", SecretString="one")
    return secrets.put_resource_policy(
        SecretId="db", ResourcePolicy=policy(service, "secretsmanager:GetSecretValue")
    )


def put_table_policy(service: str) -> Any:
    tables = boto3.client("dynamodb", region_name=REGION)
    table = tables.create_table(
        TableName="table", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
    )["TableDescription"]["TableArn"]  # fmt: skip
    return tables.put_resource_policy(ResourceArn=table, Policy=policy(service, "dynamodb:GetItem", table))


def put_bus_policy(service: str) -> Any:
    bus = f"arn:aws:events:{REGION}:{HOME}:event-bus/default"
    return boto3.client("events", region_name=REGION).put_permission(
        Policy=policy(service, "events:PutEvents", bus)
    )


def put_log_policy(service: str) -> Any:
    logs = boto3.client("logs", region_name=REGION)
    return logs.put_resource_policy(policyName="p", policyDocument=policy(service, "logs:PutLogEvents"))


def add_permission(service: str) -> Any:
    boto3.client("iam").create_role(RoleName="runs", AssumeRolePolicyDocument=trust({"Service": RIGHT}))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("app.py", "def handle(event, context): return event")
    functions = boto3.client("lambda", region_name=REGION)
    functions.create_function(
        FunctionName="greet", Runtime="python3.13", Role=f"arn:aws:iam::{HOME}:role/runs", Handler="app.handle",
        Code={"ZipFile": packed.getvalue()},
    )  # fmt: skip
    return functions.add_permission(
        FunctionName="greet", StatementId="one", Principal=service, Action="lambda:InvokeFunction"
    )


INVALID = f'Invalid principal in policy: "SERVICE":"{WRONG}"'
CASES = [
    (create_role, "MalformedPolicyDocument", INVALID),
    (update_trust, "MalformedPolicyDocument", INVALID),
    (put_bucket_policy, "MalformedPolicy", "Invalid principal in policy"),
    (
        create_key, "MalformedPolicyDocumentException",
        "Policy contains a statement with one or more invalid principals.",
    ),
    (create_queue, "InvalidAttributeValue", "Invalid value for the parameter Policy."),
    (set_topic, "InvalidParameter", "Invalid parameter: Policy Error: PrincipalNotFound"),
    (
        put_secret_policy, "MalformedPolicyDocumentException",
        "This resource policy contains an invalid service principal.",
    ),
    (
        put_table_policy, "ValidationException",
        "One or more parameter values were invalid: Invalid policy document: Policy contains invalid service principal",
    ),
    (put_bus_policy, "ValidationException", f"This policy is not valid: {ABOUT}"),
    (put_log_policy, "InvalidParameterException", "Could not convert to persistable policy."),
    (
        add_permission, "InvalidParameterValueException",
        "The provided principal was invalid. Please check the principal and try again.",
    ),
]  # fmt: skip


@pytest.mark.ledger("F-RES-08")
@pytest.mark.parametrize(("put", "code", "message"), CASES, ids=[case[0].__name__ for case in CASES])
def test_a_service_that_there_is_not_is_refused(cloud: Cloud, put: Any, code: str, message: str) -> None:
    assert error_of(put, WRONG) == (code, message)


@pytest.mark.ledger("F-RES-08")
@pytest.mark.parametrize("put", [case[0] for case in CASES], ids=[case[0].__name__ for case in CASES])
@pytest.mark.parametrize("service", [RIGHT, "logs.eu-west-1.amazonaws.com"])
def test_a_service_that_there_is_is_taken(cloud: Cloud, put: Any, service: str) -> None:
    assert put(service)["ResponseMetadata"]["HTTPStatusCode"] < 300


def test_a_secrets_policy_is_told_apart_before_it_is_put(cloud: Cloud) -> None:
    secrets = boto3.client("secretsmanager", region_name=REGION)
    wrong = secrets.validate_resource_policy(ResourcePolicy=policy(WRONG, "secretsmanager:GetSecretValue"))
    assert [each["ErrorMessage"] for each in wrong["ValidationErrors"]] == [
        "This resource policy contains an invalid service principal."
    ]
    right = secrets.validate_resource_policy(ResourcePolicy=policy(RIGHT, "secretsmanager:GetSecretValue"))
    assert right["PolicyValidationPassed"]


def test_it_may_stand_in_a_statement_of_its_own_and_in_not_principal(cloud: Cloud) -> None:
    statement = {"Effect": "Deny", "NotPrincipal": {"Service": WRONG}, "Action": "sqs:*", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    sqs = boto3.client("sqs", region_name=REGION)
    assert (
        error_of(sqs.create_queue, QueueName="q", Attributes={"Policy": text})[0] == "InvalidAttributeValue"
    )

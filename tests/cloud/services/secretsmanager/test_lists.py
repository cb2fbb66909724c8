"""Finding secrets, reading several, and random passwords.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html
"""

from __future__ import annotations

import json
import string

import boto3
import pytest

from tests.clouds import allow, error_of, make_user

REGION = "us-east-1"


@pytest.fixture
def secrets(cloud):
    client = boto3.client("secretsmanager", region_name=REGION)
    for name, description, tags in (
        ("app/db", "Main database", {"env": "prod"}), ("app/api", "A key", {"env": "dev", "Team": "red"}),
        ("zed", "", {}),
    ):  # fmt: skip
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        client.create_secret(Name=name, Description=description, SecretString=name, Tags=listed)
    return client


def code(call, **given) -> str:
    return error_of(call, **given)[0]


@pytest.mark.parametrize(
    ("key", "values", "found"),
    [
        ("name", ["app/"], ["app/db", "app/api"]), ("name", ["App"], []),
        ("name", ["zed", "app/db"], ["app/db", "zed"]), ("name", ["!app"], ["zed"]),
        ("description", ["MAIN"], ["app/db"]), ("tag-key", ["Te"], ["app/api"]),
        ("tag-key", ["te"], []), ("tag-value", ["pr"], ["app/db"]),
        ("primary-region", ["us-"], ["app/db", "app/api", "zed"]),
        ("owning-service", ["rds"], []), ("all", ["RED key"], ["app/api"]),
    ],
)  # fmt: skip
def test_filters(secrets, key, values, found):
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html"""
    listed = secrets.list_secrets(Filters=[{"Key": key, "Values": values}])["SecretList"]
    assert [each["Name"] for each in listed] == found


def test_every_filter_must_fit(secrets):
    filters = [{"Key": "name", "Values": ["app"]}, {"Key": "tag-value", "Values": ["dev"]}]
    assert [each["Name"] for each in secrets.list_secrets(Filters=filters)["SecretList"]] == ["app/api"]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, ["app/db", "app/api", "zed"]), ({"SortOrder": "desc"}, ["zed", "app/api", "app/db"]),
        ({"SortBy": "name"}, ["app/api", "app/db", "zed"]),
        ({"SortBy": "last-changed-date", "SortOrder": "desc"}, ["app/db", "zed", "app/api"]),
        ({"SortBy": "last-accessed-date"}, ["app/db", "zed", "app/api"]),
    ],
)  # fmt: skip
def test_order_and_pages(secrets, given, names):
    secrets.get_secret_value(SecretId="app/api")
    secrets.update_secret(SecretId="app/db", Description="new")
    pages = secrets.get_paginator("list_secrets").paginate(**given, PaginationConfig={"PageSize": 2})
    assert [[each["Name"] for each in page["SecretList"]] for page in pages] == [names[:2], names[2:]]


def test_a_batch_answers_each_secret_for_itself_and_on_the_record(secrets, cloud):
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html"""
    condition = {"StringEquals": {"aws:ResourceTag/env": "dev"}}
    statements = [
        json.loads(allow("secretsmanager:BatchGetSecretValue"))["Statement"][0],
        json.loads(allow("secretsmanager:GetSecretValue", Condition=condition))["Statement"][0],
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    reader = make_user(cloud, "reader", policy).client("secretsmanager", region_name=REGION)
    answer = reader.batch_get_secret_value(SecretIdList=["app/db", "app/api", "none"])
    assert [(each["Name"], each["SecretString"]) for each in answer["SecretValues"]] == [
        ("app/api", "app/api")
    ]
    assert [(each["SecretId"], each["ErrorCode"]) for each in answer["Errors"]] == [
        ("app/db", "AccessDeniedException"), ("none", "AccessDeniedException"),
    ]  # fmt: skip
    found = boto3.client("cloudtrail", region_name=REGION).lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "GetSecretValue"}]
    )["Events"]
    (event,) = [json.loads(each["CloudTrailEvent"]) for each in found]
    assert (event["requestParameters"], event["readOnly"]) == ({"secretId": "app/api"}, True)
    assert event["userIdentity"]["userName"] == "reader"


def test_a_batch_reads_another_accounts_secret_only_if_its_policy_lets_it(secrets, cloud):
    kms = boto3.client("kms", region_name=REGION)
    accounts = [f"arn:aws:iam::{account}:root" for account in ("111122223333", "444455556666")]
    key = kms.create_key(Policy=allow("kms:*", Principal={"AWS": accounts}))["KeyMetadata"]["Arn"]
    named = {"SecretString": "x", "KmsKeyId": key}
    shared, own = (secrets.create_secret(Name=name, **named)["ARN"] for name in ("shared", "own"))
    policy = allow("secretsmanager:GetSecretValue", Principal={"AWS": accounts[1]})
    secrets.put_resource_policy(SecretId="shared", ResourcePolicy=policy)
    other = make_user(cloud, "other", allow(["secretsmanager:*", "kms:*"]), "444455556666")
    answer = other.client("secretsmanager", region_name=REGION).batch_get_secret_value(
        SecretIdList=[shared, own]
    )
    assert [each["ARN"] for each in answer["SecretValues"]] == [shared]
    assert [(each["SecretId"], each["ErrorCode"]) for each in answer["Errors"]] == [
        (own, "AccessDeniedException")
    ]
    assert "not authorized to perform: secretsmanager:GetSecretValue" in answer["Errors"][0]["Message"]


def test_a_batch_is_by_names_or_by_filters(secrets):
    batch = secrets.batch_get_secret_value
    for given in ({}, {"SecretIdList": ["zed"], "MaxResults": 1}):
        assert code(batch, **given) == "InvalidParameterException"
    filters = [{"Key": "name", "Values": ["app"]}]
    first = batch(Filters=filters, MaxResults=1)
    second = batch(Filters=filters, MaxResults=1, NextToken=first["NextToken"])
    assert [each["SecretValues"][0]["Name"] for each in (first, second)] == ["app/db", "app/api"]
    assert "NextToken" not in second
    assert batch(SecretIdList=["none"])["Errors"][0]["ErrorCode"] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("given", "length", "without"),
    [
        ({}, 32, ""), ({"PasswordLength": 200, "ExcludeCharacters": "abc"}, 200, "abc"),
        ({"PasswordLength": 4}, 4, " "), ({"PasswordLength": 1, "RequireEachIncludedType": False}, 1, " "),
        ({"PasswordLength": 90, "ExcludePunctuation": True}, 90, string.punctuation),
        ({"PasswordLength": 90, "ExcludeNumbers": True}, 90, string.digits),
    ],
)  # fmt: skip
def test_random_passwords(secrets, given, length, without):
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html"""
    made = secrets.get_random_password(**given)["RandomPassword"]
    assert len(made) == length
    assert not set(made) & set(without)
    if length > 1:
        assert set(made) & set(string.ascii_uppercase)
        assert set(made) & set(string.ascii_lowercase)


@pytest.mark.parametrize(
    "given",
    [
        {"PasswordLength": 3},
        {
            "ExcludeNumbers": True,
            "ExcludeLowercase": True,
            "ExcludeUppercase": True,
            "ExcludePunctuation": True,
        },
    ],
)
def test_passwords_that_cannot_be_made(secrets, given):
    assert code(secrets.get_random_password, **given) == "InvalidParameterException"


def test_nobody_tags_himself_out(secrets, cloud):
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html"""
    condition = {"StringEquals": {"aws:ResourceTag/env": "dev"}}
    tagger = make_user(cloud, "tagger", allow("secretsmanager:*", Condition=condition))
    client = tagger.client("secretsmanager", region_name=REGION)
    client.tag_resource(SecretId="app/api", Tags=[{"Key": "more", "Value": ""}])
    lost = [{"Key": "env", "Value": "prod"}]
    assert code(client.tag_resource, SecretId="app/api", Tags=lost) == "AccessDeniedException"
    assert code(client.untag_resource, SecretId="app/api", TagKeys=["env"]) == "AccessDeniedException"
    client.untag_resource(SecretId="app/api", TagKeys=["more"])


def test_only_the_default_policy_is_the_customers(secrets):
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListResourcePolicies.html"""
    policy = allow("secretsmanager:GetSecretValue", Principal={"AWS": "444455556666"})
    put = {"SecretId": "zed", "ResourcePolicy": policy}
    assert secrets.list_resource_policies(SecretId="zed")["ResourcePolicies"] == []
    assert code(secrets.put_resource_policy, **put, PolicyName="other") == "InvalidParameterException"
    assert secrets.put_resource_policy(**put)["PolicyName"] == "default"
    assert secrets.list_resource_policies(SecretId="zed")["ResourcePolicies"] == [{"PolicyName": "default"}]
    assert (
        code(secrets.get_resource_policy, SecretId="zed", PolicyName="other") == "ResourceNotFoundException"
    )
    assert code(secrets.delete_resource_policy, SecretId="zed", PolicyName="other") == (
        "InvalidParameterException"
    )
    assert secrets.delete_resource_policy(SecretId="zed")["PolicyName"] == "default"
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId="zed")


def test_a_policy_that_locks_its_caller_out_does_not_pass(secrets):
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ValidateResourcePolicy.html"""
    statement = {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    answer = secrets.validate_resource_policy(SecretId="zed", ResourcePolicy=policy)
    assert answer["PolicyValidationPassed"] is False
    assert answer["ValidationErrors"]

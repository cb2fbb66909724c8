"""The global condition keys that AWS documents as present in requests, by kind of caller.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from labs_helpers.cloud.core.credentials import Credentials
from labs_helpers.cloud.gate.request_context import supposed_context
from labs_helpers.engine.policy import Principal
from labs_helpers.engine.reference.global_keys import TAG_KEYS, global_key, global_keys, spelled
from tests.clouds import allow, error_of, make_user, trust

NOW = datetime(2026, 3, 10, 10, tzinfo=UTC)
ALWAYS = {
    "aws:currenttime", "aws:epochtime", "aws:securetransport", "aws:requestedregion", "aws:viaawsservice",
    "aws:useragent", "aws:resourceaccount",
}  # fmt: skip
IDENTITY = {
    "aws:principalaccount", "aws:principalarn", "aws:principaltype", "aws:principalisawsservice", "aws:sourceip",
}  # fmt: skip
SESSION = {"aws:tokenissuetime", "aws:multifactorauthpresent"}
ACCOUNT = "111122223333"


@pytest.mark.parametrize(
    ("principal", "keys"),
    [
        (Principal.from_arn(f"arn:aws:iam::{ACCOUNT}:user/alice"), IDENTITY | {"aws:username"}),
        (Principal.from_arn(f"arn:aws:iam::{ACCOUNT}:root"), IDENTITY),
        (Principal.from_arn(f"arn:aws:sts::{ACCOUNT}:assumed-role/app/run"), IDENTITY | SESSION),
        (
            Principal.from_arn(f"arn:aws:sts::{ACCOUNT}:federated-user/bob"),
            IDENTITY | {"aws:tokenissuetime"},
        ),
        (
            Principal.anonymous(),
            {"aws:principalaccount", "aws:principaltype", "aws:userid", "aws:sourceip"},
        ),
        (
            Principal.service("sns.amazonaws.com"),
            {"aws:principalisawsservice", "aws:principalservicename", "aws:principalservicenameslist"},
        ),
    ],
    ids=lambda value: value.arn if isinstance(value, Principal) else "",
)
def test_each_kind_of_principal_carries_the_keys_that_aws_documents(principal, keys):
    assert supposed_context(principal, ACCOUNT, NOW).keys() == ALWAYS | keys


def test_every_key_that_is_built_is_one_of_awss_list():
    for arn in (f"arn:aws:iam::{ACCOUNT}:user/alice", f"arn:aws:sts::{ACCOUNT}:assumed-role/app/run"):
        for key in supposed_context(Principal.from_arn(arn), ACCOUNT, NOW):
            assert global_key(key) is not None, key


def test_every_global_key_has_a_type_and_a_spelling():
    for key in global_keys():
        assert spelled(key).lower() == key
        assert (global_key(key) is not None) != (key in TAG_KEYS), "keys of tags need the tag's name"


def context_of_last(cloud) -> dict[str, Any]:
    """The condition keys of the latest call that was refused."""
    return dict(cloud.record[-1].refusals[0].request.context)


def test_long_term_keys_say_nothing_of_mfa(cloud, iam):
    alice = make_user(cloud, "alice")
    error_of(alice.client("s3").list_buckets)
    context = context_of_last(cloud)
    assert "aws:multifactorauthpresent" not in context
    assert "aws:tokenissuetime" not in context
    assert context["aws:principalisawsservice"] == "false"
    assert context["aws:username"] == "alice"


def test_sessions_of_a_federation_token_say_nothing_of_mfa(cloud, iam):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html"""
    alice = make_user(cloud, "alice", allow("*"))
    token = alice.client("sts").get_federation_token(Name="guest")["Credentials"]
    error_of(cloud.profile("guest", token).client("s3").list_buckets)
    context = context_of_last(cloud)
    assert "aws:multifactorauthpresent" not in context
    assert "aws:tokenissuetime" in context
    assert context["aws:principaltype"] == "FederatedUser"


def test_sessions_of_a_role_say_that_no_mfa_was_used(cloud, iam):
    arn = iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust({"AWS": cloud.home}))["Role"]["Arn"]
    alice = make_user(cloud, "alice", allow("sts:AssumeRole"))
    session = alice.client("sts").assume_role(RoleArn=arn, RoleSessionName="run")["Credentials"]
    error_of(cloud.profile("app", session).client("s3").list_buckets)
    assert context_of_last(cloud)["aws:multifactorauthpresent"] == "false"


def guarded_bucket(cloud, condition: dict[str, Any]) -> Any:
    """A bucket with an object that `condition` denies to everybody."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="shelf")
    s3.put_object(Bucket="shelf", Key="k", Body=b"x")
    statement = {
        "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shelf/*",
        "Condition": condition,
    }  # fmt: skip
    s3.put_bucket_policy(
        Bucket="shelf", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    return s3


def test_who_is_no_service_is_denied_where_only_services_may_read(cloud):
    s3 = guarded_bucket(cloud, {"Bool": {"aws:PrincipalIsAWSService": "false"}})
    code, message = error_of(s3.get_object, Bucket="shelf", Key="k")
    assert code == "AccessDenied"
    assert "explicit deny in a resource-based policy" in message


def test_the_referer_of_a_request_is_what_its_header_says(cloud):
    import requests

    s3 = guarded_bucket(cloud, {"StringNotLike": {"aws:Referer": "https://www.example.com/*"}})
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "shelf", "Key": "k"})
    assert requests.get(url).status_code == 403
    assert requests.get(url, headers={"Referer": "https://www.example.com/a"}).status_code == 200


@pytest.mark.parametrize(("name", "arrives"), [("sns.amazonaws.com", 1), ("events.amazonaws.com", 0)])
def test_a_queue_can_be_opened_to_a_service_by_its_name(cloud, name, arrives):
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topic = sns.create_topic(Name="news")["TopicArn"]
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    queue = f"arn:aws:sqs:us-east-1:{cloud.home}:inbox"
    statement = {
        "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": queue,
        "Condition": {"StringEquals": {"aws:PrincipalServiceName": name}},
    }  # fmt: skip
    sqs.set_queue_attributes(
        QueueUrl=url,
        Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})},
    )
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    sns.publish(TopicArn=topic, Message="hello")
    assert len(sqs.receive_message(QueueUrl=url).get("Messages", ())) == arrives
    delivery = next(entry for entry in cloud.record if entry.operation == "SendMessage")
    assert (delivery.principal_arn, delivery.account) == ("sns.amazonaws.com", cloud.home)
    assert delivery.parameters == {"QueueUrl": url}
    assert (delivery.error_code is None, delivery.refused) == (bool(arrives), not arrives)
    assert cloud.record[-2].operation == "Publish", "what is delivered is recorded before what caused it"


@pytest.mark.parametrize(("via", "shown"), [("AssumeRole", True), ("AssumeRoleWithSAML", False)])
def test_mfa_is_told_of_sessions_that_could_have_had_it(via, shown):
    from labs_helpers.cloud.gate.request_context import Circumstances, request_context

    principal = Principal.from_arn(f"arn:aws:sts::{ACCOUNT}:assumed-role/app/run")
    session = Credentials("ASIA", "", principal, "AROA:run", token="t", issued=NOW, via=via)
    assert ("aws:multifactorauthpresent" in request_context(principal, Circumstances(NOW), session)) is shown

"""Steps of a stage: references to responses, documents, other accounts and Regions, unsigned calls, the clock."""

from __future__ import annotations

from datetime import timedelta

import boto3
import pytest
from botocore.exceptions import ClientError

from labs_helpers.course.content.schema import Step, Try
from labs_helpers.course.situations.described_calls import NO_CREDENTIALS, NoCredentials, set_stage, with_kept
from labs_helpers.course.situations.identity_clients import client_as
from labs_helpers.course.situations.staging import as_python, failure_of

BY_ACCOUNT = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}]}  # fmt: skip


@pytest.fixture
def cloud(one_cloud):
    one_cloud.reset()
    return one_cloud


def stage(cloud, *steps):
    set_stage(cloud, [Step.model_validate(step).model_dump(exclude_none=True) for step in steps])


def test_a_step_uses_what_an_earlier_one_returned(cloud):
    stage(cloud, {"service": "kms", "call": "create_key", "parameters": {"Policy": BY_ACCOUNT}, "keep": "key"},
          {"service": "kms", "call": "create_alias",
           "parameters": {"AliasName": "alias/app", "TargetKeyId": "$key.KeyMetadata.KeyId"}})  # fmt: skip
    aliases = boto3.client("kms").list_aliases()["Aliases"]
    assert any(alias["AliasName"] == "alias/app" for alias in aliases)


def test_what_was_kept_may_stand_within_a_text_or_a_list():
    kept = {"made": {"Id": "i-1", "Groups": [{"Name": "a"}], "Count": 2}}
    given = {"Arn": "arn:x:$made.Id/y", "Ids": ["$made.Id"], "Count": "$made.Count", "First": "$made.Groups.0.Name",
             "Variable": "${aws:username}", "Price": "$5"}  # fmt: skip
    assert with_kept(given, kept) == {
        "Arn": "arn:x:i-1/y", "Ids": ["i-1"], "Count": 2, "First": "a", "Variable": "${aws:username}", "Price": "$5",
    }  # fmt: skip


@pytest.mark.parametrize(("text", "says"), [
    ("$gone.Id", "no earlier step keeps 'gone'. Kept: made"), ("$made.Name", "the answer has no 'Name'"),
])  # fmt: skip
def test_what_was_not_kept_is_named(text, says):
    with pytest.raises(LookupError, match=says):
        with_kept(text, {"made": {"Id": 1}})


def test_the_newest_object_is_the_one_that_was_modified_last():
    objects = [
        {"Key": "b", "LastModified": 2},
        {"Key": "c", "LastModified": 3},
        {"Key": "a", "LastModified": 1},
    ]
    assert with_kept("$logs.Contents.newest.Key", {"logs": {"Contents": objects}}) == "c"


def test_any_parameter_that_takes_json_text_may_be_an_object(cloud):
    bus = {"Version": "2012-10-17", "Statement": [{"Sid": "own", "Effect": "Allow", "Action": "sqs:SendMessage",
           "Principal": {"AWS": "111122223333"}, "Resource": "*"}]}  # fmt: skip
    stage(cloud, {"service": "sqs", "call": "create_queue",
                  "parameters": {"QueueName": "orders", "Attributes": {"Policy": bus}}})  # fmt: skip
    url = boto3.client("sqs").get_queue_url(QueueName="orders")["QueueUrl"]
    attributes = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])[
        "Attributes"
    ]
    assert "sqs:SendMessage" in attributes["Policy"]


def test_other_accounts_and_regions(cloud):
    stage(cloud, {"service": "sqs", "call": "create_queue", "account": "444455556666", "region": "eu-west-1",
                  "parameters": {"QueueName": "theirs"}})  # fmt: skip
    theirs = cloud.account("444455556666")
    assert theirs.client("sqs", region_name="eu-west-1").list_queues()["QueueUrls"]
    assert "QueueUrls" not in theirs.client("sqs").list_queues()


def test_the_clock_goes_on_between_steps(cloud):
    before = cloud.clock.now()
    stage(cloud, {"advance": {"days": 2}})
    assert cloud.clock.now() - before >= timedelta(days=2)


def test_somebody_s_own_call_and_nobody_s(cloud):
    stage(cloud, {"service": "iam", "call": "create_user", "parameters": {"UserName": "alice"}},
          {"service": "iam", "call": "create_access_key", "parameters": {"UserName": "alice"}, "profile": "alice"},
          {"service": "sts", "call": "get_caller_identity", "who": "alice"})  # fmt: skip
    assert cloud.record[-1].principal_arn == "arn:aws:iam::111122223333:user/alice"
    with pytest.raises(ClientError):
        stage(
            cloud,
            {
                "service": "s3",
                "call": "get_object",
                "who": "nobody",
                "parameters": {"Bucket": "b", "Key": "k"},
            },
        )
    assert cloud.record[-1].principal_arn is None
    with pytest.raises(LookupError, match="there is no profile 'zoe'"):
        stage(cloud, {"service": "sts", "call": "get_caller_identity", "who": "zoe"})


def test_someone_who_got_no_credentials_makes_no_call(cloud):
    cloud.profile("zoe", NO_CREDENTIALS)
    call = {"service": "sts", "call": "get_caller_identity", "who": "zoe"}
    with pytest.raises(NoCredentials, match="zoe got no credentials"):
        stage(cloud, call)
    story = failure_of(cloud, Try.model_validate({**call, "expected": "works", "story": "Zoe has no role."}))
    assert story == "Zoe has no role. There are no credentials to make the call with."


def test_each_call_is_signed_with_its_own_caller_s_keys(cloud):
    iam = boto3.client("iam")
    clients = []
    for name in ("alice", "bob"):
        iam.create_user(UserName=name)
        clients.append(client_as(cloud, iam.create_access_key(UserName=name)["AccessKey"], "sts"))
    arns = [client.get_caller_identity()["Arn"].rpartition("/")[2] for client in (*clients, clients[0])]
    assert arns == ["alice", "bob", "alice"]


@pytest.mark.parametrize("step", [
    {}, {"service": "s3"}, {"call": "list_buckets"},
    {"service": "s3", "call": "list_buckets", "advance": {"days": 1}},
])  # fmt: skip
def test_a_step_makes_a_call_or_moves_the_clock(step):
    with pytest.raises(ValueError, match='"service" and "call", or "advance"'):
        Step.model_validate(step)


def attempt(**more):
    return Try.model_validate({"service": "s3", "call": "list_buckets", "story": "Wrong.", **more})


def test_a_try_expects_success_refusal_a_code_or_members_of_the_answer(cloud):
    assert failure_of(cloud, attempt(expected="works")) is None
    assert failure_of(cloud, attempt(expected="refused")) == "Wrong."
    gone = {"call": "get_bucket_policy", "parameters": {"Bucket": "gone"}}
    assert failure_of(cloud, attempt(**gone, expected="NoSuchBucket")) is None
    assert "not because of a missing permission: NoSuchBucket" in failure_of(
        cloud, attempt(**gone, expected="refused")
    )
    assert failure_of(cloud, attempt(**gone, expected="works")).startswith("Wrong. AWS answers: NoSuchBucket")
    assert failure_of(cloud, attempt(expected="works", answers={"Buckets": []})) is None
    lacks = attempt(expected="works", answers={"Buckets.0.Name": "b"})
    assert failure_of(cloud, lacks).endswith("AWS's answer has no Name of item 1 of Buckets.")


def test_steps_are_shown_as_code():
    shown = [
        as_python(Step.model_validate(step))
        for step in (
            {"advance": {"days": 1}},
            {"service": "kms", "call": "create_key", "account": "444455556666", "region": "eu-west-1",
             "parameters": {"Policy": BY_ACCOUNT, "Tags": [{"TagKey": "a", "TagValue": "b"}]}},
        )
    ]  # fmt: skip
    assert shown[0] == "day.clock.advance(days=1.0)"
    assert shown[1].startswith(
        'day.cloud.account("444455556666").client("kms", region_name="eu-west-1").create_key('
    )
    assert "Policy=json.dumps({" in shown[1]
    assert 'Tags=[{"TagKey": "a", "TagValue": "b"}],' in shown[1]


def test_one_try_can_have_several_right_outcomes(cloud):
    stage(cloud, {"service": "kms", "call": "create_key", "keep": "key"},
          {"service": "kms", "call": "schedule_key_deletion",
           "parameters": {"KeyId": "$key.KeyMetadata.KeyId", "PendingWindowInDays": 7}})  # fmt: skip
    attempt = Try(
        service="kms",
        call="describe_key",
        parameters={"KeyId": "$key.KeyMetadata.KeyId"},
        expected="works",
        also=("NotFoundException",),
        answers={"KeyMetadata.KeyState": "PendingDeletion"},
        story="The key stays.",
    )
    assert failure_of(cloud, attempt) is None
    cloud.clock.advance(days=8)
    assert failure_of(cloud, attempt) is None
    assert "NotFoundException" in failure_of(cloud, attempt.model_copy(update={"also": ()}))


def test_a_quiet_try_tells_its_story_without_aws_s_answer(cloud):
    attempt = Try(
        service="kms",
        call="describe_key",
        parameters={"KeyId": "alias/none-such"},
        expected="works",
        quiet=True,
        story="Something fails.",
    )
    assert failure_of(cloud, attempt) == "Something fails."
    assert "alias/none-such" in failure_of(cloud, attempt.model_copy(update={"quiet": False}))


def test_a_try_whose_wanted_answer_was_never_made_tells_its_story(cloud):
    attempt = Try(
        service="sts",
        call="get_caller_identity",
        expected="works",
        answers={"Account": "$never.Made"},
        story="It is somebody else's.",
    )
    assert (
        failure_of(cloud, attempt)
        == "It is somebody else's. (An earlier call that this one needs has failed.)"
    )

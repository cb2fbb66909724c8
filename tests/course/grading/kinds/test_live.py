"""What a learner builds in the cloud is graded by calls, by inquiries, and by a ceiling."""

from __future__ import annotations

import sys

import pytest

from labs_helpers.course.grading.grade import grade
from labs_helpers.course.situations.trials import Must
from tests.course.invented import exercise


@pytest.fixture
def cloud(one_cloud):
    one_cloud.reset()
    return one_cloud


PUBLIC = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::site/*"}]}  # fmt: skip
OPEN = {"service": "s3", "call": "put_public_access_block", "parameters": {"Bucket": "site",
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "IgnorePublicAcls": True,
                                           "BlockPublicPolicy": False, "RestrictPublicBuckets": False}}}  # fmt: skip
MAKE = [
    {"service": "s3", "call": "create_bucket", "parameters": {"Bucket": "site"}},
    {
        "service": "s3",
        "call": "put_object",
        "parameters": {"Bucket": "site", "Key": "index.html", "Body": "Hi"},
    },
]
GET = {"service": "s3", "call": "get_object", "parameters": {"Bucket": "site", "Key": "index.html"}}


@pytest.fixture
def built():
    return exercise(
        kind="live",
        steps=[
            {"service": "iam", "call": "create_user", "account": "444455556666", "parameters": {"UserName": "erin"}},
            {"service": "iam", "call": "create_access_key", "account": "444455556666",
             "parameters": {"UserName": "erin"}, "profile": "erin", "keep": "erin"},
        ],
        tries=[
            {"who": "nobody", **GET, "expected": "works", "answers": {"ContentLength": 2}, "story": "No guest reads."},
            {"who": "erin", "service": "s3", "call": "delete_bucket", "parameters": {"Bucket": "site"},
             "expected": "refused", "story": "Erin deletes the bucket."},
            {"service": "s3", "call": "head_bucket", "parameters": {"Bucket": "gone"}, "expected": "404",
             "story": "There is a bucket gone."},
        ],
        inquiries=[{"principal": "anonymous", "action": "s3:PutObject", "resource": "arn:aws:s3:::site/x",
                    "expected": "refuse", "story": "Guests write."}],
        changes={"new": ["bucket arn:aws:s3:::site", "policy of arn:aws:s3:::site"]},
        ceiling={"people": [{"principal": "arn:aws:iam::111122223333:user/zoe"}],
                 "resources": [{"resource": "arn:aws:s3:::site", "account": "111122223333", "policy": PUBLIC,
                                "action": "s3:ListBucket"}]},
    )  # fmt: skip


def put(document):
    return {
        "service": "s3",
        "call": "put_bucket_policy",
        "parameters": {"Bucket": "site", "Policy": document},
    }


def test_what_is_built_is_judged_by_calls_and_questions(built, cloud):
    result = grade(built, built.enact([*MAKE, OPEN, put(PUBLIC)], cloud), cloud)
    assert result.messages == ()
    assert result.passed
    assert built.tried == 4
    stories = {each.story for each in result.trials if each.must is Must.FAIL}
    assert stories == {"Erin deletes the bucket.", "There is a bucket gone.", "Guests write."}


def test_what_is_not_built_tells_its_story(built, cloud):
    assert "No guest reads." in grade(built, built.enact(MAKE, cloud), cloud).messages[0]


def test_what_is_built_too_wide_has_its_witness(built, cloud):
    wide = {
        **PUBLIC,
        "Statement": [{**PUBLIC["Statement"][0], "Action": ["s3:GetObject", "s3:GetObjectAcl"]}],
    }
    (message,) = grade(built, built.enact([*MAKE, OPEN, put(wide)], cloud), cloud).messages[:1]
    assert "can perform s3:GetObjectAcl" in message


def test_what_the_check_made_is_taken_back(built, cloud):
    grade(built, built.enact([*MAKE, OPEN, put(PUBLIC)], cloud), cloud)
    users = cloud.account("444455556666").client("iam").list_users()["Users"]
    assert [user["UserName"] for user in users] == ["admin"]


def test_a_check_that_looks_ahead_leaves_the_clock_where_it_is(cloud):
    made = exercise(kind="live", tries=[{
        "service": "sts", "call": "get_caller_identity", "advance": {"days": 30}, "expected": "works", "story": "s",
    }])  # fmt: skip
    before = cloud.clock.now()
    assert grade(made, None, cloud).passed
    assert (cloud.clock.now() - before).total_seconds() < 60


def test_what_no_call_returns_a_day_prepares(cloud, monkeypatch):
    from types import ModuleType

    module = ModuleType("labs_helpers.course.days.day9.tokens")
    module.prepare = lambda cloud: {"token": {"value": "a.b.c"}}
    monkeypatch.setitem(
        sys.modules, "labs_helpers.course.days.day9", ModuleType("labs_helpers.course.days.day9")
    )
    monkeypatch.setitem(sys.modules, module.__name__, module)
    made = exercise(kind="live", prepared_by="day9.tokens", tries=[{
        "who": "nobody", "service": "sts", "call": "assume_role_with_web_identity",
        "parameters": {"RoleArn": "arn:aws:iam::111122223333:role/x", "RoleSessionName": "xx",
                       "WebIdentityToken": "$token.value"},
        "expected": "InvalidIdentityToken", "story": "A token that is none is taken.",
    }])  # fmt: skip
    assert grade(made, None, cloud).messages == ()

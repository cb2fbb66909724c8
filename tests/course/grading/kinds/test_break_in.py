"""Exercise 2.10: only what a stolen key, and the credentials obtained with it, reached counts."""

from __future__ import annotations

import json

import boto3
import pytest

from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.grading.kinds.break_in import BreakIn
from labs_helpers.course.situations import staging
from tests.course.proof import check

EXERCISE = load(2)["2.10"]
JEWELS = {"Bucket": "crown-jewels", "Key": "list.txt"}


@pytest.fixture
def cloud(one_cloud):
    one_cloud.reset()
    return one_cloud


@pytest.fixture
def broken_into(cloud):
    staging.set_up(cloud, EXERCISE, 1)
    return cloud


def as_(profile, service="iam"):
    return boto3.Session(profile_name=profile).client(service)


def join_the_administrators(user):
    as_("fern-key").add_user_to_group(GroupName="administrators", UserName=user)


def missing(cloud):
    return len(grade(EXERCISE, None, cloud).messages)


def test_what_is_not_set_up_is_no_try(cloud):
    assert isinstance(EXERCISE, BreakIn)
    result = grade(EXERCISE, None, cloud)
    assert not result.counts
    assert 'day.situation("2.10")' in result.messages[0]


def test_looking_around_as_the_lesson_does_is_no_try_but_a_key_is(broken_into):
    as_("fern-key").list_users()
    assert EXERCISE.is_untouched(broken_into)
    as_("fern-key").create_access_key(UserName="greta")
    assert not EXERCISE.is_untouched(broken_into)
    staging.begin_anew(broken_into, EXERCISE, 1)
    assert EXERCISE.is_untouched(broken_into)


def test_a_key_that_dana_makes_and_a_session_that_that_key_begins_are_the_intruders(broken_into):
    assert missing(broken_into) == 3
    key = as_("fern-key").create_access_key(UserName="greta")["AccessKey"]
    broken_into.profile("greta-key", key)
    door = as_("greta-key").get_role(RoleName="deploy")["Role"]["Arn"]
    session = as_("greta-key", "sts").assume_role(RoleArn=door, RoleSessionName="in")
    broken_into.profile("in", session["Credentials"]).client("s3").get_object(**JEWELS)
    assert missing(broken_into) == 2
    as_("greta-key", "s3").get_object(**JEWELS)
    assert missing(broken_into) == 1


def test_the_administrators_help_is_named_and_a_new_beginning_forgets_it(broken_into):
    broken_into.account(EXERCISE.account).client("iam").create_group(GroupName="helpers")
    result = grade(EXERCISE, None, broken_into)
    assert "user/admin called CreateGroup" in result.messages[0]
    assert 'day.begin_anew("2.10")' in result.messages[0]
    staging.begin_anew(broken_into, EXERCISE, 1)
    join_the_administrators("fern")
    as_("fern-key", "s3").get_object(**JEWELS)
    assert missing(broken_into) == 2


def test_what_others_do_in_other_accounts_is_no_help(broken_into):
    boto3.client("iam").create_user(UserName="somebody")
    join_the_administrators("fern")
    as_("fern-key", "s3").get_object(**JEWELS)
    assert missing(broken_into) == 2


def test_the_administrators_own_reading_reaches_nothing(broken_into):
    broken_into.account(EXERCISE.account).client("s3").get_object(**JEWELS)
    assert missing(broken_into) == 3


def test_the_known_ways_are_more_than_three(cloud):
    """Each right answer differs from the solution in a call of Fern's that changes something."""
    ways = {
        step["call"]
        for listed in EXERCISE.right
        for step in listed.answer
        if step.get("who") == "fern-key" and step["call"] not in ("get_object", "assume_role")
    }
    assert len(ways) >= 6
    assert all(check(EXERCISE, listed.answer, cloud).passed for listed in EXERCISE.right)


def test_what_a_service_does_for_the_intruder_is_nobodys_help(broken_into):
    """EC2 assumes a role for an instance that Fern starts after becoming an administrator."""
    join_the_administrators("fern")
    iam, trusted = as_("fern-key"), {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trusted | {"Action": "sts:AssumeRole"}]})
    iam.create_role(RoleName="machine", AssumeRolePolicyDocument=document)
    iam.create_instance_profile(InstanceProfileName="machine")
    iam.add_role_to_instance_profile(InstanceProfileName="machine", RoleName="machine")
    started = as_("fern-key", "ec2").run_instances(
        ImageId="ami-12c6146b", MinCount=1, MaxCount=1, IamInstanceProfile={"Name": "machine"}
    )
    broken_into.instance(started["Instances"][0]["InstanceId"]).session()
    assert missing(broken_into) == 3

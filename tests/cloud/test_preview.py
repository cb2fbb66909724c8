"""Previews of the organization: drafts, moves, and a replayed trail, without any changes to the cloud."""

from __future__ import annotations

import json

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.audit.preview import Preview
from labs_helpers.cloud.audit.replay import replay
from labs_helpers.course.days.day4 import landing_zone

KEEP = {"Sid": "Keep", "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}
FENCE = {"Sid": "Fence", "Effect": "Deny", "NotAction": "iam:*", "Resource": "*",
         "Condition": {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}}  # fmt: skip
BUCKET = "arn:aws:s3:::orders"


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.fixture(scope="module")
def world():
    with Cloud(seed=4) as cloud:
        yield cloud, landing_zone.prepare(cloud)["landing"]


def admin(account):
    return f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"


def test_a_draft_binds_whom_it_would_bind_and_changes_nothing(world):
    cloud, org = world
    calls = len(cloud.record)
    preview = Preview(cloud).attach(policy(KEEP), org["workloads"])
    assert not preview.judge(admin(org["prod"]), "s3:DeleteBucket", BUCKET).allowed
    assert not preview.judge(f"arn:aws:iam::{org['prod']}:root", "s3:DeleteBucket", BUCKET).allowed
    assert preview.judge(admin(org["play"]), "s3:DeleteBucket", BUCKET).allowed
    assert cloud.would(admin(org["prod"]), "s3:DeleteBucket", BUCKET).allowed
    assert len(cloud.record) == calls


def test_a_draft_is_compared_with_what_is_in_force_for_every_request(world):
    cloud, org = world
    compared = Preview(cloud).attach(policy(KEEP), org["workloads"]).compare()
    assert set(compared) == {org["prod"]}
    assert compared[org["prod"]].relation == "narrower"
    assert compared[org["prod"]].less.request.action == "s3:DeleteBucket"
    spaced = json.dumps(policy({**KEEP, "Resource": ["*", "arn:aws:s3:::*"]}), indent=4)
    both = Preview(cloud).attach(policy(KEEP), org["prod"]).attach(spaced, org["prod"], name="again")
    assert both.compare()[org["prod"]].relation == "narrower"
    assert Preview(cloud).compare() == {}


def test_no_draft_binds_the_management_account(world):
    cloud, org = world
    preview = Preview(cloud).attach(policy(KEEP), org["root"])
    assert preview.judge(f"arn:aws:iam::{cloud.home}:user/admin", "s3:DeleteBucket", BUCKET).allowed
    assert set(preview.below(org["root"])) == {org["prod"], org["play"], org["security"]}


def test_an_account_would_be_bound_where_it_would_stand(world):
    cloud, org = world
    preview = Preview(cloud).attach(policy(KEEP), org["workloads"]).move(org["play"], org["workloads"])
    assert not preview.judge(admin(org["play"]), "s3:DeleteBucket", BUCKET).allowed
    by_path = {
        **KEEP,
        "Condition": {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"*/{org['workloads']}/*"}},
    }
    preview = Preview(cloud).attach(policy(by_path), org["root"])
    assert preview.judge(admin(org["play"]), "s3:DeleteBucket", BUCKET).allowed
    preview.move(org["play"], org["workloads"])
    assert not preview.judge(admin(org["play"]), "s3:DeleteBucket", BUCKET).allowed


def test_the_full_access_policy_replaced_leaves_an_allow_list(world):
    cloud, org = world
    only = policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    preview = Preview(cloud).attach(only, org["sandbox"]).detach("p-FullAWSAccess", org["sandbox"])
    assert preview.judge(admin(org["play"]), "s3:ListAllMyBuckets", "*").allowed
    assert not preview.judge(admin(org["play"]), "ec2:DescribeInstances", "*").allowed


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda preview, org: preview.attach({"Statement": []}, org["root"]), "MalformedPolicyDocument"),
        (lambda preview, org: preview.attach(policy(KEEP), "ou-none"), "isn't a root, OU, or account"),
        (lambda preview, org: preview.detach("p-FullAWSAccess", org["prod"]), "last policy"),
        (lambda preview, org: preview.detach("p-12345678", org["prod"]), "not attached"),
        (lambda preview, org: preview.move("000000000000", org["root"]), "no account"),
        (lambda preview, org: preview.move(org["prod"], org["play"]), "no OU"),
        (
            lambda preview, org: preview.attach(
                policy({**KEEP, "Principal": "*", "Action": "s3:*"}),
                org["root"],
                policy_type="RESOURCE_CONTROL_POLICY",
            ),
            "not enabled",
        ),
        (lambda preview, org: [preview.attach(policy(KEEP), org["prod"]) for _ in range(10)], "10 policies"),
    ],
)
def test_what_aws_would_not_do_is_told(world, change, said):
    cloud, org = world
    with pytest.raises(ValueError, match=said):
        change(Preview(cloud), org)


def test_an_organization_is_needed(world, monkeypatch):
    cloud, _ = world
    monkeypatch.setattr(cloud, "home", "999988887777")
    with pytest.raises(LookupError, match="isn't in an organization"):
        Preview(cloud)


def test_a_replayed_trail_names_the_calls_that_a_draft_would_have_broken(world):
    cloud, org = world
    session = cloud.account(org["prod"])
    session.client("s3").create_bucket(Bucket="day4-replayed")
    session.client("sqs", region_name="eu-west-1").create_queue(QueueName="q")
    session.client("iam").create_user(UserName="u")
    session.client("sts").assume_role(RoleArn=session.client("iam").create_role(
        RoleName="r", AssumeRolePolicyDocument=json.dumps(policy(
            {"Effect": "Allow", "Principal": {"AWS": org["prod"]}, "Action": "sts:AssumeRole"})),
    )["Role"]["Arn"], RoleSessionName="trusted")  # fmt: skip
    cloud.account(org["play"]).client("sqs", region_name="eu-west-1").create_queue(QueueName="q")
    events = [
        json.loads(event["CloudTrailEvent"])
        for account in ("prod", "play")
        for region in ("us-east-1", "eu-west-1")
        for event in cloud.account(org[account])
        .client("cloudtrail", region_name=region)
        .lookup_events()["Events"]
    ]
    preview = Preview(cloud).attach(policy(FENCE), org["workloads"])
    (broken,) = replay(cloud, events, preview).broken
    assert (broken.action, broken.region, broken.sure) == ("sqs:CreateQueue", "eu-west-1", True)
    assert broken.resource == f"arn:aws:sqs:eu-west-1:{org['prod']}:q"
    assert broken.statement == 'the draft, statement 1 "Fence"'
    assert replay(cloud, events, Preview(cloud)).broken == ()


def test_events_that_tell_too_little_are_counted_and_break_nothing(world):
    cloud, org = world
    preview = Preview(cloud).attach(policy(FENCE), org["workloads"])
    who = {"arn": f"arn:aws:iam::{org['prod']}:user/x"}
    odd = [{}, {"userIdentity": None}, {"userIdentity": {"arn": "no"}}, {"userIdentity": who},
           {"userIdentity": who, "eventSource": "sqs.amazonaws.com", "eventName": "Nonsense"}]  # fmt: skip
    replayed = replay(cloud, odd, preview)
    assert (replayed.seen, replayed.bound, replayed.unread, replayed.broken) == (5, 2, 2, ())

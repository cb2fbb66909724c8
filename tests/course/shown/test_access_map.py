"""The blast radius before and after a guardrail: the number of dangerous actions that principals are allowed."""

from __future__ import annotations

import csv
import io

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.audit.preview import Preview
from labs_helpers.course.days.day4 import landing_zone
from labs_helpers.course.shown.access_map import HURTING, AccessMap, comparison
from labs_helpers.engine.reference import authorization

GUARD = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Deny", "Action": ["cloudtrail:*", "organizations:LeaveOrganization"], "Resource": "*"}]}  # fmt: skip


@pytest.fixture(scope="module")
def world():
    with Cloud(seed=4) as cloud:
        yield cloud, landing_zone.prepare(cloud)["landing"]


def test_every_action_that_hurts_exists_and_has_a_resource_that_its_administrator_reaches(world):
    cloud, org = world
    for action in HURTING:
        service, _, name = action.partition(":")
        assert name.lower() in authorization.actions(service)
    admin = f"arn:aws:iam::{org['prod']}:role/OrganizationAccountAccessRole"
    refused = [
        action
        for action, allowed in zip(HURTING, AccessMap(cloud, [admin]).run().rows[admin], strict=True)
        if not allowed
    ]
    assert refused == []


def test_guardrail_makes_the_radius_smaller_where_it_binds(world):
    cloud, org = world
    preview = Preview(cloud).attach(GUARD, org["workloads"])
    before, after = AccessMap(cloud).run(), AccessMap(cloud, preview=preview).run()
    assert before.accounts()[org["prod"]][0] - after.accounts()[org["prod"]][0] == 3 * sum(
        f":{org['prod']}:" in each for each in before.principals
    )
    for account in (org["play"], cloud.home):
        assert before.accounts()[account] == after.accounts()[account]
    changes = after.changed_since(before.rows)
    assert set(changes.values()) == {False}
    assert {action for _, action in changes} == {
        "cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "organizations:LeaveOrganization"
    }  # fmt: skip
    text = comparison(before, after, {org["prod"]: "prod"}).text
    assert "prod" in text
    assert "all" in text


def test_service_linked_roles_are_nobody_s_keys(world):
    cloud, _ = world
    assert not any("/aws-service-role/" in each for each in AccessMap(cloud).principals)


def test_keys_of_strangers_are_no_loss_of_the_organization(world):
    cloud, org = world
    cloud.account("999988887777").client("iam").create_user(UserName="mallory")
    accounts = {each.split(":")[4] for each in AccessMap(cloud).principals}
    assert accounts == {cloud.home, org["prod"], org["play"], org["security"]}


def test_it_can_be_asked_in_steps_and_says_how_far_it_is(world):
    cloud, _ = world
    asked = AccessMap(cloud)
    next(asked.step())
    assert len(asked.rows) == 1
    assert repr(asked).startswith(f"<AccessMap: 1 of {len(asked.principals)} principals")
    assert len(asked.run().rows) == len(asked.principals)


def test_csv_has_a_line_a_principal_and_no_formula(world):
    cloud, org = world
    asked = AccessMap(cloud, [f"arn:aws:iam::{org['prod']}:root"], {"s3:ListAllMyBuckets": "*"}).run()
    rows = list(csv.reader(io.StringIO(asked.csv())))
    assert rows == [
        ["principal", "account", "s3:ListAllMyBuckets"],
        [asked.principals[0], org["prod"], "allow"],
    ]
    asked.rows["=cmd:a:b:c:d"] = (True,)
    assert "\n'=cmd" in asked.csv()

"""Names that don't exist on AWS, and the ones that were probably meant."""

from __future__ import annotations

import json

import pytest

from labs_helpers.engine.analysis.unknown_names import unknown_action, unknown_key, unknown_names
from labs_helpers.engine.policy import PolicyKind


def names(**more: object) -> list[str]:
    whole = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **more}
    text = json.dumps({"Version": "2012-10-17", "Statement": [whole]})
    return [each.sentence for each in unknown_names(text, PolicyKind.IDENTITY)]


@pytest.mark.parametrize(("more", "says"), [
    ({"Action": ["s3:GetObject", "ec2:RunInstance"]}, "Did you mean ec2:RunInstances?"),
    ({"Action": "s33:GetObject"}, "s33"),
    ({"Condition": {"StringEquals": {"aws:PrincipalOrgIds": "o-1"}}}, "Did you mean aws:PrincipalOrgID?"),
    ({"Condition": {"StringEquals": {"s3:prefixes": "x"}}}, "Did you mean s3:prefix?"),
    ({"Condition": {"StringEqual": {"s3:prefix": "x"}}}, "Did you mean StringEquals?"),
    ({"Resource": "arn:aws:iam::11112222333:role/x"}, "12-digit account ID"),
])  # fmt: skip
def test_a_mistyped_name_is_told_with_the_similar_one(more, says):
    (sentence,) = names(**more)
    assert says in sentence


@pytest.mark.parametrize("more", [
    {"Action": ["s3:*", "ec2:Describe*", "*"]}, {"Condition": {"StringLike": {"aws:PrincipalTag/team": "blue"}}},
    {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
    {"Condition": {"StringEquals": {"token.actions.githubusercontent.com:sub": "x"}}},
])  # fmt: skip
def test_names_that_exist_are_not_told(more):
    assert names(**more) == []


def test_actions_and_keys_of_requests_are_looked_up():
    assert unknown_action("s3:GetObject") is None
    assert unknown_key("aws:RequestTag/team") is None
    assert "Did you mean sts:AssumeRole?" in str(unknown_action("sts:AssumeRoles"))
    assert "Did you mean aws:SourceIp?" in str(unknown_key("aws:SourceIps"))

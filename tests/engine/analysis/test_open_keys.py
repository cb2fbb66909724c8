"""Requests with open keys: what is allowed or denied whatever they are holds for every value."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from labs_helpers.engine.analysis.open_keys import Outlook, Verdict, outlook
from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Policies,
    PolicyKind,
    Principal,
    decide,
    parse_policy,
)

USER = Principal.from_arn("arn:aws:iam::111122223333:user/alice")
OBJECT = "arn:aws:s3:::payroll/2026.csv"
REGIONS = ["eu-central-1", "eu-west-1", "us-east-1"]
KEYS = {
    "aws:requestedregion": [*REGIONS, None], "aws:multifactorauthpresent": ["true", "false", None],
    "aws:sourceip": ["203.0.113.1", "10.0.0.1", None], "aws:principaltag/team": ["blue", "red", None],
}  # fmt: skip


def statement(effect: str, **condition: dict[str, object]) -> dict[str, object]:
    return {
        "Effect": effect,
        "Action": "s3:*",
        "Resource": "*",
        **({"Condition": condition} if condition else {}),
    }


def attached(kind: PolicyKind, *statements: dict[str, object]) -> Attached:
    return Attached(kind.value, parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind))


def asked(identity: list[dict[str, object]], scp: list[dict[str, object]]) -> tuple[AccessRequest, Policies]:
    request = AccessRequest.of(USER, "s3:GetObject", OBJECT, context={"aws:RequestedRegion": "us-east-1"})
    levels = ((attached(PolicyKind.SCP, *scp),),)
    return request, Policies(identity=(attached(PolicyKind.IDENTITY, *identity),), scp=levels)


def found(identity: list[dict[str, object]], scp: list[dict[str, object]]) -> Outlook:
    return outlook(*asked(identity, scp), lambda key: key in KEYS)


def test_a_region_that_an_scp_requires_makes_the_answer_conditional_and_not_a_denial():
    elsewhere = {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]}
    answer = found([statement("Allow")], [statement("Allow"), statement("Deny", StringNotEquals=elsewhere)])
    assert answer.verdict is Verdict.CONDITIONAL
    assert answer.example == {"aws:requestedregion": "eu-central-1"}
    assert [each.to_dict()["condition"] for each in answer.requirements] == [{"StringNotEquals": elsewhere}]
    assert str(answer.requirements[0]).startswith(
        "unless StringNotEquals aws:RequestedRegion eu-central-1, eu-west-1"
    )


def test_conditions_that_exclude_each_other_are_a_denial():
    here, there = {"aws:RequestedRegion": "us-east-1"}, {"aws:RequestedRegion": "eu-central-1"}
    answer = found([statement("Allow", StringEquals=here)],
                   [statement("Allow"), statement("Deny", StringNotEquals=there)])  # fmt: skip
    assert answer.verdict is Verdict.DENIED


def test_an_allow_without_conditions_makes_a_conditional_one_irrelevant():
    answer = found([statement("Allow", Bool={"aws:MultiFactorAuthPresent": "true"}), statement("Allow")],
                   [statement("Allow")])  # fmt: skip
    assert (answer.verdict, answer.requirements) == (Verdict.ALLOWED, ())


def test_a_variable_that_is_open_keeps_the_answer_open():
    own = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:PrincipalTag/team}/*"}
    assert found([own], [statement("Allow")]).verdict is Verdict.CONDITIONAL
    other = {**own, "Resource": "arn:aws:s3:::public-${aws:PrincipalTag/team}/*"}
    assert found([other], [statement("Allow")]).verdict is Verdict.DENIED


TESTS = st.sampled_from([
    ("StringEquals", "aws:RequestedRegion", "eu-central-1"), ("StringNotEquals", "aws:RequestedRegion", REGIONS[:2]),
    ("StringEqualsIfExists", "aws:RequestedRegion", "us-east-1"), ("Bool", "aws:MultiFactorAuthPresent", "true"),
    ("BoolIfExists", "aws:MultiFactorAuthPresent", "false"), ("Null", "aws:MultiFactorAuthPresent", "true"),
    ("IpAddress", "aws:SourceIp", "10.0.0.0/8"), ("NotIpAddress", "aws:SourceIp", "10.0.0.0/8"),
    ("StringLike", "aws:PrincipalTag/team", "b*"), ("StringNotEquals", "aws:PrincipalTag/team", "red"),
])  # fmt: skip
STATEMENTS = st.builds(
    lambda effect, tests: statement(effect, **{operator: {key: value} for operator, key, value in tests}),
    st.sampled_from(["Allow", "Allow", "Deny"]), st.lists(TESTS, max_size=2),
)  # fmt: skip
POLICIES = st.lists(STATEMENTS, min_size=1, max_size=3)
CONTEXTS = st.fixed_dictionaries({key: st.sampled_from(values) for key, values in KEYS.items()})


@given(POLICIES, POLICIES, CONTEXTS)
def test_what_is_certain_holds_for_every_value_of_the_open_keys(identity, scp, context):
    request, policies = asked(identity, scp)
    answer = outlook(request, policies, lambda key: key in KEYS)
    present = {key: value for key, value in context.items() if value is not None}
    decision = decide(AccessRequest.of(USER, "s3:GetObject", OBJECT, context=present), policies)
    if answer.verdict is not Verdict.CONDITIONAL:
        assert decision.allowed is answer.possible, json.dumps([identity, scp])


@given(POLICIES, POLICIES)
def test_an_example_is_allowed(identity, scp):
    answer = found(identity, scp)
    assert answer.example is None or answer.decision.allowed
    assert (answer.verdict is Verdict.CONDITIONAL) or not answer.requirements

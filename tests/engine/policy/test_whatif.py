"""What would have to change: every proposal is what the engine answers, minimal, and on the side that can make it."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Policies,
    PolicyKind,
    Principal,
    decide,
    parse_policy,
)
from labs_helpers.engine.policy.whatif.change import Change, ChangeKind, changed
from labs_helpers.engine.policy.whatif.smallest_changes import changes
from tests.hangs import ends

HOME, OTHER = "111122223333", "444455556666"
ALICE = f"arn:aws:iam::{HOME}:user/alice"
DEPLOY = f"arn:aws:iam::{HOME}:role/deploy"
SESSION = f"arn:aws:sts::{HOME}:assumed-role/deploy/run"
OBJECT = "arn:aws:s3:::payroll/2026.csv"
KEY = f"arn:aws:kms:us-east-1:{HOME}:key/k"


def policy(kind: PolicyKind, *statements: dict[str, Any], name: str | None = None) -> Attached:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return Attached(name or f"the {kind.name.lower()} policy", parse_policy(document, kind))


def allow(action: str = "s3:*", resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str = "s3:*", resource: str = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


IDENTITY_ALLOWS = (policy(PolicyKind.IDENTITY, allow()),)
FULL = policy(PolicyKind.SCP, allow("*"), name="FullAWSAccess")


def ask(
    who: str = ALICE,
    action: str = "s3:GetObject",
    resource: str = OBJECT,
    account: str | None = None,
    **context: Any,
) -> AccessRequest:
    keys = {name.replace("__", ":"): value for name, value in context.items()}
    return AccessRequest.of(Principal.from_arn(who), action, resource, account=account, context=keys)


def proposed(request: AccessRequest, policies: Policies) -> tuple[Change, ...]:
    """The changes, after it was tried that each is what it says."""
    found = changes(request, policies, decide(request, policies))
    assert_true(request, policies, found)
    return found


def assert_true(request: AccessRequest, policies: Policies, found: tuple[Change, ...]) -> None:
    def allowed(numbers: Any) -> bool:
        return decide(*changed(request, policies, [found[number - 1] for number in numbers])).allowed

    assert [change.number for change in found] == list(range(1, len(found) + 1))
    for change in found:
        together = (change.number, *change.needs_also)
        if not change.helps:
            assert not change.flips_alone
            assert not change.needs_also
            assert not allowed([change.number])
            continue
        assert change.flips_alone is (not change.needs_also)
        assert allowed(together)
        if len(together) <= 7:
            for size in range(len(together)):
                for fewer in combinations(together, size):
                    assert not allowed(fewer), (change, fewer)


def only(found: tuple[Change, ...], layer: str) -> Change:
    (change,) = [change for change in found if change.layer == layer]
    return change


def test_an_allowed_request_needs_no_change():
    request, policies = ask(), Policies(identity=IDENTITY_ALLOWS)
    assert changes(request, policies, decide(request, policies)) == ()


def test_without_any_policy_either_side_of_one_account_can_allow():
    found = proposed(ask(), Policies())
    assert only(found, "PRINCIPAL").statement == {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": OBJECT,
    }
    assert only(found, "PRINCIPAL").flips_alone
    assert only(found, "RESOURCE").flips_alone
    assert only(found, "RESOURCE").statement["Principal"] == {"AWS": ALICE}


def test_across_accounts_both_sides_have_to_allow_and_the_owner_is_named():
    found = proposed(ask(account=OTHER), Policies())
    identity, resource = only(found, "PRINCIPAL"), only(found, "RESOURCE")
    assert identity.needs_also == (resource.number,)
    assert resource.needs_also == (identity.number,)
    assert OTHER in resource.note


def test_an_allow_in_the_identity_policy_cannot_help_against_an_scp_that_denies():
    scp = policy(PolicyKind.SCP, deny(Sid="NoS3"), name="guard")
    request = ask(aws__PrincipalArn=ALICE)
    found = proposed(request, Policies(identity=IDENTITY_ALLOWS, scp=((FULL, scp), (FULL,))))
    narrowed = only(found, "SERVICE_CONTROL_POLICY")
    assert narrowed.kind is ChangeKind.NARROW_DENY
    assert narrowed.flips_alone
    assert (narrowed.policy, narrowed.index, narrowed.level) == ("guard", 0, 0)
    assert narrowed.statement["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": ALICE}}
    assert "management account" in narrowed.note
    hopeless = only(found, "PRINCIPAL")
    assert hopeless.cannot_help == (
        "An allow in an identity-based policy can't help: the service control policy at the root explicitly denies it "
        '(statement 1 "NoS3" of guard).'
    )


def test_an_scp_attached_to_two_levels_is_changed_once():
    scp = policy(PolicyKind.SCP, allow("*"), deny(), name="guard")
    found = proposed(ask(), Policies(identity=IDENTITY_ALLOWS, scp=((scp,), (scp,))))
    assert only(found, "SERVICE_CONTROL_POLICY").flips_alone


def test_each_level_of_an_organisation_that_does_not_allow_needs_an_allow():
    found = proposed(ask(), Policies(identity=IDENTITY_ALLOWS, scp=((FULL,), (), ())))
    assert [(c.level, c.needs_also) for c in found if c.layer == "SERVICE_CONTROL_POLICY"] == [
        (1, (2,)),
        (2, (1,)),
    ]


def test_a_boundary_that_is_silent_needs_its_own_allow():
    boundary = policy(PolicyKind.BOUNDARY, allow("ec2:*"), name="limits")
    found = proposed(ask(), Policies(identity=IDENTITY_ALLOWS, boundary=boundary))
    assert only(found, "PERMISSIONS_BOUNDARY").flips_alone
    assert only(found, "PERMISSIONS_BOUNDARY").policy == "limits"
    assert "can't help" in only(found, "PRINCIPAL").cannot_help
    # A bucket policy that names the user is not limited by the user's boundary.
    assert only(found, "RESOURCE").flips_alone


def test_a_session_policy_takes_a_new_session():
    session = (policy(PolicyKind.SESSION, allow("ec2:*")),)
    found = proposed(ask(SESSION), Policies(identity=IDENTITY_ALLOWS, session=session))
    assert only(found, "SESSION").flips_alone
    assert "new session" in only(found, "SESSION").note
    # A bucket policy that names the session would help; one that names its role doesn't.
    assert only(found, "RESOURCE").cannot_help == (
        "An allow for the role in a resource-based policy can't help: no session policy allows it."
    )
    for named, allowed in ((SESSION, True), (DEPLOY, False)):
        bucket = policy(PolicyKind.RESOURCE, allow(Principal={"AWS": named}))
        policies = Policies(identity=IDENTITY_ALLOWS, session=session, resource=bucket)
        assert decide(ask(SESSION), policies).allowed is allowed


def test_nobody_but_cognito_passes_the_session_policy_of_a_guest():
    """https://docs.aws.amazon.com/cognito/latest/developerguide/iam-roles.html#access-policies-scope-down-services"""
    session = (policy(PolicyKind.SESSION, allow("ec2:*")),)
    guest = ask(SESSION, **{"cognito-identity.amazonaws.com:amr": ("unauthenticated",)})
    found = proposed(guest, Policies(identity=IDENTITY_ALLOWS, session=session))
    assert "classic flow" in only(found, "SESSION").note


def test_a_trust_policy_needs_the_principal_and_has_no_resource():
    request = ask(action="sts:AssumeRole", resource=DEPLOY)
    identity = (policy(PolicyKind.IDENTITY, allow("sts:AssumeRole")),)
    trust = policy(
        PolicyKind.TRUST,
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
    )
    found = proposed(request, Policies(identity=identity, resource=trust))
    added = only(found, "RESOURCE")
    assert added.flips_alone
    assert added.statement == {"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "sts:AssumeRole"}
    assert "no role trust policy allows it" in only(found, "PRINCIPAL").cannot_help


def test_a_key_policy_has_to_allow_and_an_identity_policy_alone_cannot():
    found = proposed(ask(action="kms:Decrypt", resource=KEY), Policies())
    assert only(found, "RESOURCE").flips_alone
    assert only(found, "RESOURCE").statement["Resource"] == "*"
    assert "no key policy allows it" in only(found, "PRINCIPAL").cannot_help


def test_the_policy_of_the_resource_itself_is_named_by_its_kind():
    other = allow("kms:*", Principal={"AWS": DEPLOY})
    named = policy(PolicyKind.RESOURCE, other, name=f"{KEY} (key policy)")
    added = only(proposed(ask(action="kms:Decrypt", resource=KEY), Policies(resource=named)), "RESOURCE")
    assert added.text == f"Allow kms:Decrypt on {KEY} in its key policy."


def test_the_role_is_named_for_its_session():
    assert only(proposed(ask(SESSION), Policies()), "RESOURCE").statement["Principal"] == {"AWS": DEPLOY}


@pytest.mark.parametrize(
    ("condition", "context", "wanted", "told"),
    [
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, {}, "true", "use MFA"),
        ({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, {"aws__SourceIp": "203.0.113.9"},
         "198.51.100.1", "from the address 198.51.100.1"),
        ({"StringEquals": {"sts:ExternalId": "partner-7"}}, {}, "partner-7", "ExternalId=partner-7"),
        ({"StringEquals": {"aws:RequestTag/team": "blue"}}, {}, "blue", "pass the tag team=blue"),
        ({"StringLike": {"s3:prefix": "home/${aws:username}/*"}}, {"aws__username": "alice"},
         "home/alice/example", "s3:prefix"),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}, {"aws__MultiFactorAuthAge": "7200"},
         "3599", "aws:MultiFactorAuthAge"),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}}, {"aws__TagKeys": ["a", "b"]}, ("a",), "TagKeys"),
        ({"Null": {"s3:x-amz-acl": "true"}}, {"s3__x-amz-acl": "public-read"}, None, "without s3:x-amz-acl"),
        ({"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}},
         {"aws__CurrentTime": "2026-01-01T00:00:00Z"}, "2030-01-01T00:00:01Z", "make the call at 2030"),
    ],
)  # fmt: skip
def test_a_condition_that_fails_names_the_key_and_a_value_that_would_match(condition, context, wanted, told):
    statement = allow(Sid="When", Condition=condition)
    found = proposed(
        ask(**context), Policies(identity=(policy(PolicyKind.IDENTITY, statement, name="mine"),))
    )
    change = only(found, "CONTEXT")
    assert change.kind is ChangeKind.CHANGE_CONTEXT
    assert change.flips_alone
    assert change.context[0][1] == wanted
    assert told.lower() in change.text.lower()
    assert 'statement 1 "When" of mine' in change.text


def test_a_deny_without_mfa_is_escaped_by_mfa():
    boundary = policy(
        PolicyKind.IDENTITY,
        allow(),
        deny(Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
    )
    change = only(proposed(ask(), Policies(identity=(boundary,))), "CONTEXT")
    assert change.flips_alone
    assert dict(change.context)["aws:MultiFactorAuthPresent"] == "true"


def test_nobody_is_told_to_be_somebody_else_or_to_turn_back_the_clock():
    for condition in (
        {"StringEquals": {"aws:PrincipalArn": DEPLOY}},
        {"StringEquals": {"aws:username": "bob"}},
        {"StringNotEquals": {"identitystore:UserId": "alice-id"}},
        {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}},
    ):
        statement = allow(Condition=condition)
        request = ask(
            aws__CurrentTime="2026-01-01T00:00:00Z", aws__username="alice", identitystore__UserId="alice-id"
        )
        found = proposed(request, Policies(identity=(policy(PolicyKind.IDENTITY, statement),)))
        assert not [change for change in found if change.layer == "CONTEXT"]


def test_two_conditions_of_two_statements_may_both_have_to_change():
    identity = policy(
        PolicyKind.IDENTITY,
        allow(Condition={"Bool": {"aws:SecureTransport": "true"}}),
        deny(Condition={"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}}),
    )
    request = ask(aws__SourceIp="203.0.113.9", aws__SecureTransport="false")
    found = proposed(request, Policies(identity=(identity,)))
    pair = [change for change in found if change.layer == "CONTEXT"]
    assert [change.needs_also for change in pair] == [(pair[1].number,), (pair[0].number,)]


def test_the_root_user_may_not_assume_a_role_whatever_changes():
    request = ask(f"arn:aws:iam::{HOME}:root", "sts:AssumeRole", DEPLOY)
    trust = policy(
        PolicyKind.TRUST, {"Effect": "Allow", "Principal": {"AWS": HOME}, "Action": "sts:AssumeRole"}
    )
    assert not [change for change in proposed(request, Policies(resource=trust)) if change.helps]


def test_a_policy_of_aws_is_said_to_be_nobodys_to_edit():
    managed = policy(PolicyKind.IDENTITY, allow(), deny(), name="arn:aws:iam::aws:policy/Deny")
    change = proposed(ask(), Policies(identity=(managed,)))[0]
    assert change.kind is ChangeKind.NARROW_DENY
    assert "AWS managed policy" in change.note


def test_anonymous_access_is_warned_of():
    request = AccessRequest.of(Principal.anonymous(), "s3:GetObject", OBJECT, account=HOME)
    change = only(proposed(request, Policies()), "RESOURCE")
    assert change.statement["Principal"] == "*"
    assert "everyone" in change.note


def test_wildcards_in_a_resource_are_taken_literally():
    resource = "arn:aws:s3:::payroll/${aws:username}/*?.csv"
    change = only(proposed(ask(resource=resource), Policies()), "PRINCIPAL")
    assert change.statement["Resource"] == "arn:aws:s3:::payroll/${$}{aws:username}/${*}${?}.csv"


def test_ten_thousand_denies_are_answered_in_bounded_time():
    identity = policy(PolicyKind.IDENTITY, allow(), *[deny()] * 9_000)
    request, policies = ask(), Policies(identity=(identity,), scp=((),) * 40)
    decision = decide(request, policies)
    with ends():
        found = changes(request, policies, decision)
    assert any("all 9000 statements" in change.text for change in found)


@pytest.mark.parametrize("resource", ["*", "arn:aws:ec2:us-east-1:111122223333:instance/i-1"])
def test_no_policy_is_proposed_for_what_has_none(resource):
    found = proposed(ask(action="ec2:StopInstances", resource=resource), Policies())
    assert [change.layer for change in found] == ["PRINCIPAL"]


# Whatever the policies

_ACTIONS = ["s3:GetObject", "kms:Decrypt", "sts:AssumeRole"]
_RESOURCES = [OBJECT, KEY, DEPLOY]
_PRINCIPALS = [ALICE, SESSION, f"arn:aws:iam::{HOME}:root", f"arn:aws:sts::{HOME}:federated-user/fred",
               f"arn:aws:iam::{OTHER}:user/bob"]  # fmt: skip
_CONDITIONS = [
    {},
    {"StringEquals": {"aws:username": "alice"}},
    {"StringNotLike": {"s3:prefix": ["a*", "b*"]}},
    {"IpAddress": {"aws:SourceIp": ["198.51.100.0/24", "2001:db8::/32"]}},
    {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "Bool": {"aws:SecureTransport": "true"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    {"ForAnyValue:StringEquals": {"aws:TagKeys": ["team"]}},
    {"ForAllValues:StringLike": {"aws:TagKeys": ["a*", "team"]}},
    {"Null": {"sts:ExternalId": "false"}},
    {"NumericGreaterThan": {"aws:MultiFactorAuthAge": 60}},
    {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:*"}},
    {"DateLessThan": {"aws:CurrentTime": "2026-06-01T00:00:00Z"}},
]
_own = st.builds(
    lambda effect, action, where, resource, condition: {
        "Effect": effect,
        "Action": action,
        where: resource,
        "Condition": condition,
    },
    st.sampled_from(["Allow", "Allow", "Deny"]),
    st.sampled_from(["*", "s3:*", "kms:*", "sts:*", ["s3:GetObject", "kms:Decrypt"], *_ACTIONS]),
    st.sampled_from(["Resource", "Resource", "NotResource"]),
    st.sampled_from(["*", "arn:aws:s3:::payroll/*", "arn:aws:s3:::${aws:username}/*", *_RESOURCES]),
    st.sampled_from(_CONDITIONS),
)
_of_resource = st.builds(
    lambda statement, principal: {**statement, "Principal": principal},
    _own,
    st.sampled_from(["*", {"AWS": HOME}, {"AWS": ALICE}, {"AWS": DEPLOY}, {"Service": "ec2.amazonaws.com"}]),
)


@st.composite
def cases(draw: Any) -> tuple[AccessRequest, Policies]:
    where = draw(st.integers(0, 2))
    context = draw(
        st.fixed_dictionaries(
            {"aws:CurrentTime": st.just("2026-11-24T00:00:00Z")},
            optional={
                "aws:PrincipalArn": st.just(ALICE),
                "aws:username": st.sampled_from(["alice", "bob"]),
                "aws:SourceIp": st.sampled_from(["203.0.113.9", "198.51.100.1"]),
                "aws:SecureTransport": st.booleans(),
                "aws:TagKeys": st.lists(st.sampled_from(["a", "team", "z"]), max_size=2),
                "aws:MultiFactorAuthPresent": st.booleans(),
                "aws:MultiFactorAuthAge": st.sampled_from([30, 90]),
                "s3:prefix": st.sampled_from(["a1", "c"]),
            },
        )
    )
    account = draw(st.sampled_from([HOME, HOME, OTHER]))
    request = AccessRequest.of(
        Principal.from_arn(draw(st.sampled_from(_PRINCIPALS))),
        _ACTIONS[where],
        _RESOURCES[where],
        account=account,
        context=context,
    )

    def some(kind: PolicyKind, statements: Any = _own) -> Attached:
        return policy(kind, *draw(st.lists(statements, min_size=1, max_size=3)))

    kind = [PolicyKind.RESOURCE, PolicyKind.KEY, PolicyKind.TRUST][where]
    resource = _of_resource
    if kind is PolicyKind.TRUST:
        resource = _of_resource.map(lambda s: {k: v for k, v in s.items() if "Resource" not in k})
    chance = st.booleans()
    scp = some(PolicyKind.SCP)
    levels = st.lists(st.sampled_from([(scp,), (scp, FULL), (FULL,), ()]), min_size=1, max_size=3).map(tuple)
    rcp = _of_resource.filter(lambda s: s["Effect"] == "Deny").map(lambda s: {**s, "Principal": "*"})
    return request, Policies(
        identity=tuple(some(PolicyKind.IDENTITY) for _ in range(draw(st.integers(0, 2)))),
        boundary=some(PolicyKind.BOUNDARY) if draw(chance) else None,
        session=(some(PolicyKind.SESSION),) if draw(chance) else (),
        resource=some(kind, resource) if draw(chance) else None,
        vpc_endpoint=some(PolicyKind.VPC_ENDPOINT, _of_resource) if draw(chance) and draw(chance) else None,
        scp=draw(levels) if draw(chance) else None,
        rcp=((some(PolicyKind.RCP, rcp),),) if draw(chance) and draw(chance) else None,
    )


@given(cases())
@settings(max_examples=120)
def test_every_proposal_is_what_the_engine_answers(case):
    request, policies = case
    decision = decide(request, policies)
    found = changes(request, policies, decision)
    assert_true(request, policies, found)
    assert found == changes(request, policies, decision)
    if decision.allowed:
        assert found == ()


def test_two_policies_of_one_name_that_both_deny_are_both_to_be_changed():
    twins = tuple(policy(PolicyKind.IDENTITY, allow("*"), deny("*"), name="rights") for _ in range(2))
    needed = [change for change in proposed(ask(), Policies(identity=twins)) if change.helps]
    assert [(change.policy, change.index) for change in needed] == [("rights", 1)] * 2
    assert [change.needs_also for change in needed] == [(2,), (1,)]


@given(cases())
@settings(max_examples=150)
def test_some_change_always_helps_but_for_the_root_user(case):
    request, policies = case
    decision = decide(request, policies)
    root = request.principal.arn.endswith(":root")
    if not decision.allowed and not root:
        assert any(change.helps for change in changes(request, policies, decision))


@given(cases())
@settings(max_examples=100)
def test_asking_changes_nothing(case):
    request, policies = case
    before = decide(request, policies)
    sources = repr([each.source for attached in policies.identity for each in attached.policy.statements])
    changes(request, policies, before)
    assert decide(request, policies) == before
    assert sources == repr(
        [each.source for attached in policies.identity for each in attached.policy.statements]
    )

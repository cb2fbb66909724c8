"""Organizations' authorization: ARNs with the management account and organization ID, policies, and targets."""

from __future__ import annotations

import pytest

from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.organizations.state import (
    Handshake,
    Member,
    OrganizationPolicy,
    Organizations,
    Unit,
)
from tests.cloud.services import tables
from tests.cloud.services.tables import HOME, pairs

SCP = "SERVICE_CONTROL_POLICY"


class Organization:
    """An organization of three: management account, one member at the root, one OU."""

    def __init__(self):
        self.state = State(Ids(1))
        now = self.state.clock.now()
        organizations = self.state.part(Organizations)
        made = organizations.create(HOME, "ALL", self.state.ids, now)
        self.id, self.root = made.id, made.root
        self.member, self.ou, self.policy = "555566667777", f"ou-{made.root[2:]}-sandbox1", "p-abcdefghij"
        organizations.join(made, Member(self.member, "m", "m@example.com", "CREATED", now, made.root))
        made.tags[self.member] = {"env": "dev"}
        made.add_unit(Unit(self.ou, "Sandbox", made.root))
        made.add_policy(OrganizationPolicy(self.policy, SCP, "p", "", "{}"))
        sent = Handshake("h-abcdef12", "INVITE", made.id, HOME, "999988887777", None, now, now, "OPEN")
        organizations.handshakes[sent.id] = sent

    def arn(self, kind: str, identifier: str) -> str:
        return f"arn:aws:organizations::{HOME}:{kind}/{self.id}/{identifier}"

    @property
    def policy_arn(self) -> str:
        return self.arn("policy", f"service_control_policy/{self.policy}")


@pytest.fixture
def org():
    return Organization()


@pytest.fixture
def asks(org):
    """The questions of a call in the organization."""
    return lambda operation, **parameters: tables.asks(
        "organizations", operation, state=org.state, **parameters
    )


def test_attaching_asks_on_the_policy_and_on_its_target(org, asks):
    for kind, target in (("root", org.root), ("ou", org.ou), ("account", org.member)):
        arn = org.arn(kind, target)
        found = asks("AttachPolicy", PolicyId=org.policy, TargetId=target)
        assert pairs(found) == [
            ("organizations:AttachPolicy", org.policy_arn), ("organizations:AttachPolicy", arn)
        ]  # fmt: skip
        assert {ask.context["organizations:PolicyType"] for ask in found} == {SCP}


def test_a_policy_of_aws_has_an_arn_without_an_organization(org, asks):
    (ask,) = asks("DescribePolicy", PolicyId="p-FullAWSAccess")
    assert ask.resource == "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"


def test_moving_asks_on_the_account_and_both_parents(org, asks):
    found = asks("MoveAccount", AccountId=org.member, SourceParentId=org.root, DestinationParentId=org.ou)
    assert [ask.resource for ask in found] == [
        org.arn("account", org.member), org.arn("root", org.root), org.arn("ou", org.ou)
    ]  # fmt: skip


def test_a_members_call_names_the_organization_of_its_management_account(org, asks):
    member = f"arn:aws:iam::{org.member}:user/x"
    (ask,) = asks("DescribeAccount", AccountId=org.member, principal=member)
    assert ask.resource == org.arn("account", org.member)


def test_outside_of_an_organization_there_is_no_arn():
    assert pairs(tables.asks("organizations", "DescribeAccount", AccountId="123456789012")) == [
        ("organizations:DescribeAccount", "*")
    ]


def test_an_id_of_no_known_kind_is_still_asked_about(org, asks):
    assert pairs(asks("ListChildren", ParentId="x-1", ChildType="ACCOUNT")) == [
        ("organizations:ListChildren", "*")
    ]


def test_tags_in_a_request_need_tag_resource(org, asks):
    tags = [{"Key": "env", "Value": "prod"}]
    create, tag = asks("CreateAccount", AccountName="n", Email="n@example.com", Tags=tags)
    assert (create.action, create.resource) == ("organizations:CreateAccount", "*")
    assert (tag.action, tag.resource) == ("organizations:TagResource", org.arn("account", "*"))
    assert tag.context["aws:RequestTag/env"] == "prod"
    assert len(asks("CreateAccount", AccountName="n", Email="n@example.com")) == 1
    created = asks("CreatePolicy", Name="q", Type=SCP, Content="{}", Description="", Tags=tags)
    assert {ask.resource for ask in created} == {org.arn("policy", "service_control_policy/p-*")}
    assert {ask.context["organizations:PolicyType"] for ask in created} == {SCP}


def test_tags_of_an_account_reach_conditions(org, asks):
    table = tables.table("organizations")
    call = tables.call("organizations", "CloseAccount", {"AccountId": org.member}, state=org.state)
    assert table.tags(call, table.asks(call)[0]) == {"env": "dev"}


@pytest.mark.parametrize(
    ("operation", "parameters", "key", "value"),
    [
        ("ListPolicies", {"Filter": SCP}, "PolicyType", SCP),
        ("EnablePolicyType", {"PolicyType": "TAG_POLICY"}, "PolicyType", "TAG_POLICY"),
        ("DescribeEffectivePolicy", {"PolicyType": "TAG_POLICY"}, "PolicyType", "TAG_POLICY"),
        (
            "EnableAWSServiceAccess",
            {"ServicePrincipal": "sso.amazonaws.com"},
            "ServicePrincipal",
            "sso.amazonaws.com",
        ),
    ],
)
def test_request_conditions(org, asks, operation, parameters, key, value):
    (ask,) = asks(operation, RootId=org.root, **parameters)
    assert ask.context[f"organizations:{key}"] == value


def test_the_effective_policy_without_a_target_is_the_callers(org, asks):
    (ask,) = asks("DescribeEffectivePolicy", PolicyType="TAG_POLICY")
    assert ask.resource == org.arn("account", HOME)


def test_an_invitation_asks_on_the_account_that_is_invited(org, asks):
    (ask,) = asks("InviteAccountToOrganization", Target={"Type": "ACCOUNT", "Id": "999988887777"})
    assert (ask.type, ask.resource) == ("account", org.arn("account", "999988887777"))
    (ask,) = asks("CancelHandshake", HandshakeId="h-abcdef12")
    assert ask.resource == org.arn("handshake", "invite/h-abcdef12")

"""What Organizations calls ask for: ARNs with the management account and the organisation's id, policy and target."""

from __future__ import annotations

import pytest

from labs_helpers.moto import backends, seam
from tests.services import tables
from tests.services.tables import HOME, pairs

SCP = "SERVICE_CONTROL_POLICY"


class Organization:
    """An organisation of three: management account, one member at the root, one OU."""

    def __init__(self):
        self.moto = backends.backend("organizations", HOME)
        self.moto.create_organization("us-east-1", FeatureSet="ALL")
        self.id = self.moto.org.id
        self.root = self.moto.org.root_id
        self.moto.create_account(
            AccountName="m", Email="m@example.com", Tags=[{"Key": "env", "Value": "dev"}]
        )
        self.member = self.moto.accounts[-1].id
        self.ou = self.moto.create_organizational_unit(ParentId=self.root, Name="Sandbox")[
            "OrganizationalUnit"
        ]["Id"]
        made = self.moto.create_policy(Name="p", Description="", Type=SCP, Content="{}")
        self.policy = made["Policy"]["PolicySummary"]["Id"]

    def arn(self, kind: str, identifier: str) -> str:
        return f"arn:aws:organizations::{HOME}:{kind}/{self.id}/{identifier}"

    @property
    def policy_arn(self) -> str:
        return self.arn("policy", f"service_control_policy/{self.policy}")


@pytest.fixture
def org():
    seam.reset(7)
    return Organization()


def asks(operation, **parameters):
    return tables.asks("organizations", operation, **parameters)


def test_attaching_asks_on_the_policy_and_on_its_target(org):
    for kind, target in (("root", org.root), ("ou", org.ou), ("account", org.member)):
        arn = org.arn(kind, target)
        found = asks("AttachPolicy", PolicyId=org.policy, TargetId=target)
        assert pairs(found) == [
            ("organizations:AttachPolicy", org.policy_arn), ("organizations:AttachPolicy", arn)
        ]  # fmt: skip
        assert {ask.context["organizations:PolicyType"] for ask in found} == {SCP}


def test_a_policy_of_aws_has_an_arn_without_an_organisation(org):
    (ask,) = asks("DescribePolicy", PolicyId="p-FullAWSAccess")
    assert ask.resource == "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"


def test_moving_asks_on_the_account_and_both_parents(org):
    found = asks("MoveAccount", AccountId=org.member, SourceParentId=org.root, DestinationParentId=org.ou)
    assert [ask.resource for ask in found] == [
        org.arn("account", org.member), org.arn("root", org.root), org.arn("ou", org.ou)
    ]  # fmt: skip


def test_a_members_call_names_the_organisation_of_its_management_account(org):
    member = f"arn:aws:iam::{org.member}:user/x"
    (ask,) = asks("DescribeAccount", AccountId=org.member, principal=member)
    assert ask.resource == org.arn("account", org.member)


def test_outside_of_an_organisation_there_is_no_arn():
    seam.reset(7)
    assert pairs(asks("DescribeAccount", AccountId="123456789012")) == [
        ("organizations:DescribeAccount", "*")
    ]


def test_an_id_of_no_known_kind_is_still_asked_about(org):
    assert pairs(asks("ListChildren", ParentId="x-1", ChildType="ACCOUNT")) == [
        ("organizations:ListChildren", "*")
    ]


def test_tags_in_a_request_need_tag_resource(org):
    tags = [{"Key": "env", "Value": "prod"}]
    create, tag = asks("CreateAccount", AccountName="n", Email="n@example.com", Tags=tags)
    assert (create.action, create.resource) == ("organizations:CreateAccount", "*")
    assert (tag.action, tag.resource) == ("organizations:TagResource", org.arn("account", "*"))
    assert tag.context["aws:RequestTag/env"] == "prod"
    assert len(asks("CreateAccount", AccountName="n", Email="n@example.com")) == 1
    created = asks("CreatePolicy", Name="q", Type=SCP, Content="{}", Description="", Tags=tags)
    assert {ask.resource for ask in created} == {org.arn("policy", "service_control_policy/p-*")}
    assert {ask.context["organizations:PolicyType"] for ask in created} == {SCP}


def test_tags_of_an_account_reach_conditions(org):
    table = tables.table("organizations")
    call = tables.call("organizations", "CloseAccount", {"AccountId": org.member})
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
def test_request_conditions(org, operation, parameters, key, value):
    (ask,) = asks(operation, RootId=org.root, **parameters)
    assert ask.context[f"organizations:{key}"] == value


def test_the_effective_policy_without_a_target_is_the_callers(org):
    (ask,) = asks("DescribeEffectivePolicy", PolicyType="TAG_POLICY")
    assert ask.resource == org.arn("account", HOME)


def test_an_invitation_asks_on_the_account_that_is_invited(org):
    (ask,) = asks("InviteAccountToOrganization", Target={"Type": "ACCOUNT", "Id": "999988887777"})
    assert (ask.type, ask.resource) == ("account", org.arn("account", "999988887777"))
    (ask,) = asks("CancelHandshake", HandshakeId="h-abcdef12")
    assert ask.resource == org.arn("handshake", "invite/h-abcdef12")

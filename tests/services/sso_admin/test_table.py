"""What IAM Identity Center's and the identity store's calls ask for: each resource that AWS names, by its ARN."""

from __future__ import annotations

import pytest

from labs_helpers.moto import backends, hooks
from tests.services import tables
from tests.services.tables import HOME, REGION, SECOND, pairs

INSTANCE = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
SET = "arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef"
STORE = "d-1234567890"
STORE_ARN = f"arn:aws:identitystore::{HOME}:identitystore/{STORE}"


@pytest.fixture(autouse=True)
def _empty_cloud():
    hooks.reset(7)


def test_an_assignment_asks_on_instance_permission_set_and_account():
    found = tables.asks(
        "sso_admin", "CreateAccountAssignment", InstanceArn=INSTANCE, PermissionSetArn=SET, TargetId=SECOND,
        TargetType="AWS_ACCOUNT", PrincipalType="USER", PrincipalId="u",
    )  # fmt: skip
    assert pairs(found) == [
        ("sso:CreateAccountAssignment", INSTANCE), ("sso:CreateAccountAssignment", SET),
        ("sso:CreateAccountAssignment", f"arn:aws:sso:::account/{SECOND}"),
    ]  # fmt: skip
    assert found[0].context == {"sso:PrimaryRegion": REGION}


def test_provisioning_everywhere_asks_on_every_account():
    found = tables.asks(
        "sso_admin", "ProvisionPermissionSet", InstanceArn=INSTANCE, PermissionSetArn=SET,
        TargetType="ALL_PROVISIONED_ACCOUNTS",
    )  # fmt: skip
    assert found[2].resource == "arn:aws:sso:::account/*"


def test_motos_permission_set_arns_are_asked_about_in_awss_form_and_by_their_own_instance():
    sso = backends.backend("sso-admin", HOME, REGION)
    own = sso.instances[0].instance_arn
    made = sso.create_permission_set("ops", "", own, "PT1H", "", [{"Key": "team", "Value": "ops"}])
    arn = made["PermissionSetArn"]
    found = tables.asks("sso_admin", "DeletePermissionSet", InstanceArn=INSTANCE, PermissionSetArn=arn)
    instance, permission_set = arn.split("/")[-2:]
    assert found[1].resource == f"arn:aws:sso:::permissionSet/{instance}/{permission_set}"
    table = tables.table("sso_admin")
    call = tables.call("sso-admin", "DeletePermissionSet", {})
    assert table.tags(call, found[1]) == {"team": "ops"}
    (ask,) = tables.asks("sso_admin", "TagResource", InstanceArn=own, ResourceArn=arn, Tags=[])
    assert (ask.type, ask.resource) == ("PermissionSet", found[1].resource)


def test_boundaries_of_permission_sets_ask_like_its_other_policies():
    found = tables.asks(
        "sso_admin", "PutPermissionsBoundaryToPermissionSet", InstanceArn=INSTANCE, PermissionSetArn=SET,
        PermissionsBoundary={},
    )  # fmt: skip
    assert [ask.resource for ask in found] == [INSTANCE, SET]


def test_creating_asks_on_an_arn_whose_end_is_not_known_yet():
    found = tables.asks("sso_admin", "CreatePermissionSet", InstanceArn=INSTANCE, Name="ops")
    assert [ask.resource for ask in found] == [INSTANCE, SET.rpartition("/")[0] + "/*"]


def test_a_membership_asks_on_store_group_and_user():
    found = tables.asks(
        "identitystore",
        "CreateGroupMembership",
        IdentityStoreId=STORE,
        GroupId="g1",
        MemberId={"UserId": "u1"},
    )
    assert [ask.resource for ask in found] == [
        STORE_ARN, "arn:aws:identitystore:::group/g1", "arn:aws:identitystore:::user/u1"
    ]  # fmt: skip
    assert found[0].context == {"identitystore:PrimaryRegion": REGION}


def test_a_stored_membership_leads_to_its_group_and_user():
    store = backends.backend("identitystore", HOME, REGION)
    group, _ = store.create_group(STORE, "admins", "")
    name = {"GivenName": "Anne", "FamilyName": "B"}
    user, _ = store.create_user(STORE, "anne", name, "Anne", "", "", [], [], [], "", "", "", "", "")
    membership, _ = store.create_group_membership(STORE, group, {"UserId": user})
    expected = [
        STORE_ARN, f"arn:aws:identitystore:::group/{group}", f"arn:aws:identitystore:::membership/{membership}",
        f"arn:aws:identitystore:::user/{user}",
    ]  # fmt: skip
    found = tables.asks(
        "identitystore", "DeleteGroupMembership", IdentityStoreId=STORE, MembershipId=membership
    )
    assert [ask.resource for ask in found] == expected
    found = tables.asks(
        "identitystore",
        "GetGroupMembershipId",
        IdentityStoreId=STORE,
        GroupId=group,
        MemberId={"UserId": user},
    )
    assert [ask.resource for ask in found] == expected
    by_name = {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "anne"}}
    found = tables.asks("identitystore", "GetUserId", IdentityStoreId=STORE, AlternateIdentifier=by_name)
    assert found[1].resource == f"arn:aws:identitystore:::user/{user}"


def test_listing_asks_on_all_of_a_kind():
    found = tables.asks("identitystore", "ListUsers", IdentityStoreId=STORE)
    assert [ask.resource for ask in found] == [STORE_ARN, "arn:aws:identitystore:::user/*"]


def test_asking_for_several_groups_asks_on_each():
    found = tables.asks(
        "identitystore",
        "IsMemberInGroups",
        IdentityStoreId=STORE,
        MemberId={"UserId": "u"},
        GroupIds=["a", "b"],
    )
    assert [ask.resource for ask in found if ask.type == "Group"] == [
        "arn:aws:identitystore:::group/a", "arn:aws:identitystore:::group/b"
    ]  # fmt: skip

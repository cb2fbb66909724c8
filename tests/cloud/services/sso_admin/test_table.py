"""The authorization of IAM Identity Center and the identity store: each documented resource, by its ARN."""

from __future__ import annotations

from datetime import UTC, datetime

from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.identitystore.state import Entity, IdentityStore, IdentityStores, Membership
from labs_helpers.cloud.services.sso_admin.state import IdentityCenters
from tests.cloud.services import tables
from tests.cloud.services.tables import ADMIN, HOME, REGION, SECOND, pairs

INSTANCE = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
SET = "arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef"
STORE = "d-1234567890"
STORE_ARN = f"arn:aws:identitystore::{HOME}:identitystore/{STORE}"
NOW = datetime(2026, 5, 4, tzinfo=UTC)


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


def test_a_permission_set_brings_its_tags():
    state = State(Ids(1))
    center = state.part(IdentityCenters).add(
        state.part(IdentityStores), state.ids, HOME, REGION, NOW, of_organization=True
    )
    arn = f"{center.arn.replace('instance', 'permissionSet')}/ps-1234567890abcdef"
    center.tags[arn] = {"team": "ops"}
    (_, asked) = tables.asks("sso_admin", "DeletePermissionSet", InstanceArn=center.arn, PermissionSetArn=arn)
    assert asked.resource == arn
    call = tables.call("sso-admin", "DeletePermissionSet", {}, state=state)
    assert tables.table("sso_admin").tags(call, asked) == {"team": "ops"}
    (asked,) = tables.asks("sso_admin", "TagResource", InstanceArn=center.arn, ResourceArn=arn, Tags=[])
    assert (asked.type, asked.resource) == ("PermissionSet", arn)


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
    state = State(Ids(1))
    group, user, membership = "g-1", "u-1", "m-1"
    store = IdentityStore(STORE, HOME, REGION)
    store.groups[group] = Entity(group, {"DisplayName": "admins"}, NOW, ADMIN, NOW, ADMIN)
    store.users[user] = Entity(user, {"UserName": "anne"}, NOW, ADMIN, NOW, ADMIN)
    store.memberships[membership] = Membership(membership, group, user, NOW, ADMIN)
    state.part(IdentityStores).add(store)
    expected = [
        STORE_ARN, f"arn:aws:identitystore:::group/{group}", f"arn:aws:identitystore:::membership/{membership}",
        f"arn:aws:identitystore:::user/{user}",
    ]  # fmt: skip
    found = tables.asks(
        "identitystore", "DeleteGroupMembership", state=state, IdentityStoreId=STORE, MembershipId=membership
    )
    assert [ask.resource for ask in found] == expected
    found = tables.asks(
        "identitystore",
        "GetGroupMembershipId",
        state=state,
        IdentityStoreId=STORE,
        GroupId=group,
        MemberId={"UserId": user},
    )
    assert [ask.resource for ask in found] == expected
    by_name = {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "anne"}}
    found = tables.asks(
        "identitystore", "GetUserId", state=state, IdentityStoreId=STORE, AlternateIdentifier=by_name
    )
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

"""The identity store: users, groups, memberships."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.cloud.services.organizations.conftest import refusal
from tests.clouds import allow, deny, make_user

CASES = json.loads(Path(__file__).with_name("answers.json").read_text(encoding="utf-8"))
UNKNOWN = "0123456789-00000000-0000-4000-8000-000000000000"
ENTERPRISE = "aws:identitystore:enterprise"
NAME = {"GivenName": "Anne", "FamilyName": "Example"}


@pytest.fixture
def store(center):
    """The client, bound to the store."""

    class Bound:
        def __getattr__(self, name):
            call = getattr(center.store, name)
            return lambda **more: call(IdentityStoreId=center.store_id, **more)

    return Bound()


def unique(path, value):
    return {"UniqueAttribute": {"AttributePath": path, "AttributeValue": value}}


def test_a_user_from_beginning_to_end(center, store):
    made = store.create_user(
        UserName="anne", DisplayName="Anne", Name=NAME, Title="Engineer", Locale="en",
        Emails=[{"Value": "anne@example.com", "Type": "Work", "Primary": True}],
    )  # fmt: skip
    assert made["UserArn"] == f"arn:aws:identitystore:::user/{made['UserId']}"
    assert made["IdentityStoreId"] == center.store_id
    user = made["UserId"]
    shown = store.describe_user(UserId=user)
    assert (shown["UserName"], shown["DisplayName"], shown["Title"]) == ("anne", "Anne", "Engineer")
    assert shown["Name"] == NAME
    assert shown["Emails"] == [{"Value": "anne@example.com", "Type": "Work", "Primary": True}]
    assert {"CreatedAt", "UpdatedAt", "Revision"} <= set(shown)
    for path, value in (("userName", "anne"), ("userName", "ANNE"), ("emails.value", "anne@example.com")):
        assert store.get_user_id(AlternateIdentifier=unique(path, value))["UserId"] == user
    changed = store.update_user(
        UserId=user,
        Operations=[
            {"AttributePath": "displayName", "AttributeValue": "Anne E."},
            {"AttributePath": "name.familyName", "AttributeValue": "Other"},
            {"AttributePath": "title"},
            {"AttributePath": "emails", "AttributeValue": [{"value": "a@example.com", "primary": True}]},
        ],
    )
    assert changed["Revision"] != shown["Revision"]
    after = store.describe_user(UserId=user)
    assert (after["DisplayName"], after["Name"]["FamilyName"]) == ("Anne E.", "Other")
    assert "Title" not in after
    assert after["Emails"] == [{"Value": "a@example.com", "Primary": True}]
    store.delete_user(UserId=user)
    for call in (store.describe_user, store.delete_user):
        assert refusal(call, UserId=user)[0] == "ResourceNotFoundException"


def test_what_a_user_needs_and_may_not_be_called(store):
    full = {"UserName": "anne", "DisplayName": "Anne", "Name": NAME}
    for name in full:
        given = {each: value for each, value in full.items() if each != name}
        assert refusal(store.create_user, **given)[0] == "ValidationException"
    for wrong in (
        {"Name": {"GivenName": "Anne"}}, {"UserName": "Administrator"}, {"UserName": "AWSAdministrators"},
        {"UserName": "a b"}, {"UserName": "a" * 129}, {"DisplayName": "x" * 1025},
    ):  # fmt: skip
        assert refusal(store.create_user, **(full | wrong))[0] == "ValidationException"


def test_names_and_addresses_are_unique(store):
    email = [{"Value": "anne@example.com"}]
    anne = store.create_user(UserName="anne", DisplayName="Anne", Name=NAME, Emails=email)["UserId"]
    bob = store.create_user(UserName="bob", DisplayName="Bob", Name=NAME)["UserId"]
    conflict = ("ConflictException", "UNIQUENESS_CONSTRAINT_VIOLATION")
    for name, more in (("anne", {}), ("ANNE", {}), ("carl", {"Emails": email})):
        assert refusal(store.create_user, UserName=name, DisplayName="X", Name=NAME, **more) == conflict
    rename = [{"AttributePath": "userName", "AttributeValue": "anne"}]
    assert refusal(store.update_user, UserId=bob, Operations=rename) == conflict
    store.update_user(UserId=anne, Operations=rename)
    store.create_group(DisplayName="developers", Description="all of them")
    assert refusal(store.create_group, DisplayName="Developers") == conflict
    assert refusal(store.create_group, DisplayName="Administrator")[0] == "ValidationException"
    assert refusal(store.create_group)[0] == "ValidationException"


@pytest.mark.parametrize(
    "change",
    [
        {"AttributePath": "shoeSize", "AttributeValue": "42"},
        {"AttributePath": "userName"},
        {"AttributePath": "name.familyName"},
        {"AttributePath": "emails.value", "AttributeValue": "x@example.com"},
        {"AttributePath": "name", "AttributeValue": "Anne"},
        {"AttributePath": "emails", "AttributeValue": [{"colour": "red"}]},
        {"AttributePath": "a..b", "AttributeValue": "x"},
        {"AttributePath": "title", "AttributeValue": 5},
        {"AttributePath": "title", "AttributeValue": "x" * 1_025},
        {"AttributePath": "userName", "AttributeValue": 5},
        {"AttributePath": "userName", "AttributeValue": "anne example"},
        {"AttributePath": "name.givenName", "AttributeValue": ["Anne"]},
        {"AttributePath": "emails", "AttributeValue": ["anne@example.com"]},
        {"AttributePath": "emails", "AttributeValue": [{"value": "a"}, {"value": "b"}]},
        {"AttributePath": "photos", "AttributeValue": [{"type": "jpg"}]},
        {"AttributePath": "birthdate", "AttributeValue": "1990-13-01"},
        {"AttributePath": f"{ENTERPRISE}.department", "AttributeValue": {"name": "Sales"}},
        {"AttributePath": f"{ENTERPRISE}.department.value", "AttributeValue": "Sales"},
        {"AttributePath": f"{ENTERPRISE}.manager.shoeSize", "AttributeValue": "42"},
        {"AttributePath": f"{ENTERPRISE}.manager.value", "AttributeValue": 5},
    ],
)
def test_what_cannot_be_changed_changes_nothing(center, store, change):
    user = center.user()
    first = {"AttributePath": "title", "AttributeValue": "Boss"}
    assert refusal(store.update_user, UserId=user, Operations=[first, change])[0] == "ValidationException"
    assert "Title" not in store.describe_user(UserId=user)


def test_a_revision_that_is_not_the_current_one(center, store):
    user = center.user()
    old = store.describe_user(UserId=user)["Revision"]
    change = [{"AttributePath": "title", "AttributeValue": "Boss"}]
    store.update_user(UserId=user, Operations=change, Revision=old)
    for call, more in ((store.update_user, {"Operations": change}), (store.delete_user, {})):
        assert refusal(call, UserId=user, Revision=old, **more) == (
            "ConflictException", "CONCURRENT_MODIFICATION",
        )  # fmt: skip


def test_groups_and_memberships(center, store):
    anne, bob = center.user("anne"), center.user("bob")
    group = store.create_group(DisplayName="developers", Description="all")["GroupId"]
    assert store.get_group_id(AlternateIdentifier=unique("displayName", "developers"))["GroupId"] == group
    store.update_group(GroupId=group, Operations=[{"AttributePath": "description", "AttributeValue": "some"}])
    assert store.describe_group(GroupId=group)["Description"] == "some"
    made = store.create_group_membership(GroupId=group, MemberId={"UserId": anne})
    member = made["MembershipId"]
    again = refusal(store.create_group_membership, GroupId=group, MemberId={"UserId": anne})
    assert again == ("ConflictException", "UNIQUENESS_CONSTRAINT_VIOLATION")
    shown = store.describe_group_membership(MembershipId=member)
    assert (shown["GroupId"], shown["MemberId"]) == (group, {"UserId": anne})
    assert store.get_group_membership_id(GroupId=group, MemberId={"UserId": anne})["MembershipId"] == member
    (listed,) = store.list_group_memberships(GroupId=group)["GroupMemberships"]
    assert listed["MembershipId"] == member
    (of_anne,) = store.list_group_memberships_for_member(MemberId={"UserId": anne})["GroupMemberships"]
    assert of_anne["GroupId"] == group
    for user, there in ((anne, True), (bob, False)):
        (result,) = store.is_member_in_groups(MemberId={"UserId": user}, GroupIds=[group])["Results"]
        assert result == {"GroupId": group, "MemberId": {"UserId": user}, "MembershipExists": there}
    assert refusal(store.get_group_membership_id, GroupId=group, MemberId={"UserId": bob})[0] == (
        "ResourceNotFoundException"
    )
    store.delete_group_membership(MembershipId=member)
    assert store.list_group_memberships(GroupId=group)["GroupMemberships"] == []
    store.create_group_membership(GroupId=group, MemberId={"UserId": bob})
    store.delete_user(UserId=bob)
    assert store.list_group_memberships(GroupId=group)["GroupMemberships"] == []
    store.delete_group(GroupId=group)
    assert refusal(store.describe_group, GroupId=group)[0] == "ResourceNotFoundException"


def test_what_there_is_not(center, store):
    user, group = center.user(), center.group()
    missing = "ResourceNotFoundException"
    for call, parameters in (
        (store.describe_user, {"UserId": UNKNOWN}),
        (store.describe_group, {"GroupId": UNKNOWN}),
        (store.list_group_memberships, {"GroupId": UNKNOWN}),
        (store.list_group_memberships_for_member, {"MemberId": {"UserId": UNKNOWN}}),
        (store.create_group_membership, {"GroupId": UNKNOWN, "MemberId": {"UserId": user}}),
        (store.create_group_membership, {"GroupId": group, "MemberId": {"UserId": UNKNOWN}}),
        (store.delete_group_membership, {"MembershipId": UNKNOWN}),
        (store.get_user_id, {"AlternateIdentifier": unique("userName", "nobody")}),
        (store.get_group_id, {"AlternateIdentifier": unique("displayName", "nobody")}),
        (store.get_user_id, {"AlternateIdentifier": {"ExternalId": {"Issuer": "https://x", "Id": "1"}}}),
    ):
        assert refusal(call, **parameters)[0] == missing
    assert refusal(store.get_user_id, AlternateIdentifier=unique("title", "x"))[0] == "ValidationException"
    assert refusal(center.store.list_users, IdentityStoreId="d-0000000000")[0] == missing
    assert refusal(center.store.list_users, IdentityStoreId="x")[0] == "ValidationException"


@pytest.mark.parametrize("case", CASES["not_found"], ids=lambda case: case["why"])
def test_an_error_names_what_is_missing_and_the_request(store, case):
    """ResourceId is an ID in the request; a request that looks for a name or an address contains none."""
    with pytest.raises(ClientError) as caught:
        getattr(store, case["operation"])(**case["parameters"])
    answer = caught.value.response
    assert answer["Error"]["Code"] == "ResourceNotFoundException"
    assert (answer["ResourceType"], answer.get("ResourceId")) == (case["type"], case.get("id"))
    assert answer["RequestId"] == answer["ResponseMetadata"]["RequestId"]


def test_a_value_that_identifies_is_a_text(store):
    assert refusal(store.get_user_id, AlternateIdentifier=unique("userName", 5))[0] == "ValidationException"


def test_every_kind_of_error_has_the_request(center, store):
    group = center.group()
    for call, given in (
        (store.create_group, {"DisplayName": "developers"}),
        (store.update_group, {"GroupId": group, "Operations": [{"AttributePath": "displayName"}]}),
        (store.list_users, {"NextToken": "x"}),
        (store.list_users, {"MaxResults": 101}),
    ):
        with pytest.raises(ClientError) as caught:
            call(**given)
        answer = caught.value.response
        assert answer["RequestId"] == answer["ResponseMetadata"]["RequestId"]


def test_lists_filter_by_name_and_come_in_pages(center, store):
    for number in range(5):
        center.user(f"user{number}")
        center.group(f"group{number}")
    only = [{"AttributePath": "UserName", "AttributeValue": "user3"}]
    assert [each["UserName"] for each in store.list_users(Filters=only)["Users"]] == ["user3"]
    only = [{"AttributePath": "DisplayName", "AttributeValue": "group3"}]
    assert [each["DisplayName"] for each in store.list_groups(Filters=only)["Groups"]] == ["group3"]
    wrong = [{"AttributePath": "Title", "AttributeValue": "x"}]
    assert refusal(store.list_users, Filters=wrong)[0] == "ValidationException"
    first = store.list_users(MaxResults=3)
    rest = store.list_users(MaxResults=3, NextToken=first["NextToken"])
    assert "NextToken" not in rest
    assert [each["UserName"] for each in first["Users"] + rest["Users"]] == [f"user{n}" for n in range(5)]
    assert refusal(store.list_groups, NextToken=first["NextToken"])[0] == "ValidationException"


def test_an_arn_names_one_kind_of_thing_in_one_store(center, store):
    user = center.user()
    group = center.group("developers", user)
    arn = "arn:aws:identitystore:::{}/{}".format
    assert store.describe_user(UserId=arn("user", user))["UserId"] == user
    assert store.describe_group(GroupId=arn("group", group))["GroupId"] == group
    (result,) = store.is_member_in_groups(
        MemberId={"UserId": arn("user", user)}, GroupIds=[arn("group", group)]
    )["Results"]
    assert result["MembershipExists"]
    missing = ("ResourceNotFoundException", None)
    assert refusal(store.describe_user, UserId=arn("group", user)) == missing
    assert refusal(store.describe_group, GroupId=arn("user", group)) == missing
    strange = f"arn:aws:identitystore::999988887777:identitystore/{center.store_id}"
    assert refusal(center.store.list_users, IdentityStoreId=strange) == missing


def test_a_policy_on_a_group_holds_however_the_group_is_named(center):
    user = center.user()
    group = center.group("secret", user)
    denied = f"arn:aws:identitystore:::group/{group}"
    auditor = make_user(center.cloud, "auditor", allow("identitystore:*")).client("identitystore")
    boto3.client("iam").put_user_policy(
        UserName="auditor", PolicyName="not-that-one", PolicyDocument=deny("identitystore:*", denied)
    )
    for named in (group, denied):
        asked = {"MemberId": {"UserId": user}, "GroupIds": [named], "IdentityStoreId": center.store_id}
        assert refusal(auditor.is_member_in_groups, **asked)[0] == "AccessDeniedException"


def test_who_may_read_and_who_may_write(center):
    """Members of the organization read; the delegated administrator writes; strangers see no store."""
    member, user = center.org.member(), center.user()
    theirs = center.org.as_account(member, "identitystore")
    assert theirs.describe_user(IdentityStoreId=center.store_id, UserId=user)["UserName"] == "anne"
    new = {"UserName": "eve", "DisplayName": "Eve", "Name": NAME, "IdentityStoreId": center.store_id}
    assert refusal(theirs.create_user, **new)[0] == "AccessDeniedException"
    center.org.client.register_delegated_administrator(AccountId=member, ServicePrincipal="sso.amazonaws.com")
    theirs.create_user(**new)
    stranger = center.cloud.account("999988887777").client("identitystore")
    assert refusal(stranger.list_users, IdentityStoreId=center.store_id)[0] == "ResourceNotFoundException"
    elsewhere = boto3.client("identitystore", region_name="eu-west-1")
    assert refusal(elsewhere.list_users, IdentityStoreId=center.store_id)[0] == "ResourceNotFoundException"


def test_the_store_itself(center):
    shown = center.store.describe_identity_store(IdentityStoreId=center.store_id)
    arn = f"arn:aws:identitystore::{center.cloud.home}:identitystore/{center.store_id}"
    assert shown["IdentityStoreArn"] == arn
    (listed,) = center.store.list_identity_stores()["IdentityStores"]
    assert listed["IdentityStoreId"] == center.store_id
    assert center.store.list_users(IdentityStoreId=arn)["Users"] == []


def test_an_extension_is_shown_to_who_asks_for_it(store):
    held = {"department": "Finance", "costCenter": "7"}
    made = store.create_user(UserName="anne", DisplayName="Anne", Name=NAME, Extensions={ENTERPRISE: held})
    user = made["UserId"]
    assert "Extensions" not in store.describe_user(UserId=user)
    described = store.describe_user(UserId=user, Extensions=[ENTERPRISE])
    assert described["Extensions"] == {ENTERPRISE: held}
    (listed,) = store.list_users(Extensions=[ENTERPRISE])["Users"]
    assert listed["Extensions"] == {ENTERPRISE: held}
    store.update_user(
        UserId=user,
        Operations=[
            {"AttributePath": f"{ENTERPRISE}.department", "AttributeValue": "Sales"},
            {"AttributePath": f"{ENTERPRISE}.costCenter"},
        ],
    )
    described = store.describe_user(UserId=user, Extensions=[ENTERPRISE])
    assert described["Extensions"] == {ENTERPRISE: {"department": "Sales"}}
    for path, value, manager in (
        ("value", "7", {"value": "7"}),
        ("displayName", "Bob", {"value": "7", "displayName": "Bob"}),
        ("value", None, {"displayName": "Bob"}),
        ("displayName", None, None),
    ):
        change = {"AttributePath": f"{ENTERPRISE}.manager.{path}"}
        store.update_user(
            UserId=user, Operations=[change | ({} if value is None else {"AttributeValue": value})]
        )
        described = store.describe_user(UserId=user, Extensions=[ENTERPRISE])
        assert described["Extensions"][ENTERPRISE].get("manager") == manager
    plain = store.create_user(UserName="bob", DisplayName="Bob", Name=NAME)["UserId"]
    assert "Extensions" not in store.describe_user(UserId=plain, Extensions=[ENTERPRISE])


@pytest.mark.parametrize(
    "wrong",
    [
        {"Extensions": {"aws:identitystore:other": {"department": "Finance"}}},
        {"Extensions": {ENTERPRISE: {"hobby": "chess"}}},
        {"Birthdate": "1 May 1990"},
        {"Birthdate": "1990-02-30"},
        {"Photos": [{"Value": "a.png", "Primary": True}, {"Value": "b.png", "Primary": True}]},
    ],
)
def test_what_a_user_cannot_have(store, wrong):
    given = {"UserName": "anne", "DisplayName": "Anne", "Name": NAME} | wrong
    assert refusal(store.create_user, **given)[0] == "ValidationException"
    assert store.list_users()["Users"] == []


def test_the_trail_tells_who_was_changed_and_no_attributes(center, store):
    """https://aws.amazon.com/blogs/security/modifications-to-aws-cloudtrail-event-data-of-iam-identity-center/"""
    user = store.create_user(
        UserName="anne", DisplayName="Anne", Name=NAME, Extensions={ENTERPRISE: {"department": "Finance"}}
    )["UserId"]
    group = store.create_group(DisplayName="Auditors")["GroupId"]
    store.update_group(
        GroupId=group, Operations=[{"AttributePath": "displayName", "AttributeValue": "Controllers"}]
    )
    store.update_user(UserId=user, Operations=[{"AttributePath": "title", "AttributeValue": "Boss"}])
    store.update_user(
        UserId=user,
        Operations=[{"AttributePath": f"{ENTERPRISE}.manager", "AttributeValue": {"value": "Carl"}}],
    )
    store.get_user_id(AlternateIdentifier=unique("userName", "anne"))
    events = [each["CloudTrailEvent"] for each in boto3.client("cloudtrail").lookup_events()["Events"]]
    told = "".join(each for each in events if "identitystore.amazonaws.com" in each)
    for name in ("UpdateUser", "UpdateGroup", "CreateUser", "GetUserId", "displayName", user, group):
        assert name in told
    for value in ("anne", "Anne", "Auditors", "Controllers", "Boss", "Carl", "Finance"):
        assert f'"{value}"' not in told


# --- where it can be called from --------------------------------------------------------------------------------


def test_a_store_can_be_limited_to_vpc_endpoints_and_addresses(center, store):
    """An allowed address needs no endpoint; from other addresses, no one can sign in, not even administrators."""
    assert "NetworkConfiguration" not in store.describe_identity_store()
    limits = {"VpceAccessRequired": True, "ApiAllowSourceIps": ["198.51.100.0/24"]}
    updated = store.update_identity_store(NetworkConfiguration=limits)
    assert updated["IdentityStoreId"] == center.store_id
    assert refusal(store.list_users)[0] == "AccessDeniedException"
    with center.cloud.calling_from("198.51.100.7"):
        assert store.list_users()["Users"] == []
        assert store.describe_identity_store()["NetworkConfiguration"] == limits
        vpc = "arn:aws:ec2:us-east-1:111122223333:vpc/vpc-0123456789abcdef0"
        store.update_identity_store(
            NetworkConfiguration={"VpceAccessRequired": True, "ApiRestrictSourceVpcs": [vpc]}
        )
        assert refusal(store.list_users)[0] == "AccessDeniedException"


def test_without_the_requirement_there_is_nothing_to_limit(store):
    wrong = {"VpceAccessRequired": False, "ApiAllowSourceIps": ["198.51.100.0/24"]}
    assert refusal(store.update_identity_store, NetworkConfiguration=wrong)[0] == "ValidationException"
    store.update_identity_store(NetworkConfiguration={"VpceAccessRequired": False})
    assert store.describe_identity_store()["NetworkConfiguration"] == {"VpceAccessRequired": False}
    assert store.list_users()["Users"] == []

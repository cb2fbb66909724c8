"""The tree of organizational units."""

from __future__ import annotations

import pytest

from tests.cloud.services.organizations.conftest import SCP, refusal
from tests.clouds import deny


@pytest.mark.ledger("F-ORG-12")
def test_a_unit_is_made_renamed_and_deleted(org):
    made = org.client.create_organizational_unit(ParentId=org.root, Name="Prod")["OrganizationalUnit"]
    assert made["Id"].startswith(f"ou-{org.root[2:]}-")
    assert made["Arn"].endswith(f":ou/{org.id}/{made['Id']}")
    assert made["Path"] == f"{org.id}/{org.root}/{made['Id']}/"
    renamed = org.client.update_organizational_unit(OrganizationalUnitId=made["Id"], Name="Production")
    assert renamed["OrganizationalUnit"] == made | {"Name": "Production"}
    described = org.client.describe_organizational_unit(OrganizationalUnitId=made["Id"])
    assert described["OrganizationalUnit"]["Name"] == "Production"
    org.client.delete_organizational_unit(OrganizationalUnitId=made["Id"])
    gone = refusal(org.client.describe_organizational_unit, OrganizationalUnitId=made["Id"])
    assert gone[0] == "OrganizationalUnitNotFoundException"


@pytest.mark.ledger("F-ORG-12")
def test_names_are_unique_within_a_parent(org):
    one, two = org.unit("one"), org.unit("two")
    duplicate = ("DuplicateOrganizationalUnitException", None)
    assert refusal(org.client.create_organizational_unit, ParentId=org.root, Name="one") == duplicate
    assert refusal(org.client.update_organizational_unit, OrganizationalUnitId=two, Name="one") == duplicate
    org.unit("one", parent=one)


@pytest.mark.ledger("F-ORG-12")
def test_five_levels_are_the_most(org):
    parent = org.root
    for level in range(5):
        parent = org.unit(f"level {level}", parent)
    assert refusal(org.client.create_organizational_unit, ParentId=parent, Name="sixth") == (
        "ConstraintViolationException", "OU_DEPTH_LIMIT_EXCEEDED",
    )  # fmt: skip


@pytest.mark.ledger("F-ORG-12")
def test_a_unit_with_something_in_it_stays(org):
    outer = org.unit("outer")
    inner, member = org.unit("inner", outer), org.member()
    not_empty = ("OrganizationalUnitNotEmptyException", None)
    assert refusal(org.client.delete_organizational_unit, OrganizationalUnitId=outer) == not_empty
    org.client.move_account(AccountId=member, SourceParentId=org.root, DestinationParentId=inner)
    assert refusal(org.client.delete_organizational_unit, OrganizationalUnitId=inner) == not_empty
    org.as_account(member, "s3").list_buckets()
    org.client.move_account(AccountId=member, SourceParentId=inner, DestinationParentId=org.root)
    for unit in (inner, outer):
        org.client.delete_organizational_unit(OrganizationalUnitId=unit)
    org.as_account(member, "s3").list_buckets()


def test_a_deleted_units_policies_are_free(org):
    org.enable(SCP)
    unit = org.unit("guarded")
    policy = org.attach(deny("s3:*"), unit)
    assert refusal(org.client.delete_policy, PolicyId=policy)[0] == "PolicyInUseException"
    org.client.delete_organizational_unit(OrganizationalUnitId=unit)
    assert org.client.list_targets_for_policy(PolicyId=policy)["Targets"] == []
    org.client.delete_policy(PolicyId=policy)


def test_children_and_parents(org):
    outer = org.unit("outer")
    inner, member = org.unit("inner", outer), org.member()
    children = org.client.list_children
    assert children(ParentId=org.root, ChildType="ORGANIZATIONAL_UNIT")["Children"] == [
        {"Id": outer, "Type": "ORGANIZATIONAL_UNIT"}
    ]
    assert {each["Id"] for each in children(ParentId=org.root, ChildType="ACCOUNT")["Children"]} == {
        org.cloud.home, member,
    }  # fmt: skip
    (listed,) = org.client.list_organizational_units_for_parent(ParentId=outer)["OrganizationalUnits"]
    assert listed["Id"] == inner
    assert org.client.list_parents(ChildId=inner)["Parents"] == [{"Id": outer, "Type": "ORGANIZATIONAL_UNIT"}]
    assert org.client.list_parents(ChildId=outer)["Parents"] == [{"Id": org.root, "Type": "ROOT"}]


def test_unknown_parents_and_children(org):
    unknown = f"ou-{org.root[2:]}-zzzzzzzz"
    for call, parameters in (
        (org.client.create_organizational_unit, {"ParentId": unknown, "Name": "n"}),
        (org.client.list_children, {"ParentId": unknown, "ChildType": "ACCOUNT"}),
        (org.client.list_accounts_for_parent, {"ParentId": "r-zzzz"}),
        (org.client.list_organizational_units_for_parent, {"ParentId": unknown}),
    ):
        assert refusal(call, **parameters)[0] == "ParentNotFoundException"
    for child in (unknown, "999988887777"):
        assert refusal(org.client.list_parents, ChildId=child)[0] == "ChildNotFoundException"
    for call in (
        org.client.update_organizational_unit, org.client.delete_organizational_unit,
        org.client.describe_organizational_unit,
    ):  # fmt: skip
        assert refusal(call, OrganizationalUnitId=unknown)[0] == "OrganizationalUnitNotFoundException"
        assert refusal(call, OrganizationalUnitId="ou-1") == ("InvalidInputException", "INVALID_PATTERN")
    assert refusal(org.client.list_parents, ChildId=org.root) == ("InvalidInputException", "INVALID_PATTERN")

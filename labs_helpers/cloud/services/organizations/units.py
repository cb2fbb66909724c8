"""The tree of OUs, their contents, and their parents.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_ous.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.organizations.errors import constraint, not_found
from labs_helpers.cloud.services.organizations.operation_checks import with_organization
from labs_helpers.cloud.services.organizations.pages import PAGES
from labs_helpers.cloud.services.organizations.quotas import quotas
from labs_helpers.cloud.services.organizations.state import Organization, Unit
from labs_helpers.cloud.services.organizations.tags import request_tags


@operation("organizations", "CreateOrganizationalUnit")
@with_organization
def create_organizational_unit(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Create an OU, at most five levels deep, with a name that is unique among the parent's OUs."""
    parent, name = call.parameters["ParentId"], call.parameters["Name"]
    tags = request_tags(call)
    _parent(organization, parent)
    if len(organization.ids_from_root(parent)) > quotas()["unit_depth"]:
        raise constraint("OU_DEPTH_LIMIT_EXCEEDED")
    if len(organization.units) > quotas()["units"]:
        raise constraint("OU_NUMBER_LIMIT_EXCEEDED")
    _check_name(organization, parent, name)
    ids = call.state.ids
    unit = Unit(f"ou-{organization.root.removeprefix('r-')}-{ids.lowercase(8)}", name, parent)
    organization.add_unit(unit)
    organization.tags[unit.id] = tags
    return {"OrganizationalUnit": _unit_output(organization, unit)}


@operation("organizations", "DescribeOrganizationalUnit")
@with_organization
def describe_organizational_unit(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Return an OU."""
    return {"OrganizationalUnit": _unit_output(organization, _unit(call, organization))}


@operation("organizations", "UpdateOrganizationalUnit")
@with_organization
def update_organizational_unit(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Rename an OU. Its ID, ARN, contents, and policies don't change."""
    unit = _unit(call, organization)
    name = call.parameters.get("Name")
    if name is not None and name != unit.name:
        _check_name(organization, unit.parent or "", name)
        unit.name = name
    return {"OrganizationalUnit": _unit_output(organization, unit)}


@operation("organizations", "DeleteOrganizationalUnit")
@with_organization
def delete_organizational_unit(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Delete an OU. Rejects the call if the OU contains accounts or OUs."""
    unit = _unit(call, organization)
    if unit.units or unit.accounts:
        raise ServiceError(
            "OrganizationalUnitNotEmptyException",
            "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, "
            "and try the operation again.",
        )
    organization.remove_unit(unit.id)
    return {}


@operation("organizations", "ListOrganizationalUnitsForParent")
@with_organization
def list_organizational_units_for_parent(call: Call, organization: Organization) -> Mapping[str, Any]:
    """List the OUs directly under a root or OU."""
    parent = _parent(organization, call.parameters["ParentId"])
    units = [organization.units[each] for each in parent.units]
    return PAGES.page(call, "OrganizationalUnits", [_unit_output(organization, each) for each in units])


@operation("organizations", "ListChildren")
@with_organization
def list_children(call: Call, organization: Organization) -> Mapping[str, Any]:
    """List the IDs of the accounts or OUs directly under a root or OU."""
    parent, kind = _parent(organization, call.parameters["ParentId"]), call.parameters["ChildType"]
    children = parent.accounts if kind == "ACCOUNT" else parent.units
    return PAGES.page(call, "Children", [{"Id": each, "Type": kind} for each in children])


@operation("organizations", "ListParents")
@with_organization
def list_parents(call: Call, organization: Organization) -> Mapping[str, Any]:
    """List the only parent of an account or OU. Like AWS's API, this operation returns a list."""
    parent = organization.parent(call.parameters["ChildId"])
    if parent is None:
        raise not_found("Child")
    kind = "ROOT" if parent == organization.root else "ORGANIZATIONAL_UNIT"
    return PAGES.page(call, "Parents", [{"Id": parent, "Type": kind}])


def _parent(organization: Organization, identifier: str) -> Unit:
    if identifier not in organization.units:
        raise not_found("Parent")
    return organization.units[identifier]


def _unit(call: Call, organization: Organization) -> Unit:
    unit = organization.units.get(call.parameters["OrganizationalUnitId"])
    if unit is None:
        raise not_found("OrganizationalUnit")
    return unit


def _check_name(organization: Organization, parent: str, name: str) -> None:
    if any(organization.units[each].name == name for each in organization.units[parent].units):
        raise ServiceError("DuplicateOrganizationalUnitException", "An OU with the same name already exists.")


def _unit_output(organization: Organization, unit: Unit) -> dict[str, Any]:
    return {
        "Id": unit.id, "Arn": organization.arn(unit.id), "Name": unit.name, "Path": organization.path(unit.id),
    }  # fmt: skip

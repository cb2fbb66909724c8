"""Assignments and provisioning, which create, update, and delete a permission set's role in an account.

https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreateAccountAssignment.html
https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ProvisionPermissionSet.html
The operations are asynchronous: the first response is IN_PROGRESS, and a second call returns the result. If an error
concerns the target account or the identity store, the call succeeds but the request fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam import reserved_roles
from labs_helpers.cloud.services.identitystore.pages import PAGES
from labs_helpers.cloud.services.sso_admin.access import (
    denied,
    find_set,
    not_found,
    reachable_accounts,
    with_instance,
)
from labs_helpers.cloud.services.sso_admin.errors import invalid
from labs_helpers.cloud.services.sso_admin.state import (
    Assignment,
    Instance,
    PermissionSet,
    Provisioned,
    Request,
)

_NO_ACCESS = "Received a 403 status error: trusted access with AWS Organizations is not enabled"

# --- assigning ------------------------------------------------------------------------------------------------


@operation("sso-admin", "CreateAccountAssignment")
@with_instance
def create_account_assignment(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Assign a permission set in an account to a user or group.

    If the permission set's role or the SAML provider doesn't exist in the account, it is created. If the assignment
    already exists, nothing else changes.
    """
    permission_set, wanted = find_set(call, instance), _assignment(call, instance)
    failure = _unknown_account(call, instance, wanted.account)
    if failure is None and not instance.store.has(wanted.kind, wanted.principal):
        failure = (
            f"Received a 404 status error: the {wanted.kind} assignee {wanted.principal} was not found in directory "
            f"{instance.store.id}"
        )
    if failure is None and not _is_provisioned(instance, wanted.account, permission_set.arn):
        failure = _provision(call, instance, permission_set, wanted.account)
    if failure is None:
        instance.assignments[wanted] = None
    request = _request(call, instance, "create", wanted, failure)
    return {"AccountAssignmentCreationStatus": _request_output(request, begun=True)}


@operation("sso-admin", "DeleteAccountAssignment")
@with_instance
def delete_account_assignment(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Delete an assignment.

    With the last assignment of a permission set in an account, its role and the role's sessions are also deleted.
    """
    permission_set, wanted = find_set(call, instance), _assignment(call, instance)
    if wanted not in instance.assignments:
        raise not_found(call, "The account assignment was not found.")
    if reachable_accounts(call.state, instance) is None:
        request = _request(call, instance, "delete", wanted, _NO_ACCESS)
        return {"AccountAssignmentDeletionStatus": _request_output(request, begun=True)}
    del instance.assignments[wanted]
    if not any(instance.assigned(wanted.account, permission_set.arn)):
        role = instance.provisioned.pop((wanted.account, permission_set.arn))
        reserved_roles.remove(wanted.account, role.role)
    request = _request(call, instance, "delete", wanted, None)
    return {"AccountAssignmentDeletionStatus": _request_output(request, begun=True)}


def _assignment(call: Call, instance: Instance) -> Assignment:
    parameters = call.parameters
    if parameters["TargetId"] == instance.account != call.caller_account:
        raise denied()
    return Assignment(
        parameters["TargetId"],
        parameters["PermissionSetArn"],
        parameters["PrincipalType"],
        parameters["PrincipalId"],
    )


def _unknown_account(call: Call, instance: Instance, account: str) -> str | None:
    members = reachable_accounts(call.state, instance)
    if members is None:
        return _NO_ACCESS
    if account not in members:
        return f"Received a 404 status error: the account {account} was not found"
    if members[account].close_requested is not None:
        return f"Received a 403 status error: the account {account} is not active"
    return None


def _request(call: Call, instance: Instance, kind: str, wanted: Assignment, failure: str | None) -> Request:
    request = Request(
        call.state.ids.uuid(), kind, call.time, wanted.permission_set, wanted.account, wanted.kind, wanted.principal,
        failure,
    )  # fmt: skip
    instance.requests[request.id] = request
    return request


# --- provisioning ---------------------------------------------------------------------------------------------


@operation("sso-admin", "ProvisionPermissionSet")
@with_instance
def provision_permission_set(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Update a permission set's role in one or all of the accounts to which it is provisioned."""
    permission_set, parameters = find_set(call, instance), call.parameters
    target = parameters.get("TargetId")
    if parameters["TargetType"] == "AWS_ACCOUNT":
        if not target:
            raise invalid("TargetId is required for the target type AWS_ACCOUNT.")
        if (target, permission_set.arn) not in instance.provisioned:
            raise not_found(call, "The permission set is not provisioned to the account.")
        accounts = [target]
    else:
        if target:
            raise invalid("TargetId can be used only with the target type AWS_ACCOUNT.")
        accounts = _accounts(instance, permission_set)
    if instance.account in accounts and call.caller_account != instance.account:
        raise denied()
    failures = [_provision(call, instance, permission_set, account) for account in accounts]
    failure = next((each for each in failures if each), None)
    request = Request(
        call.state.ids.uuid(), "provision", call.time, permission_set.arn, target, failure=failure
    )
    instance.requests[request.id] = request
    return {"PermissionSetProvisioningStatus": _provisioning_output(request, begun=True)}


def _accounts(instance: Instance, permission_set: PermissionSet) -> list[str]:
    return [account for account, arn in instance.provisioned if arn == permission_set.arn]


def _provision(call: Call, instance: Instance, permission_set: PermissionSet, account: str) -> str | None:
    """Create or update the set's role in an account. Returns the reason for a failure, or None."""
    if reachable_accounts(call.state, instance) is None:
        return _NO_ACCESS
    customer = [f"arn:aws:iam::{account}:policy{path}{name}" for name, path in permission_set.customer]
    boundary = _boundary(permission_set, account)
    missing = reserved_roles.missing_policies(account, [*customer, *([boundary] if boundary else [])])
    if missing:
        return f"Received a 404 status error: Policy {missing[0]} does not exist or is not attachable."
    ids, key = call.state.ids, (account, permission_set.arn)
    provider = reserved_roles.ensure_provider(account, ids, instance.issuer)
    if key not in instance.provisioned:
        reserved_roles.ensure_linked_role(account, ids, call.time)
        name = f"AWSReservedSSO_{permission_set.name}_{ids.hexadecimal(16)}"
        reserved_roles.add_reserved_role(
            account, name, instance.region, provider, ids, call.time, permission_set.description or ""
        )
        instance.provisioned[key] = Provisioned(name, 0, permission_set.session_seconds)
    role = instance.provisioned[key]
    reserved_roles.trust(account, role.role, provider)
    reserved_roles.furnish(
        account, role.role, [*permission_set.managed, *customer], permission_set.inline, boundary
    )
    role.version, role.session_seconds = permission_set.version, permission_set.session_seconds
    return None


def _is_provisioned(instance: Instance, account: str, arn: str) -> bool:
    """Return whether the set has a role in the account that trusts the instance's SAML provider."""
    role = instance.provisioned.get((account, arn))
    provider = reserved_roles.find_provider(account, instance.issuer)
    return role is not None and reserved_roles.trusts(account, role.role, provider)


def _boundary(permission_set: PermissionSet, account: str) -> str | None:
    if permission_set.boundary is None:
        return None
    reference = permission_set.boundary.get("CustomerManagedPolicyReference")
    if reference is None:
        return str(permission_set.boundary["ManagedPolicyArn"])
    return f"arn:aws:iam::{account}:policy{reference['Path']}{reference['Name']}"


# --- results of requests --------------------------------------------------------------------------------------


@operation("sso-admin", "DescribeAccountAssignmentCreationStatus")
@with_instance
def describe_creation_status(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Return the result of a request to create an assignment."""
    request = _find(call, instance, "create", "AccountAssignmentCreationRequestId")
    return {"AccountAssignmentCreationStatus": _request_output(request)}


@operation("sso-admin", "DescribeAccountAssignmentDeletionStatus")
@with_instance
def describe_deletion_status(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Return the result of a request to delete an assignment."""
    request = _find(call, instance, "delete", "AccountAssignmentDeletionRequestId")
    return {"AccountAssignmentDeletionStatus": _request_output(request)}


@operation("sso-admin", "DescribePermissionSetProvisioningStatus")
@with_instance
def describe_provisioning_status(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Return the result of a request to provision a permission set."""
    request = _find(call, instance, "provision", "ProvisionPermissionSetRequestId")
    return {"PermissionSetProvisioningStatus": _provisioning_output(request)}


@operation("sso-admin", "ListAccountAssignmentCreationStatus")
@with_instance
def list_creation_status(call: Call, instance: Instance) -> Mapping[str, Any]:
    """List the requests to create assignments, optionally only those with a given status."""
    return PAGES.page(call, "AccountAssignmentsCreationStatus", _list(call, instance, "create"))


@operation("sso-admin", "ListAccountAssignmentDeletionStatus")
@with_instance
def list_deletion_status(call: Call, instance: Instance) -> Mapping[str, Any]:
    """List the requests to delete assignments, optionally only those with a given status."""
    return PAGES.page(call, "AccountAssignmentsDeletionStatus", _list(call, instance, "delete"))


@operation("sso-admin", "ListPermissionSetProvisioningStatus")
@with_instance
def list_provisioning_status(call: Call, instance: Instance) -> Mapping[str, Any]:
    """List the requests to provision permission sets, optionally only those with a given status."""
    return PAGES.page(call, "PermissionSetsProvisioningStatus", _list(call, instance, "provision"))


def _find(call: Call, instance: Instance, kind: str, parameter: str) -> Request:
    request = instance.requests.get(call.parameters[parameter])
    if request is None or request.kind != kind:
        raise not_found(call, "The request was not found.")
    return request


def _list(call: Call, instance: Instance, kind: str) -> list[dict[str, Any]]:
    wanted = (call.parameters.get("Filter") or {}).get("Status")
    return [
        {"Status": each.status, "RequestId": each.id, "CreatedDate": each.created}
        for each in instance.requests.values()
        if each.kind == kind and wanted in (None, each.status)
    ]


def _request_output(request: Request, *, begun: bool = False) -> dict[str, Any]:
    shown = {
        "Status": "IN_PROGRESS" if begun else request.status, "RequestId": request.id,
        "FailureReason": None if begun else request.failure, "TargetId": request.account,
        "TargetType": "AWS_ACCOUNT", "PermissionSetArn": request.permission_set,
        "PrincipalType": request.principal_kind, "PrincipalId": request.principal, "CreatedDate": request.created,
    }  # fmt: skip
    return {name: value for name, value in shown.items() if value is not None}


def _provisioning_output(request: Request, *, begun: bool = False) -> dict[str, Any]:
    shown = {
        "Status": "IN_PROGRESS" if begun else request.status, "RequestId": request.id, "AccountId": request.account,
        "PermissionSetArn": request.permission_set, "FailureReason": None if begun else request.failure,
        "CreatedDate": request.created,
    }  # fmt: skip
    return {name: value for name, value in shown.items() if value is not None}


# --- lists ----------------------------------------------------------------------------------------------------


@operation("sso-admin", "ListAccountAssignments")
@with_instance
def list_account_assignments(call: Call, instance: Instance) -> Mapping[str, Any]:
    """List a permission set's assignments in an account."""
    permission_set = find_set(call, instance)
    listed = instance.assigned(call.parameters["AccountId"], permission_set.arn)
    return PAGES.page(call, "AccountAssignments", [_assignment_output(each) for each in listed])


@operation("sso-admin", "ListAccountAssignmentsForPrincipal")
@with_instance
def list_for_principal(call: Call, instance: Instance) -> Mapping[str, Any]:
    """List the assignments of a user or group. A user also has the assignments of the user's groups.

    Only the management account can call this operation. It isn't available for account instances.
    https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListAccountAssignmentsForPrincipal.html
    """
    parameters, store = call.parameters, instance.store
    if not instance.of_organization:
        raise invalid("The operation is not valid for account instances of IAM Identity Center.")
    if call.caller_account != instance.account:
        raise denied()
    kind, principal = parameters["PrincipalType"], parameters["PrincipalId"]
    if not store.has(kind, principal):
        raise not_found(call, f"{kind} not found.")
    reach = store.principals_of(principal) if kind == "USER" else {(kind, principal)}
    account = (parameters.get("Filter") or {}).get("AccountId")
    listed = [
        _assignment_output(each)
        for each in instance.assignments
        if (each.kind, each.principal) in reach and account in (None, each.account)
    ]
    return PAGES.page(call, "AccountAssignments", listed)


def _assignment_output(assignment: Assignment) -> dict[str, Any]:
    return {
        "AccountId": assignment.account, "PermissionSetArn": assignment.permission_set,
        "PrincipalType": assignment.kind, "PrincipalId": assignment.principal,
    }  # fmt: skip


@operation("sso-admin", "ListAccountsForProvisionedPermissionSet")
@with_instance
def list_accounts(call: Call, instance: Instance) -> Mapping[str, Any]:
    """List the accounts to which a permission set is provisioned, optionally filtered by provisioning status."""
    permission_set = find_set(call, instance)
    listed = [
        each
        for each in _accounts(instance, permission_set)
        if _wanted(call, instance, each, permission_set.arn)
    ]
    return PAGES.page(call, "AccountIds", listed)


@operation("sso-admin", "ListPermissionSetsProvisionedToAccount")
@with_instance
def list_provisioned(call: Call, instance: Instance) -> Mapping[str, Any]:
    """List the permission sets that are provisioned to an account, optionally filtered by provisioning status."""
    account = call.parameters["AccountId"]
    listed = [
        arn
        for where, arn in instance.provisioned
        if where == account and _wanted(call, instance, account, arn)
    ]
    return PAGES.page(call, "PermissionSets", listed)


def _wanted(call: Call, instance: Instance, account: str, arn: str) -> bool:
    """Return whether the account's role has the requested ProvisioningStatus, or none is requested."""
    status = call.parameters.get("ProvisioningStatus")
    latest = instance.provisioned[account, arn].version == instance.sets[arn].version
    return status is None or (status == "LATEST_PERMISSION_SET_PROVISIONED") == latest

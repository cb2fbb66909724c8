"""The accounts that can call an operation: the management account, delegated administrators, or other members.

Each operation's page in the API reference lists the accounts that can call it. The delegation policy can allow other
members to call it.
https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_delegate_policies.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.organizations.errors import constraint, no_permission, not_in_use
from labs_helpers.cloud.services.organizations.state import ALL, Organization, Organizations

OUTSIDE = frozenset(
    "CreateOrganization AcceptHandshake CancelHandshake DeclineHandshake DescribeHandshake "
    "ListHandshakesForAccount".split()
)
"""Operations that an account can call even if it isn't in an organization."""
_ANY_MEMBER = frozenset("DescribeOrganization DescribeEffectivePolicy LeaveOrganization".split())
READS = frozenset(
    "DescribeAccount DescribeCreateAccountStatus DescribeOrganizationalUnit DescribePolicy DescribeResourcePolicy "
    "ListAWSServiceAccessForOrganization ListAccounts ListAccountsForParent ListAccountsWithInvalidEffectivePolicy "
    "ListChildren ListCreateAccountStatus ListDelegatedAdministrators ListDelegatedServicesForAccount "
    "ListEffectivePolicyValidationErrors ListHandshakesForOrganization ListOrganizationalUnitsForParent ListParents "
    "ListPolicies ListPoliciesForTarget ListRoots ListTagsForResource ListTargetsForPolicy".split()
)
"""Operations that a delegated administrator for any service can also call."""
DELEGABLE = READS | frozenset(
    "AttachPolicy CreatePolicy DeletePolicy DetachPolicy DisablePolicyType EnablePolicyType TagResource "
    "UntagResource UpdatePolicy".split()
)
"""Operations that the resource-based delegation policy can allow members to call."""
_ALL_FEATURES = frozenset(
    "CloseAccount DeleteResourcePolicy DeregisterDelegatedAdministrator DescribeEffectivePolicy DescribeResourcePolicy "
    "DisableAWSServiceAccess EnableAWSServiceAccess ListAWSServiceAccessForOrganization "
    "ListAccountsWithInvalidEffectivePolicy ListDelegatedAdministrators ListDelegatedServicesForAccount "
    "ListEffectivePolicyValidationErrors PutResourcePolicy RegisterDelegatedAdministrator".split()
)
"""Operations that an organization with only consolidated billing rejects; for policies, see `policies`."""


def delegating_organization(call: Call) -> Organization | None:
    """Return the caller's organization if only its delegation policy can allow this call, or None otherwise.

    The organization is returned even if it has no delegation policy. In that case, no policies are evaluated, and
    `check` rejects the call.
    """
    organization = call.state.part(Organizations).of(call.caller_account)
    if organization is None or call.caller_account == organization.management:
        return None
    if call.operation not in DELEGABLE:
        return None
    if call.operation in READS and organization.administers(call.caller_account):
        return None
    return organization


def check(call: Call) -> Organization:
    """Return the caller's organization.

    Raises `ServiceError` if there isn't one, or if the caller's account isn't allowed to call this operation.
    """
    organization = call.state.part(Organizations).of(call.caller_account)
    if organization is None:
        raise not_in_use()
    # Calls that need the delegation policy have already been authorized: see `_owner` in `organizations.table`.
    if call.caller_account != organization.management and call.operation not in _ANY_MEMBER | DELEGABLE:
        raise no_permission()
    if organization.resource_policy is None and delegating_organization(call) is not None:
        raise no_permission()
    if call.operation in _ALL_FEATURES and organization.feature_set != ALL:
        raise constraint("ORGANIZATION_NOT_IN_ALL_FEATURES_MODE")
    return organization

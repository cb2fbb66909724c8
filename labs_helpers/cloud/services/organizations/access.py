"""Who may call what: the management account, delegated administrators, accounts that the delegation policy names.

Each operation's page of the API reference says from which accounts it can be called.
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
"""What an account may call that is in no organisation."""
_ANY_MEMBER = frozenset("DescribeOrganization DescribeEffectivePolicy LeaveOrganization".split())
READS = frozenset(
    "DescribeAccount DescribeCreateAccountStatus DescribeOrganizationalUnit DescribePolicy DescribeResourcePolicy "
    "ListAWSServiceAccessForOrganization ListAccounts ListAccountsForParent ListAccountsWithInvalidEffectivePolicy "
    "ListChildren ListCreateAccountStatus ListDelegatedAdministrators ListDelegatedServicesForAccount "
    "ListEffectivePolicyValidationErrors ListHandshakesForOrganization ListOrganizationalUnitsForParent ListParents "
    "ListPolicies ListPoliciesForTarget ListRoots ListTagsForResource ListTargetsForPolicy".split()
)
"""What a delegated administrator of any service may call as well."""
DELEGABLE = READS | frozenset(
    "AttachPolicy CreatePolicy DeletePolicy DetachPolicy DisablePolicyType EnablePolicyType TagResource "
    "UntagResource UpdatePolicy".split()
)
"""What the resource-based delegation policy can let members call."""
_ALL_FEATURES = frozenset(
    "CloseAccount DeleteResourcePolicy DeregisterDelegatedAdministrator DescribeEffectivePolicy DescribeResourcePolicy "
    "DisableAWSServiceAccess EnableAWSServiceAccess ListAWSServiceAccessForOrganization "
    "ListAccountsWithInvalidEffectivePolicy ListDelegatedAdministrators ListDelegatedServicesForAccount "
    "ListEffectivePolicyValidationErrors PutResourcePolicy RegisterDelegatedAdministrator".split()
)
"""What an organisation can't do that has consolidated billing only; for policies, see `policies`."""


def by_delegation(call: Call) -> Organization | None:
    """The caller's organisation, if only its delegation policy can let the caller do what it asks; else None.

    Where there is no such policy, policies are not asked about it at all: see `check`.
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
    """The caller's organisation. Raises `ServiceError` where there is none, or its account may not call this."""
    organization = call.state.part(Organizations).of(call.caller_account)
    if organization is None:
        raise not_in_use()
    # What is left to the delegation policy was asked before: see `labs_helpers.cloud.services.organizations.table`.
    if call.caller_account != organization.management and call.operation not in _ANY_MEMBER | DELEGABLE:
        raise no_permission()
    if organization.resource_policy is None and by_delegation(call) is not None:
        raise no_permission()
    if call.operation in _ALL_FEATURES and organization.feature_set != ALL:
        raise constraint("ORGANIZATION_NOT_IN_ALL_FEATURES_MODE")
    return organization

"""The permissions that IAM Identity Center's operations (sso-admin) require.

Actions, resource types, ARN patterns, condition keys:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiamidentitycenter.html
The ARNs of instances, permission sets, and accounts don't contain an account ID in the usual position:
https://docs.aws.amazon.com/singlesignon/latest/userguide/iam-auth-access-overview.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.iam import reserved_roles
from labs_helpers.cloud.services.shared.authorization_table import Ask, Keys, Table
from labs_helpers.cloud.services.shared.service_facts import Facts
from labs_helpers.cloud.services.shared.table_rows import tags_in
from labs_helpers.cloud.services.sso_admin.state import IdentityCenters, Instance, PermissionSet
from labs_helpers.engine.policy.arn import Arn

_TAGS = tags_in("Tags", "TagKeys")


def _region(call: Call) -> dict[str, Any]:
    return {"sso:PrimaryRegion": call.region}


def _end(call: Call, parameter: str) -> str | None:
    """Return the last part of an ARN: an instance's ID (`ssoins-…`) or a permission set's ID (`ps-…`)."""
    return (call.parameters.get(parameter) or "").rpartition("/")[2] or None


def _instance(call: Call) -> str | None:
    """Return the instance's ID, from its ARN."""
    return _end(call, "InstanceArn")


def _account(call: Call) -> str:
    """Return the target account, or "*" (all accounts) for ProvisionPermissionSet without a target."""
    return call.parameters.get("TargetId") or call.parameters.get("AccountId") or "*"


def _permission_set(call: Call) -> str | None:
    return _end(call, "PermissionSetArn")


def _instance_of_set(call: Call) -> str | None:
    """Return the instance in the permission set's own ARN, which InstanceArn might contradict."""
    parts = (call.parameters.get("PermissionSetArn") or "").split("/")
    return parts[-2] if len(parts) == 3 else None


def _tags(call: Call, ask: Ask) -> Mapping[str, str]:
    if ask.type in (None, "Account"):
        return {}
    instance = call.state.part(IdentityCenters).find(f"arn:aws:sso:::instance/{ask.resource.split('/')[1]}")
    return {} if instance is None else instance.tags.get(ask.resource, {})


TABLE = Table(
    "sso-admin",
    "sso",
    facts=Facts(holds_policies=True),
    resources={
        "Account": {"AccountId": _account},
        "Instance": {"InstanceId": _instance},
        "PermissionSet": {"InstanceId": _instance_of_set, "PermissionSetId": _permission_set},
    },
    tags=_tags,
)
ask = TABLE.ask


def _each(operations: str, *types: str, keys: tuple[Keys, ...] = ()) -> None:
    """Add a row for each resource type, because AWS requires permission for each resource in a request."""
    for resource_type in types:
        ask(operations, on=resource_type, keys=keys if resource_type == "Account" else (_region, *keys))


# Instances
_each(
    "AddRegion CreateInstanceAccessControlAttributeConfiguration DeleteInstance "
    "DeleteInstanceAccessControlAttributeConfiguration DescribeAccountAssignmentCreationStatus "
    "DescribeAccountAssignmentDeletionStatus DescribeInstance DescribeInstanceAccessControlAttributeConfiguration "
    "DescribePermissionSetProvisioningStatus DescribeRegion ListAccountAssignmentCreationStatus "
    "ListAccountAssignmentDeletionStatus ListAccountAssignmentsForPrincipal "
    "ListPermissionSetProvisioningStatus ListPermissionSets ListRegions RemoveRegion "
    "UpdateInstance UpdateInstanceAccessControlAttributeConfiguration",
    "Instance",
)
ask("ListInstances")
ask(
    "CreateInstance",
    on="Instance",
    arns=lambda call: [TABLE.fill("Instance", call, InstanceId="*")],
    keys=(_TAGS,),
)

# Permission sets
_each(
    "AttachCustomerManagedPolicyReferenceToPermissionSet AttachManagedPolicyToPermissionSet "
    "DeleteInlinePolicyFromPermissionSet DeletePermissionSet DeletePermissionsBoundaryFromPermissionSet "
    "DescribePermissionSet DetachCustomerManagedPolicyReferenceFromPermissionSet "
    "DetachManagedPolicyFromPermissionSet GetInlinePolicyForPermissionSet GetPermissionsBoundaryForPermissionSet "
    "ListAccountsForProvisionedPermissionSet ListCustomerManagedPolicyReferencesInPermissionSet "
    "ListManagedPoliciesInPermissionSet PutInlinePolicyToPermissionSet PutPermissionsBoundaryToPermissionSet "
    "UpdatePermissionSet",
    "Instance", "PermissionSet",
)  # fmt: skip
ask("CreatePermissionSet", on="Instance", keys=(_region, _TAGS))
ask(
    "CreatePermissionSet", on="PermissionSet", keys=(_region, _TAGS),
    arns=lambda call: [TABLE.fill("PermissionSet", call, InstanceId=_instance(call), PermissionSetId="*")],
)  # fmt: skip

# Assignments
_each(
    "CreateAccountAssignment DeleteAccountAssignment ListAccountAssignments ProvisionPermissionSet",
    "Instance", "PermissionSet", "Account",
)  # fmt: skip
_each("ListPermissionSetsProvisionedToAccount", "Instance", "Account")


# In the management account, roles are created with the caller's permissions; in other accounts, with those of
# the service-linked role.
# https://docs.aws.amazon.com/singlesignon/latest/userguide/iam-auth-access-using-id-policies.html#policyexamplemanageconnecteddirectory
def _in_management(call: Call) -> tuple[Instance, PermissionSet] | None:
    """Return the instance and the permission set, or None if the target isn't the instance's own account."""
    instance = call.state.part(IdentityCenters).find(call.parameters.get("InstanceArn") or "")
    if (
        instance is None
        or not instance.of_organization
        or call.parameters.get("TargetId") != instance.account
    ):
        return None
    permission_set = instance.sets.get(call.parameters.get("PermissionSetArn") or "")
    return (instance, permission_set) if permission_set is not None else None


def _reserved_role(call: Call) -> list[str]:
    target = _in_management(call)
    assert target is not None, "the row is only for calls about the management account"
    instance, permission_set = target
    provisioned = instance.provisioned.get((instance.account, permission_set.arn))
    name = provisioned.role if provisioned is not None else f"AWSReservedSSO_{permission_set.name}_*"
    return [f"arn:aws:iam::{instance.account}:role{reserved_roles.path_in(instance.region)}{name}"]


def _creates_role(call: Call, having: Callable[[PermissionSet], object] = lambda _: True) -> bool:
    target = _in_management(call)
    return (
        target is not None
        and (target[0].account, target[1].arn) not in target[0].provisioned
        and bool(having(target[1]))
    )


def _deletes_role(call: Call) -> bool:
    target = _in_management(call)
    return target is not None and len(list(target[0].assigned(target[0].account, target[1].arn))) == 1


ask("CreateAccountAssignment", action="iam:CreateRole", on="role", arns=_reserved_role, when=_creates_role)
ask(
    "CreateAccountAssignment", action="iam:AttachRolePolicy", on="role", arns=_reserved_role,
    when=lambda call: _creates_role(call, lambda each: each.managed or each.customer),
)  # fmt: skip
ask(
    "CreateAccountAssignment", action="iam:PutRolePolicy", on="role", arns=_reserved_role,
    when=lambda call: _creates_role(call, lambda each: each.inline),
)  # fmt: skip
ask("DeleteAccountAssignment", action="iam:DeleteRole", on="role", arns=_reserved_role, when=_deletes_role)


# Tags
def _tagged(call: Call) -> str | None:
    """Return the resource type of ResourceArn."""
    arn = call.parameters.get("ResourceArn") or ""
    if arn.rpartition("/")[2].startswith("ps-"):
        return "PermissionSet"
    named = Arn.read(arn)
    return "Instance" if named is not None and named.kind == "instance" else None


def _tagged_arn(call: Call) -> list[str]:
    arn = call.parameters["ResourceArn"]
    if _tagged(call) != "PermissionSet":
        return [arn]
    instance, permission_set = arn.split("/")[-2:] if arn.count("/") == 2 else ("", "")
    return [TABLE.fill("PermissionSet", call, InstanceId=instance, PermissionSetId=permission_set)]


_TAG_OPERATIONS = "ListTagsForResource TagResource UntagResource"
for _type in ("Instance", "PermissionSet"):
    ask(
        _TAG_OPERATIONS, on=_type, arns=_tagged_arn, keys=(_TAGS,),
        when=lambda call, wanted=_type: _tagged(call) == wanted,
    )  # fmt: skip
ask(_TAG_OPERATIONS, keys=(_TAGS,), when=lambda call: _tagged(call) is None)

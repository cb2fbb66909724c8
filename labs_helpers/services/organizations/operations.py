"""Organizations where moto differs from AWS: what is attached by default, and what a new account holds.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.core.call import Answer, Call
from labs_helpers.core.errors import ServiceError
from labs_helpers.core.registry import operation
from labs_helpers.moto import seam
from labs_helpers.policy import PolicyError, PolicyKind, parse_policy
from labs_helpers.services.iam import administrators as accounts
from labs_helpers.services.organizations import tree as organization_tree

_ACCOUNT_ROLE = "OrganizationAccountAccessRole"
_PARSED = {organization_tree.SCP: PolicyKind.SCP, organization_tree.RCP: PolicyKind.RCP}
_FULL_ACCESS = {organization_tree.SCP: "p-FullAWSAccess", organization_tree.RCP: "p-RCPFullAWSAccess"}


@operation("organizations", "CreateOrganizationalUnit")
def create_organizational_unit(call: Call) -> Answer:
    """A new unit has AWS's full-access policies attached, or it would allow nothing."""
    answer = call.moto()
    if answer.status == 200:
        unit = _read(call, answer)["OrganizationalUnit"]["Id"]
        organization_tree.attach_default_policies(call.account, unit)
    return answer


@operation("organizations", "CreateAccount")
def create_account(call: Call) -> Answer:
    """A new account has a role that the management account may assume, with administrator rights.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html
    """
    answer = call.moto()
    if answer.status == 200:
        member = _read(call, answer)["CreateAccountStatus"]["AccountId"]
        role = call.parameters.get("RoleName") or _ACCOUNT_ROLE
        accounts.give_administrator_rights(member, role, call.state.ids)
    return answer


@operation("organizations", "CreatePolicy", "UpdatePolicy")
def check_policy(call: Call) -> Answer:
    """Policies that would be malformed in force are refused when they are written."""
    kind = call.parameters.get("Type") or organization_tree.policy_type(
        call.account, call.parameters.get("PolicyId")
    )
    content = call.parameters.get("Content")
    if content is not None and kind in _PARSED:
        try:
            parse_policy(content, _PARSED[kind])
        except PolicyError as error:
            raise ServiceError(
                "MalformedPolicyDocumentException",
                f"The provided policy document does not meet the requirements of the specified policy type. {error}",
            ) from error
    return call.moto()


@operation("organizations", "AttachPolicy")
def attach_policy(call: Call) -> Answer:
    """A policy whose type is not enabled at the root cannot be attached.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_AttachPolicy.html
    """
    kind = organization_tree.policy_type(call.account, call.parameters["PolicyId"])
    if kind is not None and kind not in organization_tree.enabled_types(call.account):
        raise ServiceError(
            "PolicyTypeNotEnabledException", "This operation can be performed only for enabled policy types."
        )
    return call.moto()


@operation("organizations", "DetachPolicy")
def detach_policy(call: Call) -> Answer:
    """The last SCP of a target stays, and so does RCPFullAWSAccess everywhere.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_DetachPolicy.html
    """
    policy, target = call.parameters["PolicyId"], call.parameters["TargetId"]
    if policy == _FULL_ACCESS[organization_tree.RCP]:
        raise _constraint("This policy cannot be detached.", "CANNOT_DETACH_POLICY")
    kind = organization_tree.policy_type(call.account, policy)
    attached = organization_tree.attached_ids(call.account, target, organization_tree.SCP)
    if kind == organization_tree.SCP and attached == [policy]:
        raise _constraint(
            "You cannot remove the last policy attached to the specified target. "
            "You must have at least one attached at all times.",
            "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
        )
    return call.moto()


@operation("organizations", "EnablePolicyType")
def enable_policy_type(call: Call) -> Answer:
    """From now on the type's full-access policy is attached to the root, every unit and every account."""
    answer = call.moto()
    if answer.status == 200:
        for target in organization_tree.target_ids(call.account):
            organization_tree.attach_default_policies(call.account, target)
    return answer


@operation("organizations", "DisablePolicyType")
def disable_policy_type(call: Call) -> Answer:
    """All policies of the type are detached; enabling it again brings back the full-access policy alone."""
    answer = call.moto()
    if answer.status == 200:
        organization_tree.detach_all(call.account, call.parameters["PolicyType"])
    return answer


def _constraint(message: str, reason: str) -> ServiceError:
    return ServiceError("ConstraintViolationException", message, Reason=reason)


def _read(call: Call, answer: Answer) -> Mapping[str, Any]:
    model = seam.model("organizations")
    assert model is not None
    return seam.read(model.operation_model(call.operation), answer)

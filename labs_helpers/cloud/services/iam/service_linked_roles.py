"""Service-linked roles: AWS sets their names and policies, and only the service can change them.

`service_linked_roles.json` contains the end of each role's name, its policy, and whether a custom suffix is
allowed. The keys are the service principals without .amazonaws.com. The data comes from the services'
documentation ("Using service-linked roles for …") and from the ARNs for which AWS managed policies allow
iam:CreateServiceLinkedRole.
https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.messages import email_role
from labs_helpers.cloud.services.cognito_idp.state import UserPools
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam.entities import (
    created_role_members,
    find_role,
    invalid_input,
    no_such_entity,
)
from labs_helpers.cloud.services.organizations.state import ALL, Organizations
from labs_helpers.engine.reference.service_principals import is_service_principal

_TASK = re.compile(r"task/aws-service-role/[^/]+/([^/]+)/[0-9a-f-]{36}")


class Linked(NamedTuple):
    """AWS's settings for a service-linked role: the end of its name, and its policy."""

    name: str
    policy: str
    suffix: bool = False
    """True if the service allows a custom suffix."""


@cache
def known() -> Mapping[str, Linked]:
    """Return the service-linked roles by service principal, without .amazonaws.com."""
    text = (resources.files(__package__) / "service_linked_roles.json").read_text(encoding="utf-8")
    return {service: Linked(*settings) for service, settings in json.loads(text).items()}


def role_name(service: str, suffix: str | None) -> str:
    """Return the name of a service's service-linked role, or `AWSServiceRoleFor*` for an unknown service."""
    linked = known().get(service.removesuffix(".amazonaws.com"))
    return f"AWSServiceRoleFor{linked.name if linked else '*'}" + (f"_{suffix}" if suffix else "")


@operation("iam", "CreateServiceLinkedRole")
def create_service_linked_role(call: Call) -> dict[str, Any]:
    """Create a service-linked role with AWS's policy. Rejects a name that is already in use, and an unsupported suffix.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html
    """
    service, suffix = call.parameters["AWSServiceName"], call.parameters.get("CustomSuffix")
    linked = _linked(service)
    if suffix and not linked.suffix:
        raise invalid_input(f"Custom suffix is not allowed for {service}")
    name = role_name(service, suffix)
    if moto_iam.find_role(call.account, name) is not None:
        raise invalid_input(
            f"Service role name {name} has been taken in this account, please try a different suffix."
        )
    # OBSERVED in 2026: in the response's trust policy, the action and the service are lists with one item.
    trust = {"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": {"Service": [service]}}
    role = moto_iam.add_role(
        call.account, name, json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        path=f"/aws-service-role/{service}/", role_id=call.state.ids.unique_id("AROA"), created=call.time,
        # OBSERVED in 2025: if the request contains no description, the role has no description.
        description=call.parameters.get("Description") or "", linked_service=service,
    )  # fmt: skip
    arn = f"arn:aws:iam::aws:policy/aws-service-role/{linked.policy}"
    moto_iam.backend(call.account).managed_policies[arn].attach_to(role)
    return {"Role": created_role_members(role)}


def _linked(service: str) -> Linked:
    """Return a service's role. Raises InvalidInput for a wrong principal, and NotModelled for unknown roles."""
    linked = known().get(service.removesuffix(".amazonaws.com"))
    if linked is not None and service.endswith(".amazonaws.com"):
        return linked
    if not is_service_principal(service):
        raise invalid_input(f"{service} is not the principal of a service that has service-linked roles.")
    raise NotModelled(
        f"the service-linked role of {service} is not known here; see labs_helpers/cloud/services/iam/"
        "service_linked_roles.py"
    )


@operation("iam", "DeleteServiceLinkedRole")
def delete_service_linked_role(call: Call) -> dict[str, Any]:
    """Delete a service-linked role immediately and return the ID of the deletion task.

    If the service still needs the role, the call succeeds but the task fails.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceLinkedRole.html
    """
    role = find_role(call)
    if not role._linked_service:
        raise no_such_entity(f"The service-linked role with name {role.name} cannot be found.")
    held = _held(call, role._linked_service)
    if held is None:
        for policy in list(role.managed_policies.values()):
            policy.detach_from(role)
        moto_iam.remove_role(call.account, role)
    task = f"task/aws-service-role/{role._linked_service}/{role.name}/{call.state.ids.uuid()}"
    call.state.part(DeletionTasks).done[call.account, task] = held
    return {"DeletionTaskId": task}


def _held(call: Call, service: str) -> str | None:
    """Return the service's reason for keeping its role, or None if it doesn't need the role."""
    holds = _HOLDING.get(service)
    return holds(call) if holds is not None else None


def _held_by_organization(call: Call) -> str | None:
    """Return a reason if Organizations needs its role.

    It needs the role in every account once all features are enabled.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services.html#orgs_integrate_services-using_slrs
    """
    organization = call.state.part(Organizations).of(call.account)
    if organization is None or organization.feature_set != ALL:
        return None
    return "The account is in an organization with all features enabled, and Organizations needs the role."


def _held_by_user_pools(call: Call) -> str | None:
    """Return a reason if Cognito needs its email role.

    It needs the role while one of the account's user pools sends email with SES.
    https://docs.aws.amazon.com/cognito/latest/developerguide/using-service-linked-roles.html#delete-slr
    """
    pools = call.state.part(UserPools).pools.values()
    using = [pool.id for pool in pools if pool.account == call.account and email_role.needs(pool.settings)]
    return f"User pools use the role to send email with Amazon SES: {', '.join(using)}." if using else None


_HOLDING: Mapping[str, Callable[[Call], str | None]] = {
    "organizations.amazonaws.com": _held_by_organization,
    email_role.SERVICE: _held_by_user_pools,
}


class DeletionTasks:
    """Deletions of service-linked roles by (account, task ID).

    The value is None for success, or the reason for a failure.
    """

    def __init__(self) -> None:
        self.done: dict[tuple[str, str], str | None] = {}


@operation("iam", "GetServiceLinkedRoleDeletionStatus")
def get_service_linked_role_deletion_status(call: Call) -> dict[str, Any]:
    """Return a deletion task's status: SUCCEEDED, or FAILED with the reason. Raises NoSuchEntity for an unknown task.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLinkedRoleDeletionStatus.html
    """
    task = call.parameters["DeletionTaskId"]
    if not _TASK.fullmatch(task):
        raise invalid_input(f"The deletion task id {task} is not valid.")
    if (call.account, task) not in call.state.part(DeletionTasks).done:
        raise no_such_entity(f"The deletion task {task} cannot be found.")
    failed = call.state.part(DeletionTasks).done[call.account, task]
    if failed is not None:
        return {"Status": "FAILED", "Reason": {"Reason": failed}}
    return {"Status": "SUCCEEDED"}

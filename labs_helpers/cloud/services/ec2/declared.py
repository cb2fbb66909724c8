"""EC2 settings in an organization's declarative policies, which override an account's settings.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_declarative_syntax.html
The only setting that this cloud supports is block public access for snapshots.
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.organizations.effective_policies import effective_policy
from labs_helpers.cloud.services.organizations.state import Organizations

_TYPE = "DECLARATIVE_POLICY_EC2"


def snapshot_block(call: Call, account: str) -> str | None:
    """Return the declared state of block public access for snapshots (`block-all-sharing`), or None."""
    declared = _attributes(call, account).get("snapshot_block_public_access", {}).get("state")
    return declared.replace("_", "-") if isinstance(declared, str) else None


def check_not_declared(call: Call, declared: str | None) -> None:
    """Raise DeclarativePolicyViolation for a change to a declared setting, with the policy's custom message, if any."""
    if declared is None:
        return
    message = "This functionality has been disabled by a Declarative Policy."
    message_of_policy = _attributes(call, call.account).get("exception_message")
    if message_of_policy:
        message = f"{message} Your custom error message: {message_of_policy}"
    raise ServiceError("DeclarativePolicyViolation", message, 403)


def _attributes(call: Call, account: str) -> dict[str, Any]:
    organization = call.state.part(Organizations).of(account)
    if organization is None or _TYPE not in organization.enabled:
        return {}
    attributes: dict[str, Any] = effective_policy(organization, account, _TYPE).get("ec2_attributes", {})
    return attributes

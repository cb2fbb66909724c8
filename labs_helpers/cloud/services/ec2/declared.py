"""What an organisation's declarative policy says of EC2 in an account: it stands above the account's own settings.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_declarative_syntax.html
Of its attributes the cloud enforces the one whose setting it has: block public access for snapshots.
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.organizations.effective_policies import effective_policy
from labs_helpers.cloud.services.organizations.state import Organizations

_TYPE = "DECLARATIVE_POLICY_EC2"


def snapshot_block(call: Call, account: str) -> str | None:
    """The state of block public access for snapshots (`block-all-sharing`), None where no policy declares it."""
    declared = _attributes(call, account).get("snapshot_block_public_access", {}).get("state")
    return declared.replace("_", "-") if isinstance(declared, str) else None


def check_not_declared(call: Call, declared: str | None) -> None:
    """Raises DeclarativePolicyViolation, with the policy's own message, for a change of what is declared."""
    if declared is None:
        return
    message = "This functionality has been disabled by a Declarative Policy."
    own = _attributes(call, call.account).get("exception_message")
    raise ServiceError(
        "DeclarativePolicyViolation", f"{message} Your custom error message: {own}" if own else message, 403
    )


def _attributes(call: Call, account: str) -> dict[str, Any]:
    organization = call.state.part(Organizations).of(account)
    if organization is None or _TYPE not in organization.enabled:
        return {}
    found: dict[str, Any] = effective_policy(organization, account, _TYPE).get("ec2_attributes", {})
    return found

"""The root users' own credentials, beside their access keys: password, MFA device, and who may see to them.

Long-term root credentials name users; only a session of AssumeRoot means the root user itself by naming nobody.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam.entities import PAGES, already_exists, no_such_entity, validation_error
from labs_helpers.engine.policy import PrincipalKind

_MFA_DEVICE = "security-key"


@dataclass(slots=True)
class RootUsers:
    """By account, what its root user has. All have a password at first, but those of accounts that an organisation with
    centralised root access makes.

    `without_password`: accounts whose root user has none. `recovered`: when one was allowed a password again.
    `mfa`: accounts whose root user has an MFA device, and since when.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html
    """

    without_password: set[str] = field(default_factory=set)
    recovered: dict[str, datetime] = field(default_factory=dict)
    mfa: dict[str, datetime] = field(default_factory=dict)


def arn(account: str) -> str:
    """The ARN of an account's root user."""
    return f"arn:aws:iam::{account}:root"


def is_meant(call: Call) -> bool:
    """Whether a root user calls and names no user."""
    return not call.parameters.get("UserName") and call.principal.kind is PrincipalKind.ROOT


def in_session(call: Call) -> bool:
    """Whether a session of AssumeRoot calls and names no user."""
    return is_meant(call) and call.credentials is not None and call.credentials.via == "AssumeRoot"


# --- password -------------------------------------------------------------------------------------------------


def has_password(call: Call) -> bool:
    """Whether the root user of the call's account has a password."""
    return call.account not in call.state.part(RootUsers).without_password


def allow_recovery(call: Call) -> dict[str, Any]:
    """CreateLoginProfile: the owner of the account's address may set a password again. Raises EntityAlreadyExists."""
    if call.parameters.get("Password") is not None:
        raise validation_error("Password must be omitted when calling with an AssumeRoot session")
    if has_password(call):
        raise already_exists("Login Profile for the root user already exists.")
    roots = call.state.part(RootUsers)
    roots.without_password.discard(call.account)
    roots.recovered[call.account] = call.time
    return shown_password(call)


def shown_password(call: Call) -> dict[str, Any]:
    """GetLoginProfile. Raises NoSuchEntity."""
    if not has_password(call):
        raise no_such_entity("Login Profile for the root user cannot be found.")
    since = call.state.part(RootUsers).recovered.get(call.account)
    created = since or moto_iam.account_created(call.account) or call.time
    return {"LoginProfile": {"UserName": "root", "CreateDate": created, "PasswordResetRequired": False}}


def delete_password(call: Call) -> dict[str, Any]:
    """DeleteLoginProfile. Raises NoSuchEntity."""
    shown_password(call)
    call.state.part(RootUsers).without_password.add(call.account)
    return {}


# --- MFA device -----------------------------------------------------------------------------------------------


def _mfa_serial(account: str) -> str:
    return f"arn:aws:iam::{account}:u2f/root-account/{_MFA_DEVICE}"


def has_mfa(call: Call) -> bool:
    """Whether the root user of the call's account has an MFA device."""
    return call.account in call.state.part(RootUsers).mfa


def shown_mfa_devices(call: Call) -> dict[str, Any]:
    """ListMFADevices."""
    since = call.state.part(RootUsers).mfa.get(call.account)
    device = {"UserName": "root", "SerialNumber": _mfa_serial(call.account), "EnableDate": since}
    return PAGES.page(call, "MFADevices", [device] if since else [])


def deactivate_mfa_device(call: Call) -> dict[str, Any]:
    """DeactivateMFADevice. Raises NoSuchEntity."""
    serial, devices = call.parameters["SerialNumber"], call.state.part(RootUsers).mfa
    if call.account not in devices or serial != _mfa_serial(call.account):
        raise no_such_entity(f"MFA Device with serial number {serial} cannot be found.")
    del devices[call.account]
    return {}

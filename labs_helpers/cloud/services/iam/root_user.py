"""Root users' credentials other than access keys: password and MFA device, and the operations on them.

For passwords and DeactivateMFADevice, a request without a UserName refers to the root user only in an AssumeRoot
session; with long-term root credentials it must name a user.
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
    """Root users' passwords and MFA devices, by account.

    All root users have a password at first, except in accounts created by an organization with centralized root access.

    `without_password`: accounts whose root user has none. `recovered`: when setting a password was allowed again.
    `mfa`: accounts whose root user has an MFA device, with the time at which it was enabled.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html
    """

    without_password: set[str] = field(default_factory=set)
    recovered: dict[str, datetime] = field(default_factory=dict)
    mfa: dict[str, datetime] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict, repr=False)
    """The passwords that were chosen. A root user can sign in only with such a password."""
    signed_in: dict[str, datetime] = field(default_factory=dict)
    """When root users last signed in."""


def arn(account: str) -> str:
    """Return the ARN of an account's root user."""
    return f"arn:aws:iam::{account}:root"


def is_target(call: Call) -> bool:
    """Return True if the caller is a root user and the request names no user."""
    return not call.parameters.get("UserName") and call.principal.kind is PrincipalKind.ROOT


def is_target_in_session(call: Call) -> bool:
    """Return True if the caller is an AssumeRoot session and the request names no user."""
    return is_target(call) and call.credentials is not None and call.credentials.via == "AssumeRoot"


# --- password -------------------------------------------------------------------------------------------------


def has_password(call: Call) -> bool:
    """Return True if the root user of the call's account has a password."""
    return call.account not in call.state.part(RootUsers).without_password


def allow_password_recovery(call: Call) -> dict[str, Any]:
    """Handle CreateLoginProfile: let the owner of the account's email address set a password.

    Raises EntityAlreadyExists if the root user has a password, or ValidationError if the request contains one.
    """
    if call.parameters.get("Password") is not None:
        raise validation_error("Password must be omitted when calling with an AssumeRoot session")
    if has_password(call):
        raise already_exists("Login Profile for the root user already exists.")
    roots = call.state.part(RootUsers)
    roots.without_password.discard(call.account)
    roots.recovered[call.account] = call.time
    return login_profile(call)


def login_profile(call: Call) -> dict[str, Any]:
    """Handle GetLoginProfile for the root user. Raises NoSuchEntity if it has no password."""
    if not has_password(call):
        raise no_such_entity("Login Profile for the root user cannot be found.")
    since = call.state.part(RootUsers).recovered.get(call.account)
    created = since or moto_iam.account_created(call.account) or call.time
    return {"LoginProfile": {"UserName": "root", "CreateDate": created, "PasswordResetRequired": False}}


def delete_password(call: Call) -> dict[str, Any]:
    """Handle DeleteLoginProfile for the root user. Raises NoSuchEntity if it has no password."""
    login_profile(call)
    roots = call.state.part(RootUsers)
    roots.without_password.add(call.account)
    roots.passwords.pop(call.account, None)
    return {}


# --- MFA device -----------------------------------------------------------------------------------------------


def mfa_serial(account: str) -> str:
    """Return the serial number of a root user's security key."""
    return f"arn:aws:iam::{account}:u2f/root-account/{_MFA_DEVICE}"


def has_mfa(call: Call) -> bool:
    """Return True if the root user of the call's account has an MFA device."""
    return call.account in call.state.part(RootUsers).mfa


def mfa_devices(call: Call) -> dict[str, Any]:
    """Handle ListMFADevices for the root user: one security key or none."""
    since = call.state.part(RootUsers).mfa.get(call.account)
    device = {"UserName": "root", "SerialNumber": mfa_serial(call.account), "EnableDate": since}
    return PAGES.page(call, "MFADevices", [device] if since else [])


def deactivate_mfa_device(call: Call) -> dict[str, Any]:
    """Handle DeactivateMFADevice for the root user. Raises NoSuchEntity for a device that it does not have."""
    serial, devices = call.parameters["SerialNumber"], call.state.part(RootUsers).mfa
    if call.account not in devices or serial != mfa_serial(call.account):
        raise no_such_entity(f"MFA Device with serial number {serial} cannot be found.")
    del devices[call.account]
    return {}

"""Passwords and MFA devices of root users, and the operations on these credentials.

Password operations and DeactivateMFADevice apply to the root user only in an AssumeRoot session, if the request
has no UserName. With long-term root credentials, the request must specify a user.
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
    """The passwords and MFA devices of root users, by account.

    Initially, all root users have a password, except in accounts created by an organization with centralized root
    access. `without_password` contains the accounts whose root user has no password. `recovered` contains the times at
    which password recovery was allowed. `mfa` contains the times at which root users' MFA devices were enabled.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html
    """

    without_password: set[str] = field(default_factory=set)
    recovered: dict[str, datetime] = field(default_factory=dict)
    mfa: dict[str, datetime] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict, repr=False)
    """The passwords that root users have chosen, by account. A root user can sign in only with a chosen password."""
    signed_in: dict[str, datetime] = field(default_factory=dict)
    """The time at which each root user last signed in."""


def arn(account: str) -> str:
    """Return the ARN of an account's root user."""
    return f"arn:aws:iam::{account}:root"


def is_target(call: Call) -> bool:
    """Return True if the caller is a root user and the request doesn't specify a user."""
    return not call.parameters.get("UserName") and call.principal.kind is PrincipalKind.ROOT


def is_target_in_session(call: Call) -> bool:
    """Return True if the caller is an AssumeRoot session and the request doesn't specify a user."""
    return is_target(call) and call.credentials is not None and call.credentials.via == "AssumeRoot"


# --- password -------------------------------------------------------------------------------------------------


def has_password(call: Call) -> bool:
    """Return True if the root user of the call's account has a password."""
    return call.account not in call.state.part(RootUsers).without_password


def allow_password_recovery(call: Call) -> dict[str, Any]:
    """Handle CreateLoginProfile for the root user: allow the owner of the account's email address to set a password.

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
    """Handle GetLoginProfile for the root user. Raises NoSuchEntity if the root user has no password."""
    if not has_password(call):
        raise no_such_entity("Login Profile for the root user cannot be found.")
    since = call.state.part(RootUsers).recovered.get(call.account)
    created = since or moto_iam.account_created(call.account) or call.time
    return {"LoginProfile": {"UserName": "root", "CreateDate": created, "PasswordResetRequired": False}}


def delete_password(call: Call) -> dict[str, Any]:
    """Handle DeleteLoginProfile for the root user. Raises NoSuchEntity if the root user has no password."""
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
    """Handle ListMFADevices for the root user. The list contains one security key or none."""
    since = call.state.part(RootUsers).mfa.get(call.account)
    device = {"UserName": "root", "SerialNumber": mfa_serial(call.account), "EnableDate": since}
    return PAGES.page(call, "MFADevices", [device] if since else [])


def deactivate_mfa_device(call: Call) -> dict[str, Any]:
    """Handle DeactivateMFADevice for the root user.

    Raises NoSuchEntity for a device that the root user doesn't have.
    """
    serial, devices = call.parameters["SerialNumber"], call.state.part(RootUsers).mfa
    if call.account not in devices or serial != mfa_serial(call.account):
        raise no_such_entity(f"MFA Device with serial number {serial} cannot be found.")
    del devices[call.account]
    return {}

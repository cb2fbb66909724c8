"""Passwords of users: the account's password policy, and operations that set and change passwords.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam import root_user
from labs_helpers.cloud.services.iam.entities import (
    already_exists,
    find_user,
    no_such_entity,
    own_user_name,
    validation_error,
)
from labs_helpers.cloud.services.shared.refusals import refusal

_violation = refusal("PasswordPolicyViolation", 400)


_SYMBOLS = frozenset("!@#$%^&*()_+-=[]{}|'")
_DEFAULT_LENGTH, _DEFAULT_KINDS = 8, 3
_REMEMBERED = 24
_NOT_MODELLED = ("MaxSigninSessionDuration", "ResetMaxSigninSessionDuration")


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """An account's custom password policy, with ages in days. Accounts without one use AWS's default policy."""

    minimum_length: int
    symbols: bool
    numbers: bool
    uppercase: bool
    lowercase: bool
    users_may_change: bool
    max_password_age: int | None
    reuse_prevention: int | None
    hard_expiry: bool | None


def check_password(account: str, user: Any, password: str) -> None:
    """Raise PasswordPolicyViolation for a password that the account's policy rejects or that was used before."""
    policy: PasswordPolicy | None = moto_iam.password_policy(account)
    if not (_fits_default(account, password) if policy is None else _fits(policy, password)):
        raise _violation("Password does not conform to the account password policy.")
    if policy is not None and policy.reuse_prevention:
        before = [user.password, *user.password_history][: policy.reuse_prevention]
        if password in before:
            raise _violation(
                "Policy constraint violation with password reuse prevention during password change"
            )


def _kinds(password: str) -> tuple[bool, bool, bool, bool]:
    """Return whether the password has lowercase letters, uppercase letters, digits, and symbols."""
    return (
        any("a" <= c <= "z" for c in password),
        any("A" <= c <= "Z" for c in password),
        any("0" <= c <= "9" for c in password),
        any(c in _SYMBOLS for c in password),
    )


def _fits(policy: PasswordPolicy, password: str) -> bool:
    wanted = (policy.lowercase, policy.uppercase, policy.numbers, policy.symbols)
    has = _kinds(password)
    return len(password) >= policy.minimum_length and all(
        there or not needed for there, needed in zip(has, wanted, strict=True)
    )


def _fits_default(account: str, password: str) -> bool:
    aliases = moto_iam.backend(account).account_aliases
    return (
        len(password) >= _DEFAULT_LENGTH
        and sum(_kinds(password)) >= _DEFAULT_KINDS
        and password not in (account, *aliases)
    )


def set_password(user: Any, password: str, now: datetime) -> None:
    """Set a user's password and add the previous password to the history."""
    if user.password:
        user.password_history = (user.password, *user.password_history)[:_REMEMBERED]
    user.password, user.password_changed = password, now


# --- login profiles -------------------------------------------------------------------------------------------


@operation("iam", "CreateLoginProfile")
def create_login_profile(call: Call) -> dict[str, Any]:
    """Set a user's first console password, or allow the root user's password recovery in an AssumeRoot session.

    Raises EntityAlreadyExists if the user already has a password.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html
    """
    if root_user.is_target_in_session(call):
        return root_user.allow_password_recovery(call)
    user, password = _user(call), call.parameters.get("Password")
    if password is None:
        raise validation_error(
            "1 validation error detected: Value null at 'password' failed to satisfy constraint: "
            "Member must not be null"
        )
    if user.password:
        raise already_exists(f"Login Profile for user {user.name} already exists.")
    check_password(call.account, user, password)
    set_password(user, password, call.time)
    user.login_created = call.time
    user.password_reset_required = bool(call.parameters.get("PasswordResetRequired"))
    return _login_profile(user)


@operation("iam", "GetLoginProfile")
def get_login_profile(call: Call) -> dict[str, Any]:
    """Return the login profile of a user, or of the root user in an AssumeRoot session.

    Raises NoSuchEntity if there is no password.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetLoginProfile.html
    """
    if root_user.is_target_in_session(call):
        return root_user.login_profile(call)
    return _login_profile(_with_password(call))


@operation("iam", "UpdateLoginProfile")
def update_login_profile(call: Call) -> dict[str, Any]:
    """Change a user's password and its reset flag. Raises NoSuchEntity for a user without a password.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateLoginProfile.html
    """
    user, given = _with_password(call), call.parameters
    if given.get("Password") is not None:
        check_password(call.account, user, given["Password"])
        set_password(user, given["Password"], call.time)
    if given.get("PasswordResetRequired") is not None:
        user.password_reset_required = bool(given["PasswordResetRequired"])
    return {}


@operation("iam", "DeleteLoginProfile")
def delete_login_profile(call: Call) -> dict[str, Any]:
    """Delete a user's password, or the root user's password in an AssumeRoot session.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteLoginProfile.html
    """
    if root_user.is_target_in_session(call):
        return root_user.delete_password(call)
    user = _with_password(call)
    user.password, user.password_history = None, ()
    return {}


def _user(call: Call) -> Any:
    unsupported = next((name for name in _NOT_MODELLED if call.parameters.get(name)), None)
    if unsupported is not None:
        raise NotModelled(
            f"iam:{call.operation} with {unsupported}: console sessions last twelve hours in this cloud"
        )
    return find_user(call, call.parameters.get("UserName") or own_user_name(call))


def _with_password(call: Call) -> Any:
    user = _user(call)
    if not user.password:
        raise no_such_entity(f"Login Profile for User {user.name} cannot be found.")
    return user


def _login_profile(user: Any) -> dict[str, Any]:
    return {
        "LoginProfile": {
            "UserName": user.name, "CreateDate": user.login_created,
            "PasswordResetRequired": bool(user.password_reset_required),
        }
    }  # fmt: skip


# --- the caller's password ------------------------------------------------------------------------------------


@operation("iam", "ChangePassword")
def change_password(call: Call) -> dict[str, Any]:
    """Change the caller's password.

    AWS doesn't document an error for a wrong old password; AccessDenied is an assumption.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ChangePassword.html
    """
    if call.principal.kind.name != "USER":
        raise ServiceError("InvalidUserType", "Only IAM Users can change their own password.", 400)
    user, given = find_user(call, own_user_name(call)), call.parameters
    if not user.password:
        raise no_such_entity(f"Login Profile for User {user.name} cannot be found.")
    if not hmac.compare_digest(user.password.encode(), given["OldPassword"].encode()):
        raise ServiceError("AccessDenied", "The old password is not right.", 403)
    check_password(call.account, user, given["NewPassword"])
    set_password(user, given["NewPassword"], call.time)
    user.password_reset_required = False
    return {}

"""Passwords: the pool's policy, stored verifiers, and lockouts after wrong passwords.

https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html#authentication-flow-lockout-behavior
"""

from __future__ import annotations

import hmac
import secrets
import string
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from labs_helpers.cloud.services.cognito_idp.errors import error, not_authorized
from labs_helpers.cloud.services.cognito_idp.sign_in import srp
from labs_helpers.cloud.services.cognito_idp.state import Lockout, Password, UnknownName, User, UserPool

SYMBOLS = "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+="
_FREE_FAILURES = 5
_LONGEST_LOCKOUT = timedelta(minutes=15)
EXCEEDED = "Password attempts exceeded"


def policy(pool: UserPool) -> Mapping[str, Any]:
    """Return the pool's password policy."""
    found: Mapping[str, Any] = pool.settings["Policies"]["PasswordPolicy"]
    return found


def check_policy(pool: UserPool, password: str) -> None:
    """Raise InvalidPasswordException for the first rule in the password policy that a password violates."""
    rules = policy(pool)
    for broken, reason in (
        (len(password) < rules.get("MinimumLength", 8), "Password not long enough"),
        (rules.get("RequireUppercase") and not _has(password, string.ascii_uppercase),
         "Password must have uppercase characters"),
        (rules.get("RequireLowercase") and not _has(password, string.ascii_lowercase),
         "Password must have lowercase characters"),
        (rules.get("RequireNumbers") and not _has(password, string.digits), "Password must have numeric characters"),
        (rules.get("RequireSymbols") and not _has(password, SYMBOLS), "Password must have symbol characters"),
    ):  # fmt: skip
        if broken:
            raise error("InvalidPassword", f"Password did not conform with policy: {reason}")


def _has(password: str, characters: str) -> bool:
    return any(character in characters for character in password)


def generated(pool: UserPool) -> str:
    """Return a generated temporary password that complies with the password policy."""
    kinds = (string.ascii_uppercase, string.ascii_lowercase, string.digits, "!@#%&*-_")
    length = max(policy(pool).get("MinimumLength", 8), 8)
    letters = [secrets.choice(kind) for kind in kinds]
    letters += [secrets.choice(string.ascii_letters + string.digits) for _ in range(length - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


def pool_name(pool: UserPool) -> str:
    """Return a pool's name for SRP, which is the part of its ID after the Region."""
    return pool.id.partition("_")[2]


def put(pool: UserPool, user: User, password: str, time: datetime, *, temporary: bool = False) -> None:
    """Set the user's password without checks and add the previous password to the history."""
    salt = srp.new_salt()
    verifier = srp.verifier(pool_name(pool), user.username, password, salt)
    # Temporary passwords aren't part of the history.
    if user.password is not None and not user.password.temporary:
        user.history.insert(0, user.password)
    del user.history[24:]
    user.password = Password(salt, verifier, set_at=time, temporary=temporary)


def change(pool: UserPool, user: User, password: str, time: datetime) -> None:
    """Set a password chosen by the user if the pool's policy and the history allow it, and lift any lockout.

    Raises InvalidPasswordException if the policy rejects the password, or PasswordHistoryPolicyViolationException if
    the user had it before.
    """
    check_policy(pool, password)
    check_history(pool, user, password)
    put(pool, user, password, time)
    user.lockout = Lockout()


def check_history(pool: UserPool, user: User, password: str) -> None:
    """Raise PasswordHistoryPolicyViolationException for one of the last `PasswordHistorySize` passwords."""
    size = policy(pool).get("PasswordHistorySize") or 0
    present = [user.password] if user.password is not None and not user.password.temporary else []
    for old in [*present, *user.history][:size]:
        if _is(pool, user, old, password):
            raise error("PasswordHistoryPolicyViolation", "Password has previously been used.")


def _is(pool: UserPool, user: User, kept: Password, password: str) -> bool:
    tried = srp.verifier(pool_name(pool), user.username, password, kept.salt)
    return hmac.compare_digest(tried.to_bytes(384, "big"), kept.verifier.to_bytes(384, "big"))


def matches(pool: UserPool, user: User, password: str) -> bool:
    """Return True if the password is correct."""
    return user.password is not None and _is(pool, user, user.password, password)


def check(pool: UserPool, user: User, password: str, time: datetime) -> None:
    """Raise NotAuthorizedException if the password is wrong or the user is locked out."""
    refuse_locked(user, time)
    if not matches(pool, user, password):
        failed(user, time)
        raise not_authorized()
    user.lockout = Lockout()


def refuse_locked(user: User | UnknownName, time: datetime) -> None:
    """Raise NotAuthorizedException during a lockout. Attempts during a lockout aren't counted."""
    until = user.lockout.until
    if until is not None and time < until:
        raise not_authorized(EXCEEDED)


def failed(user: User | UnknownName, time: datetime) -> None:
    """Count a wrong password. From the fifth on, each wrong password doubles the lockout, up to 15 minutes."""
    lockout = user.lockout
    # After 15 minutes without an attempt, counting starts over.
    if lockout.last is not None and time - lockout.last >= _LONGEST_LOCKOUT:
        lockout.failures = 0
    lockout.failures += 1
    lockout.last = time
    if lockout.failures >= _FREE_FAILURES:
        seconds = 2 ** min(lockout.failures - _FREE_FAILURES, 10)
        lockout.until = time + min(timedelta(seconds=seconds), _LONGEST_LOCKOUT)


def refuse_expired(pool: UserPool, user: User, time: datetime) -> None:
    """Raise NotAuthorizedException for a temporary password that has expired."""
    password = user.password
    days = policy(pool).get("TemporaryPasswordValidityDays") or 7
    if password is not None and password.temporary and time >= password.set_at + timedelta(days=days):
        raise not_authorized("Temporary password has expired and must be reset by an administrator.")

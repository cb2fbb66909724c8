"""Confirmation codes: six digits, sent to one destination for one purpose, valid for a limited time.

Lifetimes: https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html#resource-quotas
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.cognito_idp.errors import error
from labs_helpers.cloud.services.cognito_idp.messages import delivery
from labs_helpers.cloud.services.cognito_idp.state import Client, Code, User, UserPool
from labs_helpers.cloud.services.cognito_idp.untrusted_text import equal

SIGN_UP, FORGOT = "sign-up", "forgot-password"
LIFETIMES = {SIGN_UP: timedelta(hours=24), FORGOT: timedelta(hours=1)}
VERIFY_LIFETIME = timedelta(hours=24)
MISMATCH = "Invalid verification code provided, please try again."
EXPIRED = "Invalid code provided, please request a code again."


def six_digits() -> str:
    """Return a random six-digit code."""
    return f"{secrets.randbelow(1_000_000):06}"


def verification_purpose(attribute: str) -> str:
    """Return the purpose of a code that verifies an attribute."""
    return f"verify:{attribute}"


def send(
    call: Call,
    pool: UserPool,
    client: Client | None,
    user: User,
    purpose: str,
    kind: str,
    attribute: str,
    value: str,
) -> dict[str, str]:
    """Send a new code, which replaces any earlier code for the same purpose, and return the CodeDeliveryDetails."""
    text = six_digits()
    details = delivery.send(call, pool, client, user, kind, attribute, value, text)
    expires = call.time + LIFETIMES.get(purpose, VERIFY_LIFETIME)
    user.codes[purpose] = Code(text, expires, attribute, value)
    return details


def check(call: Call, user: User, purpose: str, given: str) -> Code:
    """Return the active code for a purpose if `given` matches it. The code stays valid until `spend` is called.

    Raises CodeMismatchException if the codes differ, or ExpiredCodeException if no code is active.
    """
    code = user.codes.get(purpose)
    if code is None or call.time >= code.expires:
        raise error("ExpiredCode", EXPIRED)
    if not equal(code.text, given.strip()):
        raise error("CodeMismatch", MISMATCH)
    return code


def spend(user: User, purpose: str) -> None:
    """Invalidate the code for a purpose."""
    user.codes.pop(purpose, None)

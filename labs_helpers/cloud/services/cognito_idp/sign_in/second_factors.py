"""Second factors: selection of the factor that a user must provide, codes that are sent, and authenticator apps.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core import totp
from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.cognito_idp.errors import error, invalid
from labs_helpers.cloud.services.cognito_idp.messages import confirmation_codes, delivery
from labs_helpers.cloud.services.cognito_idp.pools import pool_settings
from labs_helpers.cloud.services.cognito_idp.sign_in import challenges
from labs_helpers.cloud.services.cognito_idp.sign_in.challenges import SignIn
from labs_helpers.cloud.services.cognito_idp.state import Challenge, User, UserPool
from labs_helpers.cloud.services.cognito_idp.untrusted_text import equal

CONTACTS = {"SMS_MFA": "phone_number", "EMAIL_OTP": "email", "SMS_OTP": "phone_number"}
ANSWERS = {
    "SMS_MFA": "SMS_MFA_CODE", "EMAIL_OTP": "EMAIL_OTP_CODE", "SMS_OTP": "SMS_OTP_CODE",
    "SOFTWARE_TOKEN_MFA": "SOFTWARE_TOKEN_MFA_CODE",
}  # fmt: skip
_CHOICES = {"EMAIL_MFA": "EMAIL_OTP"}


def activated(pool: UserPool, user: User) -> list[str]:
    """Return the second factors that the user has turned on and that the pool still offers."""
    offered = pool_settings.active_mfa(pool)
    return [factor for factor in user.mfa if factor in offered]


def eligible(pool: UserPool, user: User) -> list[str]:
    """Return the activated second factors.

    If MFA is required and none are activated, return the second factors that the user's profile allows.
    """
    found = activated(pool, user)
    if found or pool.settings["MfaConfiguration"] != "ON":
        return found
    offered = pool_settings.active_mfa(pool)
    return [
        factor for factor in offered
        if (factor in CONTACTS and user.attributes.get(CONTACTS[factor]))
        or (factor == "SOFTWARE_TOKEN_MFA" and user.totp_secret)
    ]  # fmt: skip


def challenge(sign_in: SignIn) -> dict[str, Any] | None:
    """Return the challenge for a second factor, or None if the user doesn't need one."""
    pool, user = sign_in.pool, sign_in.user
    if pool.settings["MfaConfiguration"] == "OFF":
        return None
    found = eligible(pool, user)
    if not found:
        return _setup_challenge(sign_in) if pool.settings["MfaConfiguration"] == "ON" else None
    preferred = user.preferred_mfa if user.preferred_mfa in found else None
    if preferred or len(found) == 1:
        return factor_challenge(sign_in, preferred or found[0])
    return choice_challenge(sign_in, found)


def choice_challenge(sign_in: SignIn, offered: list[str]) -> dict[str, Any]:
    """Return the challenge for choosing one of several second factors."""
    parameters = {"MFAS_CAN_CHOOSE": json.dumps(offered), "USER_ID_FOR_SRP": sign_in.user.username}
    return sign_in.challenge("SELECT_MFA_TYPE", parameters, choices=offered)


def _setup_challenge(sign_in: SignIn) -> dict[str, Any]:
    offered = pool_settings.active_mfa(sign_in.pool)
    parameters = {"MFAS_CAN_SETUP": json.dumps(offered), "USER_ID_FOR_SRP": sign_in.user.username}
    return sign_in.challenge("MFA_SETUP", parameters)


def factor_challenge(sign_in: SignIn, factor: str, **data: Any) -> dict[str, Any]:
    """Return a factor's challenge and send a code if the factor needs one."""
    user = sign_in.user
    if factor == "SOFTWARE_TOKEN_MFA":
        named = {"FRIENDLY_DEVICE_NAME": user.totp_name} if user.totp_name else {}
        return sign_in.challenge(factor, {**named, "USER_ID_FOR_SRP": user.username})
    attribute = CONTACTS[factor]
    value = user.attributes.get(attribute)
    if not value:
        raise error("MFAMethodNotFound", f"The user has no {attribute} to send a code to.")
    code = confirmation_codes.six_digits()
    details = delivery.send(
        sign_in.call, sign_in.pool, sign_in.client, user, "Authentication", attribute, value, code
    )
    parameters = {
        "CODE_DELIVERY_DELIVERY_MEDIUM": details["DeliveryMedium"],
        "CODE_DELIVERY_DESTINATION": details["Destination"],
        "USER_ID_FOR_SRP": user.username,
    }
    return sign_in.challenge(factor, parameters, code=code, attribute=attribute, value=value, **data)


def chosen_factor(challenge: Challenge, answers: Mapping[str, str]) -> str:
    """Return the factor chosen in a response to SELECT_MFA_TYPE.

    Raises InvalidParameterException for a factor that wasn't offered.
    """
    answer = challenges.required(answers, "ANSWER")
    factor = _CHOICES.get(answer, answer)
    if factor not in challenge.data["choices"]:
        raise invalid(f"{answer} is not one of the MFA types that the user can choose.")
    return factor


def check_code(call: Call, user: User, challenge: Challenge, answers: Mapping[str, str]) -> None:
    """Check the code in a response.

    The email address or phone number that received the code becomes verified. Raises CodeMismatchException for a wrong
    code, or ExpiredCodeException for an authenticator app's code that was already used.
    """
    given = challenges.required(answers, ANSWERS[challenge.name])
    if challenge.name == "SOFTWARE_TOKEN_MFA":
        try:
            check_totp(call, user, given)
        except Exception:
            challenges.wrong_code(challenge)
            raise
        return
    if not equal(challenge.data["code"], given.strip()):
        challenges.wrong_code(challenge)
        raise error("CodeMismatch", "Invalid code or auth state for the user.")
    attribute, value = challenge.data["attribute"], challenge.data["value"]
    if user.attributes.get(attribute) == value:
        user.attributes[f"{attribute}_verified"] = "true"


def check_totp(call: Call, user: User, given: str) -> None:
    """Check a code from the user's authenticator app.

    A code is valid in its own period and in those before and after it, but only once. Raises CodeMismatchException for
    a wrong code, ExpiredCodeException for a used code, or SoftwareTokenMFANotFoundException if the user has no app.
    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-totp.html
    """
    if user.totp_secret is None:
        raise error("SoftwareTokenMFANotFound", "Software Token MFA has not been set up by the user.")
    user.totp_last_step = totp_step(call, user.totp_secret, given, user.totp_last_step)


def totp_step(call: Call, secret: str, given: str, last: int) -> int:
    """Return the time step to which the code belongs.

    Raises CodeMismatchException for a wrong code, or ExpiredCodeException for a code that was already used.
    """
    shown = given.strip()
    valid = len(shown) == totp.DIGITS and shown.isascii() and shown.isdigit()
    found = totp.matching_step(secret, shown, totp.step(call.time)) if valid else None
    if found is None:
        raise error("CodeMismatch", "Invalid code received for user")
    if found <= last:
        raise error("ExpiredCode", "Your software token has already been used once.")
    return found

"""Choice-based sign-in (USER_AUTH): users identify themselves and choose a first factor.

https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-selection-sdk.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.services.cognito_idp.calls import hides_users
from labs_helpers.cloud.services.cognito_idp.errors import error, invalid, no_user, not_authorized
from labs_helpers.cloud.services.cognito_idp.pools import pool_settings
from labs_helpers.cloud.services.cognito_idp.sign_in import (
    authentication_levels,
    challenges,
    passkeys,
    password_verification,
    remaining_steps,
    second_factors,
)
from labs_helpers.cloud.services.cognito_idp.sign_in.challenges import SignIn, required
from labs_helpers.cloud.services.cognito_idp.state import Challenge, Client, User, UserPool
from labs_helpers.cloud.services.cognito_idp.tokens import verification
from labs_helpers.cloud.services.cognito_idp.users import directory, recovery_contacts

_CONTACTS = {"EMAIL_OTP": "email", "SMS_OTP": "phone_number"}
_FIRST = ("PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN")


def begin(
    call: Call, pool: UserPool, client: Client, name: str, parameters: Mapping[str, str]
) -> dict[str, Any]:
    """Offer the first factors that the user has set up, or continue with the challenge that the client prefers."""
    wanted = _requested_levels(pool, parameters)
    if call.parameters.get("Session"):
        if wanted:
            raise NotModelled("cognito-idp TARGET_ACR_VALUES with the session of a sign-up isn't modeled")
        return _after_sign_up(call, pool, client, name)
    preferred = parameters.get("PREFERRED_CHALLENGE")
    if preferred is not None and preferred not in _FIRST:
        raise invalid(f"Invalid PREFERRED_CHALLENGE {preferred}.")
    user = directory.find_to_sign_in(call, pool, name)
    if user is None:
        return _unknown_user(call, pool, client, name, preferred, parameters)
    sign_in = SignIn(call, pool, client, user, name, parameters.get("DEVICE_KEY"), wanted=wanted)
    remaining_steps.refuse_unusable(sign_in, verified=False)
    if wanted:
        return _towards_level(sign_in, preferred, parameters)
    offered = authentication_levels.available_first_factors(pool, user)
    if not offered:
        # Raise a more specific error first, for example for an unconfirmed account.
        remaining_steps.refuse_unusable(sign_in, verified=True)
        raise not_authorized()
    if preferred in offered:
        return continue_with(sign_in, str(preferred), parameters)
    return authentication_levels.choice_challenge(sign_in, offered)


def _requested_levels(pool: UserPool, parameters: Mapping[str, str]) -> tuple[int, ...]:
    """Return the levels of authentication that a request specifies.

    Raises InvalidParameterException if the request isn't valid.
    """
    names = parameters.get("TARGET_ACR_VALUES")
    if not names:
        if parameters.get("ACCESS_TOKEN"):
            raise invalid("ACCESS_TOKEN requires TARGET_ACR_VALUES.")
        return ()
    wanted = authentication_levels.levels_named(pool, names)
    if not wanted:
        raise invalid("TARGET_ACR_VALUES has no valid value.")
    return wanted


def _towards_level(sign_in: SignIn, preferred: str | None, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Request the methods that the level still needs, and credit the methods of an access token."""
    held = 0
    if parameters.get("ACCESS_TOKEN"):
        held = _credit_access_token(sign_in, parameters)
    level = authentication_levels.target_level(sign_in)
    if level is None:
        raise invalid("The user has no factors that satisfy a level of TARGET_ACR_VALUES.")
    offered = authentication_levels.missing_challenges(sign_in)
    if held >= level or not offered:
        raise invalid("The access token already satisfies the level of TARGET_ACR_VALUES.")
    if preferred in offered:
        return continue_with(sign_in, str(preferred), parameters)
    if len(offered) == 1:
        return continue_with(sign_in, offered[0], parameters)
    return authentication_levels.choice_challenge(sign_in, offered)


def _credit_access_token(sign_in: SignIn, parameters: Mapping[str, str]) -> int:
    """Credit the methods of an access token if it isn't older than MAX_AGE. Returns the token's level, or 0.

    Raises NotAuthorizedException for a token that is invalid or belongs to another user.
    """
    try:
        found = verification.verify(sign_in.call.state, parameters["ACCESS_TOKEN"])
    except verification.Rejected as why:
        raise not_authorized(str(why)) from why
    if found.pool.id != sign_in.pool.id or found.user is not sign_in.user:
        raise not_authorized("Access Token does not belong to the user.")
    age = parameters.get("MAX_AGE")
    if age is not None:
        if not re.fullmatch(r"\d{1,9}", age, re.ASCII):
            raise invalid("MAX_AGE must be a number of seconds.")
        if int(sign_in.call.time.timestamp()) - found.claims["auth_time"] > int(age):
            return 0
    sign_in.done = tuple(
        each for each in found.claims.get("amr") or () if each in authentication_levels.CREDITED
    )
    return max(authentication_levels.levels_named(sign_in.pool, str(found.claims.get("acr", ""))), default=0)


def _unknown_user(
    call: Call,
    pool: UserPool,
    client: Client,
    name: str,
    preferred: str | None,
    parameters: Mapping[str, str],
) -> dict[str, Any]:
    """Respond for a nonexistent user: offer the pool's first factors, or a challenge that can't be answered.

    Raises UserNotFoundException if the client doesn't hide users.
    """
    if not hides_users(client):
        raise no_user()
    allowed = pool_settings.first_factors(pool)
    offered = ["PASSWORD", "PASSWORD_SRP"] + [factor for factor in _CONTACTS if factor in allowed]
    if preferred == "PASSWORD" and parameters.get("PASSWORD"):
        raise not_authorized()
    if preferred == "PASSWORD_SRP" and parameters.get("SRP_A"):
        return password_verification.begin_srp(call, pool, client, name, parameters)
    if preferred in offered:
        return _decoy_challenge(call, pool, client, name, str(preferred))
    session = challenges.open_session(call, pool, client, "SELECT_CHALLENGE", None, name, choices=offered)
    return {
        "ChallengeName": "SELECT_CHALLENGE", "Session": session, "ChallengeParameters": {},
        "AvailableChallenges": offered,
    }  # fmt: skip


def _decoy_challenge(call: Call, pool: UserPool, client: Client, name: str, factor: str) -> dict[str, Any]:
    session = challenges.open_session(call, pool, client, factor, None, name)
    parameters = {}
    if factor in _CONTACTS:
        details = recovery_contacts.simulated_delivery(pool, name)
        parameters = {
            "CODE_DELIVERY_DELIVERY_MEDIUM": details["DeliveryMedium"],
            "CODE_DELIVERY_DESTINATION": details["Destination"],
        }
    return {"ChallengeName": factor, "Session": session, "ChallengeParameters": parameters}


def _after_sign_up(call: Call, pool: UserPool, client: Client, name: str) -> dict[str, Any]:
    """Sign in with the session of a sign-up: the confirmation code counts as the first factor, once."""
    user = directory.find_for(call, pool, name)
    if user is None:
        raise password_verification.unknown_user_error(client)
    challenges.take(call, client, call.parameters["Session"], ("CONFIRMED",), user)
    sign_in = SignIn(call, pool, client, user, name)
    remaining_steps.refuse_unusable(sign_in, verified=True)
    return remaining_steps.after_first_factor(sign_in)


def select(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> dict[str, Any]:
    """Continue with the factor that a user chose in the response to SELECT_CHALLENGE."""
    answer = required(answers, "ANSWER")
    if answer not in challenge.data["choices"]:
        raise invalid(f"{answer} is not one of the available challenges.")
    challenge.used = True
    user = directory.find(pool, challenge.username) if challenge.username else None
    if user is None:
        if answer == "PASSWORD" and answers.get("PASSWORD"):
            raise not_authorized()
        if answer == "PASSWORD_SRP" and answers.get("SRP_A"):
            return password_verification.begin_srp(call, pool, client, challenge.claimed, answers)
        return _decoy_challenge(call, pool, client, challenge.claimed, answer)
    return continue_with(challenges.resume(call, pool, client, user, challenge, answers), answer, answers)


def continue_with(sign_in: SignIn, factor: str, answers: Mapping[str, str]) -> dict[str, Any]:
    """Verify a first factor if the response contains it. Otherwise, return the factor's challenge."""
    if factor == "PASSWORD":
        if answers.get("PASSWORD") is None:
            return sign_in.challenge("PASSWORD", {})
        return verify_password(sign_in, answers)
    if factor == "PASSWORD_SRP":
        if answers.get("SRP_A") is None:
            return sign_in.challenge("PASSWORD_SRP", {})
        return password_verification.begin_srp(
            sign_in.call, sign_in.pool, sign_in.client, sign_in.name, answers, wanted=sign_in.wanted,
            done=sign_in.done,
        )  # fmt: skip
    password_verification.pre_authentication(
        sign_in.call, sign_in.pool, sign_in.client, sign_in.user, sign_in.name
    )
    remaining_steps.refuse_unusable(sign_in, verified=True)
    if factor == "WEB_AUTHN":
        if answers.get("CREDENTIAL"):
            raise error(
                "InvalidParameter",
                "CREDENTIAL is the response to a WEB_AUTHN challenge: request this challenge first.",
            )
        return passkeys.assertion_challenge(sign_in)
    return second_factors.factor_challenge(sign_in, factor, first=True)


def verify_password(sign_in: SignIn, answers: Mapping[str, str]) -> dict[str, Any]:
    """Check the password in a response and continue the sign-in."""
    password_verification.pre_authentication(
        sign_in.call, sign_in.pool, sign_in.client, sign_in.user, sign_in.name
    )
    remaining_steps.refuse_unconfirmed(sign_in.user)
    password_verification.check_password(sign_in, required(answers, "PASSWORD"))
    return remaining_steps.after_password(sign_in)


def configured_factors(pool: UserPool, user: User) -> list[str]:
    """Return ConfiguredUserAuthFactors: the factors that the user has set up."""
    found = [
        factor
        for factor in authentication_levels.available_first_factors(pool, user)
        if factor != "PASSWORD_SRP"
    ]
    if "SOFTWARE_TOKEN_MFA" in user.mfa and "SOFTWARE_TOKEN_MFA" in pool_settings.active_mfa(pool):
        found.append("SOFTWARE_TOKEN")
    return found

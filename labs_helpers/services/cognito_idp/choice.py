"""USER_AUTH: a user names themselves, and chooses how to prove it.

https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-selection-sdk.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.core.call import Call
from labs_helpers.core.errors import NotModelled
from labs_helpers.services.cognito_idp import (
    challenges,
    factors,
    flow,
    pool_settings,
    proofs,
    recovery,
    sign_up,
    users,
    webauthn,
)
from labs_helpers.services.cognito_idp.calls import hides_users
from labs_helpers.services.cognito_idp.challenges import SignIn
from labs_helpers.services.cognito_idp.errors import error, invalid, no_user, not_authorized
from labs_helpers.services.cognito_idp.factors import required
from labs_helpers.services.cognito_idp.state import Challenge, Client, User, UserPool

_CONTACTS = {"EMAIL_OTP": "email", "SMS_OTP": "phone_number"}
_FIRST = ("PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN")


def available(pool: UserPool, user: User) -> list[str]:
    """What the user can begin a sign-in with.

    Who has a second factor cannot sign in with a one-time code alone, nor where the pool requires one.
    """
    allowed = sign_up.first_factors(pool)
    found = ["PASSWORD", "PASSWORD_SRP"] if user.password is not None and "PASSWORD" in allowed else []
    second = pool.settings["MfaConfiguration"] == "ON" or bool(factors.activated(pool, user))
    for factor, attribute in _CONTACTS.items():
        if factor in allowed and not second and user.attributes.get(attribute):
            found.append(factor)
    passkey = not second or webauthn.satisfies_mfa(pool, user)
    if "WEB_AUTHN" in allowed and user.passkeys and passkey:
        found.append("WEB_AUTHN")
    return found


def begin(
    call: Call, pool: UserPool, client: Client, name: str, parameters: Mapping[str, str]
) -> dict[str, Any]:
    """Offer what the user can sign in with, or go on with the challenge that the client prefers."""
    if parameters.get("TARGET_ACR_VALUES") or parameters.get("ACCESS_TOKEN"):
        raise NotModelled(
            "cognito-idp USER_AUTH with TARGET_ACR_VALUES (step-up authentication) is not modelled"
        )
    if call.parameters.get("Session"):
        return _after_sign_up(call, pool, client, name)
    preferred = parameters.get("PREFERRED_CHALLENGE")
    if preferred is not None and preferred not in _FIRST:
        raise invalid(f"Invalid PREFERRED_CHALLENGE {preferred}.")
    user = users.find_to_sign_in(call, pool, name)
    if user is None:
        return _stranger(call, pool, client, name, preferred, parameters)
    sign_in = SignIn(call, pool, client, user, name, parameters.get("DEVICE_KEY"))
    flow.refuse_unusable(sign_in, proved=False)
    offered = available(pool, user)
    if not offered:
        flow.refuse_unusable(sign_in, proved=True)
        raise not_authorized()
    if preferred in offered:
        return go_on(sign_in, str(preferred), parameters)
    return _offer(sign_in, offered)


def _offer(sign_in: SignIn, offered: list[str]) -> dict[str, Any]:
    answer = sign_in.challenge("SELECT_CHALLENGE", {}, choices=offered)
    return {**answer, "AvailableChallenges": offered}


def _stranger(
    call: Call,
    pool: UserPool,
    client: Client,
    name: str,
    preferred: str | None,
    parameters: Mapping[str, str],
) -> dict[str, Any]:
    """A client that hides users offers to nobody what the pool allows, and asks for a proof that cannot be given."""
    if not hides_users(client):
        raise no_user()
    allowed = sign_up.first_factors(pool)
    offered = ["PASSWORD", "PASSWORD_SRP"] + [factor for factor in _CONTACTS if factor in allowed]
    if preferred == "PASSWORD" and parameters.get("PASSWORD"):
        raise not_authorized()
    if preferred == "PASSWORD_SRP" and parameters.get("SRP_A"):
        return proofs.begin_srp(call, pool, client, name, parameters)
    if preferred in offered:
        return _ask_nobody(call, pool, client, name, str(preferred))
    session = challenges.open_session(call, pool, client, "SELECT_CHALLENGE", None, name, choices=offered)
    return {
        "ChallengeName": "SELECT_CHALLENGE", "Session": session, "ChallengeParameters": {},
        "AvailableChallenges": offered,
    }  # fmt: skip


def _ask_nobody(call: Call, pool: UserPool, client: Client, name: str, factor: str) -> dict[str, Any]:
    session = challenges.open_session(call, pool, client, factor, None, name)
    parameters = {}
    if factor in _CONTACTS:
        details = recovery.simulated(pool, name)
        parameters = {
            "CODE_DELIVERY_DELIVERY_MEDIUM": details["DeliveryMedium"],
            "CODE_DELIVERY_DESTINATION": details["Destination"],
        }
    return {"ChallengeName": factor, "Session": session, "ChallengeParameters": parameters}


def _after_sign_up(call: Call, pool: UserPool, client: Client, name: str) -> dict[str, Any]:
    """The code that confirmed the sign-up counts as the first proof, once."""
    user = users.find_for(call, pool, name)
    if user is None:
        raise proofs.stranger(client)
    challenges.take(call, client, call.parameters["Session"], ("CONFIRMED",), user)
    sign_in = SignIn(call, pool, client, user, name)
    flow.refuse_unusable(sign_in, proved=True)
    return flow.after_first_factor(sign_in)


def select(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> dict[str, Any]:
    """Go on with what a user chose in answer to SELECT_CHALLENGE."""
    answer = required(answers, "ANSWER")
    if answer not in challenge.data["choices"]:
        raise invalid(f"{answer} is not one of the available challenges.")
    challenge.used = True
    user = users.find(pool, challenge.username) if challenge.username else None
    if user is None:
        if answer == "PASSWORD" and answers.get("PASSWORD"):
            raise not_authorized()
        if answer == "PASSWORD_SRP" and answers.get("SRP_A"):
            return proofs.begin_srp(call, pool, client, challenge.claimed, answers)
        return _ask_nobody(call, pool, client, challenge.claimed, answer)
    device = answers.get("DEVICE_KEY") or challenge.data.get("device")
    return go_on(SignIn(call, pool, client, user, challenge.claimed, device), answer, answers)


def go_on(sign_in: SignIn, factor: str, answers: Mapping[str, str]) -> dict[str, Any]:
    """Take the proof of a first factor if it came along, or ask for it."""
    if factor == "PASSWORD":
        if answers.get("PASSWORD") is None:
            return sign_in.challenge("PASSWORD", {})
        return prove_password(sign_in, answers)
    if factor == "PASSWORD_SRP":
        if answers.get("SRP_A") is None:
            return sign_in.challenge("PASSWORD_SRP", {})
        return proofs.begin_srp(sign_in.call, sign_in.pool, sign_in.client, sign_in.name, answers)
    proofs.before(sign_in.call, sign_in.pool, sign_in.client, sign_in.user, sign_in.name)
    flow.refuse_unusable(sign_in, proved=True)
    if factor == "WEB_AUTHN":
        if answers.get("CREDENTIAL"):
            raise error("InvalidParameter", "CREDENTIAL answers a WEB_AUTHN challenge: ask for one first.")
        return webauthn.ask(sign_in)
    return factors.ask(sign_in, factor, first=True)


def prove_password(sign_in: SignIn, answers: Mapping[str, str]) -> dict[str, Any]:
    proofs.before(sign_in.call, sign_in.pool, sign_in.client, sign_in.user, sign_in.name)
    flow.refuse_unconfirmed(sign_in.user)
    proofs.check(sign_in, required(answers, "PASSWORD"))
    return flow.after_password(sign_in)


def listed(pool: UserPool, user: User) -> list[str]:
    """ConfiguredUserAuthFactors: what the user has set up, as GetUserAuthFactors shows it."""
    found = [factor for factor in available(pool, user) if factor != "PASSWORD_SRP"]
    if "SOFTWARE_TOKEN_MFA" in user.mfa and "SOFTWARE_TOKEN_MFA" in pool_settings.active_mfa(pool):
        found.append("SOFTWARE_TOKEN")
    return found

"""Responses to challenges: RespondToAuthChallenge and AdminRespondToAuthChallenge.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.calls import (
    check_secret_hash,
    client_of,
    pool_of,
    public_client,
)
from labs_helpers.cloud.services.cognito_idp.errors import (
    error,
    invalid,
    not_authorized,
    not_found,
)
from labs_helpers.cloud.services.cognito_idp.pools import attribute_schema
from labs_helpers.cloud.services.cognito_idp.sign_in import (
    authentication_levels,
    challenges,
    custom_challenges,
    first_factor_choice,
    passkeys,
    password_verification,
    remaining_steps,
    second_factors,
    srp,
)
from labs_helpers.cloud.services.cognito_idp.sign_in.challenges import HOSTED, SignIn, required
from labs_helpers.cloud.services.cognito_idp.state import Challenge, Client, UserPool
from labs_helpers.cloud.services.cognito_idp.users import devices, directory, passwords


@operation("cognito-idp", "RespondToAuthChallenge")
def respond_to_auth_challenge(call: Call) -> dict[str, Any]:
    """Respond to a challenge through an app client.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
    """
    pool, client = public_client(call)
    return _respond(call, pool, client)


@operation("cognito-idp", "AdminRespondToAuthChallenge")
def admin_respond_to_auth_challenge(call: Call) -> dict[str, Any]:
    """Respond to a challenge with an administrator's credentials.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminRespondToAuthChallenge.html
    """
    pool = pool_of(call)
    return _respond(call, pool, client_of(call, pool))


def _respond(call: Call, pool: UserPool, client: Client) -> dict[str, Any]:
    """Respond to the challenge that a call specifies."""
    given = call.parameters
    return answer_challenge(
        call,
        pool,
        client,
        given["ChallengeName"],
        given.get("Session"),
        given.get("ChallengeResponses") or {},
    )


def answer_challenge(
    call: Call, pool: UserPool, client: Client, name: str, session: str | None, answers: Mapping[str, str]
) -> dict[str, Any]:
    """Check a response's session and user, and pass the response to the challenge's handler.

    The API and the pool's own pages use this function. Raises NotAuthorizedException if the session isn't valid, or
    InvalidParameterException if the response lacks a parameter.
    """
    handler = _HANDLERS.get(name)
    if handler is None:
        raise invalid(f"{name} can't be answered by this operation.")
    username = required(answers, "USERNAME")
    if call.operation in ("RespondToAuthChallenge", "AdminRespondToAuthChallenge"):
        check_secret_hash(client, username, answers.get("SECRET_HASH"))
    session = session or challenges.find_session(call, client, name, answers)
    if session is None and answers.get("PASSWORD_CLAIM_SECRET_BLOCK"):
        raise not_authorized()
    if session is None:
        raise invalid("Missing required parameter Session")
    challenge = challenges.find(call, client, session, (name,))
    if challenge.pool != pool.id or not challenges.belongs_to(pool, challenge, username):
        raise not_authorized("Invalid session for the user.")
    return handler(call, pool, client, challenge, answers)


def _sign_in(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> SignIn:
    """Return the sign-in that a challenge belongs to. Raises NotAuthorizedException if its user doesn't exist."""
    user = directory.find_for(call, pool, challenge.username) if challenge.username else None
    if user is None:
        raise not_authorized()
    sign_in = challenges.resume(call, pool, client, user, challenge, answers)
    if not user.enabled:
        raise not_authorized("User is disabled.")
    return sign_in


def _password_verifier(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> dict[str, Any]:
    challenge.used = True
    if "rounds" in challenge.data:
        return custom_challenges.after_srp(call, pool, client, challenge, answers)
    user = password_verification.finish_srp(call, pool, client, challenge, answers)
    return remaining_steps.after_password(challenges.resume(call, pool, client, user, challenge, answers))


def _new_password_required(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> dict[str, Any]:
    sign_in = _sign_in(call, pool, client, challenge, answers)
    user, password = sign_in.user, required(answers, "NEW_PASSWORD")
    values = {
        name.removeprefix("userAttributes."): value
        for name, value in answers.items()
        if name.startswith("userAttributes.")
    }
    for name in values:
        if user.attributes.get(name) and pool.schema.get(name, {}).get("Required"):
            raise invalid(f"Cannot modify an already provided {name}")
    attribute_schema.check_write(pool, client, values)
    attribute_schema.check_values(pool, values)
    attribute_schema.check_required(pool, {**user.attributes, **values})
    directory.refuse_taken(pool, user, values)
    passwords.change(pool, user, password, call.time)
    challenge.used = True
    user.attributes |= {name: value for name, value in values.items() if value}
    directory.claim_aliases(pool, user)
    user.status, user.modified = "CONFIRMED", call.time
    if sign_in.source != HOSTED:
        sign_in.source = "TokenGeneration_NewPasswordChallenge"
    return remaining_steps.after_first_factor(sign_in)


def _code(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> dict[str, Any]:
    """Check a code sent by SMS or email, as the first or second factor, or a code from an authenticator app."""
    if challenge.username is None:
        challenge.used = True
        raise error("CodeMismatch", "Invalid code or auth state for the user.")
    sign_in = _sign_in(call, pool, client, challenge, answers)
    second_factors.check_code(call, sign_in.user, challenge, answers)
    challenge.used = True
    directory.claim_aliases(pool, sign_in.user, force=True)
    sign_in.record_method(authentication_levels.METHODS[challenge.name])
    if challenge.data.get("first") or sign_in.wanted:
        return remaining_steps.after_first_factor(sign_in)
    return remaining_steps.finish(sign_in)


def _select_mfa_type(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> dict[str, Any]:
    factor = second_factors.chosen_factor(challenge, answers)
    challenge.used = True
    return second_factors.factor_challenge(_sign_in(call, pool, client, challenge, answers), factor)


def _mfa_setup(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> dict[str, Any]:
    """Finish the setup of an authenticator app. The session must come from VerifySoftwareToken."""
    sign_in = _sign_in(call, pool, client, challenge, answers)
    if not challenge.data.get("verified"):
        raise invalid("The software token has not been verified: call VerifySoftwareToken first.")
    challenge.used = True
    return remaining_steps.finish(sign_in)


def _device_srp(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> dict[str, Any]:
    sign_in = _sign_in(call, pool, client, challenge, answers)
    public = srp.read_public(required(answers, "SRP_A"))
    if public is None:
        raise invalid("Invalid SRP_A.")
    device = sign_in.user.devices.get(required(answers, "DEVICE_KEY"))
    if device is None:
        raise not_found("Device does not exist.")
    if device.verifier is None or device.salt is None or device.key != challenge.data["device"]:
        raise not_authorized()
    challenge.used = True
    exchange = srp.begin(public, device.verifier)
    parameters = {
        "SALT": f"{device.salt:x}", **exchange.challenge, "USERNAME": sign_in.user.username, "DEVICE_KEY": device.key,
    }  # fmt: skip
    return sign_in.challenge("DEVICE_PASSWORD_VERIFIER", parameters, exchange=exchange)


def _device_verifier(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> dict[str, Any]:
    challenge.used = True
    sign_in = _sign_in(call, pool, client, challenge, answers)
    device = sign_in.user.devices.get(challenge.data["device"])
    block, stamp, signature = (
        required(answers, name)
        for name in ("PASSWORD_CLAIM_SECRET_BLOCK", "TIMESTAMP", "PASSWORD_CLAIM_SIGNATURE")
    )
    exchange = challenge.data["exchange"]
    if device is None or not exchange.verifies(device.group, device.key, block, stamp, signature):
        raise not_authorized()
    if not srp.is_fresh(stamp, call.state.clock.real(), call.time):
        raise not_authorized()
    device.authenticated, device.address = call.time, call.source_ip
    if not devices.suppresses_mfa(pool):
        return second_factors.challenge(sign_in) or remaining_steps.finish(sign_in, by_device=True)
    return remaining_steps.finish(sign_in, by_device=True)


def _custom_challenge(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> dict[str, Any]:
    challenge.used = True
    return custom_challenges.answer(call, pool, client, challenge, answers)


def _password(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> dict[str, Any]:
    required(answers, "PASSWORD")
    challenge.used = True
    return first_factor_choice.verify_password(_sign_in(call, pool, client, challenge, answers), answers)


def _password_srp(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> dict[str, Any]:
    required(answers, "SRP_A")
    challenge.used = True
    kept = {name: challenge.data.get(name, ()) for name in ("wanted", "done")}
    return password_verification.begin_srp(call, pool, client, challenge.claimed, answers, **kept)


def _web_authn(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> dict[str, Any]:
    challenge.used = True
    sign_in = _sign_in(call, pool, client, challenge, answers)
    satisfied = passkeys.check_assertion(sign_in, challenge, required(answers, "CREDENTIAL"))
    sign_in.record_method(passkeys.method(sign_in.user, answers["CREDENTIAL"]))
    return (
        remaining_steps.finish(sign_in)
        if satisfied and not authentication_levels.missing_challenges(sign_in)
        else remaining_steps.after_first_factor(sign_in)
    )


_HANDLERS = {
    "PASSWORD_VERIFIER": _password_verifier,
    "NEW_PASSWORD_REQUIRED": _new_password_required,
    "SMS_MFA": _code,
    "SMS_OTP": _code,
    "EMAIL_OTP": _code,
    "SOFTWARE_TOKEN_MFA": _code,
    "SELECT_MFA_TYPE": _select_mfa_type,
    "MFA_SETUP": _mfa_setup,
    "DEVICE_SRP_AUTH": _device_srp,
    "DEVICE_PASSWORD_VERIFIER": _device_verifier,
    "CUSTOM_CHALLENGE": _custom_challenge,
    "SELECT_CHALLENGE": first_factor_choice.select,
    "PASSWORD": _password,
    "PASSWORD_SRP": _password_srp,
    "WEB_AUTHN": _web_authn,
}

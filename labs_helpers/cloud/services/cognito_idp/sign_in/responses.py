"""Sign-in: the operations that begin an authentication and answer its challenges.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.cognito_idp.calls import (
    check_secret,
    check_secret_hash,
    client_of,
    ours,
    pool_of,
    public_client,
    secret_hash,
)
from labs_helpers.cloud.services.cognito_idp.errors import (
    error,
    invalid,
    not_authorized,
    not_found,
    not_in_tier,
)
from labs_helpers.cloud.services.cognito_idp.managed_login.state import ManagedLogin
from labs_helpers.cloud.services.cognito_idp.pools import attribute_schema
from labs_helpers.cloud.services.cognito_idp.sign_in import (
    authentication_levels,
    challenges,
    completion,
    custom_challenges,
    first_factor_choice,
    passkeys,
    password_verification,
    second_factors,
    srp,
)
from labs_helpers.cloud.services.cognito_idp.sign_in.challenges import HOSTED, SignIn
from labs_helpers.cloud.services.cognito_idp.sign_in.second_factors import required
from labs_helpers.cloud.services.cognito_idp.state import Challenge, Client, User, UserPool
from labs_helpers.cloud.services.cognito_idp.tokens import issuing
from labs_helpers.cloud.services.cognito_idp.users import devices, directory, passwords

_ALLOWED_BY = {
    "USER_SRP_AUTH": ("ALLOW_USER_SRP_AUTH",),
    "USER_PASSWORD_AUTH": ("ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"),
    "ADMIN_USER_PASSWORD_AUTH": ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"),
    "ADMIN_NO_SRP_AUTH": ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"),
    "CUSTOM_AUTH": ("ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY"),
    "REFRESH_TOKEN_AUTH": ("ALLOW_REFRESH_TOKEN_AUTH",),
    "REFRESH_TOKEN": ("ALLOW_REFRESH_TOKEN_AUTH",),
    "USER_AUTH": ("ALLOW_USER_AUTH",),
}
_ADMIN_ONLY = ("ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH")
_LEGACY_ALWAYS = ("USER_SRP_AUTH", "CUSTOM_AUTH", "REFRESH_TOKEN_AUTH", "REFRESH_TOKEN")
"""Flows that a client with values of the old kind has without naming them."""


# --- beginning ------------------------------------------------------------------------------------------------


@ours("InitiateAuth")
def initiate_auth(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html"""
    pool, client = public_client(call)
    if call.parameters["AuthFlow"] in _ADMIN_ONLY:
        raise invalid("Initiate Auth method not supported.")
    return _begin(call, pool, client)


@ours("AdminInitiateAuth")
def admin_initiate_auth(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminInitiateAuth.html"""
    pool = pool_of(call)
    return _begin(call, pool, client_of(call, pool))


def _begin(call: Call, pool: UserPool, client: Client) -> dict[str, Any]:
    chosen, parameters = call.parameters["AuthFlow"], call.parameters.get("AuthParameters") or {}
    _check_flow(pool, client, chosen)
    if chosen in ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"):
        return _refresh(call, pool, client, parameters)
    name = required(parameters, "USERNAME")
    check_secret_hash(client, name, parameters.get("SECRET_HASH"))
    match chosen:
        case "USER_SRP_AUTH":
            challenge = password_verification.begin_srp(call, pool, client, name, parameters)
            # The secret block stands for the session; AWS gives none here.
            del challenge["Session"]
            return challenge
        case "CUSTOM_AUTH":
            return custom_challenges.begin(call, pool, client, name, parameters)
        case "USER_AUTH":
            return first_factor_choice.begin(call, pool, client, name, parameters)
    password = required(parameters, "PASSWORD")
    return password_verification.by_password(call, pool, client, name, password, parameters.get("DEVICE_KEY"))


def _check_flow(pool: UserPool, client: Client, chosen: str) -> None:
    """Raise for a flow that the client does not list, or that the pool's feature plan does not have."""
    if chosen == "USER_AUTH" and pool.tier == "LITE":
        raise not_in_tier("USER_AUTH", pool.tier)
    listed = client.settings["ExplicitAuthFlows"]
    if any(flow_name in listed for flow_name in _ALLOWED_BY[chosen]):
        return
    old_kind = not any(each.startswith("ALLOW_") for each in listed)
    if (
        old_kind
        and chosen in _LEGACY_ALWAYS
        and ("CUSTOM_AUTH_FLOW_ONLY" not in listed or chosen != "USER_SRP_AUTH")
    ):
        return
    if chosen in _ADMIN_ONLY:
        raise invalid("Auth flow not enabled for this client")
    if chosen == "USER_PASSWORD_AUTH":
        raise invalid("USER_PASSWORD_AUTH flow not enabled for this client")
    raise invalid(f"{chosen} is not enabled for the client.")


# --- renewing -------------------------------------------------------------------------------------------------


def _refresh(call: Call, pool: UserPool, client: Client, parameters: Mapping[str, str]) -> dict[str, Any]:
    token = required(parameters, "REFRESH_TOKEN")
    found, user = issuing.usable_grant(call, pool, client, token, parameters.get("DEVICE_KEY"))
    _check_hash_of(client, user, parameters.get("SECRET_HASH"))
    found.last_active, found.address = call.time, call.source_ip
    result = issuing.issue(call, pool, client, user, found, None, "TokenGeneration_RefreshTokens")
    return {"AuthenticationResult": result, "ChallengeParameters": {}}


def _check_hash_of(client: Client, user: User, given: str | None) -> None:
    """A refresh names no user: the hash is over any name that the user signs in with."""
    names = (user.username, user.sub, *(user.attributes.get(name, "") for name in ("email", "phone_number")))
    fitting = [
        name
        for name in names
        if name and given in {secret_hash(s.value, name, client.id) for s in client.secrets}
    ]
    check_secret_hash(client, fitting[0] if fitting else user.username, given)


@ours("GetTokensFromRefreshToken")
def get_tokens_from_refresh_token(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetTokensFromRefreshToken.html"""
    pool, client = public_client(call)
    given = call.parameters
    check_secret(client, given.get("ClientSecret"))
    token = given["RefreshToken"]
    found, user = issuing.usable_grant(call, pool, client, token, given.get("DeviceKey"))
    result = issuing.issue(call, pool, client, user, found, None, "TokenGeneration_RefreshTokens")
    fresh = issuing.rotate(call, client, found, token)
    return {"AuthenticationResult": result | ({"RefreshToken": fresh} if fresh else {})}


@ours("RevokeToken")
def revoke_token(call: Call) -> dict[str, Any]:
    """Ends the session that a refresh token belongs to. One that is unknown, or another client's, is answered like one
    that was revoked before.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RevokeToken.html
    """
    try:
        pool, client = public_client(call)
    except ServiceError as unknown:
        raise error("Unauthorized", unknown.message) from unknown
    try:
        check_secret(client, call.parameters.get("ClientSecret"))
    except ServiceError as wrong:
        raise error("Unauthorized", wrong.message) from wrong
    token = call.parameters["Token"]
    if token.count(".") == 2:
        raise error("UnsupportedTokenType", "Only refresh tokens can be revoked.")
    if not client.settings.get("EnableTokenRevocation", True):
        raise error("UnsupportedOperation", "Token revocation is not enabled for the client.")
    found = issuing.find_grant(pool, client, token)
    if found is None:
        raise (
            error("Unauthorized", "Invalid refresh token.")
            if _others(pool, token)
            else invalid("Invalid refresh token.")
        )
    found.revoked = True
    if call.parameters.get("RevokeAssociatedSessions") == "LINKED" and pool.session_tracking:
        call.state.part(ManagedLogin).end(found.parent)
    return {}


def _others(pool: UserPool, token: str) -> bool:
    digest = issuing.hashed(token)
    return any(digest == each.refresh for each in pool.grants.values())


# --- answering ------------------------------------------------------------------------------------------------


@ours("RespondToAuthChallenge")
def respond_to_auth_challenge(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html"""
    pool, client = public_client(call)
    return _respond(call, pool, client)


@ours("AdminRespondToAuthChallenge")
def admin_respond_to_auth_challenge(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminRespondToAuthChallenge.html"""
    pool = pool_of(call)
    return _respond(call, pool, client_of(call, pool))


def _respond(call: Call, pool: UserPool, client: Client) -> dict[str, Any]:
    """Find the challenge of the session, hold its user to the answer's USERNAME, and take the answer."""
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
    """Take an answer to a challenge, whether the API or one of the pool's own pages brings it."""
    handler = _HANDLERS.get(name)
    if handler is None:
        raise invalid(f"{name} can't be answered by this operation.")
    username = required(answers, "USERNAME")
    if call.operation in ("RespondToAuthChallenge", "AdminRespondToAuthChallenge"):
        check_secret_hash(client, username, answers.get("SECRET_HASH"))
    session = session or challenges.implied(call, client, name, answers)
    if session is None and answers.get("PASSWORD_CLAIM_SECRET_BLOCK"):
        raise not_authorized()
    if session is None:
        raise invalid("Missing required parameter Session")
    challenge = challenges.find(call, client, session, (name,))
    if challenge.pool != pool.id or not challenges.belongs(pool, challenge, username):
        raise not_authorized("Invalid session for the user.")
    return handler(call, pool, client, challenge, answers)


def _sign_in(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> SignIn:
    """The sign-in that a challenge belongs to. Raises NotAuthorizedException for nobody's."""
    user = directory.find_for(call, pool, challenge.username) if challenge.username else None
    if user is None:
        raise not_authorized()
    sign_in = challenges.resumed(call, pool, client, user, challenge, answers)
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
    return completion.after_password(challenges.resumed(call, pool, client, user, challenge, answers))


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
    directory.claim(pool, user)
    user.status, user.modified = "CONFIRMED", call.time
    if sign_in.source != HOSTED:
        sign_in.source = "TokenGeneration_NewPasswordChallenge"
    return completion.after_first_factor(sign_in)


def _code(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> dict[str, Any]:
    """Codes by SMS and e-mail, as first or second factor, and those of authenticator apps."""
    if challenge.username is None:
        challenge.used = True
        raise error("CodeMismatch", "Invalid code or auth state for the user.")
    sign_in = _sign_in(call, pool, client, challenge, answers)
    second_factors.check(call, sign_in.user, challenge, answers)
    challenge.used = True
    directory.claim(pool, sign_in.user, force=True)
    sign_in.proved(authentication_levels.METHODS[challenge.name])
    if challenge.data.get("first") or sign_in.wanted:
        return completion.after_first_factor(sign_in)
    return completion.finish(sign_in)


def _select_mfa_type(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> dict[str, Any]:
    factor = second_factors.chosen(challenge, answers)
    challenge.used = True
    return second_factors.ask(_sign_in(call, pool, client, challenge, answers), factor)


def _mfa_setup(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> dict[str, Any]:
    """The session is the one of VerifySoftwareToken: the authenticator app has shown a right code."""
    sign_in = _sign_in(call, pool, client, challenge, answers)
    if not challenge.data.get("verified"):
        raise invalid("The software token has not been verified: call VerifySoftwareToken first.")
    challenge.used = True
    return completion.finish(sign_in)


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
    if device is None or not exchange.proved(device.group, device.key, block, stamp, signature):
        raise not_authorized()
    if not srp.fresh(stamp, call.state.clock.real(), call.time):
        raise not_authorized()
    device.authenticated, device.address = call.time, call.source_ip
    if not devices.suppresses_mfa(pool):
        return second_factors.second(sign_in) or completion.finish(sign_in, by_device=True)
    return completion.finish(sign_in, by_device=True)


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
    return first_factor_choice.prove_password(_sign_in(call, pool, client, challenge, answers), answers)


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
    satisfied = passkeys.check(sign_in, challenge, required(answers, "CREDENTIAL"))
    sign_in.proved(passkeys.kind(sign_in.user, answers["CREDENTIAL"]))
    return (
        completion.finish(sign_in)
        if satisfied and not authentication_levels.missing(sign_in)
        else completion.after_first_factor(sign_in)
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

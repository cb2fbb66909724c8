"""Passkeys: their registration by signed-in users, and their use for signing in.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html#amazon-cognito-user-pools-authentication-flow-methods-passkey
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.calls import PAGES
from labs_helpers.cloud.services.cognito_idp.errors import (
    above_limit,
    error,
    invalid,
    not_authorized,
    not_found,
)
from labs_helpers.cloud.services.cognito_idp.sign_in import webauthn_data as data
from labs_helpers.cloud.services.cognito_idp.sign_in.challenges import SignIn
from labs_helpers.cloud.services.cognito_idp.state import Challenge, Passkey, User, UserPool
from labs_helpers.cloud.services.cognito_idp.tokens import verification
from labs_helpers.cloud.services.cognito_idp.tokens.verification import Verified

MOST = 20
_TIMEOUT = timedelta(minutes=1)
_MULTI_FACTOR = "MULTI_FACTOR_WITH_USER_VERIFICATION"


def _settings(pool: UserPool) -> Mapping[str, Any]:
    found: Mapping[str, Any] = pool.mfa.get("WebAuthnConfiguration") or {}
    return found


def relying_party(pool: UserPool) -> str | None:
    """Return the domain to which passkeys are bound: the pool's setting, its custom domain, or its prefix domain."""
    chosen = _settings(pool).get("RelyingPartyId")
    if chosen:
        return str(chosen)
    for name, domain in pool.domains.items():
        if domain.get("CustomDomainConfig"):
            return name
    return next((f"{name}.auth.{pool.region}.amazoncognito.com" for name in pool.domains), None)


def _must_verify(pool: UserPool) -> bool:
    return _settings(pool).get("UserVerification") == "required"


def satisfies_mfa(pool: UserPool, user: User) -> bool:
    """Return True if a passkey with user verification counts as two factors for the user."""
    required = pool.settings["MfaConfiguration"] == "ON"
    return _settings(pool).get("FactorConfiguration") == _MULTI_FACTOR and (user.passkey_mfa or required)


def check_mfa_setting(pool: UserPool, enabled: bool, others: list[str]) -> None:
    """Validate WebAuthnMfaSettings together with the pool's other settings.

    Raises InvalidParameterException for a combination that AWS rejects.
    """
    if enabled and _settings(pool).get("FactorConfiguration") != _MULTI_FACTOR:
        raise invalid("Passkey MFA is not enabled for the user pool.")
    if enabled and not others:
        raise invalid("Passkey MFA needs at least one other MFA method.")


# --- registration ---------------------------------------------------------------------------------------------


def _own(call: Call) -> tuple[Verified, User]:
    found = verification.verify_caller(call)
    assert found.user is not None
    return found, found.user


def _refuse_without_passkeys(pool: UserPool) -> None:
    factors = pool.settings["Policies"]["SignInPolicy"].get("AllowedFirstAuthFactors") or ()
    if "WEB_AUTHN" not in factors and _settings(pool).get("FactorConfiguration") != _MULTI_FACTOR:
        raise error("WebAuthnNotEnabled", "Passkeys are not enabled for this user pool.")


def _refuse_full(user: User) -> None:
    if len(user.passkeys) >= MOST:
        raise above_limit(f"A user can have at most {MOST} passkeys.")


@operation("cognito-idp", "StartWebAuthnRegistration")
def start_web_authn_registration(call: Call) -> dict[str, Any]:
    """Return the options with which a browser creates a passkey.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_StartWebAuthnRegistration.html
    """
    found, user = _own(call)
    pool = found.pool
    _refuse_without_passkeys(pool)
    party = relying_party(pool)
    if party is None:
        raise error(
            "WebAuthnConfigurationMissing", "The user pool has neither a relying party ID nor a domain."
        )
    _refuse_full(user)
    challenge = secrets.token_bytes(32)
    user.passkey_challenge = {
        "challenge": challenge, "client": found.client.id, "expires": call.time + _TIMEOUT, "party": party,
    }  # fmt: skip
    return {
        "CredentialCreationOptions": {
            "rp": {"id": party, "name": party},
            "user": {
                "id": data.encode64(user.sub.encode()), "name": user.username, "displayName": user.username,
            },
            "challenge": data.encode64(challenge),
            "pubKeyCredParams": [{"type": "public-key", "alg": number} for number in data.ALGORITHMS],
            "timeout": int(_TIMEOUT.total_seconds() * 1000),
            "excludeCredentials": _credentials(user),
            "authenticatorSelection": {
                "requireResidentKey": True, "residentKey": "required",
                "userVerification": "required" if _must_verify(pool) else "preferred",
            },
        }
    }  # fmt: skip


def _credentials(user: User) -> list[dict[str, Any]]:
    return [
        {"type": "public-key", "id": each.id, "transports": each.transports}
        for each in user.passkeys.values()
    ]


@operation("cognito-idp", "CompleteWebAuthnRegistration")
def complete_web_authn_registration(call: Call) -> dict[str, Any]:
    """Register a passkey after verifying its attestation.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CompleteWebAuthnRegistration.html
    """
    found, user = _own(call)
    pool = found.pool
    _refuse_without_passkeys(pool)
    registration, user.passkey_challenge = user.passkey_challenge, None
    if registration is None or call.time >= registration["expires"]:
        raise error("WebAuthnChallengeNotFound", "There is no registration challenge, or it has expired.")
    if registration["client"] != found.client.id:
        raise error("WebAuthnClientMismatch", "The registration was started with another app client.")
    _refuse_full(user)
    credential = call.parameters["Credential"]
    try:
        passkey = _attested_passkey(call, credential, registration)
    except data.Unreadable as wrong:
        raise error("WebAuthnCredentialNotSupported", f"The credential can't be used: {wrong}.") from wrong
    user.passkeys[passkey.id] = passkey
    return {}


def _attested_passkey(call: Call, credential: Any, registration: Mapping[str, Any]) -> Passkey:
    response = credential.get("response") if isinstance(credential, dict) else None
    if not isinstance(response, dict):
        raise invalid("Credential is not a RegistrationResponseJSON.")
    _check_client_data(data.decode64(response.get("clientDataJSON")), "webauthn.create", registration)
    attestation = data.cbor(data.decode64(response.get("attestationObject")))
    if not isinstance(attestation, dict) or not isinstance(attestation.get("authData"), bytes):
        raise data.Unreadable("no attestation object")
    statement = data.authenticator_data(attestation["authData"])
    if not statement.is_for(registration["party"]):
        raise error("WebAuthnRelyingPartyMismatch", "The credential is for another relying party.")
    if not statement.present or statement.key is None or statement.credential_id is None:
        raise data.Unreadable("no attested credential")
    identifier = data.encode64(statement.credential_id)
    transports = response.get("transports")
    return Passkey(
        identifier, data.public_key(statement.key), f"Passkey {identifier[:8]}", registration["party"],
        credential.get("authenticatorAttachment"),
        [str(each) for each in transports] if isinstance(transports, list) else [],
        call.time, statement.sign_count,
    )  # fmt: skip


def _check_client_data(text: bytes, kind: str, expected: Mapping[str, Any]) -> None:
    """Check the type, the challenge, and the relying party's origin in the browser's client data."""
    try:
        client_data = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise data.Unreadable("client data isn't JSON") from wrong
    if not isinstance(client_data, dict) or client_data.get("type") != kind:
        raise data.Unreadable("client data of the wrong type")
    if not hmac.compare_digest(data.decode64(client_data.get("challenge")), expected["challenge"]):
        raise error("WebAuthnChallengeNotFound", "The credential is a response to another challenge.")
    parts = urlsplit(str(client_data.get("origin")))
    host, party = parts.hostname or "", expected["party"]
    if (parts.scheme != "https" and host != "localhost") or not (host == party or host.endswith(f".{party}")):
        raise error("WebAuthnOriginNotAllowed", "The credential was created on a site in another domain.")


@operation("cognito-idp", "ListWebAuthnCredentials")
def list_web_authn_credentials(call: Call) -> dict[str, Any]:
    """List the passkeys of the user identified by the access token.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListWebAuthnCredentials.html
    """
    _, user = _own(call)
    found = [_credential_description(each) for each in user.passkeys.values()]
    return PAGES.page(call, "Credentials", found, most=MOST)


def _credential_description(passkey: Passkey) -> dict[str, Any]:
    shown = {
        "CredentialId": passkey.id, "FriendlyCredentialName": passkey.name, "RelyingPartyId": passkey.relying_party,
        "AuthenticatorTransports": passkey.transports, "CreatedAt": passkey.created,
    }  # fmt: skip
    return shown | ({"AuthenticatorAttachment": passkey.attachment} if passkey.attachment else {})


@operation("cognito-idp", "DeleteWebAuthnCredential")
def delete_web_authn_credential(call: Call) -> dict[str, Any]:
    """Delete a passkey of the user identified by the access token.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteWebAuthnCredential.html
    """
    _, user = _own(call)
    if user.passkeys.pop(call.parameters["CredentialId"], None) is None:
        raise not_found("The credential does not exist.")
    return {}


# --- sign-in --------------------------------------------------------------------------------------------------


def assertion_challenge(sign_in: SignIn) -> dict[str, Any]:
    """Return the WEB_AUTHN challenge, whose options the app passes to navigator.credentials.get."""
    pool, user = sign_in.pool, sign_in.user
    party, challenge = relying_party(pool), secrets.token_bytes(32)
    options = {
        "challenge": data.encode64(challenge),
        "timeout": int(_TIMEOUT.total_seconds() * 1000),
        "rpId": party,
        "allowCredentials": _credentials(user),
        "userVerification": "required" if _must_verify(pool) else "preferred",
    }
    parameters = {"CREDENTIAL_REQUEST_OPTIONS": json.dumps(options)}
    return sign_in.challenge("WEB_AUTHN", parameters, challenge=challenge, party=party)


def check_assertion(sign_in: SignIn, challenge: Challenge, credential: str) -> bool:
    """Verify an AuthenticationResponseJSON. Returns True if it counts as two factors.

    Raises InvalidParameterException if the response is malformed, or NotAuthorizedException if it isn't valid.
    """
    try:
        statement, passkey = _verified_assertion(sign_in, challenge, json.loads(credential))
    except (ValueError, RecursionError) as wrong:
        raise invalid("CREDENTIAL is not an AuthenticationResponseJSON.") from wrong
    except data.Unreadable as wrong:
        raise not_authorized("Invalid passkey credential.") from wrong
    if _must_verify(sign_in.pool) and not statement.verified:
        raise not_authorized("Invalid passkey credential.")
    # A counter that doesn't increase indicates a cloned authenticator. 0 means that there is no counter.
    if statement.sign_count and statement.sign_count <= passkey.sign_count:
        raise not_authorized("Invalid passkey credential.")
    passkey.sign_count = statement.sign_count
    return statement.verified and satisfies_mfa(sign_in.pool, sign_in.user)


def method(user: User, credential: str) -> str:
    """Return the `amr` name of a verified passkey: `hwk` for a security key, otherwise `swk`."""
    passkey = user.passkeys[json.loads(credential)["id"]]
    return "hwk" if passkey.attachment == "cross-platform" else "swk"


def _verified_assertion(
    sign_in: SignIn, challenge: Challenge, credential: Any
) -> tuple[data.AuthenticatorData, Passkey]:
    response = credential.get("response") if isinstance(credential, dict) else None
    passkey = sign_in.user.passkeys.get(credential.get("id")) if isinstance(response, dict) else None
    if passkey is None or not isinstance(response, dict):
        raise data.Unreadable("not one of the user's credentials")
    client_data = data.decode64(response.get("clientDataJSON"))
    _check_client_data(client_data, "webauthn.get", challenge.data)
    raw = data.decode64(response.get("authenticatorData"))
    statement = data.authenticator_data(raw)
    signature = data.decode64(response.get("signature"))
    if not statement.is_for(passkey.relying_party) or not statement.present:
        raise data.Unreadable("the credential is for another relying party")
    if not data.is_signed_by(passkey.key, signature, raw, client_data):
        raise data.Unreadable("the signature is wrong")
    return statement, passkey

"""Operations that set up a user's second factors, turn them on or off, and set the preferred factor.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.calls import all_pools, pool_of, user_of
from labs_helpers.cloud.services.cognito_idp.errors import error, invalid, not_authorized
from labs_helpers.cloud.services.cognito_idp.pools import attribute_schema, pool_settings
from labs_helpers.cloud.services.cognito_idp.sign_in import challenges, passkeys, second_factors
from labs_helpers.cloud.services.cognito_idp.state import Challenge, User, UserPool
from labs_helpers.cloud.services.cognito_idp.tokens import verification
from labs_helpers.cloud.services.cognito_idp.users import directory

_SECRET_LENGTH = 52
_SETTINGS = {
    "SMSMfaSettings": "SMS_MFA",
    "SoftwareTokenMfaSettings": "SOFTWARE_TOKEN_MFA",
    "EmailMfaSettings": "EMAIL_OTP",
}
_NEEDS = {"SMS_MFA": "phone_number", "EMAIL_OTP": "email"}


# --- authenticator apps ---------------------------------------------------------------------------------------


def _pool_user_and_challenge(call: Call) -> tuple[UserPool, User, Challenge | None]:
    """Return the pool, the user, and the challenge for an authenticator app's setup.

    There is a challenge only if the user must set up an app to sign in (MFA_SETUP). Otherwise, the user has an
    access token.
    """
    token, session = call.parameters.get("AccessToken"), call.parameters.get("Session")
    if (token and session) or (not token and not session):
        raise invalid("Either AccessToken or Session is required, not both.")
    if token:
        found = verification.verify_caller(call)
        assert found.user is not None
        return found.pool, found.user, None
    kept = all_pools(call).challenges.get(str(session))
    pool = all_pools(call).find(call.region, kept.pool) if kept else None
    client = pool.clients.get(kept.client) if pool and kept else None
    if kept is None or pool is None or client is None:
        raise not_authorized("Invalid session for the user.")
    challenge = challenges.find(call, client, session, ("MFA_SETUP",))
    user = directory.find(pool, challenge.username or "")
    if user is None or not user.enabled:
        raise not_authorized("Invalid session for the user.")
    return pool, user, challenge


def _refuse_without_apps(pool: UserPool) -> None:
    if not (pool.mfa.get("SoftwareTokenMfaConfiguration") or {}).get("Enabled"):
        raise error("SoftwareTokenMFANotFound", "Software Token MFA has not been enabled by the userPool.")


def _next_session(call: Call, challenge: Challenge, **data: Any) -> str:
    """Return a new session for a challenge, and use up the previous one: each response has its own session."""
    pools = all_pools(call)
    pool = pools.pools[challenge.pool]
    user = directory.find(pool, challenge.username or "")
    challenge.used = True
    return challenges.open_session(
        call, pool, pool.clients[challenge.client], challenge.name, user, challenge.claimed,
        **{**challenge.data, **data},
    )  # fmt: skip


@operation("cognito-idp", "AssociateSoftwareToken")
def associate_software_token(call: Call) -> dict[str, Any]:
    """Return a new secret for an authenticator app.

    The current secret stays valid until a code verifies the new secret.
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AssociateSoftwareToken.html
    """
    pool, user, challenge = _pool_user_and_challenge(call)
    _refuse_without_apps(pool)
    user.totp_offered = call.state.ids.base32(_SECRET_LENGTH)
    answer = {"SecretCode": user.totp_offered}
    if challenge is not None:
        answer["Session"] = _next_session(call, challenge)
    return answer


@operation("cognito-idp", "VerifySoftwareToken")
def verify_software_token(call: Call) -> dict[str, Any]:
    """Verify an authenticator app with one of its codes.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_VerifySoftwareToken.html
    """
    pool, user, challenge = _pool_user_and_challenge(call)
    _refuse_without_apps(pool)
    if user.totp_offered is None:
        raise error(
            "SoftwareTokenMFANotFound", "No software token has been associated: call AssociateSoftwareToken."
        )
    try:
        step = second_factors.totp_step(call, user.totp_offered, call.parameters["UserCode"], -1)
    except Exception as wrong:
        if challenge is not None:
            challenges.wrong_code(challenge)
        raise error("EnableSoftwareTokenMFA", "Code mismatch and fail enable Software Token MFA") from wrong
    user.totp_secret, user.totp_offered, user.totp_last_step = user.totp_offered, None, step
    user.totp_name = call.parameters.get("FriendlyDeviceName")
    answer = {"Status": "SUCCESS"}
    if challenge is not None:
        _switch_on(user, "SOFTWARE_TOKEN_MFA")
        answer["Session"] = _next_session(call, challenge, verified=True)
    return answer


def _switch_on(user: User, factor: str) -> None:
    if factor not in user.mfa:
        user.mfa.append(factor)


@operation("cognito-idp", "AdminDeleteSoftwareToken")
def admin_delete_software_token(call: Call) -> dict[str, Any]:
    """Delete a user's authenticator app.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDeleteSoftwareToken.html
    """
    user = user_of(call, pool_of(call))
    if user.status == "UNCONFIRMED":
        raise error("UserNotConfirmed", "User is not confirmed.")
    if user.totp_secret is None:
        raise invalid("User does not have a software token.")
    user.totp_secret = user.totp_offered = None
    user.totp_last_step = -1
    _switch_off(user, "SOFTWARE_TOKEN_MFA")
    user.modified = call.time
    return {}


def _switch_off(user: User, factor: str) -> None:
    user.mfa = [each for each in user.mfa if each != factor]
    if user.preferred_mfa == factor:
        user.preferred_mfa = None


# --- preferences ----------------------------------------------------------------------------------------------


@operation("cognito-idp", "SetUserMFAPreference", "AdminSetUserMFAPreference")
def set_user_mfa_preference(call: Call) -> dict[str, Any]:
    """Turn second factors on or off, and set the preferred factor.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserMFAPreference.html
    """
    pool, user = _pool_and_user(call)
    changes = {
        factor: call.parameters[name] for name, factor in _SETTINGS.items() if call.parameters.get(name)
    }
    for_passkeys = call.parameters.get("WebAuthnMfaSettings") or {}
    if not changes and not for_passkeys:
        raise invalid("At least one MFA setting is required.")
    _check_preferences(pool, user, changes)
    mfa, preferred = list(user.mfa), user.preferred_mfa
    for factor, settings in changes.items():
        if settings.get("Enabled") is True and factor not in mfa:
            mfa.append(factor)
        elif settings.get("Enabled") is False:
            mfa = [each for each in mfa if each != factor]
        if settings.get("PreferredMfa"):
            preferred = factor
        elif preferred == factor and settings.get("PreferredMfa") is False:
            preferred = None
    if for_passkeys.get("Enabled") is not None:
        passkeys.check_mfa_setting(pool, for_passkeys["Enabled"], mfa)
        user.passkey_mfa = for_passkeys["Enabled"]
    elif user.passkey_mfa and not mfa:
        raise invalid("Passkey MFA needs at least one other MFA method.")
    user.mfa, user.preferred_mfa = mfa, preferred if preferred in mfa else None
    user.modified = call.time
    return {}


def _pool_and_user(call: Call) -> tuple[UserPool, User]:
    if call.operation.startswith("Admin"):
        pool = pool_of(call)
        user = user_of(call, pool)
        if user.status == "UNCONFIRMED":
            raise error("UserNotConfirmed", "User is not confirmed.")
        return pool, user
    found = verification.verify_caller(call)
    assert found.user is not None
    return found.pool, found.user


def _check_preferences(pool: UserPool, user: User, changes: Mapping[str, Mapping[str, Any]]) -> None:
    preferred = [factor for factor, settings in changes.items() if settings.get("PreferredMfa")]
    if len(preferred) > 1:
        raise invalid("Only one MFA method can be preferred.")
    offered = pool_settings.active_mfa(pool)
    for factor, settings in changes.items():
        if settings.get("PreferredMfa") and not settings.get("Enabled"):
            raise invalid(f"{factor} can't be preferred, as it is not enabled.")
        if settings.get("Enabled") is False:
            _refuse_to_switch_off(pool, user, factor)
        if not settings.get("Enabled"):
            continue
        if factor not in offered:
            raise invalid(f"{factor} is not enabled for the user pool.")
        if factor == "SOFTWARE_TOKEN_MFA" and user.totp_secret is None:
            raise invalid("User has not verified software token mfa")
        if factor in _NEEDS and not user.attributes.get(_NEEDS[factor]):
            raise invalid(f"User does not have delivery config set to turn on {factor}")


def _refuse_to_switch_off(pool: UserPool, user: User, factor: str) -> None:
    """Raise InvalidParameterException if a pool requires MFA and a user would turn off SMS or the app.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SMSMfaSettingsType.html
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SoftwareTokenMfaSettingsType.html
    """
    required = pool.settings["MfaConfiguration"] == "ON"
    if required and factor in user.mfa and factor in ("SMS_MFA", "SOFTWARE_TOKEN_MFA"):
        raise invalid(f"{factor} can't be turned off, as the user pool requires MFA.")


@operation("cognito-idp", "SetUserSettings", "AdminSetUserSettings")
def set_user_settings(call: Call) -> dict[str, Any]:
    """Turn SMS as a second factor on or off (legacy operation).

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserSettings.html
    """
    pool, user = _pool_and_user_of_settings(call)
    options = call.parameters["MFAOptions"]
    for option in options:
        if (
            option.get("DeliveryMedium", "SMS") != "SMS"
            or option.get("AttributeName", "phone_number") != "phone_number"
        ):
            raise invalid("MFAOptions accepts only SMS with the attribute phone_number.")
    if options:
        if not attribute_schema.is_phone(user.attributes.get("phone_number", "")):
            raise invalid("User does not have delivery config set to turn on SMS_MFA")
        _switch_on(user, "SMS_MFA")
    else:
        _refuse_to_switch_off(pool, user, "SMS_MFA")
        _switch_off(user, "SMS_MFA")
    user.modified = call.time
    return {}


def _pool_and_user_of_settings(call: Call) -> tuple[UserPool, User]:
    if call.operation.startswith("Admin"):
        pool = pool_of(call)
        return pool, user_of(call, pool)
    return _pool_and_user(call)

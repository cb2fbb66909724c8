"""The steps after a first factor: account status, new password, second factor, device, tokens.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html
"""

from __future__ import annotations

import json
from typing import Any

from labs_helpers.cloud.services.cognito_idp import triggers
from labs_helpers.cloud.services.cognito_idp.calls import hides_users
from labs_helpers.cloud.services.cognito_idp.errors import error, not_authorized
from labs_helpers.cloud.services.cognito_idp.pools import attribute_schema
from labs_helpers.cloud.services.cognito_idp.sign_in import authentication_levels, second_factors
from labs_helpers.cloud.services.cognito_idp.sign_in.challenges import HOSTED, SignIn
from labs_helpers.cloud.services.cognito_idp.state import User
from labs_helpers.cloud.services.cognito_idp.tokens import issuing, sign_in_grants
from labs_helpers.cloud.services.cognito_idp.users import auth_events, devices, passwords


def refuse_unusable(sign_in: SignIn, *, verified: bool) -> None:
    """Raise an error for a user who isn't allowed to sign in.

    Until a factor is verified (`verified`), a client that hides users gets the least specific error possible.
    """
    user, hides = sign_in.user, hides_users(sign_in.client)
    if not user.enabled and (verified or not hides):
        raise not_authorized("User is disabled.")
    if user.status == "RESET_REQUIRED":
        # A migrated user has no password yet. A client that hides users gets the same error as for a
        # nonexistent user.
        if hides and user.password is None:
            raise not_authorized()
        raise error("PasswordResetRequired", "Password reset required for the user")
    if verified:
        refuse_unconfirmed(user)


def refuse_unconfirmed(user: User) -> None:
    """Raise UserNotConfirmedException for an unconfirmed user.

    In password flows, this check comes before the password check. AWS intends this order, so that an application can
    ask its user to confirm the account:
    https://github.com/amazon-archives/amazon-cognito-identity-js/issues/288
    """
    if user.status == "UNCONFIRMED":
        raise error("UserNotConfirmed", "User is not confirmed.")


def after_password(sign_in: SignIn) -> dict[str, Any]:
    """Return the challenge or tokens that follow a correct password."""
    sign_in.record_method("pwd")
    refuse_unusable(sign_in, verified=True)
    if sign_in.user.status == "FORCE_CHANGE_PASSWORD":
        passwords.refuse_expired(sign_in.pool, sign_in.user, sign_in.call.time)
        return _new_password_challenge(sign_in)
    return after_first_factor(sign_in)


def _new_password_challenge(sign_in: SignIn) -> dict[str, Any]:
    user = sign_in.user
    absent = [
        f"userAttributes.{name}" for name in attribute_schema.missing_required(sign_in.pool, user.attributes)
    ]
    readable = attribute_schema.readable(sign_in.pool, sign_in.client)
    shown = {name: value for name, value in user.attributes.items() if name in readable}
    parameters = {
        "USER_ID_FOR_SRP": user.username,
        "requiredAttributes": json.dumps(absent),
        "userAttributes": json.dumps(shown),
    }
    return sign_in.challenge("NEW_PASSWORD_REQUIRED", parameters)


def after_first_factor(sign_in: SignIn) -> dict[str, Any]:
    """Return the response after a first factor: a challenge for a second factor if the user needs one, or tokens.

    A remembered device can replace the second factor. If a level of authentication was requested, the methods for that
    level come first, and no other second factor is required if one of them is a second factor.
    """
    step = authentication_levels.next_challenge(sign_in)
    if step is not None:
        return step
    if sign_in.wanted and authentication_levels.has_two_factors(sign_in.done):
        return finish(sign_in)
    known = devices.find_remembered(sign_in)
    if known is not None:
        return sign_in.challenge("DEVICE_SRP_AUTH", {"USERNAME": sign_in.user.username})
    return second_factors.challenge(sign_in) or finish(sign_in)


def finish(sign_in: SignIn, *, by_device: bool = False) -> dict[str, Any]:
    """Complete the sign-in: run triggers, remember the device, and issue tokens.

    On the pool's pages, tokens are issued later, in exchange for a code.
    """
    call, pool, client, user = sign_in.call, sign_in.pool, sign_in.client, sign_in.user
    hosted = sign_in.source == HOSTED
    metadata = None if by_device or hosted else devices.register(sign_in)
    triggers.run(
        call, pool, "PostAuthentication", "PostAuthentication_Authentication", username=user.username,
        client=client.id,
        request={
            "userAttributes": triggers.user_attributes(user), "newDeviceUsed": metadata is not None,
            "clientMetadata": triggers.metadata(call),
        },
    )  # fmt: skip
    if hosted:
        auth_events.note(call, pool, user, "SignIn", "Pass", ("Password", "Success"))
        return {"SignedIn": user.username, "Done": sign_in.done}
    device = metadata["DeviceKey"] if metadata else sign_in.device
    level = authentication_levels.acr_and_amr(pool, sign_in.done) if sign_in.wanted else {}
    found, refresh = sign_in_grants.create(call, pool, client, user, device=device, level=level)
    source = "TokenGeneration_AuthenticateDevice" if by_device else sign_in.source
    try:
        result = issuing.issue(call, pool, client, user, found, refresh, source)
    except Exception:
        # The pre token generation trigger failed, so the sign-in failed as well.
        del pool.grants[found.origin]
        raise
    if metadata is not None:
        result["NewDeviceMetadata"] = metadata
    auth_events.note(call, pool, user, "SignIn", "Pass", ("Password", "Success"))
    return {"AuthenticationResult": result, "ChallengeParameters": {}}

"""Operations with which users manage their own profile. Only an access token is required.

https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-public-server-side.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.calls import limit_attempts
from labs_helpers.cloud.services.cognito_idp.errors import invalid, not_authorized
from labs_helpers.cloud.services.cognito_idp.messages import confirmation_codes
from labs_helpers.cloud.services.cognito_idp.pools import attribute_schema
from labs_helpers.cloud.services.cognito_idp.sign_in import first_factor_choice
from labs_helpers.cloud.services.cognito_idp.state import Client, User, UserPool
from labs_helpers.cloud.services.cognito_idp.tokens import sign_in_grants, verification
from labs_helpers.cloud.services.cognito_idp.users import (
    attribute_changes,
    auth_events,
    directory,
    passwords,
    sign_up,
    user_sessions,
)

_CHANGES_AN_HOUR, _SENDS_AN_HOUR, _VERIFIES_AN_HOUR = 5, 5, 15


def _own(call: Call) -> tuple[UserPool, Client, User]:
    found = verification.verify_caller(call)
    assert found.user is not None
    return found.pool, found.client, found.user


@operation("cognito-idp", "GetUser")
def get_user(call: Call) -> dict[str, Any]:
    """Return the user's attributes that the app client can read.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUser.html
    """
    pool, client, user = _own(call)
    readable = attribute_schema.readable(pool, client)
    shown = {name: value for name, value in directory.all_attributes(user).items() if name in readable}
    return {
        "Username": user.username,
        "UserAttributes": directory.attribute_list(shown),
        **directory.mfa_members(user),
    }


@operation("cognito-idp", "GetUserAuthFactors")
def get_user_auth_factors(call: Call) -> dict[str, Any]:
    """Return the factors with which the user can sign in.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserAuthFactors.html
    """
    pool, _, user = _own(call)
    return auth_factors(pool, user)


def auth_factors(pool: UserPool, user: User) -> dict[str, Any]:
    """Return the response members that list a user's second factors and configured first factors."""
    shown = directory.mfa_members(user)
    shown.pop("MFAOptions", None)
    return {
        "Username": user.username,
        **shown,
        "ConfiguredUserAuthFactors": first_factor_choice.configured_factors(pool, user),
    }


@operation("cognito-idp", "UpdateUserAttributes")
def update_user_attributes(call: Call) -> dict[str, Any]:
    """Change the user's attributes and send codes for attributes that must be verified.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserAttributes.html
    """
    pool, client, user = _own(call)
    values = attribute_schema.as_dict(call.parameters["UserAttributes"])
    attribute_schema.check_write(pool, client, values)
    return {"CodeDeliveryDetailsList": attribute_changes.update(call, pool, client, user, values)}


@operation("cognito-idp", "DeleteUserAttributes")
def delete_user_attributes(call: Call) -> dict[str, Any]:
    """Delete the user's attributes.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserAttributes.html
    """
    pool, client, user = _own(call)
    names = call.parameters["UserAttributeNames"]
    attribute_schema.check_write(pool, client, names)
    attribute_changes.delete(call, pool, user, names)
    return {}


@operation("cognito-idp", "GetUserAttributeVerificationCode")
def get_user_attribute_verification_code(call: Call) -> dict[str, Any]:
    """Send a code that verifies the user's email address or phone number.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserAttributeVerificationCode.html
    """
    pool, client, user = _own(call)
    name = _verifiable(call)
    value = user.pending.get(name) or user.attributes.get(name)
    if not value:
        raise invalid(f"User does not have a value for the attribute {name}.")
    limit_attempts(call, user, "GetUserAttributeVerificationCode", _SENDS_AN_HOUR)
    details = confirmation_codes.send(
        call,
        pool,
        client,
        user,
        confirmation_codes.verification_purpose(name),
        "VerifyUserAttribute",
        name,
        value,
    )
    return {"CodeDeliveryDetails": details}


def _verifiable(call: Call) -> str:
    name: str = call.parameters["AttributeName"]
    if name not in directory.CONTACTS:
        raise invalid(f"Invalid attribute name: {name} can't be verified.")
    return name


@operation("cognito-idp", "VerifyUserAttribute")
def verify_user_attribute(call: Call) -> dict[str, Any]:
    """Verify an email address or phone number with the code that was sent to it.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_VerifyUserAttribute.html
    """
    pool, _, user = _own(call)
    name = _verifiable(call)
    limit_attempts(call, user, "VerifyUserAttribute", _VERIFIES_AN_HOUR)
    code = confirmation_codes.check(
        call, user, confirmation_codes.verification_purpose(name), call.parameters["Code"]
    )
    if user.pending.get(name) == code.destination:
        directory.refuse_taken(pool, user, {name: code.destination})
        user.attributes[name] = user.pending.pop(name)
    sign_up.mark_verified(pool, user, name, code.destination)
    confirmation_codes.spend(user, confirmation_codes.verification_purpose(name))
    user.attempts.pop("VerifyUserAttribute", None)
    user.modified = call.time
    return {}


@operation("cognito-idp", "ChangePassword")
def change_password(call: Call) -> dict[str, Any]:
    """Change the user's password, or set a first password for a user without a password.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ChangePassword.html
    """
    pool, _, user = _own(call)
    previous = call.parameters.get("PreviousPassword")
    limit_attempts(call, user, "ChangePassword", _CHANGES_AN_HOUR)
    if user.password is not None:
        if not previous:
            raise invalid("PreviousPassword is required for a user who has a password.")
        passwords.check(pool, user, previous, call.time)
    elif user.status == "EXTERNAL_PROVIDER":
        raise not_authorized("User is not allowed to change the password.")
    passwords.change(pool, user, call.parameters["ProposedPassword"], call.time)
    user.modified = call.time
    auth_events.note(call, pool, user, "PasswordChange", "Pass")
    return {}


@operation("cognito-idp", "DeleteUser")
def delete_user(call: Call) -> dict[str, Any]:
    """Delete the user.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUser.html
    """
    pool, _, user = _own(call)
    user_sessions.delete_user(call, pool, user)
    return {}


@operation("cognito-idp", "GlobalSignOut")
def global_sign_out(call: Call) -> dict[str, Any]:
    """Revoke all of the user's tokens.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GlobalSignOut.html
    """
    pool, _, user = _own(call)
    sign_in_grants.revoke_all(pool, user)
    return {}

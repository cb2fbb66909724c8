"""Operations with which administrators manage users. IAM policies authorize these operations.

https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp import triggers
from labs_helpers.cloud.services.cognito_idp.calls import USER_PAGES, pool_of, user_of
from labs_helpers.cloud.services.cognito_idp.errors import error, invalid, no_user
from labs_helpers.cloud.services.cognito_idp.messages import confirmation_codes, delivery
from labs_helpers.cloud.services.cognito_idp.pools import attribute_schema, pool_settings
from labs_helpers.cloud.services.cognito_idp.state import User, UserPool
from labs_helpers.cloud.services.cognito_idp.tokens import sign_in_grants
from labs_helpers.cloud.services.cognito_idp.users import (
    attribute_changes,
    directory,
    forgotten_passwords,
    passwords,
    recovery_contacts,
    self_service,
    sign_up,
    user_sessions,
)

_FILTER = re.compile(r'\s*([\w:]+)\s*(\^=|=)\s*"((?:[^"\\]|\\.)*)"\s*', re.DOTALL)
_SEARCHABLE = (
    "username", "email", "phone_number", "name", "given_name", "family_name", "preferred_username",
    "cognito:user_status", "status", "sub",
)  # fmt: skip


def _named(call: Call) -> tuple[UserPool, User]:
    pool = pool_of(call)
    return pool, user_of(call, pool)


# --- creating users -------------------------------------------------------------------------------------------


@operation("cognito-idp", "AdminCreateUser")
def admin_create_user(call: Call) -> dict[str, Any]:
    """Create a user and send the invitation, or resend it (MessageAction RESEND).

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html
    """
    pool, given = pool_of(call), call.parameters
    if given.get("MessageAction") == "RESEND":
        return _resend(call, pool)
    values = attribute_schema.as_dict(given.get("UserAttributes"))
    name = given["Username"]
    user = sign_up.new_user(call, pool, name, values, "FORCE_CHANGE_PASSWORD")
    attribute_schema.check_values(pool, user.attributes, new=True)
    _check_contacts(user, given.get("DesiredDeliveryMediums") or ())
    password = _temporary_password(pool, user, given.get("TemporaryPassword") or None)
    sign_up.refuse_existing(pool, user, name, "User account already exists")
    if not given.get("ForceAliasCreation"):
        aliases = dict(directory.sign_in_aliases(pool, user))
        directory.refuse_taken(pool, None, aliases)
    _pre_sign_up(call, pool, user)
    if password is None:
        user.status = "CONFIRMED"
    else:
        passwords.put(pool, user, password, call.time, temporary=True)
    directory.add(pool, directory.note_subject(call, user))
    _invite(call, pool, user, password)
    return {"User": directory.user_type(user)}


def _check_contacts(user: User, mediums: Iterable[str]) -> None:
    for attribute, medium in directory.MEDIUMS.items():
        if user.attributes.get(attribute):
            continue
        if medium in mediums:
            raise invalid(f"User has no {attribute}, and DesiredDeliveryMediums names {medium}.")
        if user.attributes.get(f"{attribute}_verified") == "true":
            raise invalid(f"{attribute} is required to verify/un-verify {attribute}")


def _temporary_password(pool: UserPool, user: User, given: str | None) -> str | None:
    """Return the temporary password, or None for a user who will sign in only with one-time codes."""
    if given is not None:
        passwords.check_policy(pool, given)
        return given
    if not pool_settings.passwordless(pool):
        return passwords.generated(pool)
    if not any(user.attributes.get(attribute) for attribute in directory.CONTACTS):
        raise invalid("A user without a password needs an email or phone_number.")
    return None


def _pre_sign_up(call: Call, pool: UserPool, user: User) -> None:
    given = call.parameters
    triggers.run(
        call, pool, "PreSignUp", "PreSignUp_AdminCreateUser", username=user.username, client=None,
        request={
            "userAttributes": dict(user.attributes),
            "validationData": attribute_schema.as_dict(given.get("ValidationData")) or None,
            "clientMetadata": triggers.metadata(call),
        },
        response={"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False},
    )  # fmt: skip


def _invite(call: Call, pool: UserPool, user: User, password: str | None) -> None:
    """Send the temporary password by the requested mediums. By default, use SMS or, without SMS, email."""
    if call.parameters.get("MessageAction") == "SUPPRESS" or password is None:
        return
    wanted = call.parameters.get("DesiredDeliveryMediums")
    reachable = [attribute for attribute in ("phone_number", "email") if user.attributes.get(attribute)]
    chosen = [each for each in reachable if directory.MEDIUMS[each] in wanted] if wanted else reachable[:1]
    for attribute in chosen:
        delivery.send(
            call, pool, None, user, "AdminCreateUser", attribute, user.attributes[attribute], password
        )


def _resend(call: Call, pool: UserPool) -> dict[str, Any]:
    user = directory.find_for(call, pool, call.parameters["Username"])
    if user is None:
        raise no_user()
    if user.status != "FORCE_CHANGE_PASSWORD":
        raise error(
            "UnsupportedUserState",
            f"Resend not possible. {user.status} status is not FORCE_CHANGE_PASSWORD",
        )
    _check_contacts(user, call.parameters.get("DesiredDeliveryMediums") or ())
    given = call.parameters.get("TemporaryPassword") or None
    if given is not None:
        passwords.check_policy(pool, given)
    password = given or passwords.generated(pool)
    passwords.put(pool, user, password, call.time, temporary=True)
    user.modified = call.time
    _invite(call, pool, user, password)
    return {"User": directory.user_type(user)}


@operation("cognito-idp", "AdminConfirmSignUp")
def admin_confirm_sign_up(call: Call) -> dict[str, Any]:
    """Confirm a user without marking an email address or phone number as verified.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminConfirmSignUp.html
    """
    pool, user = _named(call)
    sign_up.refuse_confirmed(user)
    user.status, user.modified = "CONFIRMED", call.time
    confirmation_codes.spend(user, confirmation_codes.SIGN_UP)
    sign_up.post_confirmation(call, pool, None, user, "ConfirmSignUp")
    return {}


# --- describing users -----------------------------------------------------------------------------------------


@operation("cognito-idp", "AdminGetUser")
def admin_get_user(call: Call) -> dict[str, Any]:
    """Return a user.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminGetUser.html
    """
    user = user_of(call, pool_of(call))
    shown = directory.user_type(user)
    shown["UserAttributes"] = shown.pop("Attributes")
    return {**shown, **directory.mfa_members(user)}


@operation("cognito-idp", "AdminGetUserAuthFactors")
def admin_get_user_auth_factors(call: Call) -> dict[str, Any]:
    """Return the factors with which a user can sign in.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminGetUserAuthFactors.html
    """
    pool = pool_of(call)
    return self_service.auth_factors(pool, user_of(call, pool))


@operation("cognito-idp", "ListUsers")
def list_users(call: Call) -> dict[str, Any]:
    """List the users in a pool that match a filter.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
    """
    pool = pool_of(call)
    only = call.parameters.get("AttributesToGet")
    found = list(_matching(pool.users.values(), call.parameters.get("Filter")))
    answer = USER_PAGES.page(call, "Users", found)
    if only is not None:
        _check_wanted(pool, answer["Users"], only)
    answer["Users"] = [directory.user_type(user, only) for user in answer["Users"]]
    return answer


def _check_wanted(pool: UserPool, found: Iterable[User], only: Iterable[str]) -> None:
    """Raise InvalidParameterException for attributes that the schema or a user on the page doesn't contain."""
    everyone = [directory.all_attributes(user) for user in found]
    for name in only:
        if name not in pool.schema or any(not values.get(name) for values in everyone):
            raise invalid("One or more requested attributes do not exist.")


def _matching(found: Iterable[User], text: str | None) -> Iterable[User]:
    """Return the users that match a filter such as `email ^= "a"`.

    Raises InvalidParameterException for an invalid filter.
    """
    if not text:
        return found
    parsed = _FILTER.fullmatch(text)
    if parsed is None:
        raise invalid("Error while parsing filter")
    name, operator, quoted = parsed.groups()
    if name not in _SEARCHABLE:
        raise invalid(f"Invalid search attribute: {name}")
    value = re.sub(r"\\(.)", r"\1", quoted)
    return [user for user in found if _fits(_searched(user, name), operator, value, name)]


def _searched(user: User, name: str) -> str | None:
    special: Mapping[str, str] = {
        "username": user.username, "sub": user.sub, "cognito:user_status": user.status,
        "status": "Enabled" if user.enabled else "Disabled",
    }  # fmt: skip
    return special[name] if name in special else user.attributes.get(name)


def _fits(found: str | None, operator: str, value: str, name: str) -> bool:
    if found is None:
        return False
    if name == "cognito:user_status":
        found, value = found.lower(), value.lower()
    return found == value if operator == "=" else found.startswith(value)


# --- changing users -------------------------------------------------------------------------------------------


@operation("cognito-idp", "AdminUpdateUserAttributes")
def admin_update_user_attributes(call: Call) -> dict[str, Any]:
    """Change a user's attributes.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUpdateUserAttributes.html
    """
    pool, user = _named(call)
    attribute_changes.update(
        call, pool, None, user, attribute_schema.as_dict(call.parameters["UserAttributes"])
    )
    return {}


@operation("cognito-idp", "AdminDeleteUserAttributes")
def admin_delete_user_attributes(call: Call) -> dict[str, Any]:
    """Delete a user's attributes.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDeleteUserAttributes.html
    """
    pool, user = _named(call)
    attribute_changes.delete(call, pool, user, call.parameters["UserAttributeNames"])
    return {}


@operation("cognito-idp", "AdminDeleteUser")
def admin_delete_user(call: Call) -> dict[str, Any]:
    """Delete a user.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDeleteUser.html
    """
    pool, user = _named(call)
    user_sessions.delete_user(call, pool, user)
    return {}


@operation("cognito-idp", "AdminDisableUser")
def admin_disable_user(call: Call) -> dict[str, Any]:
    """Disable a user and revoke their tokens.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDisableUser.html
    """
    pool, user = _named(call)
    user.enabled, user.modified = False, call.time
    sign_in_grants.revoke_all(pool, user)
    return {}


@operation("cognito-idp", "AdminEnableUser")
def admin_enable_user(call: Call) -> dict[str, Any]:
    """Enable a user.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminEnableUser.html
    """
    _, user = _named(call)
    user.enabled, user.modified = True, call.time
    return {}


@operation("cognito-idp", "AdminUserGlobalSignOut")
def admin_user_global_sign_out(call: Call) -> dict[str, Any]:
    """Revoke all of a user's tokens.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUserGlobalSignOut.html
    """
    pool = pool_of(call)
    sign_in_grants.revoke_all(pool, user_of(call, pool))
    return {}


@operation("cognito-idp", "AdminSetUserPassword")
def admin_set_user_password(call: Call) -> dict[str, Any]:
    """Set a user's password, temporary or permanent, and lift any lockout.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminSetUserPassword.html
    """
    pool, user = _named(call)
    password, permanent = call.parameters["Password"], bool(call.parameters.get("Permanent"))
    if not password:
        raise invalid("A password can't be removed from a user.")
    passwords.check_policy(pool, password)
    passwords.check_history(pool, user, password)
    passwords.put(pool, user, password, call.time, temporary=not permanent)
    user.lockout = type(user.lockout)()
    user.status = "CONFIRMED" if permanent else "FORCE_CHANGE_PASSWORD"
    user.modified = call.time
    return {}


@operation("cognito-idp", "AdminResetUserPassword")
def admin_reset_user_password(call: Call) -> dict[str, Any]:
    """Require a user to set a new password and send the user a code for resetting it.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminResetUserPassword.html
    """
    pool, user = _named(call)
    forgotten_passwords.refuse_unresettable(user)
    if user.status not in ("CONFIRMED", "RESET_REQUIRED"):
        raise error("NotAuthorized", "User password cannot be reset in the current state.")
    attribute, value = recovery_contacts.find(pool, user)
    confirmation_codes.send(
        call, pool, None, user, confirmation_codes.FORGOT, "ForgotPassword", attribute, value
    )
    user.status, user.modified = "RESET_REQUIRED", call.time
    return {}

"""Sign-up, and the codes that verify the new user's email address or phone number.

https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp import triggers
from labs_helpers.cloud.services.cognito_idp.calls import (
    check_secret_hash,
    hides_users,
    limit_attempts,
    public_client,
)
from labs_helpers.cloud.services.cognito_idp.errors import error, invalid, no_user, not_authorized
from labs_helpers.cloud.services.cognito_idp.messages import confirmation_codes
from labs_helpers.cloud.services.cognito_idp.pools import attribute_schema, pool_settings
from labs_helpers.cloud.services.cognito_idp.sign_in import challenges
from labs_helpers.cloud.services.cognito_idp.state import Client, User, UserPool
from labs_helpers.cloud.services.cognito_idp.users import auth_events, directory, passwords, recovery_contacts

_CONFIRMS_AN_HOUR, _RESENDS_AN_HOUR = 15, 5


@operation("cognito-idp", "SignUp")
def sign_up(call: Call) -> dict[str, Any]:
    """Create an unconfirmed user and send a code, unless a trigger confirms the user.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SignUp.html
    """
    pool, client = public_client(call)
    given, name = call.parameters, call.parameters["Username"]
    check_secret_hash(client, name, given.get("SecretHash"))
    if pool.settings["AdminCreateUserConfig"].get("AllowAdminCreateUserOnly"):
        raise not_authorized("SignUp is not permitted for this user pool")
    values = attribute_schema.as_dict(given.get("UserAttributes"))
    if values.get("preferred_username") and "preferred_username" in pool.alias_attributes:
        # An alias must not be taken before its user is confirmed:
        # https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
        raise invalid("preferred_username is an alias: it can't be set before the user is confirmed.")
    user = new_user(call, pool, name, values, "UNCONFIRMED")
    attribute_schema.check_write(pool, client, values)
    attribute_schema.check_values(pool, user.attributes, new=True)
    attribute_schema.check_required(pool, user.attributes)
    password = given.get("Password") or None
    _check_password(pool, password)
    refuse_existing(pool, user, name)
    _pre_sign_up(call, pool, client, user)
    if password is not None:
        passwords.put(pool, user, password, call.time)
    directory.add(pool, directory.note_subject(call, user))
    answer: dict[str, Any] = {"UserConfirmed": user.status == "CONFIRMED", "UserSub": user.sub}
    if user.status == "CONFIRMED":
        post_confirmation(call, pool, client, user, "ConfirmSignUp")
    elif to_verify := contact_to_verify(pool, user):
        try:
            answer["CodeDeliveryDetails"] = confirmation_codes.send(
                call,
                pool,
                client,
                user,
                confirmation_codes.SIGN_UP,
                "SignUp",
                to_verify,
                user.attributes[to_verify],
            )
        except Exception:
            # A user who didn't receive a code could neither confirm the account nor sign up again.
            directory.remove(pool, user)
            raise
    if "ALLOW_USER_AUTH" in client.settings["ExplicitAuthFlows"]:
        answer["Session"] = challenges.open_session(call, pool, client, "SIGN_UP", user, name)
    auth_events.note(call, pool, user, "SignUp", "InProgress" if user.status == "UNCONFIRMED" else "Pass")
    return answer


def _check_password(pool: UserPool, password: str | None) -> None:
    if password is not None:
        passwords.check_policy(pool, password)
    elif not pool_settings.passwordless(pool):
        raise invalid("Password is required: the user pool has no passwordless sign-in.")


def new_user(call: Call, pool: UserPool, name: str, values: Mapping[str, str], status: str) -> User:
    """Return a new user, whose user name follows the pool's settings, without adding the user to the pool.

    In pools where users sign in with an email address or phone number, the `sub` becomes the user name. Raises
    InvalidParameterException for a name that the pool doesn't accept.
    """
    sub, taken = call.state.ids.uuid(), dict(values)
    kinds = pool.username_attributes
    username = directory.comparable(pool, name)
    if kinds:
        kind = (
            "email"
            if attribute_schema.is_email(name)
            else "phone_number"
            if attribute_schema.is_phone(name)
            else None
        )
        if kind not in kinds:
            raise invalid(_expected(kinds))
        taken.setdefault(str(kind), name)
        username = sub
    elif "email" in pool.alias_attributes and attribute_schema.is_email(name):
        raise invalid("Username cannot be of email format, since user pool is configured for email alias.")
    elif "phone_number" in pool.alias_attributes and attribute_schema.is_phone(name):
        raise invalid(
            "Username cannot be of phone number format, since user pool is configured for phone number alias."
        )
    return User(
        username, sub, call.time, call.time, status, {n: value for n, value in taken.items() if value}
    )


def _expected(kinds: list[str]) -> str:
    if len(kinds) > 1:
        return "Username should be either an email or a phone number."
    return "Username should be an email." if kinds == ["email"] else "Username should be a phone number."


def refuse_existing(pool: UserPool, user: User, name: str, message: str = "User already exists") -> None:
    """Raise UsernameExistsException if a user name, or an address that is used as a user name, is already in use."""
    for attribute in pool.username_attributes:
        value = user.attributes.get(attribute)
        if value and directory.owner_of(pool, attribute, value) is not None:
            raise error("UsernameExists", f"An account with the given {attribute} already exists.")
    if not pool.username_attributes and directory.comparable(pool, name) in pool.users:
        raise error("UsernameExists", message)


def _pre_sign_up(call: Call, pool: UserPool, client: Client, user: User) -> None:
    given = call.parameters
    response = triggers.run(
        call, pool, "PreSignUp", "PreSignUp_SignUp", username=user.username, client=client.id,
        request={
            "userAttributes": dict(user.attributes),
            "validationData": attribute_schema.as_dict(given.get("ValidationData")) or None,
            "clientMetadata": triggers.metadata(call),
        },
        response={"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False},
    )  # fmt: skip
    if response is None:
        return
    for answer, attribute in (("autoVerifyEmail", "email"), ("autoVerifyPhone", "phone_number")):
        if response.get(answer):
            if not user.attributes.get(attribute):
                raise error("UserLambdaValidation", f"{answer} is set, but the user has no {attribute}.")
            user.attributes[f"{attribute}_verified"] = "true"
    if response.get("autoConfirmUser"):
        user.status = "CONFIRMED"


def post_confirmation(call: Call, pool: UserPool, client: Client | None, user: User, which: str) -> None:
    """Invoke the post confirmation trigger. `which` is ConfirmSignUp or ConfirmForgotPassword."""
    triggers.run(
        call, pool, "PostConfirmation", f"PostConfirmation_{which}", username=user.username,
        client=client.id if client else None,
        request={
            "userAttributes": triggers.user_attributes(user), "clientMetadata": triggers.metadata(call),
        },
    )  # fmt: skip


def contact_to_verify(pool: UserPool, user: User) -> str | None:
    """Return the attribute to which a sign-up code is sent, or None if there isn't one.

    If the pool verifies both attributes, the phone number takes precedence.
    """
    verified = pool.settings.get("AutoVerifiedAttributes") or ()
    return next(
        (name for name in ("phone_number", "email") if name in verified and user.attributes.get(name)), None
    )


@operation("cognito-idp", "ConfirmSignUp")
def confirm_sign_up(call: Call) -> dict[str, Any]:
    """Confirm a user with the code that was sent, and mark its destination as verified.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmSignUp.html
    """
    pool, client = public_client(call)
    given, name = call.parameters, call.parameters["Username"]
    check_secret_hash(client, name, given.get("SecretHash"))
    user = directory.find_for(call, pool, name)
    if user is None:
        if not hides_users(client):
            raise no_user()
        limit_attempts(call, directory.unknown_name(pool, name), "ConfirmSignUp", _CONFIRMS_AN_HOUR)
        raise error("CodeMismatch", confirmation_codes.MISMATCH)
    if not user.enabled:
        raise not_authorized("User is disabled.")
    refuse_confirmed(user)
    limit_attempts(call, user, "ConfirmSignUp", _CONFIRMS_AN_HOUR)
    code = confirmation_codes.check(call, user, confirmation_codes.SIGN_UP, given["ConfirmationCode"])
    if given.get("Session"):
        challenges.take(call, client, given["Session"], ("SIGN_UP",), user)
    mark_verified(pool, user, code.attribute, code.destination, force=bool(given.get("ForceAliasCreation")))
    confirmation_codes.spend(user, confirmation_codes.SIGN_UP)
    user.status, user.modified = "CONFIRMED", call.time
    user.attempts.pop("ConfirmSignUp", None)
    post_confirmation(call, pool, client, user, "ConfirmSignUp")
    if given.get("Session"):
        return {"Session": challenges.open_session(call, pool, client, "CONFIRMED", user, name)}
    return {}


def refuse_confirmed(user: User) -> None:
    """Raise NotAuthorizedException for a user whose status isn't UNCONFIRMED."""
    if user.status != "UNCONFIRMED":
        raise not_authorized(f"User cannot be confirmed. Current status is {user.status}")


def mark_verified(pool: UserPool, user: User, attribute: str, value: str, *, force: bool = False) -> None:
    """Mark an email address or phone number as verified, which might make it an alias.

    Raises AliasExistsException if it is another user's alias.
    """
    # The user changed the address after the code was sent to the old address.
    if user.attributes.get(attribute) != value:
        return
    before = user.attributes.get(f"{attribute}_verified")
    user.attributes[f"{attribute}_verified"] = "true"
    try:
        directory.claim_aliases(pool, user, force=force)
    except Exception:
        if before is None:
            del user.attributes[f"{attribute}_verified"]
        else:
            user.attributes[f"{attribute}_verified"] = before
        raise


@operation("cognito-idp", "ResendConfirmationCode")
def resend_confirmation_code(call: Call) -> dict[str, Any]:
    """Send a new sign-up code.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ResendConfirmationCode.html
    """
    pool, client = public_client(call)
    name = call.parameters["Username"]
    check_secret_hash(client, name, call.parameters.get("SecretHash"))
    user = directory.find_for(call, pool, name)
    if user is None or not user.enabled:
        if hides_users(client):
            limit_attempts(
                call, directory.unknown_name(pool, name), "ResendConfirmationCode", _RESENDS_AN_HOUR
            )
            return {"CodeDeliveryDetails": recovery_contacts.simulated_delivery(pool, name)}
        raise no_user() if user is None else not_authorized("User is disabled.")
    if user.status != "UNCONFIRMED":
        raise invalid("User is already confirmed.")
    attribute = contact_to_verify(pool, user)
    if attribute is None:
        raise invalid("Cannot resend codes. Auto verification not turned on.")
    limit_attempts(call, user, "ResendConfirmationCode", _RESENDS_AN_HOUR)
    details = confirmation_codes.send(
        call,
        pool,
        client,
        user,
        confirmation_codes.SIGN_UP,
        "ResendCode",
        attribute,
        user.attributes[attribute],
    )
    auth_events.note(call, pool, user, "ResendCode", "Pass")
    return {"CodeDeliveryDetails": details}

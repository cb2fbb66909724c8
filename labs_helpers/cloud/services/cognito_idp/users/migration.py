"""User migration: a trigger imports users from another directory when they first sign in or reset their password.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-migrate-user.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.cognito_idp import triggers
from labs_helpers.cloud.services.cognito_idp.messages import delivery
from labs_helpers.cloud.services.cognito_idp.pools import attribute_schema
from labs_helpers.cloud.services.cognito_idp.state import Client, User, UserPool
from labs_helpers.cloud.services.cognito_idp.users import directory, passwords, sign_up

_STATUSES = ("CONFIRMED", "RESET_REQUIRED")


def migrate_on_sign_in(call: Call, pool: UserPool, client: Client, name: str, password: str) -> User | None:
    """Invoke the user migration trigger with a name and password.

    Returns the migrated user, or None if the trigger doesn't return a user.
    """
    response = _ask(call, pool, client, name, "UserMigration_Authentication", password)
    if response is None:
        return None
    user = _create_user(call, pool, name, response)
    if response.get("finalUserStatus") == "CONFIRMED":
        passwords.put(pool, user, password, call.time)
    return user


def migrate_on_forgotten_password(call: Call, pool: UserPool, client: Client, name: str) -> User | None:
    """Invoke the user migration trigger with a name.

    Returns the migrated user, who must set a new password. Returns None if the trigger doesn't return a user.
    """
    response = _ask(call, pool, client, name, "UserMigration_ForgotPassword", None)
    if response is None:
        return None
    response = {**response, "finalUserStatus": "RESET_REQUIRED"}
    return _create_user(call, pool, name, response)


def _ask(
    call: Call, pool: UserPool, client: Client, name: str, source: str, password: str | None
) -> dict[str, Any] | None:
    response = triggers.run(
        call, pool, "UserMigration", source, username=name, client=client.id,
        request={
            "password": password, "clientMetadata": triggers.metadata(call),
            "validationData": triggers.validation(call) if password is not None else None,
        },
        response={
            "userAttributes": None, "forceAliasCreation": None, "finalUserStatus": None, "messageAction": None,
            "desiredDeliveryMediums": None,
        },
    )  # fmt: skip
    return response if response and response.get("userAttributes") else None


def _create_user(call: Call, pool: UserPool, name: str, response: dict[str, Any]) -> User:
    values = response["userAttributes"]
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise triggers.unreadable()
    values = {each: value for each, value in values.items() if each not in ("username", "sub")}
    status = response.get("finalUserStatus") or "RESET_REQUIRED"
    if status not in _STATUSES:
        raise triggers.unreadable()
    user = sign_up.new_user(call, pool, name, values, status)
    attribute_schema.check_values(pool, user.attributes, new=True)
    if not response.get("forceAliasCreation"):
        directory.refuse_taken(
            pool, None, {each: user.attributes[each] for each, _ in directory.sign_in_aliases(pool, user)}
        )
    directory.add(pool, user)
    if response.get("messageAction") != "SUPPRESS" and status == "RESET_REQUIRED":
        _welcome(call, pool, user, response.get("desiredDeliveryMediums") or ["SMS"])
    return user


def _welcome(call: Call, pool: UserPool, user: User, mediums: list[str]) -> None:
    for attribute, medium in directory.MEDIUMS.items():
        if medium in mediums and user.attributes.get(attribute):
            delivery.send(
                call, pool, None, user, "AdminCreateUser", attribute, user.attributes[attribute],
                passwords.generated(pool),
            )  # fmt: skip

"""Forgotten passwords: a code to a verified address, then a new password.

https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html#managing-users-passwords-reset
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp import (
    codes,
    events,
    migration,
    passwords,
    recovery,
    sign_up,
    users,
)
from labs_helpers.cloud.services.cognito_idp.calls import (
    check_secret_hash,
    hides_users,
    limit,
    public_client,
)
from labs_helpers.cloud.services.cognito_idp.errors import error, no_user, not_authorized
from labs_helpers.cloud.services.cognito_idp.state import User

_AN_HOUR = 10
"""AWS allows between 5 and 20 attempts an hour, by the risk that it sees.

https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html#resource-quotas
"""


@operation("cognito-idp", "ForgotPassword")
def forgot_password(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ForgotPassword.html"""
    pool, client = public_client(call)
    name = call.parameters["Username"]
    check_secret_hash(client, name, call.parameters.get("SecretHash"))
    user = users.find_for(call, pool, name) or migration.on_forgotten(call, pool, client, name)
    try:
        attribute, value = _destination(call, pool, user)
    except ServiceError as refusal:
        if hides_users(client) and refusal.code != "LimitExceededException":
            limit(call, users.stranger(pool, name), "ForgotPassword", _AN_HOUR)
            return {"CodeDeliveryDetails": recovery.simulated(pool, name)}
        raise
    assert user is not None
    details = codes.send(call, pool, client, user, codes.FORGOT, "ForgotPassword", attribute, value)
    events.note(call, pool, user, "ForgotPassword", "InProgress")
    return {"CodeDeliveryDetails": details}


def _destination(call: Call, pool: Any, user: User | None) -> tuple[str, str]:
    if user is None:
        raise no_user()
    refuse_unresettable(user)
    found = recovery.contact(pool, user)
    limit(call, user, "ForgotPassword", _AN_HOUR)
    return found


def refuse_unresettable(user: User) -> None:
    """Only who has a password of their own can reset it."""
    if not user.enabled:
        raise not_authorized("User is disabled.")
    if user.status in ("FORCE_CHANGE_PASSWORD", "EXTERNAL_PROVIDER"):
        raise not_authorized("User password cannot be reset in the current state.")


@operation("cognito-idp", "ConfirmForgotPassword")
def confirm_forgot_password(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmForgotPassword.html"""
    pool, client = public_client(call)
    given, name = call.parameters, call.parameters["Username"]
    check_secret_hash(client, name, given.get("SecretHash"))
    user = users.find_for(call, pool, name)
    if user is None or not user.enabled:
        if hides_users(client):
            limit(call, users.stranger(pool, name), "ConfirmForgotPassword", _AN_HOUR)
            raise error("CodeMismatch", codes.MISMATCH)
        raise no_user() if user is None else not_authorized("User is disabled.")
    if user.status == "UNCONFIRMED" and codes.FORGOT not in user.codes and not hides_users(client):
        raise error("UserNotConfirmed", "User is not confirmed.")
    limit(call, user, "ConfirmForgotPassword", _AN_HOUR)
    code = codes.check(call, user, codes.FORGOT, given["ConfirmationCode"])
    passwords.change(pool, user, given["Password"], call.time)
    codes.spend(user, codes.FORGOT)
    user.status, user.modified = "CONFIRMED", call.time
    user.attempts.pop("ConfirmForgotPassword", None)
    sign_up.verify(pool, user, code.attribute, code.destination, force=True)
    events.note(call, pool, user, "PasswordChange", "Pass")
    sign_up.post_confirmation(call, pool, client, user, "ConfirmForgotPassword")
    return {}

"""Forgotten passwords: operations that send a code to a verified address and set a new password with the code.

https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html#managing-users-passwords-reset
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.calls import (
    check_secret_hash,
    hides_users,
    limit_attempts,
    public_client,
)
from labs_helpers.cloud.services.cognito_idp.errors import error, no_user, not_authorized
from labs_helpers.cloud.services.cognito_idp.messages import confirmation_codes
from labs_helpers.cloud.services.cognito_idp.state import User
from labs_helpers.cloud.services.cognito_idp.users import (
    auth_events,
    directory,
    migration,
    passwords,
    recovery_contacts,
    sign_up,
)

_AN_HOUR = 10
"""The attempts allowed per hour. AWS allows between 5 and 20, depending on the risk.

https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html#resource-quotas
"""


@operation("cognito-idp", "ForgotPassword")
def forgot_password(call: Call) -> dict[str, Any]:
    """Send a reset code. For an unknown user, a client that hides users gets a simulated destination.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ForgotPassword.html
    """
    pool, client = public_client(call)
    name = call.parameters["Username"]
    check_secret_hash(client, name, call.parameters.get("SecretHash"))
    user = directory.find_for(call, pool, name) or migration.migrate_on_forgotten_password(
        call, pool, client, name
    )
    try:
        attribute, value = _destination(call, pool, user)
    except ServiceError as refusal:
        if hides_users(client) and refusal.code != "LimitExceededException":
            limit_attempts(call, directory.unknown_name(pool, name), "ForgotPassword", _AN_HOUR)
            return {"CodeDeliveryDetails": recovery_contacts.simulated_delivery(pool, name)}
        raise
    assert user is not None
    details = confirmation_codes.send(
        call, pool, client, user, confirmation_codes.FORGOT, "ForgotPassword", attribute, value
    )
    auth_events.note(call, pool, user, "ForgotPassword", "InProgress")
    return {"CodeDeliveryDetails": details}


def _destination(call: Call, pool: Any, user: User | None) -> tuple[str, str]:
    if user is None:
        raise no_user()
    refuse_unresettable(user)
    found = recovery_contacts.find(pool, user)
    limit_attempts(call, user, "ForgotPassword", _AN_HOUR)
    return found


def refuse_unresettable(user: User) -> None:
    """Raise NotAuthorizedException for a user who doesn't have a password that could be reset."""
    if not user.enabled:
        raise not_authorized("User is disabled.")
    if user.status in ("FORCE_CHANGE_PASSWORD", "EXTERNAL_PROVIDER"):
        raise not_authorized("User password cannot be reset in the current state.")


@operation("cognito-idp", "ConfirmForgotPassword")
def confirm_forgot_password(call: Call) -> dict[str, Any]:
    """Set a new password with the code that was sent.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmForgotPassword.html
    """
    pool, client = public_client(call)
    given, name = call.parameters, call.parameters["Username"]
    check_secret_hash(client, name, given.get("SecretHash"))
    user = directory.find_for(call, pool, name)
    if user is None or not user.enabled:
        if hides_users(client):
            limit_attempts(call, directory.unknown_name(pool, name), "ConfirmForgotPassword", _AN_HOUR)
            raise error("CodeMismatch", confirmation_codes.MISMATCH)
        raise no_user() if user is None else not_authorized("User is disabled.")
    if (
        user.status == "UNCONFIRMED"
        and confirmation_codes.FORGOT not in user.codes
        and not hides_users(client)
    ):
        raise error("UserNotConfirmed", "User is not confirmed.")
    limit_attempts(call, user, "ConfirmForgotPassword", _AN_HOUR)
    code = confirmation_codes.check(call, user, confirmation_codes.FORGOT, given["ConfirmationCode"])
    passwords.change(pool, user, given["Password"], call.time)
    confirmation_codes.spend(user, confirmation_codes.FORGOT)
    user.status, user.modified = "CONFIRMED", call.time
    user.attempts.pop("ConfirmForgotPassword", None)
    sign_up.mark_verified(pool, user, code.attribute, code.destination, force=True)
    auth_events.note(call, pool, user, "PasswordChange", "Pass")
    sign_up.post_confirmation(call, pool, client, user, "ConfirmForgotPassword")
    return {}

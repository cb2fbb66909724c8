"""Identity Center's emails: first passwords for API-created users, and links for choosing a new password.

https://docs.aws.amazon.com/singlesignon/latest/userguide/userswithoutpwd.html
https://docs.aws.amazon.com/singlesignon/latest/userguide/howtoresetpassword.html
"""

from __future__ import annotations

import secrets
from datetime import datetime

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.mailbox import Mailboxes
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.identitystore.state import Entity
from labs_helpers.cloud.services.sso.portal.state import LINK_LIFE, Portal
from labs_helpers.cloud.services.sso_admin.state import Instance
from labs_helpers.cloud.services.sso_oidc.state import digest


def is_due(call: Call, instance: Instance, user: Entity) -> bool:
    """Return whether to email a password to a user who is trying to sign in.

    Returns True if the instance's setting is on, and the user has an email address but no password.
    """
    portal = call.state.part(Portal)
    has_none = portal.factors(instance.store.id, user.id).password is None
    return portal.settings(instance.arn).email_otp and has_none and _address(user) is not None


def send_one_time_password(call: Call, instance: Instance, user: Entity) -> str:
    """Email a one-time password and return its digest.

    After five emails within a short time, no email is sent, and the digest is "", which doesn't match any password.
    """
    if _is_over_limit(call, instance, user.attributes["UserName"]):
        return ""
    code = f"{secrets.randbelow(10**6):06}"
    text = f"Your one-time password is {code}. You then choose a new one in the portal."
    _send(call.state, user, call.time, text, "Your one-time password")
    return digest(code)


def send_reset_link_to(call: Call, instance: Instance, name: str) -> None:
    """Email a link to the user with this name.

    No email is sent if the user has no email address, or was sent five emails within a short time.
    """
    user = instance.store.user_named(name)
    if user is not None and not _is_over_limit(call, instance, name):
        send_reset_link(call.state, instance, user)


def _is_over_limit(call: Call, instance: Instance, name: str) -> bool:
    """Return whether five emails were sent to the name within a short time; if not, count one more."""
    portal, who = call.state.part(Portal), f"{instance.arn}/mails/{name.lower()}"
    if portal.is_locked(who, call.time):
        return True
    portal.count_failure(who, call.time)
    return False


def send_reset_link(state: State, instance: Instance, user: Entity) -> None:
    """Email a link with which the user can choose a password."""
    now = state.clock.now()
    secret = state.part(Portal).link(instance.arn, user.id, now)
    minutes = int(LINK_LIFE.total_seconds() // 60)
    text = (
        f"We received a request, hopefully from you, to reset the password of {user.attributes['UserName']}. Within "
        f"{minutes} minutes, choose a new one at {instance.start_url}/reset?token={secret}"
    )
    _send(state, user, now, text, "Reset your password")


def _send(state: State, user: Entity, now: datetime, text: str, subject: str) -> None:
    address = _address(user)
    if address is not None:
        state.part(Mailboxes).send(address, text, medium="EMAIL", sent=now, subject=subject)


def _address(user: Entity) -> str | None:
    """Return the primary email address, or else the first."""
    listed = user.attributes.get("Emails") or ()
    primary = [each for each in listed if each.get("Primary")] or list(listed)
    return str(primary[0]["Value"]) if primary and primary[0].get("Value") else None

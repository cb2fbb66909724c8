"""The delivery of a pool's messages: template, recipient, and the mailbox in the cloud.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-message-customizations.html
"""

from __future__ import annotations

import re
from html import escape
from typing import Any
from urllib.parse import urlencode

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.mailbox import Mailboxes
from labs_helpers.cloud.services.cognito_idp import triggers
from labs_helpers.cloud.services.cognito_idp.errors import error
from labs_helpers.cloud.services.cognito_idp.messages import custom_senders
from labs_helpers.cloud.services.cognito_idp.pools import domains, pool_settings
from labs_helpers.cloud.services.cognito_idp.state import Client, User, UserPool
from labs_helpers.cloud.services.cognito_idp.users import directory

CODE, NAME = "{####}", "{username}"
_VERIFY = "Your verification code is {####}"
_CONFIRM = "Your confirmation code is {####}"
_INVITE = "Your username is {username} and temporary password is {####}"
_SIGN_IN = "Your authentication code is {####}"
_BY_LINK = "Please click the link below to verify your email address. {##Verify Email##}"
_LINK = re.compile(r"\{##(.*?)##\}")
_SUBJECTS = {
    "SignUp": "Your verification code", "ResendCode": "Your verification code",
    "ForgotPassword": "Your password reset code", "UpdateUserAttribute": "Your verification code",
    "VerifyUserAttribute": "Your verification code", "AdminCreateUser": "Your temporary password",
    "Authentication": "Your authentication code",
}  # fmt: skip
LONGEST = {"SMS": 140, "EMAIL": 20_000}


def masked(attribute: str, value: str) -> str:
    """Return a masked email address or phone number, as in responses: `a***@e***`, `+*******1234`."""
    if attribute == "email":
        name, _, host = value.partition("@")
        return f"{name[:1]}***@{host[:1]}***"
    return "+" + "*" * max(len(value) - 5, 0) + value[-4:]


def code_delivery_details(attribute: str, value: str) -> dict[str, str]:
    """Return the CodeDeliveryDetails for an attribute and its value."""
    return {
        "Destination": masked(attribute, value),
        "DeliveryMedium": directory.MEDIUMS[attribute],
        "AttributeName": attribute,
    }


def send(
    call: Call,
    pool: UserPool,
    client: Client | None,
    user: User,
    kind: str,
    attribute: str,
    value: str,
    code: str,
) -> dict[str, str]:
    """Send a code or a temporary password to a user's email address or phone number. Returns the CodeDeliveryDetails.

    `kind` is the custom message trigger's name for the message: SignUp, ResendCode, ForgotPassword,
    UpdateUserAttribute, VerifyUserAttribute, AdminCreateUser, or Authentication.
    """
    medium = directory.MEDIUMS[attribute]
    if custom_senders.send(call, pool, client, user, kind, medium, code):
        return code_delivery_details(attribute, value)
    if medium == "SMS" and pool.settings.get("SmsConfiguration"):
        pool_settings.check_sms_role(call, pool.settings["SmsConfiguration"], pool.arn)
    link = _link(pool, client, user, kind, medium, code)
    text, subject = _template(pool, kind, medium) if link is None else _template_by_link(pool)
    custom = _custom_message(call, pool, client, user, kind)
    if custom is not None:
        chosen = custom.get("smsMessage" if medium == "SMS" else "emailMessage")
        text, subject = chosen or text, custom.get("emailSubject") or subject
        if not isinstance(text, str) or len(text) > LONGEST[medium] or (CODE not in text and link is None):
            raise triggers.unreadable()
    elif kind == "AdminCreateUser" and CODE not in text:
        # AWS doesn't send an invitation without a placeholder for the password.
        return code_delivery_details(attribute, value)
    text = text.replace(CODE, code).replace(NAME, user.username)
    if link is not None:
        text = _LINK.sub(lambda found: f'<a href="{escape(link)}">{found[1]}</a>', text)
    call.state.part(Mailboxes).send(
        value,
        text,
        medium="SMS" if medium == "SMS" else "EMAIL",
        subject=subject if medium == "EMAIL" else None,
        sent=call.time,
    )
    return code_delivery_details(attribute, value)


def _link(pool: UserPool, client: Client | None, user: User, kind: str, medium: str, code: str) -> str | None:
    """Return the link to the pool's domain in a message that confirms a sign-up, or None if the pool sends codes.

    Raises CodeDeliveryFailureException for a pool without a domain.
    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-message-customizations.html
    """
    template = pool.settings.get("VerificationMessageTemplate") or {}
    by_link = template.get("DefaultEmailOption") == "CONFIRM_WITH_LINK"
    if not by_link or medium != "EMAIL" or kind not in ("SignUp", "ResendCode") or client is None:
        return None
    name = next(iter(pool.domains), None)
    if name is None:
        raise error("CodeDeliveryFailure", "The user pool has no domain for the link.")
    query = {"client_id": client.id, "user_name": user.username, "confirmation_code": code}
    return f"https://{domains.host(pool, name)}/confirmUser?{urlencode(query)}"


def _template_by_link(pool: UserPool) -> tuple[str, str]:
    template = pool.settings["VerificationMessageTemplate"]
    return (
        template.get("EmailMessageByLink") or _BY_LINK,
        template.get("EmailSubjectByLink") or "Your verification link",
    )


def _template(pool: UserPool, kind: str, medium: str) -> tuple[str, str]:
    settings, sms = pool.settings, medium == "SMS"
    if kind == "AdminCreateUser":
        invite: dict[str, Any] = (settings.get("AdminCreateUserConfig") or {}).get(
            "InviteMessageTemplate"
        ) or {}
        return invite.get("SMSMessage" if sms else "EmailMessage") or _INVITE, (
            invite.get("EmailSubject") or _SUBJECTS[kind]
        )
    if kind == "Authentication":
        email = pool.mfa.get("EmailMfaConfiguration") or {}
        chosen = settings.get("SmsAuthenticationMessage") if sms else email.get("Message")
        return chosen or _SIGN_IN, email.get("Subject") or _SUBJECTS[kind]
    template = settings.get("VerificationMessageTemplate") or {}
    default = _CONFIRM if kind in ("SignUp", "ResendCode") else _VERIFY
    if sms:
        return template.get("SmsMessage") or settings.get("SmsVerificationMessage") or default, ""
    chosen = template.get("EmailMessage") or settings.get("EmailVerificationMessage")
    subject = template.get("EmailSubject") or settings.get("EmailVerificationSubject")
    return chosen or default, subject or _SUBJECTS[kind]


def _custom_message(
    call: Call, pool: UserPool, client: Client | None, user: User, kind: str
) -> dict[str, Any] | None:
    return triggers.run(
        call, pool, "CustomMessage", f"CustomMessage_{kind}",
        username=user.username, client=client.id if client else None,
        request={
            "userAttributes": triggers.user_attributes(user), "codeParameter": CODE,
            "usernameParameter": NAME if kind == "AdminCreateUser" else None,
            "linkParameter": "{##Click Here##}", "clientMetadata": triggers.metadata(call),
        },
        response={"smsMessage": None, "emailMessage": None, "emailSubject": None},
    )  # fmt: skip

"""Contacts for password recovery, including simulated contacts for users that don't exist.

https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
"""

from __future__ import annotations

from labs_helpers.cloud.services.cognito_idp.errors import invalid, not_authorized
from labs_helpers.cloud.services.cognito_idp.messages import delivery
from labs_helpers.cloud.services.cognito_idp.pools import attribute_schema
from labs_helpers.cloud.services.cognito_idp.state import User, UserPool
from labs_helpers.cloud.services.cognito_idp.untrusted_text import utf8

_MECHANISMS = {"verified_email": "email", "verified_phone_number": "phone_number"}
_LEGACY = ("phone_number", "email")


def find(pool: UserPool, user: User) -> tuple[str, str]:
    """Return the contact that a reset code is sent to, as (attribute, value).

    It is the verified contact with the highest priority. A contact that is the user's second factor doesn't
    qualify. Raises NotAuthorizedException if only administrators can reset passwords, and
    InvalidParameterException for a user without a verified contact.
    """
    setting = pool.settings.get("AccountRecoverySetting")
    if setting is None:
        order = list(_LEGACY)
    else:
        mechanisms = sorted(setting.get("RecoveryMechanisms") or [], key=lambda each: each["Priority"])
        if any(each["Name"] == "admin_only" for each in mechanisms):
            raise not_authorized("Contact administrator to reset password.")
        order = [_MECHANISMS[each["Name"]] for each in mechanisms]
        taken = {"SMS_MFA": "phone_number", "EMAIL_OTP": "email"}
        order = [name for name in order if name not in {taken.get(factor) for factor in user.mfa}]
    for attribute in order:
        if user.attributes.get(attribute) and user.attributes.get(f"{attribute}_verified") == "true":
            return attribute, user.attributes[attribute]
    raise invalid(
        "Cannot reset password for the user as there is no registered/verified email or phone_number"
    )


def simulated_delivery(pool: UserPool, username: str) -> dict[str, str]:
    """Return CodeDeliveryDetails for a nonexistent user. For a given name, they are always the same.

    The medium depends on the form of the user name and on the attributes that the pool verifies.
    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html
    """
    if attribute_schema.is_email(username):
        return delivery.code_delivery_details("email", username)
    if attribute_schema.is_phone(username):
        return delivery.code_delivery_details("phone_number", username)
    if "phone_number" in (pool.settings.get("AutoVerifiedAttributes") or ()):
        # Any fixed function of the name will do: the same name must get the same digits.
        digits = f"{sum(utf8(username)) * 7919 % 10_000:04}"
        return delivery.code_delivery_details("phone_number", f"+1555555{digits}")
    initial = username[:1].lower() if username[:1].isascii() and username[:1].isalnum() else "u"
    host = "abcdefghijklmnopqrstuvwxyz"[sum(utf8(username)) % 26]
    return delivery.code_delivery_details("email", f"{initial}@{host}")

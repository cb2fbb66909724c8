"""A user pool's settings: defaults, combinations that AWS rejects, and each feature plan's features.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-sign-in-feature-plans.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.services.cognito_idp.errors import (
    error,
    invalid,
    not_in_tier,
)
from labs_helpers.cloud.services.cognito_idp.messages import email_role
from labs_helpers.cloud.services.cognito_idp.state import UserPool
from labs_helpers.cloud.services.shared.tag_keys import reserved_key

PASSWORD_POLICY = {
    "MinimumLength": 8, "RequireUppercase": True, "RequireLowercase": True, "RequireNumbers": True,
    "RequireSymbols": True, "TemporaryPasswordValidityDays": 7,
}  # fmt: skip
ACR_LEVELS = {f"Level{number}": {"AcrValue": f"urn:cognito:loa:{number}"} for number in range(1, 5)}
DCR = {"EnableStatus": "Enabled", "OpenDcrEnabled": False}
"""The default settings for dynamic client registration.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DcrConfigurationType.html
"""
TAGS = 50
_OLDER = {
    "SmsVerificationMessage": "SmsMessage", "EmailVerificationMessage": "EmailMessage",
    "EmailVerificationSubject": "EmailSubject",
}  # fmt: skip
"""Older settings, by the member of VerificationMessageTemplate that has the same meaning."""
_STORED = (
    "DeletionProtection", "LambdaConfig", "AutoVerifiedAttributes", "AliasAttributes", "UsernameAttributes",
    "SmsVerificationMessage", "EmailVerificationMessage", "EmailVerificationSubject", "SmsAuthenticationMessage",
    "DeviceConfiguration", "SmsConfiguration", "UserPoolAddOns", "DcrConfiguration", "UsernameConfiguration",
    "AccountRecoverySetting", "UserPoolTier", "KeyConfiguration", "IssuerConfiguration",
)  # fmt: skip


def from_request(given: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings in a request.

    A setting that the request omits gets its default value. Settings in `kept` can't be changed, so they are kept.
    """
    settings: dict[str, Any] = {name: given[name] for name in _STORED if given.get(name) is not None}
    settings = {**kept, **settings}
    settings.setdefault("DeletionProtection", "INACTIVE")
    settings.setdefault("LambdaConfig", {})
    settings.setdefault("UserPoolTier", "ESSENTIALS")
    settings["Policies"] = _policies(given.get("Policies") or {})
    settings["MfaConfiguration"] = given.get("MfaConfiguration") or "OFF"
    settings["VerificationMessageTemplate"] = {
        "DefaultEmailOption": "CONFIRM_WITH_CODE",
        **{new: given[old] for old, new in _OLDER.items() if given.get(old)},
        **(given.get("VerificationMessageTemplate") or {}),
    }
    settings["UserAttributeUpdateSettings"] = given.get("UserAttributeUpdateSettings") or {
        "AttributesRequireVerificationBeforeUpdate": []
    }
    settings["EmailConfiguration"] = {
        "EmailSendingAccount": "COGNITO_DEFAULT",
        **(given.get("EmailConfiguration") or {}),
    }
    settings["AdminCreateUserConfig"] = {
        "AllowAdminCreateUserOnly": False,
        **(given.get("AdminCreateUserConfig") or {}),
    }
    validity = settings["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"]
    settings["AdminCreateUserConfig"].setdefault("UnusedAccountValidityDays", validity)
    if given.get("DcrConfiguration") is not None:
        settings["DcrConfiguration"] = {**DCR, **given["DcrConfiguration"]}
    settings.setdefault("KeyConfiguration", {"KeyType": "AWS_OWNED_KEY"})
    settings.setdefault("IssuerConfiguration", {"Type": "ORIGINAL"})
    settings["AcrConfiguration"] = {**ACR_LEVELS, **(given.get("AcrConfiguration") or {})}
    return settings


def _policies(given: Mapping[str, Any]) -> dict[str, Any]:
    policy = given.get("PasswordPolicy")
    rules = {
        "MinimumLength": 8, "RequireUppercase": False, "RequireLowercase": False, "RequireNumbers": False,
        "RequireSymbols": False, "TemporaryPasswordValidityDays": 7,
    } | policy if policy else dict(PASSWORD_POLICY)  # fmt: skip
    rules["TemporaryPasswordValidityDays"] = rules["TemporaryPasswordValidityDays"] or 7
    return {
        "PasswordPolicy": rules,
        "SignInPolicy": given.get("SignInPolicy") or {"AllowedFirstAuthFactors": ["PASSWORD"]},
    }


def registers_clients(settings: Mapping[str, Any]) -> bool:
    """Return True if applications can register app clients at the pool's domain."""
    return (settings.get("DcrConfiguration") or {}).get("EnableStatus") == "Enabled"


def check(call: Call, settings: Mapping[str, Any], given: Mapping[str, Any], arn: str) -> None:
    """Check settings against AWS's documented rules and create the email role if the pool requires it.

    `given` is the request with the settings, and `arn` is the pool's ARN. Raises InvalidParameterException,
    FeatureUnavailableInTierException, or an error from `check_sms_role`.
    """
    _check_sign_in(settings)
    _check_recovery(settings.get("AccountRecoverySetting"))
    _check_messages(given)
    _check_validity(given)
    _check_triggers(settings)
    _check_tier(settings, given)
    _check_acr(settings["AcrConfiguration"])
    if (settings["KeyConfiguration"]).get("KeyType") == "CUSTOMER_MANAGED_KEY":
        raise NotModelled(
            "cognito-idp KeyConfiguration CUSTOMER_MANAGED_KEY: encryption of pools isn't modeled"
        )
    if given.get("SmsConfiguration"):
        check_sms_role(call, given["SmsConfiguration"], arn)
    email_role.ensure(call, settings)


def _check_sign_in(settings: Mapping[str, Any]) -> None:
    if settings.get("AliasAttributes") and settings.get("UsernameAttributes"):
        raise invalid("Only one of the aliasAttributes or usernameAttributes can be set in a user pool.")
    factors = settings["Policies"]["SignInPolicy"].get("AllowedFirstAuthFactors") or []
    if "SOFTWARE_TOKEN" in factors:
        raise invalid("SOFTWARE_TOKEN is not supported as a first authentication factor.")
    if "PASSWORD" not in factors:
        raise invalid("PASSWORD must be one of the AllowedFirstAuthFactors.")
    first = set(
        (settings["UserAttributeUpdateSettings"]).get("AttributesRequireVerificationBeforeUpdate") or ()
    )
    if not first <= set(settings.get("AutoVerifiedAttributes") or ()):
        raise invalid("AttributesRequireVerificationBeforeUpdate must be a subset of AutoVerifiedAttributes.")


def _check_recovery(setting: Mapping[str, Any] | None) -> None:
    mechanisms = (setting or {}).get("RecoveryMechanisms") or []
    names = [each["Name"] for each in mechanisms]
    if "admin_only" in names and len(names) > 1:
        raise invalid(
            "Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms."
        )
    if len(set(names)) < len(names):
        raise invalid("Account Recovery Setting names a recovery mechanism twice.")
    if len({each["Priority"] for each in mechanisms}) < len(mechanisms):
        raise invalid("Account Recovery Setting gives two recovery mechanisms the same priority.")


def _check_messages(given: Mapping[str, Any]) -> None:
    template = given.get("VerificationMessageTemplate") or {}
    if template.get("EmailMessage") and template.get("EmailMessageByLink"):
        raise invalid("VerificationMessageTemplate can have only one of EmailMessage and EmailMessageByLink.")
    email = given.get("EmailConfiguration") or {}
    if email.get("EmailSendingAccount") == "DEVELOPER" and not email.get("SourceArn"):
        raise invalid("SourceArn is required when EmailSendingAccount is DEVELOPER.")
    for old, new in _OLDER.items():
        if given.get(old) and template.get(new) and given[old] != template[new]:
            raise invalid(f"{old} and VerificationMessageTemplate.{new} must be the same.")


def _check_validity(given: Mapping[str, Any]) -> None:
    policy = (given.get("Policies") or {}).get("PasswordPolicy") or {}
    unused = (given.get("AdminCreateUserConfig") or {}).get("UnusedAccountValidityDays")
    days = policy.get("TemporaryPasswordValidityDays")
    if unused is not None and days and unused != days:
        raise invalid(
            "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays"
        )


def _check_triggers(settings: Mapping[str, Any]) -> None:
    config = settings["LambdaConfig"]
    versioned = config.get("PreTokenGenerationConfig")
    if versioned and config.get("PreTokenGeneration") not in (None, versioned["LambdaArn"]):
        raise invalid("PreTokenGeneration and PreTokenGenerationConfig must name the same function.")
    if (config.get("CustomSMSSender") or config.get("CustomEmailSender")) and not config.get("KMSKeyID"):
        raise invalid("KMSKeyID is required for custom sender triggers.")


def _check_tier(settings: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    tier, config = settings["UserPoolTier"], settings["LambdaConfig"]
    mode = (settings.get("UserPoolAddOns") or {}).get("AdvancedSecurityMode", "OFF")
    if mode != "OFF" and tier != "PLUS":
        raise not_in_tier("Threat protection (UserPoolAddOns)", tier)
    if tier != "LITE":
        return
    factors = settings["Policies"]["SignInPolicy"].get("AllowedFirstAuthFactors") or []
    version = (config.get("PreTokenGenerationConfig") or {}).get("LambdaVersion", "V1_0")
    for used, feature in (
        (set(factors) - {"PASSWORD"}, "Sign-in with a first factor other than a password"),
        (version != "V1_0", f"The pre token generation event {version}"),
        (settings["Policies"]["PasswordPolicy"].get("PasswordHistorySize"), "Password history"),
        (registers_clients(settings), "Dynamic client registration"),
        (given.get("AcrConfiguration"), "Custom names of ACR levels"),
    ):
        if used:
            raise not_in_tier(feature, tier)


def _check_acr(levels: Mapping[str, Any]) -> None:
    names = [str(level["AcrValue"]) for level in levels.values()]
    if len(set(names)) < len(names):
        raise invalid("The names of the ACR levels must be unique.")


def check_schema(settings: Mapping[str, Any], schema: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise InvalidParameterException if preferred_username is both an alias and required."""
    if (
        "preferred_username" in (settings.get("AliasAttributes") or ())
        and schema["preferred_username"]["Required"]
    ):
        raise invalid("preferred_username can be required or an alias, but not both.")


def check_sms_role(call: Call, configuration: Mapping[str, Any], arn: str) -> None:
    """Check that Cognito can assume the role that sends text messages, and that the role is allowed to send them.

    Raises InvalidSmsRoleTrustRelationshipException if Cognito can't assume the role, or
    InvalidSmsRoleAccessPolicyException if the role isn't allowed to send messages.
    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-sms-settings.html
    """
    sns, eums = configuration.get("SnsCallerArn"), configuration.get("EumsSms")
    if sns and eums:
        raise invalid("SmsConfiguration can have only one of SnsCallerArn and EumsSms.")
    if eums:
        if eums.get("Region") not in (None, call.region):
            raise invalid("The Region of EumsSms must be the Region of the user pool.")
        role, external = eums["CallerArn"], eums.get("ExternalId")
    else:
        role, external = sns, configuration.get("ExternalId")
    if not role:
        raise invalid("SmsConfiguration needs a role: SnsCallerArn.")
    if external and not 2 <= len(external) <= 1224:
        raise invalid("ExternalId must have between 2 and 1224 characters.")
    parameters = {"RoleArn": role, "RoleSessionName": "CognitoSms"}
    if external:
        parameters["ExternalId"] = external
    assert call.state.caller is not None
    try:
        call.state.caller.as_service(
            "cognito-idp.amazonaws.com", "sts", "AssumeRole", parameters,
            account=call.account, region=call.region, source_arn=arn,
        )  # fmt: skip
    except ServiceError as refusal:
        raise error(
            "InvalidSmsRoleTrustRelationship",
            "Role does not have a trust relationship allowing Cognito to assume the role",
        ) from refusal
    may = call.state.caller.may_as_service
    action, resource = (
        ("sns:Publish", "*") if sns else ("sms-voice:SendTextMessage", _origination_resource(eums or {}))
    )
    if not may(role, action, resource, account=call.account, region=call.region, source_arn=arn):
        raise error("InvalidSmsRoleAccessPolicy", f"Role does not have permission to {_SENDING[action]}")


_SENDING = {
    "sns:Publish": "publish with SNS",
    "sms-voice:SendTextMessage": "send with AWS End User Messaging SMS",
}


def _origination_resource(eums: Mapping[str, Any]) -> str:
    """Return the resource that the role must be allowed to send from: the identity's ARN, or `*`.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_EumsSmsConfigurationType.html
    """
    identity = str(eums.get("OriginationIdentity") or "")
    return identity if identity.startswith("arn:") else "*"


def check_tags(tags: Mapping[str, str]) -> None:
    """Raise UserPoolTaggingException for too many tags, or for tag keys that AWS reserves."""
    if reserved_key(tags) is not None:
        raise error("UserPoolTagging", "aws: prefixed tag key names are not allowed for external use.")
    if len(tags) > TAGS:
        raise error("UserPoolTagging", f"A user pool can have at most {TAGS} tags.")


def active_mfa(pool: UserPool) -> list[str]:
    """Return the second factors that the pool offers, by their names in the MFA settings of users."""
    if pool.settings["MfaConfiguration"] == "OFF":
        return []
    found = []
    if pool.mfa.get("SmsMfaConfiguration"):
        found.append("SMS_MFA")
    if (pool.mfa.get("SoftwareTokenMfaConfiguration") or {}).get("Enabled"):
        found.append("SOFTWARE_TOKEN_MFA")
    if pool.mfa.get("EmailMfaConfiguration") is not None:
        found.append("EMAIL_OTP")
    return found


def passwordless(pool: UserPool) -> bool:
    """Return True if users can sign in with a one-time code, and therefore don't need a password."""
    return bool({"EMAIL_OTP", "SMS_OTP"} & set(first_factors(pool)))


def first_factors(pool: UserPool) -> list[str]:
    """Return the first factors that the pool allows."""
    found: list[str] = pool.settings["Policies"]["SignInPolicy"].get("AllowedFirstAuthFactors") or [
        "PASSWORD"
    ]
    return found

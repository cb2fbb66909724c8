"""Operations that create, describe, update, tag, and delete user pools.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.calls import PAGES, all_pools, pool_of, without_none
from labs_helpers.cloud.services.cognito_idp.errors import above_limit, error, invalid, not_found, not_in_tier
from labs_helpers.cloud.services.cognito_idp.pools import attribute_schema, pool_settings
from labs_helpers.cloud.services.cognito_idp.state import UserPool
from labs_helpers.cloud.services.shared.tag_keys import reserved_key

POOLS = 1_000
"""The maximum number of user pools per account and Region.

https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html#resource-quotas
"""
_LETTERS = string.ascii_letters + string.digits
_KEPT = (
    "AliasAttributes",
    "UsernameAttributes",
    "UsernameConfiguration",
    "UserPoolTier",
    "IssuerConfiguration",
    "DcrConfiguration",
)
_HIDDEN_WHEN_EMPTY = ("AliasAttributes", "UsernameAttributes", "AutoVerifiedAttributes")


@operation("cognito-idp", "CreateUserPool")
def create_user_pool(call: Call) -> dict[str, Any]:
    """Create a user pool with the request's settings, schema, and tags.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html
    """
    given, pools = call.parameters, all_pools(call)
    if sum(1 for _ in pools.of(call.account, call.region)) >= POOLS:
        raise above_limit(f"Account {call.account} has reached the limit of {POOLS} user pools.")
    settings = pool_settings.from_request(given, {})
    tags = dict(given.get("UserPoolTags") or {})
    pool_settings.check_tags(tags)
    schema = attribute_schema.new_schema(given.get("Schema") or ())
    pool_settings.check_schema(settings, schema)
    pool = UserPool(
        _new_id(call, pools.pools), call.account, call.region, given["PoolName"], call.time, call.time, settings,
        schema, tags,
    )  # fmt: skip
    pool_settings.check(call, settings, given, pool.arn)
    _set_sms_mfa(pool, given)
    pools.pools[pool.id] = pool
    call.state.issuers.register(pool.issuer, pool.keys.jwks)
    return {"UserPool": user_pool_type(pool)}


def _new_id(call: Call, taken: Mapping[str, Any]) -> str:
    while True:
        found = f"{call.region}_" + "".join(secrets.choice(_LETTERS) for _ in range(9))
        if found not in taken:
            return found


def _set_sms_mfa(pool: UserPool, given: Mapping[str, Any]) -> None:
    """Turn on SMS as a second factor, the only factor that CreateUserPool and UpdateUserPool can turn on.

    Raises InvalidParameterException if the request specifies MFA and the pool has no factor.
    """
    if pool.settings["MfaConfiguration"] == "OFF":
        return
    if given.get("SmsConfiguration"):
        pool.mfa["SmsMfaConfiguration"] = without_none(
            SmsAuthenticationMessage=given.get("SmsAuthenticationMessage"),
            SmsConfiguration=given["SmsConfiguration"],
        )
    if not pool_settings.active_mfa(pool):
        raise invalid(
            "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"
        )


def user_pool_type(pool: UserPool) -> dict[str, Any]:
    """Return a pool in the form of UserPoolType."""
    settings = {
        name: value for name, value in pool.settings.items() if value or name not in _HIDDEN_WHEN_EMPTY
    }
    template = settings["VerificationMessageTemplate"]
    mirrored = without_none(
        SmsVerificationMessage=template.get("SmsMessage"),
        EmailVerificationMessage=template.get("EmailMessage"),
        EmailVerificationSubject=template.get("EmailSubject"),
    )
    answer = {
        "Id": pool.id,
        "Name": pool.name,
        "Arn": pool.arn,
        "CreationDate": pool.created,
        "LastModifiedDate": pool.modified,
        "SchemaAttributes": list(pool.schema.values()),
        "EstimatedNumberOfUsers": len(pool.users),
        **mirrored,
        **settings,
    }
    if pool.tags:
        answer["UserPoolTags"] = pool.tags
    for name, domain in pool.domains.items():
        answer["CustomDomain" if domain.get("CustomDomainConfig") else "Domain"] = name
    return answer


@operation("cognito-idp", "DescribeUserPool")
def describe_user_pool(call: Call) -> dict[str, Any]:
    """Return a user pool.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPool.html
    """
    return {"UserPool": user_pool_type(pool_of(call))}


@operation("cognito-idp", "UpdateUserPool")
def update_user_pool(call: Call) -> dict[str, Any]:
    """Replace a user pool's settings. A setting that the request omits is reset to its default.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html
    """
    pool, given = pool_of(call), call.parameters
    kept = {name: pool.settings[name] for name in _KEPT if name in pool.settings}
    settings = pool_settings.from_request(given, kept)
    pool_settings.check_schema(settings, pool.schema)
    _check_tier_change(pool, settings)
    pool_settings.check(call, settings, given, pool.arn)
    tags = given.get("UserPoolTags")
    if tags is not None:
        pool_settings.check_tags(tags)
    before, mfa, issuer = pool.settings, dict(pool.mfa), pool.issuer
    pool.settings = settings
    try:
        _set_sms_mfa(pool, given)
    except Exception:
        pool.settings, pool.mfa = before, mfa
        raise
    # Passkeys are also a first factor, so their settings stay unchanged when MFA is turned off.
    if settings["MfaConfiguration"] == "OFF":
        pool.mfa = {name: value for name, value in mfa.items() if name == "WebAuthnConfiguration"}
    if tags is not None:
        pool.tags = dict(tags)
    pool.name, pool.modified = given.get("PoolName") or pool.name, call.time
    # IssuerConfiguration changes the issuer's host: verifiers find the keys at the new host.
    if pool.issuer != issuer:
        call.state.issuers.forget(issuer)
        call.state.issuers.register(pool.issuer, pool.keys.jwks)
    return {}


def _check_tier_change(pool: UserPool, settings: Mapping[str, Any]) -> None:
    newer = any((domain.get("ManagedLoginVersion") or 1) > 1 for domain in pool.domains.values())
    used = newer or pool.session_tracking or pool_settings.registers_clients(settings)
    if settings["UserPoolTier"] == "LITE" and pool.tier != "LITE" and used:
        raise error(
            "TierChangeNotAllowed", "The user pool uses features that the LITE feature plan does not have."
        )


@operation("cognito-idp", "DeleteUserPool")
def delete_user_pool(call: Call) -> dict[str, Any]:
    """Delete a user pool that has no domain and no deletion protection.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserPool.html
    """
    pool, pools = pool_of(call), all_pools(call)
    if pool.settings["DeletionProtection"] == "ACTIVE":
        raise invalid(
            "The user pool cannot be deleted because deletion protection is activated. "
            "Deletion protection must be inactivated first."
        )
    if pool.domains:
        raise invalid("User pool cannot be deleted. It has a domain configured that should be deleted first.")
    del pools.pools[pool.id]
    pools.challenges = {name: each for name, each in pools.challenges.items() if each.pool != pool.id}
    call.state.issuers.forget(pool.issuer)
    return {}


@operation("cognito-idp", "ListUserPools")
def list_user_pools(call: Call) -> dict[str, Any]:
    """List the account's user pools in the Region.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserPools.html
    """
    found = [
        {
            "Id": pool.id, "Name": pool.name, "LambdaConfig": pool.settings["LambdaConfig"],
            "LastModifiedDate": pool.modified, "CreationDate": pool.created,
        }
        for pool in all_pools(call).of(call.account, call.region)
    ]  # fmt: skip
    return PAGES.page(call, "UserPools", found)


@operation("cognito-idp", "AddCustomAttributes")
def add_custom_attributes(call: Call) -> dict[str, Any]:
    """Add custom attributes to a pool's schema.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddCustomAttributes.html
    """
    pool = pool_of(call)
    schema = dict(pool.schema)
    for attribute in call.parameters["CustomAttributes"]:
        attribute_schema.add_custom(schema, attribute)
    pool.schema, pool.modified = schema, call.time
    return {}


# --- second factors and passkeys ------------------------------------------------------------------------------


@operation("cognito-idp", "SetUserPoolMfaConfig")
def set_user_pool_mfa_config(call: Call) -> dict[str, Any]:
    """Set a pool's MFA requirement, second factors, and passkey settings.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserPoolMfaConfig.html
    """
    pool, given = pool_of(call), call.parameters
    _check_mfa(call, pool, given)
    state = given.get("MfaConfiguration") or pool.settings["MfaConfiguration"]
    factors = {
        name: given[name]
        for name in ("SmsMfaConfiguration", "SoftwareTokenMfaConfiguration", "EmailMfaConfiguration")
        if given.get(name) is not None
    }
    turned_on = {
        name for name, value in factors.items()
        if name != "SoftwareTokenMfaConfiguration" or value.get("Enabled")
    }  # fmt: skip
    if state == "OFF" and turned_on:
        raise invalid("Invalid MFA configuration given, can't turn off MFA and configure an MFA together.")
    # A request that sets MfaConfiguration replaces all factors. Any other request adds factors.
    kept = {} if given.get("MfaConfiguration") else pool.mfa
    factors = {**{name: value for name, value in kept.items() if name != "WebAuthnConfiguration"}, **factors}
    before = pool.mfa, pool.settings["MfaConfiguration"]
    passkeys = given.get("WebAuthnConfiguration") or pool.mfa.get("WebAuthnConfiguration")
    pool.mfa = factors | ({"WebAuthnConfiguration": passkeys} if passkeys else {})
    pool.settings["MfaConfiguration"] = state
    if state != "OFF" and not pool_settings.active_mfa(pool):
        pool.mfa, pool.settings["MfaConfiguration"] = before
        raise invalid("Invalid MFA configuration given, can't disable all MFAs and require an MFA together.")
    if state == "OFF":
        pool.mfa = {"WebAuthnConfiguration": passkeys} if passkeys else {}
    sms = pool.mfa.get("SmsMfaConfiguration") or {}
    for name in ("SmsConfiguration", "SmsAuthenticationMessage"):
        if sms.get(name):
            pool.settings[name] = sms[name]
    pool.modified = call.time
    return _mfa_configuration(pool)


def _check_mfa(call: Call, pool: UserPool, given: Mapping[str, Any]) -> None:
    sms = given.get("SmsMfaConfiguration")
    if sms is not None:
        if not (sms.get("SmsConfiguration") or pool.settings.get("SmsConfiguration")):
            raise invalid("SmsMfaConfiguration needs an SmsConfiguration.")
        if sms.get("SmsConfiguration"):
            pool_settings.check_sms_role(call, sms["SmsConfiguration"], pool.arn)
    if given.get("EmailMfaConfiguration") is not None and pool.tier == "LITE":
        raise not_in_tier("Email MFA", pool.tier)
    passkeys = given.get("WebAuthnConfiguration") or {}
    if passkeys.get("FactorConfiguration") == "MULTI_FACTOR_WITH_USER_VERIFICATION":
        if pool.tier == "LITE":
            raise not_in_tier("Passkeys as a second factor", pool.tier)
        if passkeys.get("UserVerification") == "preferred":
            raise invalid("UserVerification must be required when passkeys satisfy MFA requirements.")


def _mfa_configuration(pool: UserPool) -> dict[str, Any]:
    shown = dict(pool.mfa)
    if "SmsMfaConfiguration" in shown:
        shown["SmsMfaConfiguration"] = {
            **without_none(SmsConfiguration=pool.settings.get("SmsConfiguration")),
            **shown["SmsMfaConfiguration"],
        }
    return {**shown, "MfaConfiguration": pool.settings["MfaConfiguration"]}


@operation("cognito-idp", "GetUserPoolMfaConfig")
def get_user_pool_mfa_config(call: Call) -> dict[str, Any]:
    """Return a pool's MFA settings.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserPoolMfaConfig.html
    """
    return _mfa_configuration(pool_of(call))


# --- tags -----------------------------------------------------------------------------------------------------


def _tagged_pool(call: Call) -> UserPool:
    arn = call.parameters["ResourceArn"]
    pool = all_pools(call).find(call.region, arn.rpartition("/")[2])
    if pool is None or pool.arn != arn or pool.account != call.account:
        raise not_found(f"Resource {arn} not found.")
    return pool


@operation("cognito-idp", "TagResource")
def tag_resource(call: Call) -> dict[str, Any]:
    """Add tags to a user pool, or replace the values of existing tags.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_TagResource.html
    """
    pool = _tagged_pool(call)
    tags = {**pool.tags, **call.parameters["Tags"]}
    if reserved_key(call.parameters["Tags"]) is not None:
        raise invalid("aws: prefixed tag key names are not allowed for external use.")
    if len(tags) > pool_settings.TAGS:
        raise invalid(f"A user pool can have at most {pool_settings.TAGS} tags.")
    pool.tags = tags
    return {}


@operation("cognito-idp", "UntagResource")
def untag_resource(call: Call) -> dict[str, Any]:
    """Remove tags from a user pool.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UntagResource.html
    """
    pool = _tagged_pool(call)
    pool.tags = {name: value for name, value in pool.tags.items() if name not in call.parameters["TagKeys"]}
    return {}


@operation("cognito-idp", "ListTagsForResource")
def list_tags_for_resource(call: Call) -> dict[str, Any]:
    """List the tags of a user pool.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListTagsForResource.html
    """
    return {"Tags": _tagged_pool(call).tags}

"""The account's alias, password policy, and global endpoint token version, and the account summary.

https://docs.aws.amazon.com/IAM/latest/UserGuide/console-account-alias.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam import root_user
from labs_helpers.cloud.services.iam.entities import PAGES, already_exists, no_such_entity, validation_error
from labs_helpers.cloud.services.iam.passwords import PasswordPolicy


@dataclass(slots=True)
class AccountSettings:
    """Account settings that moto doesn't store, by account ID."""

    token_versions: dict[str, int] = field(default_factory=dict)


# --- alias ----------------------------------------------------------------------------------------------------


@operation("iam", "CreateAccountAlias")
def create_account_alias(call: Call) -> dict[str, Any]:
    """Set the account's only alias. Rejects aliases of 12 digits, and aliases that another account already has.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccountAlias.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names
    """
    alias = call.parameters["AccountAlias"]
    if len(alias) == 12 and alias.isdecimal():
        raise validation_error(
            "The specified value for accountAlias is invalid. It must not be a 12-digit number."
        )
    if any(alias in moto_iam.backend(account).account_aliases for account in moto_iam.accounts()):
        raise already_exists(f"The account alias {alias} already exists.")
    moto_iam.backend(call.account).account_aliases = [alias]
    return {}


@operation("iam", "DeleteAccountAlias")
def delete_account_alias(call: Call) -> dict[str, Any]:
    """Delete the account's alias. Raises NoSuchEntity if the request contains a different alias.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountAlias.html
    """
    alias, iam = call.parameters["AccountAlias"], moto_iam.backend(call.account)
    if alias not in iam.account_aliases:
        raise no_such_entity(f"The account alias with name {alias} cannot be found.")
    iam.account_aliases = []
    return {}


@operation("iam", "ListAccountAliases")
def list_account_aliases(call: Call) -> dict[str, Any]:
    """List the account's alias. The list has at most one item.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html
    """
    return PAGES.page(call, "AccountAliases", list(moto_iam.backend(call.account).account_aliases))


# --- password policy --------------------------------------------------------------------------------------------


@operation("iam", "UpdateAccountPasswordPolicy")
def update_account_password_policy(call: Call) -> dict[str, Any]:
    """Replace the password policy. Omitted parameters get their defaults.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html
    """
    parameters = call.parameters
    moto_iam.backend(call.account).account_password_policy = PasswordPolicy(
        minimum_length=parameters.get("MinimumPasswordLength", 6),
        symbols=bool(parameters.get("RequireSymbols")),
        numbers=bool(parameters.get("RequireNumbers")),
        uppercase=bool(parameters.get("RequireUppercaseCharacters")),
        lowercase=bool(parameters.get("RequireLowercaseCharacters")),
        users_may_change=bool(parameters.get("AllowUsersToChangePassword")),
        max_password_age=parameters.get("MaxPasswordAge"),
        reuse_prevention=parameters.get("PasswordReusePrevention"),
        hard_expiry=parameters.get("HardExpiry"),
    )
    return {}


@operation("iam", "GetAccountPasswordPolicy")
def get_account_password_policy(call: Call) -> dict[str, Any]:
    """Return the password policy without unset members. Raises NoSuchEntity if the account has no policy.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountPasswordPolicy.html
    """
    policy = moto_iam.password_policy(call.account)
    if policy is None:
        raise no_such_entity(f"The Password Policy with domain name {call.account} cannot be found.")
    members = {
        "MinimumPasswordLength": policy.minimum_length, "RequireSymbols": policy.symbols,
        "RequireNumbers": policy.numbers, "RequireUppercaseCharacters": policy.uppercase,
        "RequireLowercaseCharacters": policy.lowercase, "AllowUsersToChangePassword": policy.users_may_change,
        "ExpirePasswords": bool(policy.max_password_age), "MaxPasswordAge": policy.max_password_age,
        "PasswordReusePrevention": policy.reuse_prevention, "HardExpiry": policy.hard_expiry,
    }  # fmt: skip
    return {"PasswordPolicy": {name: value for name, value in members.items() if value is not None}}


@operation("iam", "DeleteAccountPasswordPolicy")
def delete_account_password_policy(call: Call) -> dict[str, Any]:
    """Delete the password policy. Raises NoSuchEntity if the account has no password policy.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountPasswordPolicy.html
    """
    if moto_iam.password_policy(call.account) is None:
        raise no_such_entity("The account policy with name PasswordPolicy cannot be found.")
    moto_iam.backend(call.account).account_password_policy = None
    return {}


def own_password_policy(call: Call) -> tuple[str, str] | None:
    """Return the implied policy that lets a user change their own password, as (label, JSON text).

    Returns None if the caller isn't an IAM user, or if the account's password policy contains no such permission.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_enable-user-change.html
    """
    policy = moto_iam.password_policy(call.account)
    if policy is None or not policy.users_may_change or call.principal.kind.name != "USER":
        return None
    statement = {"Effect": "Allow", "Principal": {"AWS": call.principal.arn}, "Action": "iam:ChangePassword"}
    return "account password policy", json.dumps({"Version": "2012-10-17", "Statement": [statement]})


# --- summary --------------------------------------------------------------------------------------------------

_QUOTAS = {
    "AccessKeysPerUserQuota": 2, "AssumeRolePolicySizeQuota": 2048, "AttachedPoliciesPerGroupQuota": 10,
    "AttachedPoliciesPerRoleQuota": 10, "AttachedPoliciesPerUserQuota": 10, "GroupPolicySizeQuota": 5120,
    "GroupsPerUserQuota": 10, "GroupsQuota": 300, "InstanceProfilesQuota": 1000, "PoliciesQuota": 1500,
    "PolicySizeQuota": 6144, "PolicyVersionsInUseQuota": 10000, "RolePolicySizeQuota": 10240, "RolesQuota": 1000,
    "ServerCertificatesQuota": 20, "SigningCertificatesPerUserQuota": 2, "UserPolicySizeQuota": 2048,
    "UsersQuota": 5000, "VersionsPerPolicyQuota": 5,
}  # fmt: skip
"""AWS's default quotas, as GetAccountSummary reports them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""


@operation("iam", "GetAccountSummary")
def get_account_summary(call: Call) -> dict[str, Any]:
    """Return the number of the account's IAM entities of each type, and the quotas, sorted by name.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
    """
    iam = moto_iam.backend(call.account)
    own = [
        policy for policy in iam.managed_policies.values() if not policy.arn.startswith("arn:aws:iam::aws:")
    ]
    in_use = [device for device in iam.virtual_mfa_devices.values() if device.user is not None]
    root_keys = any(
        not each.temporary and each.principal.kind.name == "ROOT" and each.account == call.account
        for each in call.state.sessions
    )
    settings = call.state.part(AccountSettings)
    counts = {
        "AccountAccessKeysPresent": int(root_keys), "AccountMFAEnabled": int(root_user.has_mfa(call)),
        "AccountPasswordPresent": int(root_user.has_password(call)), "AccountSigningCertificatesPresent": 0,
        "GlobalEndpointTokenVersion": settings.token_versions.get(call.account, 1),
        "Groups": len(iam.groups), "InstanceProfiles": len(iam.instance_profiles),
        "MFADevices": len(iam.virtual_mfa_devices), "MFADevicesInUse": len(in_use), "Policies": len(own),
        "PolicyVersionsInUse": sum(len(policy.versions) for policy in own),
        "Providers": len(iam.open_id_providers) + len(iam.saml_providers), "Roles": len(iam.roles),
        "ServerCertificates": len(iam.certificates), "Users": len(iam.users),
    }  # fmt: skip
    return {"SummaryMap": dict(sorted({**_QUOTAS, **counts}.items()))}


@operation("iam", "SetSecurityTokenServicePreferences")
def set_security_token_service_preferences(call: Call) -> dict[str, Any]:
    """Store the global endpoint's token version, which appears only in the account summary.

    In this cloud, tokens are valid in every Region, like AWS's version 2 tokens, regardless of the setting.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetSecurityTokenServicePreferences.html
    """
    version = 2 if call.parameters["GlobalEndpointTokenVersion"] == "v2Token" else 1
    call.state.part(AccountSettings).token_versions[call.account] = version
    return {}

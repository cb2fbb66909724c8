"""An account's alias, password policy and summary, and its users' passwords."""

from __future__ import annotations

import boto3
import pytest

from labs_helpers.cloud.services.iam import mfa, policies
from tests.clouds import allow, deny, error_of, make_user, trust

HOME, PARTNER = "111122223333", "444455556666"
GOOD = "Correct-horse-1"
VIOLATION = ("PasswordPolicyViolation", "Password does not conform to the account password policy.")


def test_an_account_has_one_alias_that_no_other_has(cloud, iam):
    assert iam.list_account_aliases() | {"ResponseMetadata": None} == {
        "AccountAliases": [], "IsTruncated": False, "ResponseMetadata": None
    }  # fmt: skip
    iam.create_account_alias(AccountAlias="acme")
    iam.create_account_alias(AccountAlias="acme-corp")
    assert iam.list_account_aliases()["AccountAliases"] == ["acme-corp"]
    other = cloud.account(PARTNER).client("iam")
    assert error_of(other.create_account_alias, AccountAlias="acme-corp")[0] == "EntityAlreadyExists"
    assert error_of(iam.delete_account_alias, AccountAlias="acme")[0] == "NoSuchEntity"
    iam.delete_account_alias(AccountAlias="acme-corp")
    other.create_account_alias(AccountAlias="acme-corp")


@pytest.mark.parametrize("alias", ["Acme", "a--b", "-ab", "ab-", "a_b", "a" * 64])
def test_aliases_have_a_form(iam, alias):
    assert error_of(iam.create_account_alias, AccountAlias=alias)[0] == "ValidationError"


@pytest.mark.ledger("F-IAM-21")
def test_what_a_password_policy_leaves_out_gets_its_default(iam):
    assert error_of(iam.get_account_password_policy) == (
        "NoSuchEntity", f"The Password Policy with domain name {HOME} cannot be found."
    )  # fmt: skip
    assert error_of(iam.delete_account_password_policy)[0] == "NoSuchEntity"
    iam.update_account_password_policy(
        MinimumPasswordLength=14, RequireSymbols=True, MaxPasswordAge=90, PasswordReusePrevention=5
    )
    shown = iam.get_account_password_policy()["PasswordPolicy"]
    assert (shown["ExpirePasswords"], shown["MaxPasswordAge"], shown["PasswordReusePrevention"]) == (
        True,
        90,
        5,
    )
    iam.update_account_password_policy()
    names = ("RequireSymbols", "RequireNumbers", "RequireUppercaseCharacters", "RequireLowercaseCharacters",
             "AllowUsersToChangePassword", "ExpirePasswords")  # fmt: skip
    expected = {"MinimumPasswordLength": 6, **dict.fromkeys(names, False)}
    assert iam.get_account_password_policy()["PasswordPolicy"] == expected
    for wrong in ({"MinimumPasswordLength": 129}, {"MaxPasswordAge": 1096}, {"PasswordReusePrevention": 25}):
        assert error_of(iam.update_account_password_policy, **wrong)[0] == "ValidationError"


@pytest.mark.ledger("F-IAM-21")
@pytest.mark.parametrize("password", ["short1A", "onlylowercase", "lower and 12", HOME])
def test_a_password_has_eight_characters_of_three_kinds_where_no_policy_says_otherwise(iam, password):
    iam.create_user(UserName="alice")
    assert error_of(iam.create_login_profile, UserName="alice", Password=password) == VIOLATION


@pytest.mark.ledger("F-IAM-21")
def test_the_accounts_own_policy_decides_instead(iam):
    iam.create_user(UserName="alice")
    iam.update_account_password_policy(MinimumPasswordLength=8, RequireSymbols=True, RequireNumbers=True)
    assert error_of(iam.create_login_profile, UserName="alice", Password="Longenough") == VIOLATION
    profile = iam.create_login_profile(UserName="alice", Password="longer-1", PasswordResetRequired=True)
    assert profile["LoginProfile"]["PasswordResetRequired"] is True
    assert error_of(iam.update_login_profile, UserName="alice", Password="nosymbol1") == VIOLATION
    iam.update_login_profile(UserName="alice", Password="longer-2", PasswordResetRequired=False)
    assert iam.get_login_profile(UserName="alice")["LoginProfile"]["PasswordResetRequired"] is False


@pytest.mark.ledger("F-IAM-21")
def test_passwords_that_were_used_before_are_refused(iam):
    iam.create_user(UserName="alice")
    iam.update_account_password_policy(PasswordReusePrevention=2)
    iam.create_login_profile(UserName="alice", Password="first-1")
    iam.update_login_profile(UserName="alice", Password="second-2")
    for used in ("first-1", "second-2"):
        assert (
            error_of(iam.update_login_profile, UserName="alice", Password=used)[0]
            == "PasswordPolicyViolation"
        )
    iam.update_login_profile(UserName="alice", Password="third-3")
    iam.update_login_profile(UserName="alice", Password="first-1")


def test_a_login_profile_is_as_old_as_itself(cloud, iam):
    iam.create_user(UserName="alice")
    cloud.clock.advance(days=3)
    iam.create_login_profile(UserName="alice", Password=GOOD)
    made = iam.get_login_profile(UserName="alice")["LoginProfile"]["CreateDate"]
    assert abs((made - cloud.clock.now()).total_seconds()) < 60
    assert error_of(iam.create_login_profile, UserName="alice", Password=GOOD)[0] == "EntityAlreadyExists"
    iam.delete_login_profile(UserName="alice")
    assert error_of(iam.delete_login_profile, UserName="alice")[0] == "NoSuchEntity"


def test_users_change_their_own_password_if_a_policy_of_theirs_or_the_accounts_lets_them(cloud, iam):
    alice = make_user(cloud, "alice")
    iam.create_login_profile(UserName="alice", Password=GOOD)
    change = alice.client("iam").change_password
    passwords = {"OldPassword": GOOD, "NewPassword": "Another-horse-2"}
    assert error_of(change, **passwords)[0] == "AccessDenied"
    iam.update_account_password_policy(AllowUsersToChangePassword=True)
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=deny("iam:ChangePassword"))
    assert error_of(change, **passwords)[0] == "AccessDenied"
    iam.delete_user_policy(UserName="alice", PolicyName="own")
    assert error_of(change, OldPassword="Wrong-horse-3", NewPassword="x" * 8)[0] == "AccessDenied"
    change(**passwords)
    assert error_of(change, **passwords)[0] == "AccessDenied", "that was the old one"
    iam.delete_account_password_policy()
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=allow("iam:ChangePassword"))
    change(OldPassword="Another-horse-2", NewPassword="Third-horse-3")


def test_only_users_have_a_password_of_their_own(cloud, iam):
    role = iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust({"AWS": HOME}))["Role"]["Arn"]
    iam.put_role_policy(RoleName="app", PolicyName="own", PolicyDocument=allow("*"))
    keys = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="work")["Credentials"]
    session = cloud.profile("app", keys)
    change = session.client("iam").change_password
    assert error_of(change, OldPassword="a", NewPassword="b")[0] == "InvalidUserType"


def test_the_summary_counts_and_tells_the_quotas(iam):
    before = iam.get_account_summary()["SummaryMap"]
    assert {name: before[name] for name in ("UsersQuota", "GroupsQuota", "RolesQuota", "PoliciesQuota",
            "AccessKeysPerUserQuota", "VersionsPerPolicyQuota", "AssumeRolePolicySizeQuota",
            "GlobalEndpointTokenVersion", "AccountMFAEnabled")} == {
        "UsersQuota": 5000, "GroupsQuota": 300, "RolesQuota": 1000, "PoliciesQuota": 1500, "AccessKeysPerUserQuota": 2,
        "VersionsPerPolicyQuota": 5, "AssumeRolePolicySizeQuota": 2048, "GlobalEndpointTokenVersion": 1,
        "AccountMFAEnabled": 0,
    }  # fmt: skip
    iam.create_user(UserName="alice")
    iam.create_group(GroupName="staff")
    iam.create_policy(PolicyName="p", PolicyDocument=allow("s3:*"))
    iam.set_security_token_service_preferences(GlobalEndpointTokenVersion="v2Token")
    after = iam.get_account_summary()["SummaryMap"]
    grown = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert grown == {
        "Users": 1, "Groups": 1, "Policies": 1, "PolicyVersionsInUse": 1, "GlobalEndpointTokenVersion": 1
    }  # fmt: skip


def test_a_root_user_with_a_security_key_shows_in_the_summary_and_in_the_credential_report(cloud):
    """Expect AccountMFAEnabled in the summary and mfa_active in the report.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
    """
    cloud.root_mfa()
    iam = boto3.client("iam")
    assert iam.get_account_summary()["SummaryMap"]["AccountMFAEnabled"] == 1
    iam.generate_credential_report()
    header, root, *_ = iam.get_credential_report()["Content"].decode().splitlines()
    assert dict(zip(header.split(","), root.split(","), strict=True))["mfa_active"] == "true"


def test_an_alias_is_no_number_of_twelve_digits(iam):
    """Expect ValidationError for 12 digits, and success for 11.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names
    """
    assert error_of(iam.create_account_alias, AccountAlias="444455556666")[0] == "ValidationError"
    iam.create_account_alias(AccountAlias="44445555666")
    assert iam.list_account_aliases()["AccountAliases"] == ["44445555666"]


def test_an_account_has_no_more_policies_and_mfa_devices_than_its_quotas(iam, monkeypatch):
    """Expect LimitExceeded at AWS's quotas.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entities
    """
    assert (policies.POLICIES, mfa.DEVICES) == (1500, 5000)
    monkeypatch.setattr(policies, "POLICIES", 1)
    monkeypatch.setattr(mfa, "DEVICES", 1)
    iam.create_policy(PolicyName="one", PolicyDocument=allow("s3:*"))
    iam.create_virtual_mfa_device(VirtualMFADeviceName="one")
    refused = error_of(iam.create_policy, PolicyName="two", PolicyDocument=allow("s3:*"))
    assert refused == ("LimitExceeded", "Cannot exceed quota for PoliciesPerAccount: 1")
    assert error_of(iam.create_virtual_mfa_device, VirtualMFADeviceName="two")[0] == "LimitExceeded"

"""Identity Center's administration: instances, permission sets, assignments, provisioning."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from labs_helpers.cloud.actors.identity_center import IdentityCenter
from labs_helpers.cloud.services.sso_admin.state import IdentityCenters
from tests.cloud.services.organizations.conftest import Org, refusal
from tests.cloud.services.sso_admin.conftest import Center
from tests.clouds import allow, deny, error_of, make_user

UNKNOWN = "00000000-0000-4000-8000-000000000000"
VALUES = json.loads(Path(__file__).with_name("permission_set_values.json").read_text(encoding="utf-8"))


# --- instances ------------------------------------------------------------------------------------------------


def test_there_is_no_instance_before_one_is_enabled(cloud):
    org = Org(cloud)
    admin = boto3.client("sso-admin", region_name="us-east-1")
    assert admin.list_instances()["Instances"] == []
    console = cloud.identity_center("us-east-1")
    (shown,) = admin.list_instances()["Instances"]
    assert (shown["InstanceArn"], shown["IdentityStoreId"]) == (
        console.instance_arn,
        console.identity_store_id,
    )
    assert (shown["OwnerAccountId"], shown["Status"]) == (cloud.home, "ACTIVE")
    assert cloud.identity_center("us-east-1").instance_arn == console.instance_arn
    assert boto3.client("sso-admin", region_name="eu-west-1").list_instances()["Instances"] == []
    with pytest.raises(ValueError, match="one Region"):
        cloud.identity_center("eu-west-1")
    enabled = org.client.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
    assert [each["ServicePrincipal"] for each in enabled] == ["sso.amazonaws.com"]
    described = admin.describe_instance(InstanceArn=console.instance_arn)
    assert described["IdentityStoreId"] == console.identity_store_id
    admin.update_instance(InstanceArn=console.instance_arn, Name="main")
    assert admin.describe_instance(InstanceArn=console.instance_arn)["Name"] == "main"


def test_an_instance_says_its_region_its_key_and_whether_it_has_permission_sets(center):
    described = center.admin.describe_instance(InstanceArn=center.arn)
    (region,) = described["Regions"]
    assert (region["RegionName"], region["Status"], region["IsPrimaryRegion"]) == (
        "us-east-1",
        "ACTIVE",
        True,
    )
    assert region["AddedDate"] == described["CreatedDate"]
    assert described["EncryptionConfigurationDetails"] == {
        "KeyType": "AWS_OWNED_KMS_KEY", "EncryptionStatus": "ENABLED",
    }  # fmt: skip
    assert described["PermissionSetsEnabled"] is True
    assert "NetworkConfigurationDetails" not in described  # present once it was set
    theirs = center.org.as_account(center.org.member(), "sso-admin")
    own = theirs.create_instance()["InstanceArn"]
    assert theirs.describe_instance(InstanceArn=own)["PermissionSetsEnabled"] is False
    listed = boto3.client("sso-admin", region_name="eu-west-1").list_instances(RegionScope="ALL_REGIONS")
    assert [each["InstanceArn"] for each in listed["Instances"]] == [center.arn]


KEY = "arn:aws:kms:us-east-1:111122223333:key/mrk-0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "settings",
    [
        {"EncryptionConfiguration": {"KeyType": "AWS_OWNED_KMS_KEY", "KmsKeyArn": KEY}},
        {"EncryptionConfiguration": {"KeyType": "CUSTOMER_MANAGED_KEY"}},
        {"PermissionSetsEnabled": False},
        {"PermissionSetsEnabled": True, "NetworkConfiguration": {"VpceAccessRequired": False}},
    ],
)
def test_an_update_of_an_instance_is_one_setting_that_makes_sense(center, settings):
    update = center.admin.update_instance
    assert refusal(update, InstanceArn=center.arn, **settings)[0] == "ValidationException"


@pytest.mark.parametrize("member", [True, False])
def test_permission_sets_of_an_account_instance_are_for_the_account(center, member):
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_UpdateInstance.html"""
    account = center.org.member() if member else "999988887777"
    admin = center.org.as_account(account, "sso-admin")
    of = {"InstanceArn": admin.create_instance()["InstanceArn"]}
    assert refusal(admin.create_permission_set, **of, Name="Reader")[0] == "ValidationException"
    admin.update_instance(**of, PermissionSetsEnabled=True)
    assert admin.describe_instance(**of)["PermissionSetsEnabled"] is True
    made = admin.create_permission_set(**of, Name="Reader")["PermissionSet"]["PermissionSetArn"]
    store = admin.describe_instance(**of)["IdentityStoreId"]
    user = center.org.as_account(account, "identitystore").create_user(
        IdentityStoreId=store, UserName="bea", DisplayName="Bea", Name={"GivenName": "B", "FamilyName": "E"}
    )["UserId"]
    for target, status in ((account, "SUCCEEDED"), (center.cloud.home, "FAILED")):
        asked = admin.create_account_assignment(
            **of, PermissionSetArn=made, TargetId=target, TargetType="AWS_ACCOUNT", PrincipalType="USER",
            PrincipalId=user,
        )["AccountAssignmentCreationStatus"]["RequestId"]  # fmt: skip
        ended = admin.describe_account_assignment_creation_status(
            **of, AccountAssignmentCreationRequestId=asked
        )
        assert ended["AccountAssignmentCreationStatus"]["Status"] == status
    assert [each["RoleName"].split("_")[1] for each in center.roles(account)] == ["Reader"]
    console = IdentityCenter(
        center.cloud._state, center.cloud._state.part(IdentityCenters).find(of["InstanceArn"])
    )
    oidc, portal = (
        boto3.client(name, config=Config(signature_version=UNSIGNED)) for name in ("sso-oidc", "sso")
    )
    client = oidc.register_client(clientName="cli", clientType="public")
    keys = {"clientId": client["clientId"], "clientSecret": client["clientSecret"]}
    started = oidc.start_device_authorization(**keys, startUrl=console.start_url)
    console.approve(started["userCode"], "bea")
    token = oidc.create_token(
        **keys, grantType="urn:ietf:params:oauth:grant-type:device_code", deviceCode=started["deviceCode"]
    )["accessToken"]
    (listed,) = portal.list_accounts(accessToken=token)["accountList"]
    assert listed["accountId"] == account
    portal.get_role_credentials(accessToken=token, accountId=account, roleName="Reader")


def test_a_network_configuration_is_replaced_as_a_whole_and_cleared_with_the_requirement(center):
    of, vpc = {"InstanceArn": center.arn}, "arn:aws:ec2:us-east-1:{}:vpc/vpc-0123456789abcdef0"
    ours = vpc.format(center.org.member())
    for given, kept in (
        ({"VpceAccessRequired": True, "AllowSourceIps": ["198.51.100.0/24"], "RestrictSourceVpcs": [ours]},)
        * 2,
        ({"VpceAccessRequired": True, "RestrictSourceVpcs": []}, {"VpceAccessRequired": True}),
        ({"VpceAccessRequired": False, "AllowSourceIps": ["2001:db8::/32"]}, {"VpceAccessRequired": False}),
    ):
        center.admin.update_instance(**of, NetworkConfiguration=given)
        center.admin.update_instance(**of, Name="other")  # what is not given stays
        assert center.admin.describe_instance(**of)["NetworkConfigurationDetails"] == kept
    strange = {"VpceAccessRequired": True, "RestrictSourceVpcs": [vpc.format("999988887777")]}
    assert (
        refusal(center.admin.update_instance, **of, NetworkConfiguration=strange)[0] == "ValidationException"
    )


def test_only_the_owner_deletes_an_instance_and_all_of_it_goes(center):
    """The organization instance too: neither the delegated administrator nor another member can."""
    member = center.org.member()
    center.org.client.register_delegated_administrator(AccountId=member, ServicePrincipal="sso.amazonaws.com")
    assert center.assign(member, center.permission_set(), center.user())["Status"] == "SUCCEEDED"
    theirs = center.org.as_account(member, "sso-admin")
    assert refusal(theirs.delete_instance, InstanceArn=center.arn)[0] == "AccessDeniedException"
    center.admin.delete_instance(InstanceArn=center.arn)
    assert center.roles(member) == []
    assert center.admin.list_instances()["Instances"] == []
    assert refusal(center.admin.describe_instance, InstanceArn=center.arn)[0] == "AccessDeniedException"
    missing = refusal(center.store.list_users, IdentityStoreId=center.store_id)[0]
    assert missing == "ResourceNotFoundException"


def test_the_regions_of_an_instance(center):
    admin, of = center.admin, {"InstanceArn": center.arn}
    (listed,) = admin.list_regions(**of)["Regions"]
    described = admin.describe_region(**of, RegionName="us-east-1")
    del described["ResponseMetadata"]
    assert described == listed
    assert refusal(admin.describe_region, **of, RegionName="eu-west-1")[0] == "ResourceNotFoundException"
    assert refusal(admin.remove_region, **of, RegionName="us-east-1")[0] == "ValidationException"
    assert refusal(admin.remove_region, **of, RegionName="eu-west-1")[0] == "ResourceNotFoundException"
    # It needs an external identity source and a multi-Region customer managed key.
    assert refusal(admin.add_region, **of, RegionName="eu-west-1")[0] == "ValidationException"


def test_a_request_with_the_same_client_token_is_the_same_request(center):
    theirs = center.org.as_account(center.org.member(), "sso-admin")
    made = theirs.create_instance(Name="mine", ClientToken="t1")["InstanceArn"]
    assert theirs.create_instance(Name="mine", ClientToken="t1")["InstanceArn"] == made
    assert refusal(theirs.create_instance, Name="other", ClientToken="t1")[0] == "IdempotentParameterMismatch"


def test_an_account_has_an_instance_of_its_own(center):
    member = center.org.member()
    theirs = center.org.as_account(member, "sso-admin")
    assert [each["InstanceArn"] for each in theirs.list_instances()["Instances"]] == [center.arn]
    own = theirs.create_instance(Name="mine")["InstanceArn"]
    assert refusal(theirs.create_instance)[0] == "ConflictException"
    assert {each["InstanceArn"] for each in theirs.list_instances()["Instances"]} == {center.arn, own}
    assert refusal(theirs.create_permission_set, InstanceArn=own, Name="n")[0] == "ValidationException"
    assert refusal(
        theirs.list_account_assignments_for_principal, InstanceArn=own, PrincipalType="USER", PrincipalId=UNKNOWN
    )[0] == "ValidationException"  # fmt: skip
    theirs.delete_instance(InstanceArn=own)
    assert refusal(center.admin.create_instance)[0] == "ValidationException"


def test_who_administers(center):
    member = center.org.member()
    theirs = center.org.as_account(member, "sso-admin")
    assert refusal(theirs.list_permission_sets, InstanceArn=center.arn)[0] == "AccessDeniedException"
    stranger = center.cloud.account("999988887777").client("sso-admin")
    assert refusal(stranger.list_permission_sets, InstanceArn=center.arn)[0] == "ResourceNotFoundException"
    assert stranger.list_instances()["Instances"] == []
    for_all, for_management = center.permission_set("All"), center.permission_set("Management")
    user = center.user()
    assert center.assign(center.cloud.home, for_management, user)["Status"] == "SUCCEEDED"
    center.org.client.register_delegated_administrator(AccountId=member, ServicePrincipal="sso.amazonaws.com")
    theirs.put_inline_policy_to_permission_set(
        InstanceArn=center.arn, PermissionSetArn=for_all, InlinePolicy=allow("s3:*")
    )
    assert refusal(
        theirs.put_inline_policy_to_permission_set, InstanceArn=center.arn, PermissionSetArn=for_management,
        InlinePolicy=allow("*"),
    )[0] == "AccessDeniedException"  # fmt: skip
    of_user = {"InstanceArn": center.arn, "PrincipalId": user, "PrincipalType": "USER"}
    assert center.admin.list_account_assignments_for_principal(**of_user)["AccountAssignments"]
    assert refusal(theirs.list_account_assignments_for_principal, **of_user)[0] == "AccessDeniedException"
    tagged = {"InstanceArn": center.arn, "ResourceArn": for_management}
    for call, more in (
        (theirs.tag_resource, {"Tags": [{"Key": "team", "Value": "red"}]}),
        (theirs.untag_resource, {"TagKeys": ["team"]}),
    ):
        assert refusal(call, **tagged, **more)[0] == "AccessDeniedException"
        call(**tagged | {"ResourceArn": for_all}, **more)
    assert theirs.list_tags_for_resource(**tagged)["Tags"] == []
    assert refusal(
        theirs.create_account_assignment, InstanceArn=center.arn, PermissionSetArn=for_all,
        TargetId=center.cloud.home, TargetType="AWS_ACCOUNT", PrincipalType="USER", PrincipalId=user,
    )[0] == "AccessDeniedException"  # fmt: skip


def test_roles_in_the_management_account_need_the_callers_own_rights(center):
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/iam-auth-access-using-id-policies.html"""
    member, home = center.org.member(), center.cloud.home
    user, reader = center.user(), center.permission_set()
    own = center.permission_set("Own", managed=None)
    center.admin.put_inline_policy_to_permission_set(
        InstanceArn=center.arn, PermissionSetArn=own, InlinePolicy=allow("s3:*")
    )
    clerk = make_user(center.cloud, "clerk", allow("sso:*")).client("sso-admin")

    def ask(call, permission_set, account):
        return call(
            InstanceArn=center.arn, PermissionSetArn=permission_set, TargetId=account, TargetType="AWS_ACCOUNT",
            PrincipalType="USER", PrincipalId=user,
        )  # fmt: skip

    ask(clerk.create_account_assignment, reader, member)
    rights = ["iam:CreateRole"]
    roles = f"arn:aws:iam::{home}:role/aws-reserved/sso.amazonaws.com/*"
    for permission_set, right in ((reader, "iam:AttachRolePolicy"), (own, "iam:PutRolePolicy")):
        assert (
            error_of(ask, clerk.create_account_assignment, permission_set, home)[0] == "AccessDeniedException"
        )
        rights.append(right)
        boto3.client("iam").put_user_policy(
            UserName="clerk", PolicyName="roles", PolicyDocument=allow(rights, roles)
        )
        ask(clerk.create_account_assignment, permission_set, home)
    code, message = error_of(ask, clerk.delete_account_assignment, own, home)
    assert code == "AccessDeniedException"
    assert "iam:DeleteRole" in message
    ask(clerk.delete_account_assignment, reader, member)


# --- permission sets ------------------------------------------------------------------------------------------


def test_a_permission_set_from_beginning_to_end(center):
    made = center.admin.create_permission_set(
        InstanceArn=center.arn, Name="Reader", Description="reads", SessionDuration="PT4H",
        RelayState="https://console.aws.amazon.com/s3/", Tags=[{"Key": "team", "Value": "red"}],
    )["PermissionSet"]  # fmt: skip
    arn = made["PermissionSetArn"]
    assert (made["SessionDuration"], made["Description"]) == ("PT4H", "reads")
    of = {"InstanceArn": center.arn, "PermissionSetArn": arn}
    assert center.admin.describe_permission_set(**of)["PermissionSet"] == made
    center.admin.update_permission_set(**of, SessionDuration="PT12H")
    after = center.admin.describe_permission_set(**of)["PermissionSet"]
    assert after == made | {"SessionDuration": "PT12H"}
    assert center.admin.list_permission_sets(InstanceArn=center.arn)["PermissionSets"] == [arn]
    tags = center.admin.list_tags_for_resource(InstanceArn=center.arn, ResourceArn=arn)["Tags"]
    assert tags == [{"Key": "team", "Value": "red"}]
    center.admin.tag_resource(InstanceArn=center.arn, ResourceArn=arn, Tags=[{"Key": "k", "Value": "v"}])
    center.admin.untag_resource(InstanceArn=center.arn, ResourceArn=arn, TagKeys=["team"])
    tags = center.admin.list_tags_for_resource(InstanceArn=center.arn, ResourceArn=arn)["Tags"]
    assert tags == [{"Key": "k", "Value": "v"}]
    assert refusal(center.admin.create_permission_set, InstanceArn=center.arn, Name="Reader")[0] == (
        "ConflictException"
    )
    center.admin.delete_permission_set(**of)
    assert refusal(center.admin.describe_permission_set, **of)[0] == "ResourceNotFoundException"


def test_an_hour_is_the_default(center):
    made = center.admin.create_permission_set(InstanceArn=center.arn, Name="Plain")["PermissionSet"]
    assert made["SessionDuration"] == "PT1H"


def test_what_a_permission_set_can_be_and_what_not(center):
    """From one to twelve hours however they are written, Latin descriptions, names and addresses without spaces."""
    create, of = center.admin.create_permission_set, {"InstanceArn": center.arn}
    lengths = (("Name", 32), ("RelayState", 240), ("Description", 700))
    longest = [{name: "a" * length} for name, length in lengths]
    for number, given in enumerate([*VALUES["accepted"], *longest]):
        made = create(**of, **{"Name": f"n{number}"} | given)["PermissionSet"]
        assert made.items() >= {name: value for name, value in given.items() if name != "Tags"}.items()
    too_long = [{name: "b" * (length + 1)} for name, length in lengths]
    for given in [*VALUES["refused"], *too_long]:
        assert refusal(create, **of, **{"Name": "n"} | given)[0] == "ValidationException", given


def test_policies_of_a_permission_set(center):
    admin = center.admin
    of = {"InstanceArn": center.arn, "PermissionSetArn": center.permission_set(managed=None)}
    reader = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    admin.attach_managed_policy_to_permission_set(**of, ManagedPolicyArn=reader)
    attached = admin.list_managed_policies_in_permission_set(**of)["AttachedManagedPolicies"]
    assert attached == [{"Name": "ReadOnlyAccess", "Arn": reader}]
    conflict, missing, invalid = "ConflictException", "ResourceNotFoundException", "ValidationException"
    assert (
        refusal(admin.attach_managed_policy_to_permission_set, **of, ManagedPolicyArn=reader)[0] == conflict
    )
    unknown = "arn:aws:iam::aws:policy/NoSuchPolicy"
    assert (
        refusal(admin.attach_managed_policy_to_permission_set, **of, ManagedPolicyArn=unknown)[0] == missing
    )
    own = "arn:aws:iam::111122223333:policy/mine"
    assert refusal(admin.attach_managed_policy_to_permission_set, **of, ManagedPolicyArn=own)[0] == invalid
    admin.detach_managed_policy_from_permission_set(**of, ManagedPolicyArn=reader)
    assert (
        refusal(admin.detach_managed_policy_from_permission_set, **of, ManagedPolicyArn=reader)[0] == missing
    )
    reference = {"CustomerManagedPolicyReference": {"Name": "mine", "Path": "/team/"}}
    admin.attach_customer_managed_policy_reference_to_permission_set(**of, **reference)
    listed = admin.list_customer_managed_policy_references_in_permission_set(**of)
    assert listed["CustomerManagedPolicyReferences"] == [{"Name": "mine", "Path": "/team/"}]
    assert refusal(
        admin.attach_customer_managed_policy_reference_to_permission_set, **of, **reference
    )[0] == conflict  # fmt: skip
    admin.detach_customer_managed_policy_reference_from_permission_set(**of, **reference)
    assert refusal(
        admin.detach_customer_managed_policy_reference_from_permission_set, **of, **reference
    )[0] == missing  # fmt: skip
    assert admin.get_inline_policy_for_permission_set(**of)["InlinePolicy"] == ""
    admin.put_inline_policy_to_permission_set(**of, InlinePolicy=allow("s3:*"))
    assert admin.get_inline_policy_for_permission_set(**of)["InlinePolicy"] == allow("s3:*")
    for text in ("no json", "{}", json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Maybe"}]})):
        assert refusal(admin.put_inline_policy_to_permission_set, **of, InlinePolicy=text)[0] == invalid
    long = allow(["s3:GetObject"] * 900)
    assert refusal(admin.put_inline_policy_to_permission_set, **of, InlinePolicy=long)[0] == (
        "ServiceQuotaExceededException"
    )
    admin.delete_inline_policy_from_permission_set(**of)
    assert admin.get_inline_policy_for_permission_set(**of)["InlinePolicy"] == ""
    assert refusal(admin.get_permissions_boundary_for_permission_set, **of)[0] == missing
    boundary = {"ManagedPolicyArn": reader}
    admin.put_permissions_boundary_to_permission_set(**of, PermissionsBoundary=boundary)
    assert admin.get_permissions_boundary_for_permission_set(**of)["PermissionsBoundary"] == boundary
    for wrong in ({}, boundary | reference):
        assert refusal(
            admin.put_permissions_boundary_to_permission_set, **of, PermissionsBoundary=wrong
        )[0] == invalid  # fmt: skip
    for given, shown in (({}, "/"), ({"Path": "/"}, "/"), ({"Path": "/team/"}, "/team/")):
        named = {"CustomerManagedPolicyReference": {"Name": "limit"} | given}
        admin.put_permissions_boundary_to_permission_set(**of, PermissionsBoundary=named)
        assert admin.get_permissions_boundary_for_permission_set(**of)["PermissionsBoundary"] == {
            "CustomerManagedPolicyReference": {"Name": "limit", "Path": shown}
        }
    admin.delete_permissions_boundary_from_permission_set(**of)
    assert refusal(admin.get_permissions_boundary_for_permission_set, **of)[0] == missing


def test_twenty_managed_policies_are_the_most(center):
    permission_set = center.permission_set(managed=None)
    of = {"InstanceArn": center.arn, "PermissionSetArn": permission_set}
    for number in range(20):
        center.admin.attach_customer_managed_policy_reference_to_permission_set(
            **of, CustomerManagedPolicyReference={"Name": f"p{number}"}
        )
    assert refusal(
        center.admin.attach_managed_policy_to_permission_set, **of,
        ManagedPolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess",
    )[0] == "ServiceQuotaExceededException"  # fmt: skip


def test_instances_and_sets_that_there_are_not(center):
    admin, arn = center.admin, center.permission_set()
    other = arn[:-16] + "0" * 16
    missing = "ResourceNotFoundException"
    assert (
        refusal(admin.describe_permission_set, InstanceArn=center.arn, PermissionSetArn=other)[0] == missing
    )
    instance = center.arn[:-16] + "0" * 16
    assert refusal(admin.list_permission_sets, InstanceArn=instance)[0] == missing
    assert refusal(admin.describe_instance, InstanceArn=instance)[0] == "AccessDeniedException"
    for wrong in ("x" * 12, "arn:aws:sso:::instance/x"):
        assert refusal(admin.list_permission_sets, InstanceArn=wrong)[0] == "ValidationException"


# --- assignments ----------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-SSO-01")
def test_an_assignment_makes_a_role_that_nobody_there_can_change(center):
    member, user = center.org.member(), center.user()
    asked = center.admin.create_account_assignment(
        InstanceArn=center.arn, PermissionSetArn=center.permission_set(), TargetId=member,
        TargetType="AWS_ACCOUNT", PrincipalType="USER", PrincipalId=user,
    )["AccountAssignmentCreationStatus"]  # fmt: skip
    assert asked["Status"] == "IN_PROGRESS"
    answer = center.admin.describe_account_assignment_creation_status(
        InstanceArn=center.arn, AccountAssignmentCreationRequestId=asked["RequestId"]
    )
    assert answer["AccountAssignmentCreationStatus"]["Status"] == "SUCCEEDED"
    (role,) = center.roles(member)
    assert role["Path"] == "/aws-reserved/sso.amazonaws.com/"
    prefix, _, end = role["RoleName"].rpartition("_")
    assert prefix == "AWSReservedSSO_Reader"
    assert len(end) == 16
    assert set(end) <= set("0123456789abcdef")
    trust = role["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Action"] == ["sts:AssumeRoleWithSAML", "sts:TagSession"]
    assert trust["Condition"] == {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
    provider = trust["Principal"]["Federated"]
    assert provider.startswith(f"arn:aws:iam::{member}:saml-provider/AWSSSO_")
    assert provider.endswith("_DO_NOT_DELETE")
    iam, name = center.org.as_account(member, "iam"), role["RoleName"]
    for call, more in (
        (iam.delete_role, {}),
        (iam.put_role_policy, {"PolicyName": "p", "PolicyDocument": allow("*")}),
        (iam.attach_role_policy, {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        (iam.update_assume_role_policy, {"PolicyDocument": "{}"}),
        (iam.update_role, {}),
        (iam.update_role_description, {"Description": "mine"}),
        (iam.tag_role, {"Tags": [{"Key": "k", "Value": "v"}]}),
        (
            iam.put_role_permissions_boundary,
            {"PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        ),
    ):
        code, message = error_of(call, RoleName=name, **more)
        assert code == "UnmodifiableEntity"
        assert message == (
            f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
        )
    trust_policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    assert error_of(
        iam.create_role, RoleName="mine", Path="/aws-reserved/sso.amazonaws.com/",
        AssumeRolePolicyDocument=trust_policy,
    )[0] == "ValidationError"  # fmt: skip


def test_elsewhere_the_region_is_in_the_path(cloud):
    center = Center(cloud, "eu-central-1")
    member = center.org.member()
    center.assign(member, center.permission_set(), center.user())
    (role,) = center.roles(member)
    assert role["Path"] == "/aws-reserved/sso.amazonaws.com/eu-central-1/"


@pytest.mark.ledger("F-SSO-01")
def test_a_role_has_the_sets_policies_and_boundary(center):
    member = center.org.member()
    iam = center.org.as_account(member, "iam")
    own = iam.create_policy(PolicyName="mine", Path="/team/", PolicyDocument=allow("sqs:*"))["Policy"]["Arn"]
    arn = center.permission_set()
    of = {"InstanceArn": center.arn, "PermissionSetArn": arn}
    center.admin.put_inline_policy_to_permission_set(**of, InlinePolicy=deny("s3:*"))
    center.admin.attach_customer_managed_policy_reference_to_permission_set(
        **of, CustomerManagedPolicyReference={"Name": "mine", "Path": "/team/"}
    )
    center.admin.put_permissions_boundary_to_permission_set(
        **of, PermissionsBoundary={"CustomerManagedPolicyReference": {"Name": "mine", "Path": "/team/"}}
    )
    assert center.assign(member, arn, center.user())["Status"] == "SUCCEEDED"
    (role,) = center.roles(member)
    name = role["RoleName"]
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["AwsSSOInlinePolicy"]
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert {each["PolicyArn"] for each in attached} == {own, "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    assert iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == own


def test_what_the_account_or_the_store_lacks_fails_the_request(center):
    member, user = center.org.member(), center.user()
    arn = center.permission_set()
    ghost = f"{center.store_id[2:]}-{UNKNOWN}"
    status = center.assign(member, arn, ghost)
    assert status["Status"] == "FAILED"
    assert (
        f"the USER assignee {ghost} was not found in directory {center.store_id}" in status["FailureReason"]
    )
    assert center.assign("999988887777", arn, user)["Status"] == "FAILED"
    center.admin.attach_customer_managed_policy_reference_to_permission_set(
        InstanceArn=center.arn, PermissionSetArn=arn, CustomerManagedPolicyReference={"Name": "missing"}
    )
    status = center.assign(member, arn, user)
    assert status["Status"] == "FAILED"
    assert f"arn:aws:iam::{member}:policy/missing" in status["FailureReason"]
    assert center.roles(member) == []
    listed = center.admin.list_account_assignment_creation_status(
        InstanceArn=center.arn, Filter={"Status": "FAILED"}
    )["AccountAssignmentsCreationStatus"]
    assert len(listed) == 3
    assert refusal(
        center.admin.describe_account_assignment_creation_status, InstanceArn=center.arn,
        AccountAssignmentCreationRequestId=UNKNOWN,
    )[0] == "ResourceNotFoundException"  # fmt: skip


def test_assignments_are_listed_and_deleted(center):
    member, arn = center.org.member(), center.permission_set()
    anne, bob = center.user("anne"), center.user("bob")
    group = center.group("readers", bob)
    center.assign(member, arn, anne)
    center.assign(member, arn, anne)
    center.assign(member, arn, group, "GROUP")
    of = {"InstanceArn": center.arn}
    listed = center.admin.list_account_assignments(**of, AccountId=member, PermissionSetArn=arn)
    assert {(each["PrincipalType"], each["PrincipalId"]) for each in listed["AccountAssignments"]} == {
        ("USER", anne), ("GROUP", group),
    }  # fmt: skip
    assert len(center.roles(member)) == 1
    (by_group,) = center.admin.list_account_assignments_for_principal(
        **of, PrincipalId=bob, PrincipalType="USER"
    )["AccountAssignments"]
    assert (by_group["PrincipalType"], by_group["AccountId"]) == ("GROUP", member)
    accounts = center.admin.list_accounts_for_provisioned_permission_set(**of, PermissionSetArn=arn)
    assert accounts["AccountIds"] == [member]
    sets = center.admin.list_permission_sets_provisioned_to_account(**of, AccountId=member)
    assert sets["PermissionSets"] == [arn]
    assert refusal(center.admin.delete_permission_set, **of, PermissionSetArn=arn)[0] == "ConflictException"
    center.unassign(member, arn, anne)
    assert len(center.roles(member)) == 1
    assert refusal(center.unassign, member, arn, anne)[0] == "ResourceNotFoundException"
    center.unassign(member, arn, group, "GROUP")
    assert center.roles(member) == []
    deletions = center.admin.list_account_assignment_deletion_status(**of)["AccountAssignmentsDeletionStatus"]
    assert [each["Status"] for each in deletions] == ["SUCCEEDED", "SUCCEEDED"]
    center.admin.delete_permission_set(**of, PermissionSetArn=arn)


@pytest.mark.ledger("F-SSO-04")
def test_a_changed_set_takes_effect_when_it_is_provisioned(center):
    member, arn = center.org.member(), center.permission_set()
    center.assign(member, arn, center.user())
    (role,) = center.roles(member)
    iam = center.org.as_account(member, "iam")
    of = {"InstanceArn": center.arn, "PermissionSetArn": arn}
    center.admin.put_inline_policy_to_permission_set(**of, InlinePolicy=allow("s3:*"))
    assert iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"] == []
    not_yet = "LATEST_PERMISSION_SET_NOT_PROVISIONED"
    listed = center.admin.list_accounts_for_provisioned_permission_set(**of, ProvisioningStatus=not_yet)
    assert listed["AccountIds"] == [member]
    assert center.provision(arn)["Status"] == "SUCCEEDED"
    assert iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"] == ["AwsSSOInlinePolicy"]
    listed = center.admin.list_accounts_for_provisioned_permission_set(**of, ProvisioningStatus=not_yet)
    assert listed["AccountIds"] == []
    center.admin.delete_inline_policy_from_permission_set(**of)
    assert center.provision(arn, member)["AccountId"] == member
    assert iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"] == []
    provision = center.admin.provision_permission_set
    assert refusal(provision, **of, TargetType="AWS_ACCOUNT")[0] == "ValidationException"
    elsewhere = {"TargetType": "AWS_ACCOUNT", "TargetId": center.cloud.home}
    assert refusal(provision, **of, **elsewhere)[0] == "ResourceNotFoundException"
    statuses = center.admin.list_permission_set_provisioning_status(InstanceArn=center.arn)
    assert len(statuses["PermissionSetsProvisioningStatus"]) == 2


def test_attributes_for_access_control(center):
    name, of = "InstanceAccessControlAttributeConfiguration", {"InstanceArn": center.arn}
    one = {name: {"AccessControlAttributes": [{"Key": "Team", "Value": {"Source": ["${path:title}"]}}]}}
    admin = center.admin
    missing = "ResourceNotFoundException"
    assert refusal(admin.describe_instance_access_control_attribute_configuration, **of)[0] == missing
    assert refusal(admin.update_instance_access_control_attribute_configuration, **of, **one)[0] == missing
    admin.create_instance_access_control_attribute_configuration(**of, **one)
    assert refusal(admin.create_instance_access_control_attribute_configuration, **of, **one)[0] == (
        "ConflictException"
    )
    shown = admin.describe_instance_access_control_attribute_configuration(**of)
    assert (shown["Status"], shown[name]) == ("ENABLED", one[name])
    twice = {name: {"AccessControlAttributes": one[name]["AccessControlAttributes"] * 2}}
    assert refusal(admin.update_instance_access_control_attribute_configuration, **of, **twice)[0] == (
        "ValidationException"
    )
    admin.delete_instance_access_control_attribute_configuration(**of)
    assert refusal(admin.delete_instance_access_control_attribute_configuration, **of)[0] == missing

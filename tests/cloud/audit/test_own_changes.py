"""Ways that begin with changes to one's own permissions or use the cloud's services, followed to the end with calls."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from labs_helpers.cloud import Cloud, escalations
from tests.cloud.escalation_climbers import allow, document, trust
from tests.cloud.services.sso_admin.conftest import Center
from tests.clouds import make_user, session_of

HOME = "111122223333"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
EVERYTHING = json.dumps(document(allow("*")))


class Climber:
    """A user or role named eve, with a policy or a limit that allows only one thing."""

    def __init__(self, cloud: Cloud, action: str, *, role: bool, limited: bool) -> None:
        self.iam, self.cloud, self.what = boto3.client("iam"), cloud, "Role" if role else "User"
        self.name = {f"{self.what}Name": "eve"}
        if role:
            self.iam.create_role(**self.name, AssumeRolePolicyDocument=json.dumps(trust({"AWS": HOME})))
        else:
            make_user(cloud, "eve")
        allowed = ["s3:*", action, f"iam:Get{self.what}"]
        self.limit = self._managed("limit", document(allow(allowed)), document(allow("*"))) if limited else ""
        if limited:
            self._of("attach", "Policy", PolicyArn=ADMINISTRATOR)
            self._of("put", "PermissionsBoundary", PermissionsBoundary=self.limit)

    def _of(self, verb: str, what: str, **more: Any) -> None:
        getattr(
            self.iam, f"{verb}_{self.what.lower()}_{'permissions_boundary' if 'B' in what else 'policy'}"
        )(**self.name, **more)

    def _managed(self, name: str, first: Any, other: Any = None) -> str:
        arn: str = self.iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(first))["Policy"]["Arn"]
        if other is not None:
            self.iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(other))
        return arn

    def deny_all_but(self, action: str) -> str:
        """Attach AdministratorAccess, and give back a policy that denies everything else."""
        self._of("attach", "Policy", PolicyArn=ADMINISTRATOR)
        return json.dumps(document({"Effect": "Deny", "NotAction": ["s3:*", action], "Resource": "*"}))

    def client(self) -> Any:
        """IAM's client with eve's credentials."""
        if self.what == "User":
            return self.cloud.profile("eve", self.iam.create_access_key(UserName="eve")["AccessKey"]).client(
                "iam"
            )
        make_user(self.cloud, "gate", json.dumps(document(allow("sts:AssumeRole"))))
        keys = self.iam.create_access_key(UserName="gate")["AccessKey"]
        sts = self.cloud.profile("gate", keys).client("sts")
        return session_of(
            sts.assume_role(RoleArn=f"arn:aws:iam::{HOME}:role/eve", RoleSessionName="eve")
        ).client("iam")


def _way(cloud: Cloud) -> list[str]:
    """The ways that the search finds for eve."""
    found = escalations(cloud).ways
    return [step.path.id for arn, steps in found.items() if arn.endswith("/eve") for step in steps]


def _administers(client: Any) -> bool:
    try:
        client.create_user(UserName="proof")
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True


BOUNDARIES = {
    "iam-022": ("DeleteUserPermissionsBoundary", {}),
    "iam-023": ("DeleteRolePermissionsBoundary", {}),
    "iam-024": ("PutUserPermissionsBoundary", {"PermissionsBoundary": ADMINISTRATOR}),
    "boundary-role": ("PutRolePermissionsBoundary", {"PermissionsBoundary": ADMINISTRATOR}),
    "boundary-policy": (
        "CreatePolicyVersion", {"PolicyArn": "limit", "PolicyDocument": EVERYTHING, "SetAsDefault": True},
    ),
    "boundary-version": ("SetDefaultPolicyVersion", {"PolicyArn": "limit", "VersionId": "v2"}),
}  # fmt: skip


@pytest.mark.parametrize("id", BOUNDARIES)
def test_whoever_can_change_its_boundary_is_not_limited_by_it(cloud, id):
    operation, given = BOUNDARIES[id]
    climber = Climber(cloud, f"iam:{operation}", role="role" in operation.lower(), limited=True)
    given = {key: climber.limit if value == "limit" else value for key, value in given.items()}
    eve = climber.client()
    assert not _administers(eve)
    assert id in _way(cloud)
    name = {} if "PolicyArn" in given else climber.name
    boto_name = "".join(f"_{each.lower()}" if each.isupper() else each for each in operation).strip("_")
    getattr(eve, boto_name)(**name, **given)
    assert _administers(eve)


DENIALS = {
    "iam-025": "DetachUserPolicy", "iam-026": "DeleteUserPolicy", "denial-role-managed": "DetachRolePolicy",
    "denial-role": "DeleteRolePolicy", "denial-group-managed": "DetachGroupPolicy",
    "denial-group": "DeleteGroupPolicy", "denial-leave": "RemoveUserFromGroup",
}  # fmt: skip


@pytest.mark.parametrize("id", DENIALS)
def test_whoever_can_remove_a_denial_is_not_denied(cloud, id):
    operation, iam = DENIALS[id], boto3.client("iam")
    climber = Climber(cloud, "", role="Role" in operation, limited=False)
    denial, holder = climber.deny_all_but(f"iam:{operation}"), climber.name
    if "Group" in operation:
        iam.create_group(GroupName="denied")
        iam.add_user_to_group(GroupName="denied", UserName="eve")
        holder = {"GroupName": "denied"}
    what = next(iter(holder)).removesuffix("Name").lower()
    if operation.startswith("Detach"):
        policy = {"PolicyArn": iam.create_policy(PolicyName="denial", PolicyDocument=denial)["Policy"]["Arn"]}
        getattr(iam, f"attach_{what}_policy")(**holder, **policy)
    else:
        policy = {"PolicyName": "denial"}
        getattr(iam, f"put_{what}_policy")(**holder, **policy, PolicyDocument=denial)
    eve = climber.client()
    assert not _administers(eve)
    assert id in _way(cloud)
    if id == "denial-leave":
        eve.remove_user_from_group(GroupName="denied", UserName="eve")
    else:
        getattr(eve, f"{operation.partition('User')[0].lower() if 'User' in operation else operation[:6].lower()}"
                     f"_{what}_policy")(**holder, **policy)  # fmt: skip
    assert _administers(eve)


@pytest.mark.parametrize("id", ["own-version"])
def test_an_older_version_of_an_own_policy_brings_its_permissions_back(cloud, id):
    iam = boto3.client("iam")
    climber = Climber(cloud, "", role=False, limited=False)
    needed = json.dumps(document(allow("iam:SetDefaultPolicyVersion")))
    own = iam.create_policy(PolicyName="own", PolicyDocument=needed)["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=own, PolicyDocument=EVERYTHING)
    iam.attach_user_policy(UserName="eve", PolicyArn=own)
    eve = climber.client()
    assert not _administers(eve)
    assert _way(cloud) == [id]
    eve.set_default_policy_version(PolicyArn=own, VersionId="v2")
    assert _administers(eve)


@pytest.mark.parametrize("id", ["cognitoidentity-001"])
def test_a_role_that_is_set_in_an_identity_pool_is_a_guests(cloud, id):
    """SetIdentityPoolRoles and PassRole: the pool then gives a session of the role to a guest who asks for it."""
    iam, pools = boto3.client("iam"), boto3.client("cognito-identity")
    pool = pools.create_identity_pool(
        IdentityPoolName="p", AllowUnauthenticatedIdentities=True, AllowClassicFlow=True
    )["IdentityPoolId"]
    of_pool = {"StringEquals": {"cognito-identity.amazonaws.com:aud": pool}}
    federated = trust(
        {"Federated": "cognito-identity.amazonaws.com"}, "sts:AssumeRoleWithWebIdentity", Condition=of_pool
    )
    role = iam.create_role(RoleName="boss", AssumeRolePolicyDocument=json.dumps(federated))["Role"]["Arn"]
    iam.attach_role_policy(RoleName="boss", PolicyArn=ADMINISTRATOR)
    needed = document(allow(["iam:PassRole", "cognito-identity:SetIdentityPoolRoles"]))
    eve = make_user(cloud, "eve", json.dumps(needed))
    assert _way(cloud) == [id]
    eve.client("cognito-identity").set_identity_pool_roles(
        IdentityPoolId=pool, Roles={"unauthenticated": role}
    )
    guest, sts = (
        boto3.client(name, config=Config(signature_version=UNSIGNED)) for name in ("cognito-identity", "sts")
    )
    token = guest.get_open_id_token(IdentityId=guest.get_id(IdentityPoolId=pool)["IdentityId"])["Token"]
    answer = sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="eve", WebIdentityToken=token)
    assert _administers(session_of(answer).client("iam"))


CENTER = {
    "sso-001": ("sso:CreatePermissionSet", "sso:AttachManagedPolicyToPermissionSet", "sso:CreateAccountAssignment"),
    "sso-002": ("sso:AttachManagedPolicyToPermissionSet",),
    "sso-003": ("sso:PutInlinePolicyToPermissionSet",),
}  # fmt: skip


@pytest.mark.parametrize("id", CENTER)
def test_whoever_changes_permission_sets_makes_administrators_of_other_accounts(cloud, id):
    """AWS gives the changed permission set to the account once it is provisioned again, by anyone.

    https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_AttachManagedPolicyToPermissionSet.html
    """
    center = Center(cloud)
    member, anne, reader = center.org.member(), center.user(), center.permission_set()
    center.assign(member, reader, anne)
    eve = make_user(cloud, "eve", json.dumps(document(allow(list(CENTER[id])))))
    possible = escalations(cloud).if_running
    assert any(arn.endswith("user/eve") for arn in possible)
    admin, of = eve.client("sso-admin"), {"InstanceArn": center.arn}
    if id == "sso-001":
        reader = admin.create_permission_set(**of, Name="Boss")["PermissionSet"]["PermissionSetArn"]
    if id == "sso-003":
        admin.put_inline_policy_to_permission_set(**of, PermissionSetArn=reader, InlinePolicy=EVERYTHING)
    else:
        admin.attach_managed_policy_to_permission_set(
            **of, PermissionSetArn=reader, ManagedPolicyArn=ADMINISTRATOR
        )
    if id == "sso-001":
        admin.create_account_assignment(
            **of, PermissionSetArn=reader, TargetId=member, TargetType="AWS_ACCOUNT", PrincipalType="USER",
            PrincipalId=anne,
        )  # fmt: skip
    else:
        center.provision(reader)
    administrators = escalations(cloud).administrators
    assert any(f":{member}:role/aws-reserved/" in arn for arn in administrators)

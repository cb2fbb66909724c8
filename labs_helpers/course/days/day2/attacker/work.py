"""The legitimate work of Dana and her team, which must remain possible."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from labs_helpers.course.days.day2.attacker.attacked_account import (
    ALL_OF_S3,
    EVERYTHING,
    READ_S3,
    SERVICES,
    AttackedAccount,
    create_function,
)
from labs_helpers.course.situations.drawn_values import Drawing


@dataclass(frozen=True, slots=True)
class Work:
    """A task that Dana or her team does every week."""

    name: str
    story: str
    steps: Callable[[AttackedAccount], Any]

    def told_with(self, drawn: Drawing) -> Work:
        """Return the task with a story that contains a learner's own names."""
        return replace(self, story=drawn(self.story))


WORK: dict[str, Work] = {}


def work(name: str, story: str) -> Callable[[Callable[[AttackedAccount], Any]], Any]:
    """Register the decorated function as legitimate work."""

    def register(steps: Callable[[AttackedAccount], Any]) -> Any:
        """Add the steps of a task."""
        WORK[name] = Work(name, story, steps)
        return steps

    return register


@work("create a user", "Dana can't create the user /team/paul with the boundary.")
def _create_user(attacked: AttackedAccount) -> None:
    attacked.as_dana.create_user(
        UserName=attacked.drawn("paul"), Path="/team/", PermissionsBoundary=attacked.boundary
    )


@work("create a role", "Dana can't create the role /team/loader with the boundary.")
def _create_role(attacked: AttackedAccount) -> None:
    attacked.as_dana.create_role(
        RoleName=attacked.drawn("loader"),
        Path="/team/",
        AssumeRolePolicyDocument=SERVICES,
        PermissionsBoundary=attacked.boundary,
    )


@work("attach a policy to a user", "Dana can't attach AmazonS3ReadOnlyAccess to Nick, who is on her team.")
def _attach_user_policy(attacked: AttackedAccount) -> None:
    attacked.nick()
    attacked.as_dana.attach_user_policy(UserName="nick", PolicyArn=READ_S3)


@work("put an inline policy on a user", "Dana can't put an inline policy on Nick, who is on her team.")
def _put_user_policy(attacked: AttackedAccount) -> None:
    attacked.nick()
    attacked.as_dana.put_user_policy(UserName="nick", PolicyName="own", PolicyDocument=json.dumps(EVERYTHING))


@work("attach a policy to a role", "Dana can't attach AmazonS3ReadOnlyAccess to her team's role etl.")
def _attach_role_policy(attacked: AttackedAccount) -> None:
    attacked.etl()
    attacked.as_dana.attach_role_policy(RoleName="etl", PolicyArn=READ_S3)


@work("create an access key", "Dana can't create an access key for Nick, who is on her team.")
def _create_access_key(attacked: AttackedAccount) -> None:
    attacked.nick()
    attacked.key_of("nick")


@work("create a function", "Dana can't create the function team-loader, which runs as her team's role etl.")
def _create_function(attacked: AttackedAccount) -> None:
    create_function(attacked.dana.client("lambda"), attacked.drawn("team-loader"), attacked.etl())


@work("view IAM", "Dana can't view the account's users, roles, groups, policies, or keys.")
def _view_iam(attacked: AttackedAccount) -> None:
    attacked.nick()
    attacked.etl()
    attacked.leads()
    dana = attacked.as_dana
    dana.list_users()
    dana.list_roles()
    dana.get_user(UserName="dana")
    dana.get_role(RoleName="etl")
    dana.get_group(GroupName="leads")
    dana.get_policy_version(PolicyArn=attacked.policy, VersionId="v1")
    dana.list_attached_user_policies(UserName="nick")
    dana.list_access_keys(UserName="nick")
    dana.get_account_summary()
    dana.get_account_authorization_details()


@work("put an inline policy on a role", "Dana can't put an inline policy on her team's role etl.")
def _put_role_policy(attacked: AttackedAccount) -> None:
    attacked.etl()
    attacked.as_dana.put_role_policy(RoleName="etl", PolicyName="own", PolicyDocument=json.dumps(EVERYTHING))


@work(
    "remove a user's policies",
    "Dana can't detach a managed policy from a user on her team, or delete an inline policy.",
)
def _remove_policies_of_user(attacked: AttackedAccount) -> None:
    leaver = f"{attacked.drawn('leaver')}-2"
    attacked.iam.create_user(UserName=leaver, Path="/team/", PermissionsBoundary=attacked.boundary)
    attacked.iam.attach_user_policy(UserName=leaver, PolicyArn=READ_S3)
    attacked.iam.put_user_policy(UserName=leaver, PolicyName="own", PolicyDocument=json.dumps(EVERYTHING))
    attacked.as_dana.detach_user_policy(UserName=leaver, PolicyArn=READ_S3)
    attacked.as_dana.delete_user_policy(UserName=leaver, PolicyName="own")


@work("delete a user", "Dana can't delete a user on her team, with the user's access key.")
def _delete_user(attacked: AttackedAccount) -> None:
    leaver = attacked.drawn("leaver")
    attacked.iam.create_user(UserName=leaver, Path="/team/", PermissionsBoundary=attacked.boundary)
    key = attacked.iam.create_access_key(UserName=leaver)["AccessKey"]["AccessKeyId"]
    attacked.as_dana.delete_access_key(UserName=leaver, AccessKeyId=key)
    attacked.as_dana.delete_user(UserName=leaver)


@work(
    "remove a role's policies",
    "Dana can't detach a managed policy from one of her team's roles, or delete an inline policy.",
)
def _remove_policies_of_role(attacked: AttackedAccount) -> None:
    old = _role(attacked, f"{attacked.drawn('old')}-2")
    attacked.iam.attach_role_policy(RoleName=old, PolicyArn=READ_S3)
    attacked.iam.put_role_policy(RoleName=old, PolicyName="own", PolicyDocument=json.dumps(EVERYTHING))
    attacked.as_dana.delete_role_policy(RoleName=old, PolicyName="own")
    attacked.as_dana.detach_role_policy(RoleName=old, PolicyArn=READ_S3)


@work("delete a role", "Dana can't delete one of her team's roles.")
def _delete_role(attacked: AttackedAccount) -> None:
    attacked.as_dana.delete_role(RoleName=_role(attacked, attacked.drawn("old")))


def _role(attacked: AttackedAccount, name: str) -> str:
    attacked.iam.create_role(
        RoleName=name,
        Path="/team/",
        AssumeRolePolicyDocument=SERVICES,
        PermissionsBoundary=attacked.boundary,
    )
    return name


@work(
    "use the team's own data",
    "Nick, with a policy for all of S3, can't list, read, or write the team's bucket.",
)
def _use_team_data(attacked: AttackedAccount) -> None:
    attacked.bucket(attacked.data)
    nick = attacked.nick()
    attacked.iam.attach_user_policy(UserName="nick", PolicyArn=ALL_OF_S3)
    s3 = nick.client("s3")
    s3.list_objects_v2(Bucket=attacked.data)
    s3.get_object(Bucket=attacked.data, Key="list.txt")
    s3.put_object(Bucket=attacked.data, Key=attacked.drawn("new.txt"), Body=b"more")

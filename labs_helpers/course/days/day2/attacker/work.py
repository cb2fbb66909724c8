"""The legitimate work of Dana and her team, which must remain possible."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from labs_helpers.course.days.day2.attacker.world import (
    ALL_OF_S3,
    EVERYTHING,
    READ_S3,
    SERVICES,
    World,
    create_function,
)
from labs_helpers.course.situations.drawn_values import Drawing


@dataclass(frozen=True, slots=True)
class Work:
    """A task that Dana or her team does every week."""

    name: str
    story: str
    steps: Callable[[World], Any]

    def told_with(self, drawn: Drawing) -> Work:
        """Return the task with a story that contains a learner's own names."""
        return replace(self, story=drawn(self.story))


WORK: dict[str, Work] = {}


def work(name: str, story: str) -> Callable[[Callable[[World], Any]], Any]:
    """Register the decorated function as legitimate work."""

    def register(steps: Callable[[World], Any]) -> Any:
        """Add the steps of a task."""
        WORK[name] = Work(name, story, steps)
        return steps

    return register


@work("create a user", "Dana can't create the user /team/paul with the boundary.")
def _create_user(world: World) -> None:
    world.as_dana.create_user(UserName=world.drawn("paul"), Path="/team/", PermissionsBoundary=world.boundary)


@work("create a role", "Dana can't create the role /team/loader with the boundary.")
def _create_role(world: World) -> None:
    world.as_dana.create_role(
        RoleName=world.drawn("loader"),
        Path="/team/",
        AssumeRolePolicyDocument=SERVICES,
        PermissionsBoundary=world.boundary,
    )


@work("attach a policy to a user", "Dana can't attach AmazonS3ReadOnlyAccess to Nick, who is on her team.")
def _attach_user_policy(world: World) -> None:
    world.nick()
    world.as_dana.attach_user_policy(UserName="nick", PolicyArn=READ_S3)


@work("put an inline policy on a user", "Dana can't put an inline policy on Nick, who is on her team.")
def _put_user_policy(world: World) -> None:
    world.nick()
    world.as_dana.put_user_policy(UserName="nick", PolicyName="own", PolicyDocument=json.dumps(EVERYTHING))


@work("attach a policy to a role", "Dana can't attach AmazonS3ReadOnlyAccess to her team's role etl.")
def _attach_role_policy(world: World) -> None:
    world.etl()
    world.as_dana.attach_role_policy(RoleName="etl", PolicyArn=READ_S3)


@work("create an access key", "Dana can't create an access key for Nick, who is on her team.")
def _create_access_key(world: World) -> None:
    world.nick()
    world.key_of("nick")


@work("create a function", "Dana can't create the function team-loader, which runs as her team's role etl.")
def _create_function(world: World) -> None:
    create_function(world.dana.client("lambda"), world.drawn("team-loader"), world.etl())


@work("view IAM", "Dana can't view the account's users, roles, groups, policies, and keys.")
def _view_iam(world: World) -> None:
    world.nick()
    world.etl()
    world.leads()
    dana = world.as_dana
    dana.list_users()
    dana.list_roles()
    dana.get_user(UserName="dana")
    dana.get_role(RoleName="etl")
    dana.get_group(GroupName="leads")
    dana.get_policy_version(PolicyArn=world.policy, VersionId="v1")
    dana.list_attached_user_policies(UserName="nick")
    dana.list_access_keys(UserName="nick")
    dana.get_account_summary()
    dana.get_account_authorization_details()


@work(
    "delete a user", "Dana can't remove the policies and the key of a user on her team and delete the user."
)
def _delete_user(world: World) -> None:
    leaver = world.drawn("leaver")
    world.iam.create_user(UserName=leaver, Path="/team/", PermissionsBoundary=world.boundary)
    world.iam.attach_user_policy(UserName=leaver, PolicyArn=READ_S3)
    world.iam.put_user_policy(UserName=leaver, PolicyName="own", PolicyDocument=json.dumps(EVERYTHING))
    key = world.iam.create_access_key(UserName=leaver)["AccessKey"]["AccessKeyId"]
    world.as_dana.detach_user_policy(UserName=leaver, PolicyArn=READ_S3)
    world.as_dana.delete_user_policy(UserName=leaver, PolicyName="own")
    world.as_dana.delete_access_key(UserName=leaver, AccessKeyId=key)
    world.as_dana.delete_user(UserName=leaver)


@work(
    "delete a role",
    "Dana can't put an inline policy on a role of her team, remove its policies, and delete it.",
)
def _delete_role(world: World) -> None:
    old = world.drawn("old")
    world.iam.create_role(
        RoleName=old,
        Path="/team/",
        AssumeRolePolicyDocument=SERVICES,
        PermissionsBoundary=world.boundary,
    )
    world.iam.attach_role_policy(RoleName=old, PolicyArn=READ_S3)
    world.as_dana.put_role_policy(RoleName=old, PolicyName="own", PolicyDocument=json.dumps(EVERYTHING))
    world.as_dana.delete_role_policy(RoleName=old, PolicyName="own")
    world.as_dana.detach_role_policy(RoleName=old, PolicyArn=READ_S3)
    world.as_dana.delete_role(RoleName=old)


@work(
    "use the team's own data",
    "Nick, with a policy for all of S3, can't list, read, or write the team's bucket.",
)
def _use_team_data(world: World) -> None:
    world.bucket(world.data)
    nick = world.nick()
    world.iam.attach_user_policy(UserName="nick", PolicyArn=ALL_OF_S3)
    s3 = nick.client("s3")
    s3.list_objects_v2(Bucket=world.data)
    s3.get_object(Bucket=world.data, Key="list.txt")
    s3.put_object(Bucket=world.data, Key=world.drawn("new.txt"), Body=b"more")

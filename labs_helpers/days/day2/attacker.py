"""An attacker who tries the known ways from "may manage some users" to "may do everything", as real calls.

Dana is a delegated administrator: she may make users and roles for her team, under a permissions boundary. Each path
is tried in an account of its own, which is made for it, so that none helps another. A path got through if the
attacker ends with what only administrators have: the object in the bucket `jewels-<account>`, an administrator's
password, or code that runs as an administrator's role.

The paths, and how policies stop them:
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html (delegating with boundaries)
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from labs_helpers.course.display import Page
from labs_helpers.course.repair import answer_of

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

HOME = "111122223333"
"""The account that the learner's policies name; each try runs in another, whose number is put in its place."""
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
PASSWORD = "Winter-is-over-2026!"
IMAGE = "ami-12c6146b"
"""One of the images that there are in the cloud."""


class World:
    """An account with Dana, her two policies, her team under /team/, and what she must not get at."""

    def __init__(self, cloud: Cloud, identity: Mapping[str, Any], boundary: Mapping[str, Any]) -> None:
        self.cloud = cloud
        self.account = _unused_account(cloud)
        self.admin = Holder(cloud.administrator(self.account))
        self.iam = self.admin.client("iam")
        self.jewels, self.data = f"jewels-{self.account}", f"team-data-{self.account}"
        self.boundary = self._managed("team-boundary", boundary)
        self.policy = self._managed("delegated-admin", identity)
        self.dana = self._user("dana")
        self.iam.attach_user_policy(UserName="dana", PolicyArn=self.policy)
        self.bucket(self.jewels)
        self._tom: Holder | None = None
        self._etl = ""

    def arn(self, what: str) -> str:
        return f"arn:aws:iam::{self.account}:{what}"

    def _managed(self, name: str, document: Mapping[str, Any]) -> str:
        """A managed policy whose first version, kept and forgotten, allows everything."""
        made = self.iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(EVERYTHING))
        text = json.dumps(document).replace(HOME, self.account)
        arn = made["Policy"]["Arn"]
        self.iam.create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)
        return arn

    def _user(self, name: str, **more: Any) -> Holder:
        self.iam.create_user(UserName=name, **more)
        return Holder(self.iam.create_access_key(UserName=name)["AccessKey"])

    def bucket(self, name: str) -> None:
        """A bucket with one object, list.txt."""
        s3 = self.admin.client("s3")
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="list.txt", Body=b"secret")

    # What some paths need, made when they ask for it

    @cached_property
    def as_dana(self) -> Any:
        """Dana's IAM client."""
        return self.dana.client("iam")

    def administrators(self, *users: str) -> None:
        """The group of administrators, and users in it."""
        self.iam.create_group(GroupName="administrators")
        self.iam.attach_group_policy(GroupName="administrators", PolicyArn=ADMINISTRATOR)
        for user in users:
            self.iam.create_user(UserName=user)
            self.iam.add_user_to_group(GroupName="administrators", UserName=user)

    def leads(self) -> None:
        """The group of team leads, without policies, and Dana in it."""
        self.iam.create_group(GroupName="leads")
        self.iam.add_user_to_group(GroupName="leads", UserName="dana")

    def admin_role(self) -> str:
        """A role that may do everything, which Lambda and EC2 may assume; also as an instance profile."""
        self.iam.create_role(RoleName="admin", AssumeRolePolicyDocument=SERVICES)
        self.iam.attach_role_policy(RoleName="admin", PolicyArn=ADMINISTRATOR)
        self.iam.create_instance_profile(InstanceProfileName="admin")
        self.iam.add_role_to_instance_profile(InstanceProfileName="admin", RoleName="admin")
        return self.arn("role/admin")

    def tom(self) -> Holder:
        """A member of Dana's team: under /team/, with the boundary. The same one each time."""
        if self._tom is None:
            self._tom = self._user("tom", Path="/team/", PermissionsBoundary=self.boundary)
        return self._tom

    def olga(self) -> Holder:
        """A member of Dana's team from before there was a boundary: under /team/, without one."""
        return self._user("olga", Path="/team/")

    def etl(self) -> str:
        """A role of Dana's team: under /team/, with the boundary, for Lambda. The same one each time."""
        if not self._etl:
            made = self.iam.create_role(
                RoleName="etl",
                Path="/team/",
                AssumeRolePolicyDocument=SERVICES,
                PermissionsBoundary=self.boundary,
            )
            self._etl = made["Role"]["Arn"]
        return self._etl

    def trusting_dana(self) -> str:
        """A trust policy that lets Dana in."""
        return trusting({"AWS": self.arn("user/dana")})

    def assumed(self, role: str) -> Holder:
        """Dana's session of a role."""
        answer = self.dana.client("sts").assume_role(RoleArn=self.arn(role), RoleSessionName="dana")
        return Holder(answer["Credentials"])

    def key_of(self, user: str) -> Holder:
        """Whoever holds a key that Dana makes for a user."""
        return Holder(self.as_dana.create_access_key(UserName=user)["AccessKey"])


class Holder:
    """Whoever holds some keys: gives clients, as a session does.

    All share one client a service, which signs each call with the keys of whoever makes it: a new client for each key
    would take most of the attacker's time.
    """

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._keys = keys

    def client(self, service: str) -> _Client:
        return _Client(service, self._keys)


class _Client:
    """A service's shared client in the hands of someone."""

    def __init__(self, service: str, keys: Mapping[str, str]) -> None:
        self._service, self._keys = service, keys

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**parameters: Any) -> Any:
            signer = _shared().get_credentials()
            signer.access_key, signer.secret_key = self._keys["AccessKeyId"], self._keys["SecretAccessKey"]
            signer.token = self._keys.get("SessionToken")
            return getattr(_shared_client(self._service), operation)(**parameters)

        return call


@cache
def _shared() -> boto3.Session:
    return boto3.Session("nobody", "nothing", region_name="us-east-1")


@cache
def _shared_client(service: str) -> Any:
    return _shared().client(service)


def trusting(principal: Mapping[str, Any]) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


SERVICES = trusting({"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]})


def _unused_account(cloud: Cloud) -> str:
    number = sum(arn.endswith(":user/admin") and ":7000" in arn for arn in cloud.identities())
    return f"7000{number + 1:08d}"


@cache
def _code() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("work.py", "def handler(event, context):\n    return event\n")
    return packed.getvalue()


def create_function(client: Any, name: str, role: str) -> None:
    """A Lambda function that does nothing, as a role."""
    client.create_function(
        FunctionName=name, Runtime="python3.13", Role=role, Handler="work.handler", Code={"ZipFile": _code()}
    )


# The paths


@dataclass(frozen=True, slots=True)
class Path:
    """One way up: what it is called, how it goes, and what it needs that should be withheld.

    `steps` performs it and gives the session that should now be an administrator's, or None if it is enough to have
    come so far. `decisive` is the action that opens the way, `stopped_by` the policy that has to stop it.
    """

    name: str
    story: str
    decisive: str
    stopped_by: str
    steps: Callable[[World], Holder | boto3.Session | None]


PATHS: dict[str, Path] = {}


def path(
    name: str, story: str, decisive: str, stopped_by: str = "identity"
) -> Callable[[Callable[[World], Any]], Any]:
    """Register a path."""

    def register(steps: Callable[[World], Any]) -> Any:
        PATHS[name] = Path(name, story, decisive, stopped_by, steps)
        return steps

    return register


@path(
    "CreatePolicyVersion",
    "Dana gives her own policy a new version that allows everything.",
    "iam:CreatePolicyVersion",
)
def _(world: World) -> Holder:
    world.as_dana.create_policy_version(
        PolicyArn=world.policy, PolicyDocument=json.dumps(EVERYTHING), SetAsDefault=True
    )
    return world.dana


@path(
    "SetDefaultPolicyVersion",
    "Dana brings back an old version of her own policy, which allowed everything.",
    "iam:SetDefaultPolicyVersion",
)
def _(world: World) -> Holder:
    world.as_dana.set_default_policy_version(PolicyArn=world.policy, VersionId="v1")
    return world.dana


@path("AttachUserPolicy", "Dana attaches AdministratorAccess to herself.", "iam:AttachUserPolicy")
def _(world: World) -> Holder:
    world.as_dana.attach_user_policy(UserName="dana", PolicyArn=ADMINISTRATOR)
    return world.dana


@path("PutUserPolicy", "Dana writes an inline policy onto herself.", "iam:PutUserPolicy")
def _(world: World) -> Holder:
    world.as_dana.put_user_policy(UserName="dana", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    return world.dana


@path("AttachGroupPolicy", "Dana attaches AdministratorAccess to her own group.", "iam:AttachGroupPolicy")
def _(world: World) -> Holder:
    world.leads()
    world.as_dana.attach_group_policy(GroupName="leads", PolicyArn=ADMINISTRATOR)
    return world.dana


@path("PutGroupPolicy", "Dana writes an inline policy onto her own group.", "iam:PutGroupPolicy")
def _(world: World) -> Holder:
    world.leads()
    world.as_dana.put_group_policy(GroupName="leads", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    return world.dana


@path("AddUserToGroup", "Dana joins the group of administrators.", "iam:AddUserToGroup")
def _(world: World) -> Holder:
    world.administrators()
    world.as_dana.add_user_to_group(GroupName="administrators", UserName="dana")
    return world.dana


@path("CreateAccessKey", "Dana makes an access key for an administrator.", "iam:CreateAccessKey")
def _(world: World) -> Holder:
    world.administrators("ada")
    return world.key_of("ada")


@path("CreateLoginProfile", "Dana gives an administrator a password.", "iam:CreateLoginProfile")
def _(world: World) -> None:
    world.administrators("ada")
    world.as_dana.create_login_profile(UserName="ada", Password=PASSWORD)


@path("UpdateLoginProfile", "Dana changes an administrator's password.", "iam:UpdateLoginProfile")
def _(world: World) -> None:
    world.administrators("ada")
    world.iam.create_login_profile(UserName="ada", Password=PASSWORD[::-1])
    world.as_dana.update_login_profile(UserName="ada", Password=PASSWORD)


@path(
    "UpdateAssumeRolePolicy",
    "Dana writes herself into the trust policy of the role admin, and assumes it.",
    "iam:UpdateAssumeRolePolicy",
)
def _(world: World) -> Holder:
    world.admin_role()
    world.as_dana.update_assume_role_policy(RoleName="admin", PolicyDocument=world.trusting_dana())
    return world.assumed("role/admin")


@path(
    "AttachRolePolicy",
    "Dana attaches AdministratorAccess to a role that she may assume.",
    "iam:AttachRolePolicy",
)
def _(world: World) -> Holder:
    world.iam.create_role(RoleName="viewer", AssumeRolePolicyDocument=world.trusting_dana())
    world.as_dana.attach_role_policy(RoleName="viewer", PolicyArn=ADMINISTRATOR)
    return world.assumed("role/viewer")


@path("PutRolePolicy", "Dana writes an inline policy onto a role that she may assume.", "iam:PutRolePolicy")
def _(world: World) -> Holder:
    world.iam.create_role(RoleName="viewer", AssumeRolePolicyDocument=world.trusting_dana())
    world.as_dana.put_role_policy(RoleName="viewer", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    return world.assumed("role/viewer")


@path("PassRole to Lambda", "Dana makes a function that runs as the role admin.", "iam:PassRole")
def _(world: World) -> None:
    create_function(world.dana.client("lambda"), "team-nightly", world.admin_role())


@path(
    "PassRole to EC2",
    "Dana starts an instance with the role admin, and takes its credentials from there.",
    "iam:PassRole",
)
def _(world: World) -> boto3.Session:
    world.admin_role()
    made = world.dana.client("ec2").run_instances(
        ImageId=IMAGE, MinCount=1, MaxCount=1, IamInstanceProfile={"Name": "admin"}
    )
    return world.cloud.instance(made["Instances"][0]["InstanceId"]).session()


@path(
    "UpdateFunctionCode",
    "Dana puts her own code into a function that runs as the role admin.",
    "lambda:UpdateFunctionCode",
)
def _(world: World) -> None:
    create_function(world.admin.client("lambda"), "billing", world.admin_role())
    world.dana.client("lambda").update_function_code(FunctionName="billing", ZipFile=_code())


@path("CreateUser without boundary", "Dana makes a user without the boundary.", "iam:CreateUser")
def _(world: World) -> Holder:
    world.as_dana.create_user(UserName="zoe", Path="/team/")
    world.as_dana.attach_user_policy(UserName="zoe", PolicyArn=ADMINISTRATOR)
    return world.key_of("zoe")


@path("CreateRole without boundary", "Dana makes a role without the boundary.", "iam:CreateRole")
def _(world: World) -> Holder:
    world.as_dana.create_role(RoleName="zed", Path="/team/", AssumeRolePolicyDocument=world.trusting_dana())
    world.as_dana.attach_role_policy(RoleName="zed", PolicyArn=ADMINISTRATOR)
    return world.assumed("role/team/zed")


@path(
    "CreateUser with another boundary",
    "Dana makes a user whose boundary is AdministratorAccess.",
    "iam:CreateUser",
)
def _(world: World) -> Holder:
    world.as_dana.create_user(UserName="zoe", Path="/team/", PermissionsBoundary=ADMINISTRATOR)
    world.as_dana.attach_user_policy(UserName="zoe", PolicyArn=ADMINISTRATOR)
    return world.key_of("zoe")


@path(
    "AttachUserPolicy to an old user",
    "Dana attaches AdministratorAccess to Olga, who is in the team and has no boundary.",
    "iam:AttachUserPolicy",
)
def _(world: World) -> Holder:
    olga = world.olga()
    world.as_dana.attach_user_policy(UserName="olga", PolicyArn=ADMINISTRATOR)
    return olga


@path(
    "PutUserPolicy on an old user",
    "Dana writes an inline policy onto Olga, who is in the team and has no boundary.",
    "iam:PutUserPolicy",
)
def _(world: World) -> Holder:
    olga = world.olga()
    world.as_dana.put_user_policy(UserName="olga", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    return olga


@path(
    "DeleteUserPermissionsBoundary",
    "Dana takes the boundary off Tom, who has AdministratorAccess within it.",
    "iam:DeleteUserPermissionsBoundary",
)
def _(world: World) -> Holder:
    tom = _strong_tom(world)
    world.as_dana.delete_user_permissions_boundary(UserName="tom")
    return tom


@path(
    "PutUserPermissionsBoundary",
    "Dana gives Tom a wider boundary: AdministratorAccess.",
    "iam:PutUserPermissionsBoundary",
)
def _(world: World) -> Holder:
    tom = _strong_tom(world)
    world.as_dana.put_user_permissions_boundary(UserName="tom", PermissionsBoundary=ADMINISTRATOR)
    return tom


@path(
    "CreatePolicyVersion of the boundary",
    "Dana gives the boundary itself a new version that allows everything.",
    "iam:CreatePolicyVersion",
)
def _(world: World) -> Holder:
    tom = _strong_tom(world)
    world.as_dana.create_policy_version(
        PolicyArn=world.boundary, PolicyDocument=json.dumps(EVERYTHING), SetAsDefault=True
    )
    return tom


@path(
    "SetDefaultPolicyVersion of the boundary",
    "Dana brings back an old version of the boundary, which allowed everything.",
    "iam:SetDefaultPolicyVersion",
)
def _(world: World) -> Holder:
    tom = _strong_tom(world)
    world.as_dana.set_default_policy_version(PolicyArn=world.boundary, VersionId="v1")
    return tom


@path(
    "a boundary that is too wide",
    "Tom, with AdministratorAccess within the boundary, simply reads the jewels.",
    "s3:GetObject",
    "boundary",
)
def _(world: World) -> Holder:
    return _strong_tom(world)


@path(
    "a boundary that allows IAM",
    "Tom, with AdministratorAccess within the boundary, makes a key for an administrator.",
    "iam:CreateAccessKey",
    "boundary",
)
def _(world: World) -> Holder:
    tom = _strong_tom(world)
    world.administrators("ada")
    return Holder(tom.client("iam").create_access_key(UserName="ada")["AccessKey"])


def _strong_tom(world: World) -> Holder:
    tom = world.tom()
    world.iam.attach_user_policy(UserName="tom", PolicyArn=ADMINISTRATOR)
    return tom


# The work that must go on


@dataclass(frozen=True, slots=True)
class Work:
    """Something that Dana or her team does every week."""

    name: str
    story: str
    steps: Callable[[World], Any]


WORK: dict[str, Work] = {}


def work(name: str, story: str) -> Callable[[Callable[[World], Any]], Any]:
    """Register a piece of honest work."""

    def register(steps: Callable[[World], Any]) -> Any:
        WORK[name] = Work(name, story, steps)
        return steps

    return register


@work("a new user", "Dana can't create a user /team/nick with the boundary.")
def _(world: World) -> None:
    world.as_dana.create_user(UserName="nick", Path="/team/", PermissionsBoundary=world.boundary)


@work("a new role", "Dana can't create a role /team/loader with the boundary.")
def _(world: World) -> None:
    world.as_dana.create_role(
        RoleName="loader",
        Path="/team/",
        AssumeRolePolicyDocument=SERVICES,
        PermissionsBoundary=world.boundary,
    )


@work("a policy for a user", "Dana can't attach AmazonS3ReadOnlyAccess to Tom of her team.")
def _(world: World) -> None:
    world.tom()
    world.as_dana.attach_user_policy(UserName="tom", PolicyArn=READ_S3)


@work("an inline policy for a user", "Dana can't write an inline policy onto Tom of her team.")
def _(world: World) -> None:
    world.tom()
    world.as_dana.put_user_policy(UserName="tom", PolicyName="own", PolicyDocument=json.dumps(EVERYTHING))


@work("a policy for a role", "Dana can't attach AmazonS3ReadOnlyAccess to the role etl of her team.")
def _(world: World) -> None:
    world.etl()
    world.as_dana.attach_role_policy(RoleName="etl", PolicyArn=READ_S3)


@work("an access key", "Dana can't make an access key for Tom of her team.")
def _(world: World) -> None:
    world.tom()
    world.key_of("tom")


@work("a function", "Dana can't make the function team-etl, which runs as the role etl of her team.")
def _(world: World) -> None:
    create_function(world.dana.client("lambda"), "team-etl", world.etl())


@work("a look around", "Dana can't list the account's users.")
def _(world: World) -> None:
    world.as_dana.list_users()


@work(
    "somebody leaves", "Dana can't take the policy and the key from a user of her team, and delete the user."
)
def _(world: World) -> None:
    world.iam.create_user(UserName="tess", Path="/team/", PermissionsBoundary=world.boundary)
    world.iam.attach_user_policy(UserName="tess", PolicyArn=READ_S3)
    key = world.iam.create_access_key(UserName="tess")["AccessKey"]["AccessKeyId"]
    world.as_dana.detach_user_policy(UserName="tess", PolicyArn=READ_S3)
    world.as_dana.delete_access_key(UserName="tess", AccessKeyId=key)
    world.as_dana.delete_user(UserName="tess")


@work("the team's own data", "Tom, with AmazonS3ReadOnlyAccess, can't read list.txt in the team's bucket.")
def _(world: World) -> None:
    world.bucket(world.data)
    tom = world.tom()
    world.iam.attach_user_policy(UserName="tom", PolicyArn=READ_S3)
    tom.client("s3").get_object(Bucket=world.data, Key="list.txt")


# Trying them


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a path. `refused`: AWS's answer to the call that stopped it, None if it got through.

    `why` says which statement of which policy let the decisive call through.
    """

    path: Path
    refused: str | None
    by_permission: bool = True
    operation: str = ""
    why: str = ""

    @property
    def through(self) -> bool:
        return self.refused is None


@dataclass(frozen=True, slots=True)
class Report:
    """All paths and all work. As a cell's last value it shows itself."""

    outcomes: tuple[Outcome, ...]
    stopped_work: tuple[tuple[Work, str], ...] = field(default=())

    @property
    def got_through(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.through)

    def messages(self) -> list[str]:
        """One line for each path that got through and each piece of work that is stopped."""
        lines = [f"{one.path.name}: {one.path.story} It got through: {one.why}" for one in self.got_through]
        lines += [
            f"{one.path.name}: it failed, but not for want of permission: {one.refused}"
            for one in self.outcomes
            if not one.through and not one.by_permission
        ]
        return lines + [f"Honest work is stopped: {one.story} {answer}" for one, answer in self.stopped_work]

    def page(self) -> Page:
        page = Page().heading(f"{len(self.got_through)} of {len(self.outcomes)} paths got through")
        rows = [
            (
                one.path.name,
                "✗ got through" if one.through else "✓ stopped",
                one.operation or "all calls worked",
            )
            for one in self.outcomes
        ]
        return page.table(("path", "result", "refused at"), rows)

    def show(self) -> None:
        self.page().show()

    def _ipython_display_(self) -> None:
        self.show()

    def __repr__(self) -> str:
        return self.page().text


def attack(
    cloud: Cloud,
    identity: Mapping[str, Any],
    boundary: Mapping[str, Any],
    paths: tuple[str, ...] = (),
    works: tuple[str, ...] = (),
) -> Report:
    """Try paths and work (all of them unless named) with Dana's policy and her team's boundary in force.

    ClientError if IAM doesn't take one of the policies.
    """
    outcomes = [
        _try(World(cloud, identity, boundary), PATHS[name], identity, boundary) for name in paths or PATHS
    ]
    stopped, office = [], World(cloud, identity, boundary)
    for name in works or WORK:
        try:
            WORK[name].steps(office)
        except ClientError as error:
            stopped.append((WORK[name], f"AWS answers: {answer_of(error)}"))
    return Report(tuple(outcomes), tuple(stopped))


def _try(world: World, way: Path, identity: Mapping[str, Any], boundary: Mapping[str, Any]) -> Outcome:
    try:
        gained = way.steps(world)
        if gained is not None:
            gained.client("s3").get_object(Bucket=world.jewels, Key="list.txt")
    except ClientError as error:
        return Outcome(way, answer_of(error), world.cloud.record[-1].refused, error.operation_name)
    document = boundary if way.stopped_by == "boundary" else identity
    return Outcome(way, None, why=_why(world, way, document))


def _why(world: World, way: Path, document: Mapping[str, Any]) -> str:
    """The call that opened the way, and the statement that allowed it."""
    action, resource, who = _decisive(world, way)
    name = "the boundary" if way.stopped_by == "boundary" else "Dana's policy"
    called = f"{name} allows `{action}` on `{resource.replace(world.account, HOME)}`"
    statement = _allowing(world, document, action, resource, who)
    return f"{called} ({statement})" if statement else called


def _decisive(world: World, way: Path) -> tuple[str, str, str]:
    """(action, resource, caller) of the last call of the account that used the path's decisive action."""
    for entry in reversed(world.cloud.record):
        if entry.caller_account != world.account or entry.principal_arn == world.arn("user/admin"):
            continue
        for action, resource in entry.allowed:
            if action.lower() == way.decisive.lower():
                return action, resource, entry.principal_arn or ""
    return way.decisive, "*", world.arn("user/dana")


def _allowing(world: World, document: Mapping[str, Any], action: str, resource: str, who: str) -> str:
    """Which statement of the document allows it, with or without the boundary in the request; empty if none."""
    from labs_helpers.policy import AccessRequest, Attached, Policies, Principal, decide, parse_policy

    text = json.dumps(document).replace(HOME, world.account)
    policies = Policies(identity=(Attached("policy", parse_policy(text)),))
    for context in (
        {},
        {"iam:PermissionsBoundary": world.boundary},
        {"iam:PermissionsBoundary": ADMINISTRATOR},
    ):
        decision = decide(
            AccessRequest.of(
                Principal.from_arn(who), action, resource, account=world.account, context=context
            ),
            policies,
        )
        for check in decision.checks if decision.allowed else ():
            for matched in check.matched:
                return f"statement {matched.index + 1}" + (f' "{matched.sid}"' if matched.sid else "")
    return ""

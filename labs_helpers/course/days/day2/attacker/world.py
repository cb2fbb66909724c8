"""The account in which an attacker with Dana's key tries her luck, and in which Dana does her honest work."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from labs_helpers.course.situations.identity_clients import client_as

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud, Entry

HOME = "111122223333"
"""The account that the learner's policies name; each try runs in another, whose number is put in its place."""
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
HARMLESS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}],
}
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
ALL_OF_S3 = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
PASSWORD = "Winter-is-over-2026!"
IMAGE = "ami-12c6146b"
"""One of the images that there are in the cloud."""


def trusting(principal: Mapping[str, Any]) -> str:
    """A trust policy that lets a principal in."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


SERVICES = trusting({"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]})


class Holder:
    """Whoever holds some keys: gives clients, as a session does."""

    def __init__(self, cloud: Cloud, keys: Mapping[str, str]) -> None:
        self._cloud, self._keys = cloud, dict(keys)

    def client(self, service: str) -> Any:
        return client_as(self._cloud, self._keys, service)


class World:
    """An account with Dana, her two policies, her team under /team/, and what she must not get at.

    What only some paths need is made when they ask for it, once: a path that was stopped leaves the world as it was,
    and the next one is tried in it.
    """

    def __init__(self, cloud: Cloud, identity: Mapping[str, Any], boundary: Mapping[str, Any]) -> None:
        self.cloud = cloud
        self.account = _unused_account(cloud)
        self.admin = Holder(cloud, cloud.administrator(self.account))
        self.iam = self.admin.client("iam")
        self.jewels, self.data = f"jewels-{self.account}", f"team-data-{self.account}"
        self._made: dict[str, Any] = {}
        self.boundary = self._managed("team-boundary", boundary)
        self.policy = self._managed("delegated-admin", identity)
        self.dana = self._user("dana")
        self.iam.attach_user_policy(UserName="dana", PolicyArn=self.policy)
        self.bucket(self.jewels)
        self.touched = False

    def arn(self, what: str) -> str:
        """The ARN of something of this account's IAM."""
        return f"arn:aws:iam::{self.account}:{what}"

    def listen(self, entry: Entry) -> None:
        """A call was made: whether somebody but the administrator has changed something here."""
        self.touched |= (
            entry.error_code is None
            and not entry.read_only
            and entry.caller_account == self.account
            and entry.principal_arn != self.arn("user/admin")
        )

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    def _managed(self, name: str, document: Mapping[str, Any]) -> str:
        """A managed policy whose first version, kept and forgotten, allows everything."""
        made = self.iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(EVERYTHING))
        text = json.dumps(document).replace(HOME, self.account)
        arn = made["Policy"]["Arn"]
        self.iam.create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)
        return arn

    def _user(self, name: str, **more: Any) -> Holder:
        self.iam.create_user(UserName=name, **more)
        return Holder(self.cloud, self.iam.create_access_key(UserName=name)["AccessKey"])

    def bucket(self, name: str) -> None:
        """A bucket with one object, list.txt."""
        s3 = self.admin.client("s3")
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="list.txt", Body=b"secret")

    # Who else is there

    @property
    def as_dana(self) -> Any:
        """Dana's IAM client."""
        return self.dana.client("iam")

    def administrators(self, *users: str) -> None:
        """The group of administrators, and users in it."""

        def make() -> None:
            self.iam.create_group(GroupName="administrators")
            self.iam.attach_group_policy(GroupName="administrators", PolicyArn=ADMINISTRATOR)

        self._once("administrators", make)
        for user in users:
            self._once(f"administrator {user}", partial(self._administrator, user))

    def _administrator(self, user: str) -> None:
        self.iam.create_user(UserName=user)
        self.iam.add_user_to_group(GroupName="administrators", UserName=user)

    def with_password(self, user: str) -> None:
        """An administrator who has a password."""
        self.administrators(user)
        self._once(
            f"password of {user}",
            lambda: self.iam.create_login_profile(UserName=user, Password=PASSWORD[::-1]),
        )

    def with_two_keys(self, user: str) -> str:
        """An administrator who has two access keys, as many as may be; the id of one of them."""
        self.administrators(user)

        def make() -> str:
            self.iam.create_access_key(UserName=user)
            return self.iam.create_access_key(UserName=user)["AccessKey"]["AccessKeyId"]

        return self._once(f"keys of {user}", make)

    def leads(self) -> None:
        """The group of team leads, without policies, and Dana in it."""

        def make() -> None:
            self.iam.create_group(GroupName="leads")
            self.iam.add_user_to_group(GroupName="leads", UserName="dana")

        self._once("leads", make)

    def ben(self) -> None:
        """A user of another team, who may do nothing."""
        self._once("ben", lambda: self.iam.create_user(UserName="ben"))

    def tom(self) -> Holder:
        """A member of Dana's team: under /team/, with the boundary."""
        return self._once("tom", lambda: self._user("tom", Path="/team/", PermissionsBoundary=self.boundary))

    def strong_tom(self) -> Holder:
        """Tom, with AdministratorAccess within the boundary."""
        tom = self.tom()
        self._once("strong", lambda: self.iam.attach_user_policy(UserName="tom", PolicyArn=ADMINISTRATOR))
        return tom

    def olga(self) -> Holder:
        """A member of Dana's team from before there was a boundary: under /team/, without one."""
        return self._once("olga", lambda: self._user("olga", Path="/team/"))

    # Roles

    def admin_role(self) -> str:
        """A role that may do everything, which Lambda and EC2 may assume; also as an instance profile."""

        def make() -> str:
            self._role("admin", SERVICES)
            self.iam.attach_role_policy(RoleName="admin", PolicyArn=ADMINISTRATOR)
            self.iam.create_instance_profile(InstanceProfileName="admin")
            self.iam.add_role_to_instance_profile(InstanceProfileName="admin", RoleName="admin")
            return self.arn("role/admin")

        return self._once("admin", make)

    def break_glass(self) -> None:
        """A role that may do everything, which the account's people may assume whom a policy lets."""

        def make() -> None:
            self._role("break-glass", trusting({"AWS": self.arn("root")}))
            self.iam.attach_role_policy(RoleName="break-glass", PolicyArn=ADMINISTRATOR)

        self._once("break-glass", make)

    def viewer(self) -> str:
        """A role that Dana may assume, with a managed policy that allows next to nothing; the policy's ARN."""

        def make() -> str:
            self._role("viewer", self.trusting_dana())
            return self._harmless_policy("viewers", "viewer")

        return self._once("viewer", make)

    def batch(self) -> str:
        """A role of a service, with a managed policy that allows next to nothing; the policy's ARN."""

        def make() -> str:
            self._role("batch", SERVICES)
            return self._harmless_policy("batches", "batch")

        return self._once("batch", make)

    def _role(self, name: str, trust: str, **more: Any) -> str:
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **more)
        return made["Role"]["Arn"]

    def _harmless_policy(self, name: str, role: str) -> str:
        made = self.iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(HARMLESS))
        self.iam.attach_role_policy(RoleName=role, PolicyArn=made["Policy"]["Arn"])
        return made["Policy"]["Arn"]

    def desk(self) -> Holder:
        """Dana's session of a role that has her policy, for those who work through roles."""

        def make() -> Holder:
            self._role("desk", self.trusting_dana())
            self.iam.attach_role_policy(RoleName="desk", PolicyArn=self.policy)
            return self.assumed("role/desk")

        return self._once("desk", make)

    def etl(self) -> str:
        """A role of Dana's team: under /team/, with the boundary, for Lambda."""
        return self._once(
            "etl", lambda: self._role("etl", SERVICES, Path="/team/", PermissionsBoundary=self.boundary)
        )

    def reader(self) -> None:
        """A role of Dana's team, with AdministratorAccess within the boundary, which Dana may assume."""

        def make() -> None:
            self._role("reader", self.trusting_dana(), Path="/team/", PermissionsBoundary=self.boundary)
            self.iam.attach_role_policy(RoleName="reader", PolicyArn=ADMINISTRATOR)

        self._once("reader", make)

    def trusting_dana(self) -> str:
        """A trust policy that lets Dana in."""
        return trusting({"AWS": self.arn("user/dana")})

    def assumed(self, role: str) -> Holder:
        """Dana's session of a role."""
        answer = self.dana.client("sts").assume_role(RoleArn=self.arn(role), RoleSessionName="dana")
        return Holder(self.cloud, answer["Credentials"])

    def key_of(self, user: str) -> Holder:
        """Whoever holds a key that Dana makes for a user."""
        return Holder(self.cloud, self.as_dana.create_access_key(UserName=user)["AccessKey"])

    def billing(self) -> None:
        """A function that runs as the role admin."""
        role = self.admin_role()
        self._once("billing", lambda: create_function(self.admin.client("lambda"), "billing", role))


class Accounts:
    """How many accounts the attacker has used up in a cloud."""

    def __init__(self) -> None:
        self.used = 0


def _unused_account(cloud: Cloud) -> str:
    accounts = cloud.part(Accounts)
    accounts.used += 1
    return f"7000{accounts.used:08d}"


@cache
def code() -> bytes:
    """The code of a function that does nothing."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("work.py", "def handler(event, context):\n    return event\n")
    return packed.getvalue()


def create_function(client: Any, name: str, role: str) -> None:
    """A Lambda function that does nothing, as a role."""
    client.create_function(
        FunctionName=name, Runtime="python3.13", Role=role, Handler="work.handler", Code={"ZipFile": code()}
    )

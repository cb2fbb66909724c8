"""The account in which an attacker with Dana's key tries the paths, and in which Dana does her legitimate work."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

from labs_helpers.course.situations.drawn_values import UNCHANGED, Drawing
from labs_helpers.course.situations.identity_clients import client_as

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud, Entry

HOME = "111122223333"
"""The account ID in the learner's policies. Each attempt runs in a different account, whose ID replaces this one."""
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
"""An image that exists in the cloud."""


def trusting(principal: Mapping[str, Any]) -> str:
    """Return a trust policy that allows a principal to assume the role."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


SERVICES = trusting({"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]})


Created = TypeVar("Created")


class Holder:
    """A holder of an access key or a session's credentials, who creates clients as a boto3 session does."""

    def __init__(self, cloud: Cloud, keys: Mapping[str, str]) -> None:
        self._cloud, self._keys = cloud, dict(keys)

    def client(self, service: str) -> Any:
        """Return a client for a service, with the holder's credentials."""
        return client_as(self._cloud, self._keys, service)


class AttackedAccount:
    """An account with Dana, her two policies, her team under /team/, and the objects that must be out of her reach.

    `drawn` replaces the names that Dana chooses with a learner's own names.

    Resources that only some paths need are created on demand and only once. A path that was stopped leaves the account
    unchanged, so the next path can run in the same account.
    """

    def __init__(
        self,
        cloud: Cloud,
        identity: Mapping[str, Any],
        boundary: Mapping[str, Any],
        drawn: Drawing = UNCHANGED,
    ) -> None:
        self.cloud = cloud
        self.drawn = drawn
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
        """Return the ARN of an IAM resource of this account, such as `user/dana`."""
        return f"arn:aws:iam::{self.account}:{what}"

    def listen(self, entry: Entry) -> None:
        """Record whether a caller other than the administrator changed this account.

        This method runs for each recorded call.
        """
        self.touched |= (
            entry.error_code is None
            and not entry.read_only
            and entry.caller_account == self.account
            and entry.principal_arn != self.arn("user/admin")
        )

    def _once(self, name: str, make: Callable[[], Created]) -> Created:
        if name not in self._made:
            self._made[name] = make()
        made: Created = self._made[name]
        return made

    def _managed(self, name: str, document: Mapping[str, Any]) -> str:
        """Create a managed policy whose first version, which no one deleted, allows everything."""
        made = self.iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(EVERYTHING))
        text = json.dumps(document).replace(HOME, self.account)
        arn = made["Policy"]["Arn"]
        self.iam.create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)
        return str(arn)

    def _user(self, name: str, **more: Any) -> Holder:
        self.iam.create_user(UserName=name, **more)
        return Holder(self.cloud, self.iam.create_access_key(UserName=name)["AccessKey"])

    def bucket(self, name: str) -> None:
        """Create a bucket with one object, list.txt."""
        s3 = self.admin.client("s3")
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="list.txt", Body=b"secret")

    # Users and groups

    @property
    def as_dana(self) -> Any:
        """Dana's IAM client."""
        return self.dana.client("iam")

    def administrators(self, *users: str) -> None:
        """Create the group of administrators, and users in the group."""

        def make() -> None:
            """Create the group."""
            self.iam.create_group(GroupName="administrators")
            self.iam.attach_group_policy(GroupName="administrators", PolicyArn=ADMINISTRATOR)

        self._once("administrators", make)
        for user in users:
            self._once(f"administrator {user}", partial(self._administrator, user))

    def _administrator(self, user: str) -> None:
        self.iam.create_user(UserName=user)
        self.iam.add_user_to_group(GroupName="administrators", UserName=user)

    def with_password(self, user: str) -> None:
        """Create an administrator who has a password."""
        self.administrators(user)
        self._once(
            f"password of {user}",
            lambda: self.iam.create_login_profile(UserName=user, Password=PASSWORD[::-1]),
        )

    def with_two_keys(self, user: str) -> str:
        """Create an administrator with two access keys, the maximum, and return the ID of one of them."""
        self.administrators(user)

        def make() -> str:
            """Create both keys."""
            self.iam.create_access_key(UserName=user)
            return str(self.iam.create_access_key(UserName=user)["AccessKey"]["AccessKeyId"])

        return self._once(f"keys of {user}", make)

    def leads(self) -> None:
        """Create the group of team leads, which contains Dana and has no policies."""

        def make() -> None:
            """Create the group, with Dana."""
            self.iam.create_group(GroupName="leads")
            self.iam.add_user_to_group(GroupName="leads", UserName="dana")

        self._once("leads", make)

    def ben(self) -> None:
        """Create a user in another team, without permissions."""
        self._once("ben", lambda: self.iam.create_user(UserName="ben"))

    def nick(self) -> Holder:
        """Return a member of Dana's team, a user under /team/ with the boundary."""
        return self._once(
            "nick", lambda: self._user("nick", Path="/team/", PermissionsBoundary=self.boundary)
        )

    def strong_nick(self) -> Holder:
        """Return Nick, with AdministratorAccess within the boundary."""
        nick = self.nick()
        self._once("strong", lambda: self.iam.attach_user_policy(UserName="nick", PolicyArn=ADMINISTRATOR))
        return nick

    def olga(self) -> Holder:
        """Return a user under /team/ without a boundary. The user joined Dana's team before the boundary existed."""
        return self._once("olga", lambda: self._user("olga", Path="/team/"))

    # Roles

    def admin_role(self) -> str:
        """Return the ARN of an administrator role that Lambda and EC2 can assume; it also has an instance profile."""

        def make() -> str:
            """Create the role and its instance profile."""
            self._role("admin", SERVICES)
            self.iam.attach_role_policy(RoleName="admin", PolicyArn=ADMINISTRATOR)
            self.iam.create_instance_profile(InstanceProfileName="admin")
            self.iam.add_role_to_instance_profile(InstanceProfileName="admin", RoleName="admin")
            return self.arn("role/admin")

        return self._once("admin", make)

    def break_glass(self) -> None:
        """Create an administrator role that trusts the account. Identity-based policies determine who can assume it."""

        def make() -> None:
            """Create the role."""
            self._role("break-glass", trusting({"AWS": self.arn("root")}))
            self.iam.attach_role_policy(RoleName="break-glass", PolicyArn=ADMINISTRATOR)

        self._once("break-glass", make)

    def viewer(self) -> str:
        """Create a role that Dana can assume, with a nearly empty managed policy, and return the ARN of the policy."""

        def make() -> str:
            """Create the role with its policy."""
            self._role("viewer", self.trusting_dana())
            return self._harmless_policy("viewers", "viewer")

        return self._once("viewer", make)

    def batch(self) -> str:
        """Create a service role with a nearly empty managed policy and return the ARN of the policy."""

        def make() -> str:
            """Create the role with its policy."""
            self._role("batch", SERVICES)
            return self._harmless_policy("batches", "batch")

        return self._once("batch", make)

    def _role(self, name: str, trust: str, **more: Any) -> str:
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **more)
        return str(made["Role"]["Arn"])

    def _harmless_policy(self, name: str, role: str) -> str:
        made = self.iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(HARMLESS))
        self.iam.attach_role_policy(RoleName=role, PolicyArn=made["Policy"]["Arn"])
        return str(made["Policy"]["Arn"])

    def desk(self) -> Holder:
        """Return a role session for Dana in which the role has her policy.

        It represents administrators who use roles.
        """

        def make() -> None:
            """Create the role."""
            self._role("desk", self.trusting_dana())
            self.iam.attach_role_policy(RoleName="desk", PolicyArn=self.policy)

        self._once("desk", make)  # even if Dana's own policy doesn't let her assume the role
        return self._once("session of desk", lambda: self.assumed("role/desk"))

    def etl(self) -> str:
        """Return the ARN of a role for Lambda that belongs to Dana's team, under /team/ and with the boundary."""
        return self._once(
            "etl", lambda: self._role("etl", SERVICES, Path="/team/", PermissionsBoundary=self.boundary)
        )

    def reader(self) -> None:
        """Create a role for Dana's team, with AdministratorAccess within the boundary, which Dana can assume."""

        def make() -> None:
            """Create the role."""
            self._role("reader", self.trusting_dana(), Path="/team/", PermissionsBoundary=self.boundary)
            self.iam.attach_role_policy(RoleName="reader", PolicyArn=ADMINISTRATOR)

        self._once("reader", make)

    def trusting_dana(self) -> str:
        """Return a trust policy that allows Dana to assume the role."""
        return trusting({"AWS": self.arn("user/dana")})

    def assumed(self, role: str) -> Holder:
        """Return Dana's session of a role."""
        answer = self.dana.client("sts").assume_role(RoleArn=self.arn(role), RoleSessionName="dana")
        return Holder(self.cloud, answer["Credentials"])

    def key_of(self, user: str) -> Holder:
        """Return the holder of an access key that Dana creates for a user."""
        return Holder(self.cloud, self.as_dana.create_access_key(UserName=user)["AccessKey"])

    def billing(self) -> None:
        """Create a Lambda function that runs with the administrator role."""
        role = self.admin_role()
        self._once("billing", lambda: create_function(self.admin.client("lambda"), "billing", role))


class Accounts:
    """The number of accounts that the attacker has used in a cloud."""

    def __init__(self) -> None:
        self.used = 0


def _unused_account(cloud: Cloud) -> str:
    accounts = cloud.part(Accounts)
    accounts.used += 1
    return f"7000{accounts.used:08d}"


@cache
def code() -> bytes:
    """Return the code of a function that does nothing."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("work.py", "def handler(event, context):\n    return event\n")
    return packed.getvalue()


def create_function(client: Any, name: str, role: str) -> None:
    """Create a Lambda function that does nothing, with the given role."""
    client.create_function(
        FunctionName=name, Runtime="python3.13", Role=role, Handler="work.handler", Code={"ZipFile": code()}
    )

"""Clients for each caller in the account (administrator, root user, roles, outsiders), and the account's resources."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from labs_helpers.course.situations.identity_clients import REGION, client_as

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

STRANGER = "999988887777"
"""The account of an outsider who has no connection to the shop."""
PARTNER = "444455556666"
"""The account of Ledger Ltd., which keeps the shop's books."""
NEIGHBOUR = "888800001111"
"""The shop's own backup account."""
FAR_AWAY = "198.51.100.66"
"""The address that outsiders call from."""

Document = Mapping[str, Any]


def allow(action: str | list[str], resource: str | list[str], **more: Any) -> dict[str, Any]:
    """Return an Allow statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def policy(*statements: Document) -> str:
    """Return a policy as JSON text with one key per line, so that evidence can refer to a line."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=2)


def trusting(principal: Any, **more: Any) -> str:
    """Return a trust policy that allows a principal to assume the role."""
    return policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more})


@contextlib.contextmanager
def unless_gone() -> Iterator[None]:
    """Ignore `ClientError` within the block, for resources that might be gone or might already exist."""
    with contextlib.suppress(ClientError):
        yield


class CreatedResources:
    """A record of the resources created in a cloud: resource IDs, leaked access keys, and binary data."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}
        self.keys: dict[str, dict[str, Any]] = {}
        self.blobs: dict[str, bytes] = {}


class ShopAccount:
    """The account of Larkspur Seeds, a small mail-order shop, in a running cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.home = cloud.home
        self.created = cloud.part(CreatedResources)

    # Clients by caller

    def admin(self, service: str, region: str | None = None) -> Any:
        """Return a client for the administrator."""
        return client_as(self.cloud, self.cloud.keys("default"), service, region)

    def anonymous(self, service: str) -> Any:
        """Return a client that sends unsigned requests."""
        return client_as(self.cloud, None, service)

    def administrator_of(self, account: str, service: str) -> Any:
        """Return a client for another account's administrator."""
        self.cloud.account(account)
        return client_as(self.cloud, self.cloud.keys(f"admin-{account}"), service)

    def with_keys(self, keys: Mapping[str, Any], service: str) -> Any:
        """Return a client that uses an access key or a session's credentials."""
        return client_as(self.cloud, keys, service)

    def profile(self, name: str, service: str) -> Any:
        """Return a client with a profile's keys. Raises `LookupError` if the profile doesn't exist or has no keys."""
        keys = self.cloud.keys(name)
        if keys is None:
            raise LookupError(f"there is no profile {name!r} with keys")
        return client_as(self.cloud, keys, service)

    @contextlib.contextmanager
    def running_on(self, name: str) -> Iterator[Callable[[str], Any]]:
        """Provide a function that returns a client for a service. Its requests come from the address of an instance."""
        with self.cloud.on_instance(self.created.ids[name]):
            yield lambda service: self.on_instance(name, service)

    def on_instance(self, name: str, service: str) -> Any:
        """Return a client with the credentials of an instance's role.

        The credentials are fetched on the instance, as SDKs do, but the client's requests can come from any address.
        """
        session = self.cloud.instance(self.created.ids[name]).session(REGION)
        found = session.get_credentials()
        keys = {
            "AccessKeyId": found.access_key,
            "SecretAccessKey": found.secret_key,
            "SessionToken": found.token,
        }
        return client_as(self.cloud, keys, service)

    def role(self, name: str, service: str) -> Any:
        """Return a client for one of the shop's roles, which the shop's administrator assumes."""
        given = self.admin("sts").assume_role(RoleArn=self.arn(f"role/{name}"), RoleSessionName="work")
        return client_as(self.cloud, given["Credentials"], service)

    def arn(self, what: str) -> str:
        """Return the ARN of an IAM resource of the account, such as `user/admin`."""
        return f"arn:aws:iam::{self.home}:{what}"

    # Resources, created or restored

    def ensure_bucket(self, name: str, objects: Mapping[str, str], bucket_policy: str | None = None) -> None:
        """Create a bucket with these objects and this policy, or give them to an existing bucket with this name."""
        s3 = self.admin("s3")
        try:
            s3.create_bucket(Bucket=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "BucketAlreadyOwnedByYou":
                raise
        self._unlock(name)
        for key, body in objects.items():
            s3.put_object(Bucket=name, Key=key, Body=body.encode())
        if bucket_policy is not None:
            s3.put_bucket_policy(Bucket=name, Policy=bucket_policy)

    def _unlock(self, bucket: str) -> None:
        """Delete a bucket's policy. The root user can do that, even if the policy denies everyone.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html#root-user-tasks
        """
        try:
            self.admin("s3").delete_bucket_policy(Bucket=bucket)
        except ClientError:
            with self.as_root() as keys:
                self.with_keys(keys, "s3").delete_bucket_policy(Bucket=bucket)

    @contextlib.contextmanager
    def as_root(self) -> Iterator[dict[str, Any]]:
        """Provide an access key for the root user within the block and delete it afterward."""
        before = self.cloud.keys(f"root-{self.home}")
        self.cloud.root()
        keys = self.cloud.keys(f"root-{self.home}")
        assert keys is not None
        try:
            yield keys
        finally:
            self.with_keys(keys, "iam").delete_access_key(AccessKeyId=keys["AccessKeyId"])
            if before is not None:
                self.cloud.profile(f"root-{self.home}", before)

    def ensure_user(self, name: str, *documents: str, keys: str | None = None) -> None:
        """Create a user that has exactly these inline policies.

        `keys` is the name of a profile for a new access key, which is the user's only key.
        """
        iam = self.admin("iam")
        with unless_gone():
            iam.create_user(UserName=name)
        for held in iam.list_user_policies(UserName=name)["PolicyNames"]:
            iam.delete_user_policy(UserName=name, PolicyName=held)
        _detach_policies(iam, name)
        for number, document in enumerate(documents, 1):
            iam.put_user_policy(UserName=name, PolicyName=f"{name}-{number}", PolicyDocument=document)
        if keys is None:
            return
        _delete_keys(iam, name)
        made = iam.create_access_key(UserName=name)["AccessKey"]
        self.created.keys[keys] = made
        self.cloud.profile(keys, made)

    def remove_user(self, name: str) -> None:
        """Delete a user whose only resources are access keys and attached policies."""
        iam = self.admin("iam")
        _delete_keys(iam, name)
        _detach_policies(iam, name)
        iam.delete_user(UserName=name)

    def ensure_role(self, name: str, trust: str, *documents: str) -> None:
        """Create a role that has this trust policy, and exactly these inline policies."""
        iam = self.admin("iam")
        with unless_gone():
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
        for held in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=held)
        for each in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=name, PolicyArn=each["PolicyArn"])
        for number, document in enumerate(documents, 1):
            iam.put_role_policy(RoleName=name, PolicyName=f"{name}-{number}", PolicyDocument=document)

    def ensure_instance(self, name: str, role: str, group: str, **options: Any) -> str:
        """Return the ID of a running instance with this role and these metadata options; launch one if necessary."""
        iam, ec2 = self.admin("iam"), self.admin("ec2")
        with unless_gone():
            iam.create_instance_profile(InstanceProfileName=role)
        with unless_gone():
            iam.add_role_to_instance_profile(InstanceProfileName=role, RoleName=role)
        known = self.created.ids.get(name)
        if known is None or not self._runs(known):
            made = ec2.run_instances(
                ImageId="ami-12c6146b", InstanceType="t3.micro", MinCount=1, MaxCount=1,
                IamInstanceProfile={"Name": role}, SecurityGroupIds=[group],
                TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}],
            )  # fmt: skip
            self.created.ids[name] = made["Instances"][0]["InstanceId"]
        ec2.modify_instance_metadata_options(InstanceId=self.created.ids[name], **options)
        return self.created.ids[name]

    def _runs(self, instance: str) -> bool:
        try:
            self.cloud.instance(instance)
        except LookupError:
            return False
        return True

    def ensure_security_group(self, name: str, *rules: Document) -> str:
        """Return the ID of a security group that has exactly these ingress rules; create it if necessary."""
        ec2 = self.admin("ec2")
        found = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])
        if found["SecurityGroups"]:
            group = found["SecurityGroups"][0]
            known, rules_now = group["GroupId"], group["IpPermissions"]
            if rules_now:
                ec2.revoke_security_group_ingress(GroupId=known, IpPermissions=rules_now)
        else:
            known = ec2.create_security_group(GroupName=name, Description=f"Larkspur: {name}")["GroupId"]
        ec2.authorize_security_group_ingress(GroupId=known, IpPermissions=list(rules))
        self.created.ids[f"{name}-group"] = known
        return str(known)

    def ensure_queue(self, name: str, queue_policy: str | None) -> str:
        """Return the URL of a queue with this policy; create it if necessary."""
        url = self.admin("sqs").create_queue(QueueName=name)["QueueUrl"]
        wanted = {"QueueUrl": url, "Attributes": {"Policy": queue_policy or ""}}
        try:
            self.admin("sqs").set_queue_attributes(**wanted)
        except ClientError:  # a policy that denies everyone: the root user can replace it
            with self.as_root() as keys:
                self.with_keys(keys, "sqs").set_queue_attributes(**wanted)
        self.created.ids[name] = url
        return str(url)

    def ensure_key(self, alias: str, key_policy: str) -> str:
        """Return the ARN of an enabled KMS key with this alias and policy; create it if necessary.

        Raises `RuntimeError` if the key policy doesn't allow anyone to manage the key: on AWS, only AWS Support could
        help.
        https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
        """
        kms = self.admin("kms")
        try:
            known = kms.describe_key(KeyId=alias)["KeyMetadata"]
            if known["KeyState"] == "PendingDeletion":
                kms.cancel_key_deletion(KeyId=known["KeyId"])
            kms.enable_key(KeyId=known["KeyId"])
            kms.put_key_policy(KeyId=known["KeyId"], Policy=key_policy)
        except ClientError as error:
            if error.response["Error"]["Code"].startswith("AccessDenied"):
                raise RuntimeError(
                    f"No one is allowed to manage the key {alias} anymore. `day.reset()` starts the day over."
                ) from error
            known = kms.create_key(Policy=key_policy, Description=alias)["KeyMetadata"]
            with unless_gone():
                kms.delete_alias(AliasName=alias)
            kms.create_alias(AliasName=alias, TargetKeyId=known["KeyId"])
        self.created.ids[alias] = known["Arn"]
        return str(known["Arn"])

    def ensure_snapshot(self, name: str, **restorable_by: Any) -> str:
        """Return the ID of an unencrypted snapshot that other accounts can restore; create it if necessary.

        `restorable_by` are parameters of ModifySnapshotAttribute, which name the accounts.
        """
        ec2 = self.admin("ec2")
        known = self.created.ids.get(name)
        with unless_gone():
            if known is not None and ec2.describe_snapshots(SnapshotIds=[known])["Snapshots"][0]["Encrypted"]:
                known = None
        try:
            ec2.describe_snapshots(SnapshotIds=[known])
        except Exception:
            known = None
        if known is None:
            volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=8, Encrypted=False)["VolumeId"]
            known = ec2.create_snapshot(VolumeId=volume, Description=name)["SnapshotId"]
            ec2.delete_volume(VolumeId=volume)
        self.created.ids[name] = known
        ec2.modify_snapshot_attribute(
            SnapshotId=known,
            Attribute="createVolumePermission",
            OperationType="add",
            **restorable_by,
        )
        return str(known)


def _delete_keys(iam: Any, user: str) -> None:
    for held in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=user, AccessKeyId=held["AccessKeyId"])


def _detach_policies(iam: Any, user: str) -> None:
    for each in iam.list_attached_user_policies(UserName=user)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=user, PolicyArn=each["PolicyArn"])

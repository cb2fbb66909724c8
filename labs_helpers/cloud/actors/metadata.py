"""An EC2 instance's metadata service, versions 1 and 2, for simulated code on the instance.

The service doesn't use a socket.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
import requests
from botocore.awsrequest import AWSPreparedRequest
from requests.structures import CaseInsensitiveDict

from labs_helpers.cloud.core.credentials import Credentials
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.ec2 import instances as ec2_instances
from labs_helpers.cloud.services.ec2.instances import InstanceView, Profile

ADDRESS = "169.254.169.254"
HOSTS = (ADDRESS, "instance-data", "instance-data.ec2.internal")
TOKEN = "X-aws-ec2-metadata-token"
TOKEN_LIFE = "X-aws-ec2-metadata-token-ttl-seconds"
_LONGEST_TOKEN = 21_600
_VERSION = re.compile(r"latest|1\.0|\d{4}-\d\d-\d\d")
_ROLE_LIFE = timedelta(hours=6)
_RENEWED_BEFORE = timedelta(minutes=5)
_NOT_SIGNED = ("pkcs7", "signature", "rsa2048")

Tree = dict[str, Any]
"""A dictionary from names to a string, a subtree, or a function that returns the string when it is read."""


@dataclass(frozen=True, slots=True)
class _IssuedCredentials:
    """Credentials of a role, which an instance returns until they are renewed."""

    key: Credentials
    since: datetime


@dataclass(slots=True)
class Memory:
    """The state of a cloud's metadata services.

    `tokens` maps each token to its (instance ID, expiration time). `credentials` contains the issued credentials by
    instance, role, and service version.
    """

    tokens: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    credentials: dict[tuple[str, str, str], _IssuedCredentials] = field(default_factory=dict)


class OnInstance:
    """Simulated code on an EC2 instance.

    `get` and `put` call the metadata service, and `session` uses the instance's role.

    `hops` is the number of network hops between the code and the metadata service: 1 on the instance itself, 2 in a
    container on the instance, more behind proxies. Responses are `requests.Response` objects. `cloud.instance(id)`
    returns an `OnInstance`.
    """

    def __init__(self, state: State, memory: Memory, instance_id: str):
        """Raise `LookupError` if no running instance has this ID."""
        self._state = state
        self._memory = memory
        self.id = instance_id
        self._instance()

    def _instance(self) -> InstanceView:
        instance = ec2_instances.find(self.id)
        if instance is None:
            raise LookupError(f"there is no instance {self.id!r}")
        if instance.state != "running":
            raise LookupError(f"the instance {self.id} is {instance.state}, so no code runs on it")
        return instance

    @property
    def public_ip(self) -> str | None:
        """The instance's public IP address, or None if it doesn't have one."""
        return self._instance().public_ip

    # --- requests ---------------------------------------------------------------------------------------------

    def put(self, path: str, headers: Mapping[str, str] | None = None, *, hops: int = 1) -> requests.Response:
        """Send a PUT request. Only /latest/api/token accepts PUT.

        Raises `requests.ReadTimeout` if the caller is more hops away than the instance's HttpPutResponseHopLimit,
        because the response can't reach the caller.
        """
        return self._send("PUT", path, headers, hops)

    def get(self, path: str, headers: Mapping[str, str] | None = None, *, hops: int = 1) -> requests.Response:
        """Send a GET request, for example to /latest/meta-data/."""
        return self._send("GET", path, headers, hops)

    def token(self, seconds: int = _LONGEST_TOKEN, *, hops: int = 1) -> str:
        """Return an IMDSv2 session token. Raises `requests.HTTPError` if the service doesn't return one."""
        answer = self.put("/latest/api/token", {TOKEN_LIFE: str(seconds)}, hops=hops)
        answer.raise_for_status()
        return answer.text

    def session(self, region: str | None = None, *, hops: int = 1) -> boto3.Session:
        """Return a boto3 session with the instance role's current credentials.

        Like an SDK, the session fetches the credentials with an IMDSv2 token.

        Raises `LookupError` if the instance has no role, or if EC2 isn't allowed to assume it.
        """
        headers = {TOKEN: self.token(hops=hops)}
        where = "/latest/meta-data/iam/security-credentials/"
        listed = self.get(where, headers, hops=hops)
        if listed.status_code != 200:
            raise LookupError(f"the instance {self.id} has no instance profile with a role")
        given = self.get(where + listed.text, headers, hops=hops).json()
        if given["Code"] != "Success":
            raise LookupError(f"{given['Code']}: {given['Message']}")
        return boto3.Session(
            given["AccessKeyId"], given["SecretAccessKey"], given["Token"],
            region_name=region or self._instance().region,
        )  # fmt: skip

    def host(self, hops: int = 1) -> Callable[[AWSPreparedRequest], tuple[int, Mapping[str, Any], bytes]]:
        """Return the function that answers requests to the metadata service's IP address (see `Network.hosts`)."""

        def answer(request: AWSPreparedRequest) -> tuple[int, Mapping[str, Any], bytes]:
            """Return the status, headers, and body of the service's response."""
            headers = {name: _text(value) for name, value in request.headers.items()}
            response = self._send(request.method, urlsplit(request.url).path, headers, hops)
            return response.status_code, dict(response.headers), response.content

        return answer

    def _send(
        self, method: str, path: str, headers: Mapping[str, str] | None, hops: int
    ) -> requests.Response:
        if hops < 1:
            raise ValueError(f"a request makes at least one hop; got {hops}")
        instance = self._instance()
        status, body, more = self._answer(instance, method, path, CaseInsensitiveDict(headers or {}))
        if method == "PUT" and hops > instance.hop_limit:
            raise requests.ReadTimeout(
                f"http://{ADDRESS}{path}: no response. The response to a PUT travels {instance.hop_limit} hop(s) "
                f"(HttpPutResponseHopLimit), and the caller is {hops} away."
            )
        answer = requests.Response()
        answer.status_code, answer._content, answer.encoding = status, body, "utf-8"
        answer.headers = CaseInsensitiveDict({"Content-Type": "text/plain", "Server": "EC2ws", **more})
        answer.url, answer.reason = f"http://{ADDRESS}{path}", _REASONS.get(status, "")
        return answer

    # --- answers ----------------------------------------------------------------------------------------------

    def _answer(
        self, instance: InstanceView, method: str, path: str, headers: Mapping[str, str]
    ) -> tuple[int, bytes, dict[str, str]]:
        """Return the status, body, and headers that AWS documents for the service's responses."""
        parts = [unquote(part) for part in path.split("?")[0].strip("/").split("/") if part]
        if not instance.enabled:
            return 403, b"", {}
        if method == "PUT":
            return self._new_token(parts, headers)
        if method not in ("GET", "HEAD"):
            return 405, b"", {}
        token = headers.get(TOKEN)
        if token is None and instance.tokens == "required":
            return 401, b"", {}
        if token is not None and not self._is_valid(token):
            return 401, b"", {}
        body = self._read(instance, parts, "1.0" if token is None else "2.0")
        return (404, b"", {}) if body is None else (200, body if method == "GET" else b"", {})

    def _new_token(self, parts: list[str], headers: Mapping[str, str]) -> tuple[int, bytes, dict[str, str]]:
        if parts != ["latest", "api", "token"]:
            return 405, b"", {}
        if "X-Forwarded-For" in headers:  # an open proxy or firewall would pass the token on
            return 403, b"", {}
        life = str(headers.get(TOKEN_LIFE, "")).strip()
        if not re.fullmatch(r"[0-9]{1,6}", life, re.ASCII) or not 1 <= int(life) <= _LONGEST_TOKEN:
            return 400, b"", {}
        token = self._state.ids.token(54) + "=="
        self._memory.tokens[token] = (self.id, self._state.clock.now() + timedelta(seconds=int(life)))
        return 200, token.encode(), {TOKEN_LIFE: life}

    def _is_valid(self, token: str) -> bool:
        whose, expires = self._memory.tokens.get(token, ("", None))
        return whose == self.id and expires is not None and self._state.clock.now() < expires

    def _read(self, instance: InstanceView, parts: list[str], delivery: str) -> bytes | None:
        """Return the text at a path, a folder's list of names, or None if nothing is there."""
        if not parts:
            return b"latest"
        if not _VERSION.fullmatch(parts[0]):
            return None
        if parts[1:] == ["user-data"]:
            return instance.user_data
        if parts[1:3] == ["dynamic", "instance-identity"] and parts[3:4] and parts[3] in _NOT_SIGNED:
            raise NotModelled(
                f"instance metadata: {'/'.join(parts[1:])} isn't modeled: it needs AWS's signature"
            )
        node: Any = self._tree(instance, delivery)
        for part in parts[1:]:
            node = node.get(part) if isinstance(node, dict) else None
            if node is None:
                return None
        if isinstance(node, dict):
            return "\n".join(
                f"{name}/" if isinstance(below, dict) else name for name, below in node.items()
            ).encode()
        return (node() if callable(node) else str(node)).encode()

    def _tree(self, instance: InstanceView, delivery: str) -> Tree:
        meta: Tree = {
            "ami-id": instance.image, "hostname": instance.private_dns, "instance-action": "none",
            "instance-id": instance.id, "instance-type": instance.type, "local-hostname": instance.private_dns,
            "local-ipv4": instance.private_ip, "mac": instance.mac,
            "placement": {"availability-zone": instance.zone, "region": instance.region},
            "public-hostname": instance.public_dns, "public-ipv4": instance.public_ip,
            "security-groups": "\n".join(instance.security_groups),
            "services": {"domain": "amazonaws.com", "partition": "aws"},
        }  # fmt: skip
        if instance.profile is not None:
            meta["iam"] = self._iam(instance, instance.profile, delivery)
        if instance.shows_tags:
            meta["tags"] = {"instance": dict(instance.tags)}
        tree: Tree = {
            "dynamic": {"instance-identity": {"document": lambda: _document(instance)}},
            "meta-data": {name: meta[name] for name in sorted(meta) if meta[name] not in (None, "")},
        }
        return tree | ({"user-data": ""} if instance.user_data is not None else {})

    def _iam(self, instance: InstanceView, profile: Profile, delivery: str) -> Tree:
        def info() -> str:
            """Return the text of iam/info."""
            updated = self._state.clock.now()
            return _json(
                {
                    "Code": "Success", "LastUpdated": _stamp(updated), "InstanceProfileArn": profile.arn,
                    "InstanceProfileId": profile.id,
                }
            )  # fmt: skip

        roles: Tree = {}
        if profile.role is not None:
            roles[profile.role] = lambda: self._role_credentials(instance, profile, delivery)
        return {"info": info, "security-credentials": roles}

    # --- the role's credentials -------------------------------------------------------------------------------

    def _role_credentials(self, instance: InstanceView, profile: Profile, delivery: str) -> str:
        now = self._state.clock.now()
        purpose = (self.id, profile.role_id or "", delivery)
        given = self._memory.credentials.get(purpose)
        if given is None or given.key.expires is None or given.key.expires - now <= _RENEWED_BEFORE:
            try:
                given = _IssuedCredentials(self._assume(instance, profile, delivery), now)
            except ServiceError:
                return _json(
                    {
                        "Code": "AssumeRoleUnauthorizedAccess",
                        "Message": f"EC2 cannot assume the role {profile.role}. Please see documentation at "
                        "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html"
                        "#troubleshoot_iam-ec2_errors-info-doc.",
                        "LastUpdated": _stamp(now),
                    }
                )
            self._memory.credentials[purpose] = given
        key = given.key
        assert key.expires is not None
        return _json(
            {
                "Code": "Success", "LastUpdated": _stamp(given.since), "Type": "AWS-HMAC",
                "AccessKeyId": key.access_key_id, "SecretAccessKey": key.secret, "Token": key.token,
                "Expiration": _stamp(key.expires),
            }
        )  # fmt: skip

    def _assume(self, instance: InstanceView, profile: Profile, delivery: str) -> Credentials:
        """Assume the role as EC2. Raises `ServiceError` unless the role's trust policy allows it.

        These sessions last about six hours, whatever the role's MaxSessionDuration.

        https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
        """
        assert self._state.caller is not None
        arn = f"arn:aws:ec2:{instance.region}:{instance.account}:instance/{instance.id}"
        answer = self._state.caller.as_service(
            "ec2.amazonaws.com", "sts", "AssumeRole", {"RoleArn": profile.role_arn, "RoleSessionName": instance.id},
            account=instance.account, region=instance.region, source_arn=arn,
        )  # fmt: skip
        session = self._state.sessions.find(answer["Credentials"]["AccessKeyId"])
        assert session is not None
        assert session.issued is not None
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-ec2-instance
        context = {
            "ec2:SourceInstanceArn": arn, "ec2:RoleDelivery": delivery,
            "aws:Ec2InstanceSourcePrivateIPv4": instance.private_ip,
        }  # fmt: skip
        if instance.vpc:
            context["aws:Ec2InstanceSourceVpc"] = instance.vpc
        return self._state.sessions.add(
            replace(session, expires=session.issued + _ROLE_LIFE, context=context)
        )


_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}


def _document(instance: InstanceView) -> str:
    """Return the instance identity document as JSON text.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/retrieve-iid.html
    """
    return _json(
        {
            "accountId": instance.account, "architecture": instance.architecture, "availabilityZone": instance.zone,
            "billingProducts": None, "devpayProductCodes": None, "marketplaceProductCodes": None,
            "imageId": instance.image, "instanceId": instance.id, "instanceType": instance.type, "kernelId": None,
            "pendingTime": _stamp(instance.launched), "privateIp": instance.private_ip, "ramdiskId": None,
            "region": instance.region, "version": "2017-09-30",
        }
    )  # fmt: skip


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2)


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)

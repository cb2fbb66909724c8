"""`Cloud.attach(url)`: use of a cloud that runs in another process.

Ordinary boto3 code works as it does with a local cloud. Each signed request is sent unchanged to the other process's
endpoint.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3

from labs_helpers.cloud.cloud import Cloud
from labs_helpers.cloud.core.loopback import is_loopback
from labs_helpers.cloud.endpoint.children import Children, Process
from labs_helpers.cloud.endpoint.control import PREFIX, TOKEN
from labs_helpers.cloud.endpoint.location import Address
from labs_helpers.cloud.endpoint.remote_cloud import CloudGone, RemoteCloud
from labs_helpers.cloud.moto import hooks
from labs_helpers.cloud.process import http_clients, network
from labs_helpers.cloud.process.profiles import Profiles

__all__ = ["AttachedClock", "AttachedCloud", "CloudGone"]


class AttachedCloud:
    """A cloud in another process. `stop` doesn't stop that cloud."""

    def __init__(self, url: str):
        parts = urlsplit(url)
        if not is_loopback(parts.hostname or "") or parts.port is None:
            raise ValueError(
                f"attach to an endpoint on this machine, http://127.0.0.1:port/#token; got {url[:80]!r}"
            )
        self._port, self._token = parts.port, parts.fragment
        self._remote = RemoteCloud(parts.hostname or "", parts.port)
        self._profiles = Profiles()
        self._address: Address | None = None
        self._undo = ExitStack()

    def start(self) -> AttachedCloud:
        """Start sending this process's AWS requests to the cloud.

        Raises `RuntimeError` if a cloud is running in this process, or `CloudGone` if no cloud answers at the URL.
        """
        if Cloud.running() is not None:
            raise RuntimeError(
                "a cloud is already running in this process: stop it first (Cloud.running().stop())"
            )
        hooks.refuse_company()
        authority = self._remote.ask("GET", f"{self._remote.origin}{PREFIX}ca", {}, b"")[2].decode()
        with ExitStack() as undo:
            undo.callback(setattr, boto3, "DEFAULT_SESSION", boto3.DEFAULT_SESSION)
            boto3.DEFAULT_SESSION = None
            self._profiles.open()
            undo.callback(self._profiles.close)
            if self._token:
                self.refresh()
            self._address = Address(self._port, self._token, self._profiles, authority)
            undo.callback(self._address.close)
            network.close()
            undo.callback(network.open_again)
            undo.callback(hooks.uninstall)
            hooks.install(self._remote.forward)
            undo.enter_context(
                http_clients.answered(self._remote.forward, lambda host: not is_loopback(host))
            )
            children = Children(self, self._profiles)
            children.watch()
            undo.callback(children.leave)
            self._undo = undo.pop_all()
        return self

    def stop(self) -> None:
        """Disconnect this process from the cloud and restore the SDK."""
        self._undo.close()
        self._address = None

    def __enter__(self) -> AttachedCloud:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Profiles

    def refresh(self) -> None:
        """Fetch the cloud's current profiles."""
        texts = self._control("profiles")
        self.home: str = texts["home"]
        self._profiles.adopt(texts)

    def profile(self, name: str, access_key: Mapping[str, Any]) -> boto3.Session:
        """Write an AWS profile in this process for keys that a call returned, and return a session that uses it."""
        self._profiles.add_keys(name, access_key)
        return boto3.Session(profile_name=name)

    def role_profile(self, name: str, role_arn: str, source_profile: str, **options: Any) -> boto3.Session:
        """Write an AWS profile that assumes a role with another profile's keys, and return a session that uses it."""
        self._profiles.add_role(name, role_arn, source_profile, **options)
        return boto3.Session(profile_name=name)

    def profiles(self) -> list[str]:
        """Return the names of this process's AWS profiles."""
        return self._profiles.names()

    # Operations that change the cloud as a whole and need the token

    def account(self, account_id: str) -> boto3.Session:
        """Return a session for an account's IAM administrator."""
        return self._session_of("account", account_id)

    def root(self, account_id: str | None = None) -> boto3.Session:
        """Return a session for an account's root user."""
        return self._session_of("root", account_id)

    def _session_of(self, operation: str, account_id: str | None) -> boto3.Session:
        name = self._control(operation, id=account_id)
        self.refresh()
        return boto3.Session(profile_name=name)

    @property
    def clock(self) -> AttachedClock:
        """The cloud's clock, which all processes share."""
        return AttachedClock(self)

    def mailbox(self, destination: str) -> list[Any]:
        """Return the messages that the cloud sent to an email address or a phone number, oldest first."""
        messages: list[Any] = self._control("mailbox", destination=destination)
        return messages

    def reset(self) -> None:
        """Reset the cloud for all processes that share it."""
        self._control("reset")
        self._profiles.clear()
        self.refresh()

    def forked(self, process: Process) -> None:
        """Do nothing in a forked child, because a `RemoteCloud` opens separate connections in each process."""

    def endpoint(self) -> Address:
        """Return the cloud's address for other programs."""
        assert self._address is not None, "no longer attached"
        return self._address

    def _control(self, operation: str, **asked: Any) -> Any:
        headers = {TOKEN: self._token, "Content-Type": "application/json"}
        url = f"{self._remote.origin}{PREFIX}{operation}"
        status, _, body = self._remote.ask("POST", url, headers, json.dumps(asked).encode())
        answer = json.loads(body)
        if status == 403:
            raise PermissionError(
                f"{operation}: {answer['error']} (the token is at the end of endpoint().attach_url)"
            )
        if status != 200:
            raise ValueError(f"{operation}: {answer['error']}")
        return answer["result"]


class AttachedClock:
    """The clock of a shared cloud."""

    def __init__(self, cloud: AttachedCloud):
        self._cloud = cloud

    def now(self) -> datetime:
        """Return the cloud's time in UTC."""
        return datetime.fromisoformat(self._cloud._control("now"))

    def advance(self, **duration: float) -> datetime:
        """Move the clock forward for all processes, for example with `advance(days=1)`.

        Raises `ValueError` for a negative duration.
        """
        timedelta(**duration)  # raises `TypeError` for a wrong keyword here, not in the other process
        return datetime.fromisoformat(self._cloud._control("advance", **duration))

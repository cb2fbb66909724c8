"""Clients for many identities that share one boto3 client per service.

A check makes calls on behalf of dozens of people. Creating a boto3 client takes 30 ms, but swapping its keys is fast. A
learner's own code creates sessions and clients as it would on AWS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

REGION = "us-east-1"


def account_keys(cloud: Cloud, account: str) -> Mapping[str, Any]:
    """Return the keys of an account's administrator. The account is created on first use."""
    keys = cloud.keys(cloud.account(account).profile_name)
    assert keys is not None  # an account's profile has keys
    return keys


class Clients:
    """The shared boto3 clients for one cloud. A boto3 client only works with the cloud in which it was created."""

    def __init__(self) -> None:
        self.session = boto3.Session("nobody", "nothing", region_name=REGION)
        self._made: dict[tuple[str, str, bool], Any] = {}

    def shared(self, service: str, region: str, signed: bool) -> Any:
        """Return the shared boto3 client for a service and Region, for signed or unsigned calls."""
        place = (service, region, signed)
        if place not in self._made:
            config = None if signed else Config(signature_version=UNSIGNED)
            self._made[place] = self.session.client(service, region_name=region, config=config)
        return self._made[place]


class ClientAs:
    """A client for one service that signs with the given keys (as CreateAccessKey or AssumeRole returns them)."""

    def __init__(self, session: boto3.Session, client: Any, keys: Mapping[str, Any]) -> None:
        self._session, self._client, self._keys = session, client, keys

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name not in self._client.meta.method_to_api_mapping:
            return found

        def call(**parameters: Any) -> Any:
            """Put these keys into the shared client's session, and make the call."""
            signer = self._session.get_credentials()
            signer.access_key, signer.secret_key = self._keys["AccessKeyId"], self._keys["SecretAccessKey"]
            signer.token = self._keys.get("SessionToken")
            return found(**parameters)

        return call

    def get_paginator(self, name: str) -> Any:
        """Return a paginator that signs the request for each page with these keys."""
        paginator = self._client.get_paginator(name)
        paginator._method = getattr(self, name)
        return paginator


def client_as(cloud: Cloud, keys: Mapping[str, Any] | None, service: str, region: str | None = None) -> Any:
    """Return a client for a cloud that signs with these keys, or sends unsigned requests if `keys` is None."""
    clients = cloud.part(Clients)
    client = clients.shared(service, region or REGION, keys is not None)
    return client if keys is None else ClientAs(clients.session, client, keys)

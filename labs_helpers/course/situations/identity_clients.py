"""Clients of many identities over one real client a service: making one takes 30 ms, taking on other keys nothing.

Checks call as dozens of people. A learner's own code makes sessions and clients as it would on AWS.
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


class Clients:
    """The real clients of one cloud; boto3's are bound to the cloud that runs when they are made."""

    def __init__(self) -> None:
        self.session = boto3.Session("nobody", "nothing", region_name=REGION)
        self._made: dict[tuple[str, str, bool], Any] = {}

    def real(self, service: str, region: str, signed: bool) -> Any:
        """The client that sends the calls of everybody who is signed, or of nobody."""
        place = (service, region, signed)
        if place not in self._made:
            config = None if signed else Config(signature_version=UNSIGNED)
            self._made[place] = self.session.client(service, region_name=region, config=config)
        return self._made[place]


class ClientAs:
    """A client of one service that calls with given keys (as CreateAccessKey or AssumeRole return them)."""

    def __init__(self, session: boto3.Session, client: Any, keys: Mapping[str, Any]) -> None:
        self._session, self._client, self._keys = session, client, keys

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name not in self._client.meta.method_to_api_mapping:
            return found

        def call(**parameters: Any) -> Any:
            signer = self._session.get_credentials()
            signer.access_key, signer.secret_key = self._keys["AccessKeyId"], self._keys["SecretAccessKey"]
            signer.token = self._keys.get("SessionToken")
            return found(**parameters)

        return call

    def get_paginator(self, name: str) -> Any:
        """A paginator whose every page is fetched with these keys."""
        paginator = self._client.get_paginator(name)
        paginator._method = getattr(self, name)
        return paginator


def client_as(cloud: Cloud, keys: Mapping[str, Any] | None, service: str, region: str | None = None) -> Any:
    """A client of a cloud that calls with these keys, or (None) without any."""
    clients = cloud.part(Clients)
    client = clients.real(service, region or REGION, keys is not None)
    return client if keys is None else ClientAs(clients.session, client, keys)

"""Clients of many identities over one real client a service: making one takes 30 ms, taking on other keys nothing.

Checks call as dozens of people. A learner's own code makes sessions and clients as it would on AWS.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from labs_helpers.cloud import Cloud

REGION = "us-east-1"


class _Shared:
    """A session, and its clients by service, Region, and whether they sign."""

    def __init__(self) -> None:
        self.session = boto3.Session("nobody", "nothing", region_name=REGION)
        self._clients: dict[tuple[str, str, bool], Any] = {}

    def client(self, service: str, region: str, signed: bool) -> Any:
        key = service, region, signed
        if key not in self._clients:
            config = None if signed else Config(signature_version=UNSIGNED)
            self._clients[key] = self.session.client(service, region_name=region, config=config)
        return self._clients[key]


@lru_cache(maxsize=1)
def _shared(run: object) -> _Shared:
    """What the clients of one run of a cloud share: they are of no use to the next."""
    return _Shared()


class ClientAs:
    """A client of one service that calls with given keys (as CreateAccessKey or AssumeRole return them)."""

    def __init__(self, client: Any, session: boto3.Session, keys: Mapping[str, Any]) -> None:
        self._client, self._session, self._keys = client, session, keys

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


def client_as(keys: Mapping[str, Any] | None, service: str, region: str | None = None) -> Any:
    """A client that calls with these keys, or (None) without any."""
    running = Cloud.running()
    shared = _shared(running and running.run)
    client = shared.client(service, region or REGION, keys is not None)
    return client if keys is None else ClientAs(client, shared.session, keys)

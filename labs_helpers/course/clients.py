"""Clients of many identities over one real client a service: making one takes 30 ms, taking on other keys nothing.

Checks call as dozens of people. A learner's own code makes sessions and clients as it would on AWS.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from labs_helpers.cloud import Cloud

REGION = "us-east-1"


class _Shared:
    """The real clients of one running cloud, and the session that signs for all of them: another cloud refuses them."""

    def __init__(self) -> None:
        self._session = boto3.Session("nobody", "nothing", region_name=REGION)
        self._clients: dict[tuple[str, str, bool], Any] = {}

    def client(self, service: str, region: str, signed: bool) -> Any:
        which = service, region, signed
        if which not in self._clients:
            config = None if signed else Config(signature_version=UNSIGNED)
            self._clients[which] = self._session.client(service, region_name=region, config=config)
        return self._clients[which]

    def sign_with(self, keys: Mapping[str, Any]) -> None:
        """Let all signed clients call with these keys from now on."""
        signer = self._session.get_credentials()
        signer.access_key, signer.secret_key = keys["AccessKeyId"], keys["SecretAccessKey"]
        signer.token = keys.get("SessionToken")


@cache
def _of_no_cloud() -> _Shared:
    return _Shared()


class ClientAs:
    """A client of one service that calls with given keys (as CreateAccessKey or AssumeRole return them)."""

    def __init__(self, shared: _Shared, client: Any, keys: Mapping[str, Any]) -> None:
        self._shared, self._client, self._keys = shared, client, keys

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name not in self._client.meta.method_to_api_mapping:
            return found

        def call(**parameters: Any) -> Any:
            self._shared.sign_with(self._keys)
            return found(**parameters)

        return call


def client_as(keys: Mapping[str, Any] | None, service: str, region: str | None = None) -> Any:
    """A client of the running cloud that calls with these keys, or (None) without any.

    Where no cloud runs, it tells what a service's client has, and calls nobody.
    """
    cloud = Cloud.running()
    shared = _of_no_cloud() if cloud is None else cloud.part(_Shared)
    client = shared.client(service, region or REGION, keys is not None)
    return client if keys is None else ClientAs(shared, client, keys)

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

REGION = "us-east-1"


@cache
def _session() -> boto3.Session:
    return boto3.Session("nobody", "nothing", region_name=REGION)


@cache
def _real(service: str, region: str, signed: bool) -> Any:
    config = None if signed else Config(signature_version=UNSIGNED)
    return _session().client(service, region_name=region, config=config)


class ClientAs:
    """A client of one service that calls with given keys (as CreateAccessKey or AssumeRole return them)."""

    def __init__(self, client: Any, keys: Mapping[str, Any]) -> None:
        self._client, self._keys = client, keys

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name not in self._client.meta.method_to_api_mapping:
            return found

        def call(**parameters: Any) -> Any:
            signer = _session().get_credentials()
            signer.access_key, signer.secret_key = self._keys["AccessKeyId"], self._keys["SecretAccessKey"]
            signer.token = self._keys.get("SessionToken")
            return found(**parameters)

        return call


def client_as(keys: Mapping[str, Any] | None, service: str, region: str | None = None) -> Any:
    """A client that calls with these keys, or (None) without any."""
    client = _real(service, region or REGION, keys is not None)
    return client if keys is None else ClientAs(client, keys)

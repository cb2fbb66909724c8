"""The environment that makes SDKs in a child process call the cloud, so that no request leaves the machine.

AWS_ENDPOINT_URL points SDKs at the endpoint: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html.
Some SDK requests ignore the variable (AWS CLI v1 has its own hosts for SQS), and so does curl. The proxy variables send
those requests to the endpoint, which answers for the cloud's hosts and rejects all others. Python children also have a
guard for their own sockets (`process/child_guard`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from labs_helpers.cloud.core.loopback import on_loopback
from labs_helpers.cloud.process import child_guard

_ENDPOINT = "AWS_ENDPOINT_URL"
S3_CONTROL_HOST = "s3-control.labs.invalid"
"""The host for S3 Control: SDKs put the account before it, which they can't do with an IP address.

The name can't be resolved (RFC 6761), so only clients that use the proxy, which is the endpoint, can reach it.
"""
_IGNORE = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
_AUTHORITIES = (
    "AWS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
)
"""Variables in which AWS SDKs, curl, Node.js, requests, and OpenSSL look for certificate authorities."""
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_GUARD = str(Path(child_guard.__file__).parent)
"""The folder with a module that Python children import first, which keeps their own sockets on this machine."""
_HERE = "127.0.0.1,localhost,::1"


def leading_here(
    base: Mapping[str, str], profiles: Mapping[str, str], url: str, proxy: str, authority: Path | None
) -> dict[str, str]:
    """Return `base`, changed so that clients send requests to `url`, or through `proxy` to AWS hosts.

    Credentials, profiles, and an endpoint on this machine are kept if they are in `base`.
    """
    env = through_proxy(base, profiles, proxy, authority)
    if env.setdefault(_ENDPOINT, url) == url:
        env.setdefault(f"{_ENDPOINT}_S3_CONTROL", f"https://{S3_CONTROL_HOST}")
    return env


def through_proxy(
    base: Mapping[str, str], profiles: Mapping[str, str], proxy: str, authority: Path | None
) -> dict[str, str]:
    """Return `base` with a proxy but no endpoint URL, so that every request is signed for an AWS host."""
    env = {name: value for name, value in base.items() if not _leads_away(name, value)}
    for name, value in profiles.items():
        env.setdefault(name, value)
    if authority is not None:
        env.update(dict.fromkeys(_AUTHORITIES, str(authority)))
    for name in _PROXIES:
        env[name] = env[name.lower()] = proxy
    env["PYTHONPATH"] = os.pathsep.join(filter(None, (_GUARD, *_others(env.get("PYTHONPATH", "")))))
    env["NO_PROXY"] = env["no_proxy"] = _HERE
    env["NODE_USE_ENV_PROXY"] = "1"  # https://nodejs.org/api/cli.html: from version 24 on
    return env


def _others(path: str) -> Iterator[str]:
    return (each for each in path.split(os.pathsep) if each != _GUARD)


def _leads_away(name: str, value: str) -> bool:
    if name == _IGNORE:
        return True
    return (name == _ENDPOINT or name.startswith(f"{_ENDPOINT}_")) and not on_loopback(value)

"""Raw requests, which are signed by botocore's own signer for any host and sent as bytes."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest

from labs_helpers.cloud.endpoint.endpoint import Endpoint


def signed(
    url: str,
    service: str,
    *,
    method: str = "GET",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    profile: str = "default",
    region: str = "us-east-1",
) -> dict[str, str]:
    """The headers of a request that is signed for the host in `url`."""
    request = AWSRequest(method, url, headers=dict(headers or {}), data=body)
    keys = boto3.Session(profile_name=profile).get_credentials().get_frozen_credentials()
    signer = (S3SigV4Auth if service == "s3" else SigV4Auth)(keys, service, region)
    declared = request.headers.get("x-amz-content-sha256")
    if declared:
        signer.payload = lambda _: declared  # it would count the hash of the body
    signer.add_auth(request)
    return dict(request.headers.items())


def presigned(url: str, method: str = "GET", profile: str = "default", expires: int = 60) -> str:
    """The URL with a signature in its query, for S3."""
    request = AWSRequest(method, url)
    keys = boto3.Session(profile_name=profile).get_credentials().get_frozen_credentials()
    S3SigV4QueryAuth(keys, "s3", "us-east-1", expires=expires).add_auth(request)
    return str(request.url)


def send(
    endpoint: Endpoint,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: Any = None,
    *,
    tls: bool = False,
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Status, headers and body of one request. The Host header is the endpoint's if none is given."""
    if tls:
        context = ssl.create_default_context(cafile=str(endpoint.ca))
        line: http.client.HTTPConnection = http.client.HTTPSConnection(
            "127.0.0.1", endpoint.port, timeout=20, context=context
        )
    else:
        line = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=20)
    try:
        line.request(method, target, body, dict(headers), encode_chunked="Transfer-Encoding" in headers)
        answer = line.getresponse()
        return answer.status, answer.msg, answer.read()
    finally:
        line.close()


def raw(endpoint: Endpoint, data: bytes, timeout: float = 5) -> bytes:
    """Send bytes, and read until the other side closes the connection or sends nothing for a while."""
    with socket.create_connection(("127.0.0.1", endpoint.port), timeout=timeout) as line:
        line.sendall(data)
        received = b""
        try:
            while piece := line.recv(65_536):
                received += piece
        except (TimeoutError, ConnectionError):
            pass
        return received

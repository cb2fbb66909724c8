"""A request's destination: the endpoint itself, an AWS endpoint, a host in the cloud, or none of these.

A client that uses the endpoint's URL (AWS_ENDPOINT_URL, `endpoint_url`) signs for 127.0.0.1, and the signature's scope
contains the service. A client that uses a proxy setting signs for AWS's host. The gate expects AWS's hosts. So if a
client signs for 127.0.0.1, the gate receives two requests: the signed one, and a copy with AWS's host.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders

from labs_helpers.cloud.endpoint.environment import S3_CONTROL_HOST
from labs_helpers.cloud.endpoint.http_message import Malformed, Sent
from labs_helpers.cloud.gate import signature
from labs_helpers.cloud.gate.hosts import Network

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_AWS = ".amazonaws.com"
_REGION = "us-east-1"
"""The Region for unsigned requests that don't name one, which is the Region in the cloud's profiles."""
_AUTHORITY = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[^:\[\]/@]+))(?::(?P<port>\d{1,5}))?")
_SCOPE = re.compile(r"Credential=[^/,\s]+/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
_HOST_OF_SCOPE = {
    "awsssoportal": "portal.sso",
    "ses": "email",
    "sso-oauth": "oidc",
}
"""Signing name → endpoint, for the cloud's services in which they differ."""
_HOST_OF_TARGET = {
    "AWSCognitoIdentityProviderService": "cognito-idp",
    "AWSCognitoIdentityService": "cognito-identity",
    "AWSOrganizationsV20161128": "organizations",
    "DynamoDB_20120810": "dynamodb",
    "TrentService": "kms",
}
"""X-Amz-Target in unsigned requests → endpoint. All but the first two services reject them with their own error."""
_HOST_OF_VERSION = {
    "2010-03-31": "sns",
    "2010-05-08": "iam",
    "2011-06-15": "sts",
    "2016-11-15": "ec2",
}
_OLD_SQS = re.compile(r"(?:([a-z]{2}(?:-[a-z]+)+-\d)\.)?queue\.amazonaws\.com")
"""SQS's legacy endpoints, which AWS CLI v1 still calls.

https://docs.aws.amazon.com/general/latest/gr/sqs-service.html
"""
_OIDC_PATHS = ("/client/register", "/device_authorization", "/token")
_WELL_KNOWN = re.compile(r"/([a-z]{2}(?:-[a-z]+)+-\d)_[0-9A-Za-z]+/\.well-known/[a-z.-]+")
_NOT_PASSED_ON = (
    "connection", "keep-alive", "proxy-connection", "proxy-authorization", "te", "trailer", "transfer-encoding",
    "upgrade", "expect",
)  # fmt: skip
"""Headers that apply to one connection only."""


@dataclass(frozen=True, slots=True)
class Place:
    """A request's destination.

    `host` is an AWS host or a host in the cloud, or "" for the endpoint itself. `bucket` is the bucket name that
    precedes the endpoint's hostname (http://shelf.localhost:4566/), or None if the URL doesn't contain a bucket name.
    """

    host: str = ""
    bucket: str | None = None


def place(authority: str, port: int, network: Network) -> Place | None:
    """Return the destination for a host and port, or None if the endpoint doesn't serve that host."""
    parts = _AUTHORITY.fullmatch(authority.strip())
    if parts is None:
        return None
    name = (parts["six"] or parts["name"]).lower().rstrip(".")
    at = int(parts["port"]) if parts["port"] else None
    if _is_ours(name, network):
        return Place(name) if at in (None, 80, 443) else None
    if at != port:
        return None
    if name in LOOPBACK:
        return Place()
    before, dot, last = name.rpartition(".")
    if not dot or last != "localhost":
        return None
    return Place(before) if _is_ours(before, network) else Place(bucket=before.removesuffix(".s3"))


def _is_ours(name: str, network: Network) -> bool:
    return _is_s3_control(name) or name.endswith(_AWS) or network.host(f"https://{name}/") is not None


def _is_s3_control(name: str) -> bool:
    return name == S3_CONTROL_HOST or name.endswith(f".{S3_CONTROL_HOST}")


def for_gate(sent: Sent, where: Place) -> tuple[AWSPreparedRequest, signature.Request | None]:
    """Return the request for the gate, and the signed request (None if both have the same URL).

    Raises `Malformed` if the request is ambiguous or doesn't identify a service.
    """
    target = sent.target
    if _is_s3_control(where.host):
        host = f"{where.host.removesuffix(S3_CONTROL_HOST)}s3-control.{_scope(sent)[0]}{_AWS}"
    elif where.host:
        old = _OLD_SQS.fullmatch(where.host)
        host = f"sqs.{old[1] or _REGION}{_AWS}" if old else where.host
    elif where.bucket is not None:
        host, target = _host_of_service("s3", _scope(sent)[0], sent), f"/{where.bucket}{target}"
    else:
        host = host_of(sent)
    headers = HTTPHeaders()
    for name, value in sent.named.items():
        if name not in _NOT_PASSED_ON:
            headers[name] = value
    headers.replace_header("host", host) if "host" in headers else headers.add_header("host", host)
    prepared = AWSPreparedRequest(sent.method, f"{sent.scheme}://{host}{target}", headers, sent.body, False)
    if host == sent.host.lower():
        return prepared, None
    # A Version 2 signature covers the bucket, whether it is in the host or in the path, but not the host.
    url = prepared.url if "AWSAccessKeyId" in sent.query else sent.url
    return prepared, signature.Request(sent.method, url, sent.named, sent.body)


def host_of(sent: Sent) -> str:
    """Return the AWS host to use for a request that was sent to the endpoint itself.

    Raises `Malformed` if the request doesn't identify a service.
    """
    region, service = _scope(sent)
    if service:
        return _host_of_service(service, region, sent)
    return _unsigned(sent)


def _scope(sent: Sent) -> tuple[str, str]:
    """Return the Region and the service in the signature's scope; the service is "" for an unsigned request."""
    credential = f"Credential={sent.query.get('X-Amz-Credential', '')}"
    found = _SCOPE.search(sent.named.get("authorization", "")) or _SCOPE.fullmatch(credential)
    if found:
        return found[1], found[2]
    if "AWSAccessKeyId" in sent.query and "Signature" in sent.query:
        return _REGION, "s3"
    return _REGION, ""


def _host_of_service(service: str, region: str, sent: Sent) -> str:
    if service == "s3":
        if sent.path.startswith("/v20180820/") and "x-amz-account-id" in sent.named:
            return f"{sent.named['x-amz-account-id']}.s3-control.{region}{_AWS}"
        return f"s3{_AWS}" if region == _REGION else f"s3.{region}{_AWS}"
    if sent.named.get("x-amz-target", "").startswith("DynamoDBStreams_"):  # signed for dynamodb
        return f"streams.dynamodb.{region}{_AWS}"
    if service == "iam" and sent.path != "/":
        return f"iam-toolbox.{region}{_AWS}"
    if service == "iam" and region == _REGION:
        return f"iam{_AWS}"
    return f"{_HOST_OF_SCOPE.get(service, service)}.{region}{_AWS}"


def _unsigned(sent: Sent) -> str:
    """Return the host that an unsigned request's headers, path, or parameters identify, or else S3's host."""
    target = sent.named.get("x-amz-target", "").rpartition(".")[0]
    if target:
        if target not in _HOST_OF_TARGET:
            raise Malformed(f"an unsigned request for {target[:80]} doesn't name the service that it is for")
        return f"{_HOST_OF_TARGET[target]}.{_REGION}{_AWS}"
    well_known = _WELL_KNOWN.fullmatch(sent.path)
    if well_known:
        return f"cognito-idp.{well_known[1]}{_AWS}"
    if "x-amz-sso_bearer_token" in sent.named:
        return f"portal.sso.{_REGION}{_AWS}"
    kind = sent.named.get("content-type", "")
    begun = sent.path == "/authorize" and "code_challenge" in sent.query
    if begun or (sent.path in _OIDC_PATHS and sent.method == "POST" and "json" in kind):
        return f"oidc.{_REGION}{_AWS}"
    return _unsigned_query(sent, kind) or f"s3{_AWS}"


def _unsigned_query(sent: Sent, kind: str) -> str | None:
    if sent.path != "/":
        return None
    parameters = sent.query
    if "x-www-form-urlencoded" in kind:
        parameters = dict(parse_qsl(sent.body[:100_000].decode("latin-1"), keep_blank_values=True))
    if "Action" not in parameters:
        return None
    service = _HOST_OF_VERSION.get(parameters.get("Version", ""), "sts")
    return f"iam{_AWS}" if service == "iam" else f"{service}.{_REGION}{_AWS}"

"""The service and the Region that a URL addresses."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.gate.request_context import REGION
from labs_helpers.cloud.moto import protocols

SUFFIX = ".amazonaws.com"
_S3_HOST = re.compile(r"(?:(?P<bucket>.+)\.)?s3(?:[.-](?P<region>[a-z]{2}(?:-[a-z]+)+-\d))?")
_NOT_IN_HOST = re.compile(r"localhost|localstack|host\.docker\.internal|s3$|(?:\d+\.){3}\d")
"""Bucket names that moto mistakes for its own hostname; it then looks for the bucket in the path."""
_ENDPOINTS = {
    "sso": "sso-admin",
    "portal.sso": "sso",
    "oidc": "sso-oidc",
    "device.sso": "sso-oidc",
    "access-analyzer": "accessanalyzer",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "email": "ses",
    "elasticloadbalancing": "elbv2",
    "issuer-cognito-idp": "cognito-idp",
    "streams.dynamodb": "dynamodbstreams",
    "stream-logs": "logs",
}
"""Endpoint name → boto3's service name, if they differ."""
_S3_CONTROL = re.compile(r"\d{12}\.s3-control")
"""S3 Control's hosts begin with the account.

https://docs.aws.amazon.com/general/latest/gr/s3.html#s3_region"""
_S3_WEBSITE = re.compile(r"(^|\.)s3-website[.-]")
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html"""
_ACCOUNT_ENDPOINT = re.compile(r"\d{12}\.ddb")
"""https://docs.aws.amazon.com/sdkref/latest/guide/feature-account-endpoints.html"""


def protocol_at(url: str) -> str:
    """Return the protocol of the service at a URL, in botocore's words. Raises `NotModelled` as `address` does.

    Of the services at `email` and `monitoring`, the newer ones use REST-JSON. Only their URLs have paths.
    """
    model = protocols.model(address(url)[0])
    protocol = str(model.metadata["protocol"]) if model is not None else ""
    return "rest-json" if protocol in ("query", "") and urlsplit(url).path not in ("", "/") else protocol


def address(url: str) -> tuple[str, str]:
    """Return the service (boto3's name) and the Region that a URL addresses.

    Raises `NotModelled` for any host that isn't a standard AWS endpoint, such as dual-stack and custom endpoints, the
    instance metadata address, and all hosts outside AWS. No request is forwarded.
    """
    host = urlsplit(url).hostname or ""
    if not host.endswith(SUFFIX):
        raise NotModelled(
            f"{host or url!r} is not an AWS endpoint that this cloud serves; no request leaves the machine"
        )
    name = host.removesuffix(SUFFIX)
    if _S3_WEBSITE.search(name):
        raise NotModelled(f"{host}: S3's website endpoints are not served, only its REST endpoints")
    found = _S3_HOST.fullmatch(name)
    if found and found["bucket"] and _NOT_IN_HOST.match(found["bucket"]):
        raise NotModelled(f"{host}: moto can't read the bucket's name in this host; put the name in the path")
    if found:
        endpoint, region = "s3", found["region"] or REGION
    else:
        endpoint, dot, region = name.rpartition(".")
        if not dot:
            endpoint, region = name, REGION
    if _ACCOUNT_ENDPOINT.fullmatch(endpoint):
        return "dynamodb", region
    if _S3_CONTROL.fullmatch(endpoint):
        endpoint = "s3control"
    if region not in protocols.regions():
        raise NotModelled(f"{host} is not an AWS endpoint that this cloud serves: {region!r} isn't a Region")
    return _ENDPOINTS.get(endpoint, endpoint), region

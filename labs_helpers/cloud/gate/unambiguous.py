"""Rejection of requests that can be interpreted in two ways.

Otherwise, the request that is performed might differ from the request that was authorized.

In HTTP, a parameter can occur twice: in the URL and in the body, or in headers with different spellings. Servers choose
different occurrences, so a check might read one value and the operation another. AWS rejects most of these requests as
malformed, and so does this cloud. Size limits protect the machine's memory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest

from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.moto import protocols
from labs_helpers.cloud.moto.parsers.json_values import decode
from labs_helpers.cloud.moto.unreadable_requests import unreadable

MAX_BODY = 80 * 1024 * 1024
"""The maximum body size in bytes, except for S3. Lambda's deployment packages are the largest: 50 MB, in base64.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""
MAX_RPC_BODY = 16 * 1024 * 1024
"""The maximum body size in bytes for the json, query, and ec2 protocols. DynamoDB's batches can be 16 MB.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""
MAX_HEAD = 64 * 1024
"""The maximum number of characters in the URL, and in all headers together."""
MAX_PARAMETERS = 5_000
"""The maximum number of parameters in a query or ec2 request."""
_FRAME = re.compile(rb"([0-9a-fA-F]{1,8})(?:;[^\r\n]*)?\r\n")
_UNRESERVED = re.compile("%(2[DEde]|3[0-9]|4[1-9A-Fa-f]|5[0-9AFaf]|6[1-9A-Fa-f]|7[0-9AEae])")
"""Encoded characters that mean the same as the unencoded ones (RFC 3986, 2.3), although moto distinguishes them."""
_PACKED = frozenset(("gzip", "x-gzip", "deflate", "compress", "br", "zstd"))
"""Body encodings that no operation here accepts. AWS's older SDKs send amz-1.0, which isn't an encoding."""
_METADATA = "x-amz-meta-"
_PRESIGNED = "x-amz-"


_PORTAL_TOKEN = "x-amz-sso_bearer_token"
"""The only AWS header whose name contains an underscore.

https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/
"""


def clean(prepared: AWSPreparedRequest, service: str) -> None:
    """Reject requests that no server would accept, and drop headers whose names contain an underscore.

    A WSGI environment doesn't distinguish `x_amz_acl` from `x-amz-acl`, so servers drop headers with underscores.
    Raises `NotModelled` if the Host header and the URL contain different hosts, or if the request is too large.
    """
    size = 0
    for name in list(prepared.headers):
        value = prepared.headers[name]
        size += len(name) + len(value)
        if name.lower() == _PORTAL_TOKEN.replace("_", "-") or (
            "_" in name
            and not name.lower().startswith(_METADATA)
            and (service, name.lower()) != ("sso", _PORTAL_TOKEN)
        ):
            del prepared.headers[name]
    if service == "s3":
        prepared.url = _UNRESERVED.sub(lambda found: chr(int(found[1], 16)), prepared.url)
    host, named = prepared.headers.get("host"), urlsplit(prepared.url).netloc
    if "@" in named:
        raise NotModelled("a user name before the host isn't part of an AWS endpoint")
    if host is not None:
        host = host.decode("latin-1") if isinstance(host, bytes) else host
        if host.lower() != named.lower():
            raise NotModelled(f"the Host header is {host[:80]!r}, but the URL's host is {named[:80]!r}")
    if size > MAX_HEAD or len(prepared.url) > MAX_HEAD:
        raise NotModelled(
            f"URL or headers have more than {MAX_HEAD} characters: no AWS endpoint accepts that"
        )
    if service != "s3" and len(prepared.body) > MAX_BODY:
        raise NotModelled(f"the body has more than {MAX_BODY} bytes: {service} doesn't accept that")


def refuse_ambiguous(service: str, operation: Any, protocol: str, request: Any) -> None:
    """Raise `ServiceError` for a request that can be interpreted in two ways."""
    if service != "s3" and request.headers.get("content-encoding", "").strip().lower() in _PACKED:
        # https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/common-errors.html: moto would unpack it
        said = "The body cannot be decompressed as its Content-Encoding says."
        raise ServiceError("MalformedHttpRequestException", said, 400)
    if protocol in ("query", "ec2"):
        _refuse_twice(request)
    elif protocol == "json":
        _refuse_beside_json(request)
    elif protocol == "rest-json":
        _refuse_misplaced(operation, request)
    if service == "s3":
        _refuse_false_length(request)
    repeated = _repeated(request, lists=protocol == "rest-json") if request.query_string else None
    if repeated:
        raise ServiceError(
            "InvalidArgument" if service == "s3" else "MalformedQueryString",
            f"The query string has more than one {repeated[:80]}", 400,
        )  # fmt: skip


def _refuse_false_length(request: Any) -> None:
    """Reject a chunked upload whose declared length or trailers differ from its body. Raises `ServiceError`."""
    if not request.headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
        return
    length, (total, end) = request.headers.get("x-amz-decoded-content-length", ""), _unframed(request.data)
    if not re.fullmatch("[0-9]{1,12}", length) or int(length) != total:
        raise ServiceError("IncompleteBody", "The request body terminated unexpectedly", 400)
    if _trailers(request.data[end:]) != _words(request.headers.get("x-amz-trailer", "")):
        raise ServiceError(
            "MalformedTrailerError",
            "The request contained trailing data that was not well-formed or did not conform to our published schema.",
            400,
        )


def _unframed(body: bytes) -> tuple[int | None, int]:
    """Return the total length of a body's chunks (None if they don't end correctly) and the position of their end."""
    at, total = 0, 0
    while (frame := _FRAME.match(body, at)) is not None:
        size = int(frame[1], 16)
        if size == 0:
            return total, frame.end()
        total, at = total + size, frame.end() + size + 2
        if body[at - 2 : at] != b"\r\n":
            break
    return None, at


def _trailers(rest: bytes) -> list[str]:
    """Return the sorted names of the headers after the last chunk, without the header of their signature."""
    names = [
        line.partition(b":")[0].strip().lower().decode("latin-1")
        for line in rest.split(b"\r\n")
        if line.strip()
    ]
    return sorted(name for name in names if name != "x-amz-trailer-signature")


def _words(header: str) -> list[str]:
    return sorted(word.strip().lower() for word in header.split(",") if word.strip())


def _refuse_twice(request: Any) -> None:
    """Raise `ServiceError` for a form with a repeated parameter, or with parameters in both the URL and the body."""
    in_url = [name for name in request.args if not name.lower().startswith(_PRESIGNED)]
    in_body = list(request.form)
    if request.files or (in_url and in_body) or sum(map(len, request.form.listvalues())) > len(in_body):
        raise ServiceError("MalformedQueryString", "The query string contains a syntax error", 400)
    if len(in_url) + len(in_body) > MAX_PARAMETERS:
        raise ServiceError(
            "MalformedQueryString", f"A request can have at most {MAX_PARAMETERS} parameters", 400
        )
    if len(request.data) > MAX_RPC_BODY:
        raise ServiceError("RequestEntityTooLarge", "The request is too large", 413)


def _refuse_beside_json(request: Any) -> None:
    """Reject parameters outside the JSON body. Raises `ServiceError`."""
    if (
        request.form
        or request.files
        or (request.query_string and not all(name.lower().startswith(_PRESIGNED) for name in request.args))
    ):
        raise unreadable("", "json")
    if len(request.data) > MAX_RPC_BODY:
        raise ServiceError("RequestEntityTooLarge", "The request is too large", 413)


def _refuse_misplaced(operation: Any, request: Any) -> None:
    """Reject a body with parameters that belong in the path, the query, or headers. Raises `ServiceError`."""
    if request.form or request.files:
        raise unreadable("", "json")
    if not request.data or protocols.has_blob_body(operation):
        return
    elsewhere: set[str] = set()
    for place in ("uri", "querystring", "header"):
        elsewhere |= protocols.members_in(place, operation)
    if elsewhere & _object(request.data).keys():
        raise unreadable("", "json")


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = decode(body)
    except (ValueError, RecursionError) as error:
        raise unreadable("", "json") from error
    if not isinstance(found, dict):
        raise unreadable("", "json")
    return found


def _repeated(request: Any, lists: bool) -> str | None:
    for name, values in request.args.lists():
        if len(values) > 1 and not (lists and not name.lower().startswith(_PRESIGNED)):
            return str(name)
    return None


_OWN_WORDS = ("iam", "sts", "organizations")
"""Services whose own operations reject repeated tags, with AWS's message."""
_CODES = {
    "ec2": "InvalidParameterValue", "query": "InvalidParameter", "kms": "TagException",
    "cloudtrail": "InvalidTagParameterException",
}  # fmt: skip
"""Service or protocol → error code for repeated tags."""
_MESSAGE = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
"""IAM's and STS's message, which is used for services whose own message isn't known."""
_MESSAGES = {"kms": "Duplicate tag keys", "sns": "Invalid parameter: Duplicate keys are not allowed."}
"""Service → its own message for repeated tags."""


def refuse_repeated_tags(service: str, protocol: str, parameters: Mapping[str, Any]) -> None:
    """Raise `ServiceError` for tags whose keys differ only in case.

    Otherwise, a condition might check one tag while the resource gets the other tag. Tag keys in condition keys are
    case-insensitive:
    """
    if service in _OWN_WORDS:
        return
    specifications = [each.get("Tags") for each in parameters.get("TagSpecifications") or ()]
    for tags in (*specifications, *(parameters.get(name) for name in ("Tags", "TagsList"))):
        if not isinstance(tags, list):
            continue
        keys = [str(tag.get("Key") or tag.get("TagKey")).lower() for tag in tags if isinstance(tag, dict)]
        if len(keys) != len(set(keys)):
            code = _CODES.get(service) or _CODES.get(protocol, "ValidationException")
            raise ServiceError(code, _MESSAGES.get(service, _MESSAGE), 400)

"""AWS's protocols: parsing a request into its operation and parameters, and serializing a result or error.

The module uses moto's routing, parsing, and serialization, with botocore's models of the services.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import unquote, urlencode

from botocore.awsrequest import AWSPreparedRequest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from moto.core import errors as moto_errors
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import RequestParserError
from moto.core.request import Request, determine_request_protocol, normalize_request
from moto.core.routing import get_service_router
from moto.core.serialize import SerializationContext, TimestampSerializer, get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException as RoutingError

from labs_helpers.cloud.core.call import Answer
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.moto import hooks
from labs_helpers.cloud.moto.constraints import violations
from labs_helpers.cloud.moto.error_answers import with_elements
from labs_helpers.cloud.moto.invalid_parameters import refusal
from labs_helpers.cloud.moto.parsers import PARSERS
from labs_helpers.cloud.moto.unreadable_requests import UnknownOperation, unreadable

ACCOUNT_HEADER = "HTTP_X_MOTO_ACCOUNT_ID"


def know_error_codes(codes: Iterable[str]) -> None:
    """Make moto's serializer accept common error codes that the models of services don't list, while a cloud runs.

    https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
    """
    more = tuple(codes)
    known = moto_errors.COMMON_ERROR_CODES

    def patch() -> hooks.Undo:
        """Add the codes to moto's list."""
        before = list(known)
        known.extend(code for code in more if code not in known)
        return lambda: known.__setitem__(slice(None), before)

    hooks.while_installed(patch)


@cache
def model(service: str) -> ServiceModel | None:
    """Return botocore's model for a service (boto3's name), or None if botocore doesn't have one."""
    try:
        return get_service_model(service)
    except Exception as error:  # moto's loader raises botocore's errors, wrapped differently by version
        if type(error).__name__ in ("UnknownServiceError", "DataNotFoundError"):
            return None
        raise


@cache
def regions() -> frozenset[str]:
    """Return the names of AWS's Regions."""
    file = resources.files("botocore") / "data" / "partitions.json"
    partitions = json.loads(file.read_text(encoding="utf-8"))["partitions"]
    return frozenset(name for each in partitions if each["id"] == "aws" for name in each["regions"])


@cache
def signing_name(service: str) -> str:
    """Return the service's name in a signature's credential scope (`sso` for sso-admin)."""
    found = model(service)
    assert found is not None
    return str(found.signing_name)


def normalized(request: AWSPreparedRequest, service: str | None = None) -> Request:
    """Return the request in the form that moto's router and handlers expect.

    Headers that contain an account ID are removed. REST services' bodies are objects and documents, never forms,
    regardless of Content-Type. If a body were treated as a form, moto would read parameters from it, and the content
    would differ from what was sent.
    """
    result = normalize_request(request)
    result.environ.pop(ACCOUNT_HEADER, None)
    # The host's name stays as it was sent: before Python 3.13 werkzeug fails for invalid punycode.
    if "xn--" in result.host:
        result.__dict__["url"] = request.url
    own = _own_protocol(service) if service is not None else ""
    if own == "rest-xml":
        result.__dict__["form"] = result.__dict__["files"] = ImmutableMultiDict()
    elif own == "rest-json":
        result.environ["CONTENT_TYPE"] = "application/json"
    return result


def _own_protocol(service: str) -> str:
    found = model(service)
    return str(found.protocol) if found is not None else ""


def route(service: str, request: Request) -> tuple[OperationModel, dict[str, Any]]:
    """Return the operation that a request calls, and the parameters in its path.

    A request that lacks a required query parameter or header still identifies its operation; the service rejects it
    later. Raises `UnknownOperation` if the service has no such operation.
    """
    try:
        protocol = protocol_of(service, request)
        operation, in_path = get_service_router(service).match(request)
    except (RoutingError, NotImplementedError) as error:
        found = _by_path(service, request)
        if found is None:
            raise UnknownOperation(_own_protocol(service)) from error
        return found
    if not _spoken(protocol, request, operation):
        raise UnknownOperation(protocol)
    return operation, in_path


def _spoken(protocol: str, request: Request, operation: OperationModel) -> bool:
    """Return True if the request follows its protocol. EC2 has more API versions than botocore knows."""
    if request.method not in _METHODS.get(protocol, (request.method,)):
        return False
    if protocol == "query":
        return bool(request.values.get("Version") == operation.service_model.api_version)
    return protocol != "json" or not request.mimetype.startswith("multipart/")


_METHODS = {"json": ("POST",), "query": ("GET", "POST"), "ec2": ("GET", "POST")}
"""Protocol → the HTTP methods that it allows; other protocols allow any method.

https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/programming.html"""


def _by_path(service: str, request: Request) -> tuple[OperationModel, dict[str, Any]] | None:
    """Return the only operation that has a request's path, and the parameters in the path, or None."""
    for method, path, names, operation in _paths(service):
        found = path.fullmatch(request.raw_path) if method == request.method else None
        if found is not None:
            return operation, dict(zip(names, map(unquote, found.groups()), strict=True))
    return None


@cache
def _paths(service: str) -> tuple[tuple[str, re.Pattern[str], tuple[str, ...], OperationModel], ...]:
    """Return each path that only one operation has: its method, its pattern, and the names of its parameters.

    Paths that consist only of parameters aren't included, because any request to the service has such a path.
    """
    found: dict[tuple[str, str], list[tuple[str, OperationModel]]] = {}
    of_service = model(service)
    if of_service is None or service == "s3":
        return ()
    for name in of_service.operation_names:
        operation = of_service.operation_model(name)
        path = operation.http["requestUri"].partition("?")[0]
        if _LABEL.sub("", path).strip("/"):
            place = operation.http["method"], _LABEL.sub("{}", path)
            found.setdefault(place, []).append((path, operation))
    alone = [(method, *listed[0]) for (method, _), listed in found.items() if len(listed) == 1]
    return tuple(
        (method, _path_pattern(path), tuple(name.rstrip("+") for name in _LABEL.findall(path)), operation)
        for method, path, operation in alone
    )


_LABEL = re.compile(r"{(.+?)}")
"""A parameter in a path: https://smithy.io/2.0/spec/http-bindings.html#labels"""


def _path_pattern(path: str) -> re.Pattern[str]:
    parts = _LABEL.split(path)
    written = [re.escape(part) if place % 2 == 0 else _label(part) for place, part in enumerate(parts)]
    return re.compile("".join(written))


def _label(name: str) -> str:
    return "(.+)" if name.endswith("+") else "([^/]+)"


def parse(
    service: str, operation: OperationModel, uri_parameters: Mapping[str, Any], request: Request
) -> tuple[dict[str, Any], Request]:
    """Return the operation's parameters by model name, and the request to pass to moto.

    The returned request contains no unknown members. Raises `ServiceError` for parameters that can't be read or that
    violate the model.
    """
    parser = PARSERS[protocol_of(service, request)](operation, map_type=dict)
    try:
        parameters = parser.parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.data,
                "url_path": request.path,
                "url_params": uri_parameters,
            }
        )
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        LookupError,
        RecursionError,
        RequestParserError,
    ) as error:
        raise unreadable(service, protocol_of(service, request), error, operation) from error
    if operation.input_shape is not None:
        # A query can't contain an empty list: the parameter is missing.
        for name in [name for name, value in parameters.items() if value == []]:
            if operation.input_shape.members[name].serialization.get("location") == "querystring":
                del parameters[name]
        invalid = refusal(service, operation, violations(parameters, operation.input_shape))
        if invalid is not None:
            raise invalid
    return parameters, request if parser.rewritten is None else _rewritten(request, parser.rewritten)


def _rewritten(request: Request, body: bytes) -> Request:
    headers = {name: value for name, value in request.headers.items() if name.lower() != "content-length"}
    result = Request.from_primitives(request.method, request.raw_url, headers, body)
    for name in ("form", "files"):
        if name in request.__dict__:
            result.__dict__[name] = request.__dict__[name]
    return result


def with_headers(request: Request, headers: Mapping[str, str]) -> Request:
    """Return the request with additional headers."""
    result = Request.from_primitives(
        request.method, request.raw_url, {**dict(request.headers.items()), **headers}, request.data
    )
    for name in ("form", "files"):
        if name in request.__dict__:
            result.__dict__[name] = request.__dict__[name]
    return result


def protocol_of(service: str, request: Request) -> str:
    """Return the protocol of a request: json, query, ec2, rest-json, or rest-xml."""
    return str(determine_request_protocol(get_service_model(service), request.content_type))


@cache
def members_in(place: str, operation: OperationModel) -> frozenset[str]:
    """Return the names of an operation's parameters in one part of the request: uri, querystring, header, or body."""
    shape = operation.input_shape
    members = {} if shape is None else shape.members
    return frozenset(
        member.serialization.get("name", name)
        for name, member in members.items()
        if member.serialization.get("location", "body") == place
    )


def has_blob_body(operation: OperationModel) -> bool:
    """Return True if an operation's whole request body is one blob parameter (such as Lambda's Payload)."""
    return _payload_type(operation) in ("blob", "string")


@cache
def _payload_type(operation: OperationModel) -> str | None:
    shape = operation.input_shape
    payload = shape.serialization.get("payload") if shape is not None else None
    return shape.members[payload].type_name if shape is not None and payload else None


def serialize(
    service: str, operation: OperationModel, how: str, result: Mapping[str, Any], request_id: str
) -> Answer:
    """Return a response that botocore parses into `result`, a dict of the operation's output members."""
    serializer = _serializer(service, operation, how, request_id)
    answer = serializer.serialize(dict(result))
    return Answer(answer["status_code"], dict(answer["headers"]), answer["body"])


def refuse_unknown(service: str, error: UnknownOperation, request_id: str, method: str) -> Answer:
    """Return the response to a request for an unknown operation."""
    of_service = model(service)
    assert of_service is not None
    none = OperationModel({}, of_service)
    return serialize_error(service, none, error.protocol, error, request_id, method)


def serialize_error(
    service: str, operation: OperationModel, how: str, error: ServiceError, request_id: str, method: str
) -> Answer:
    """Return an error response, which botocore raises as `ClientError`.

    The response to a HEAD request doesn't have a body. The Identity Store API's exceptions also contain the request ID.
    https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_DescribeUser.html#API_DescribeUser_Errors
    """
    error.__dict__.setdefault("RequestId", request_id)
    if how == "query" and getattr(error, "query_code", None) is not None:
        # SQS supports two protocols, and the older one has its own error codes.
        error = ServiceError(str(vars(error)["query_code"]), error.message, error.status)
    if error.code not in moto_errors.COMMON_ERROR_CODES:
        # moto would warn about a code that the service's model lacks; the list is restored when the cloud
        # stops.
        moto_errors.COMMON_ERROR_CODES.append(error.code)
    answer = _serializer(service, operation, how, request_id).serialize(_worded(error, how))
    status = error.status if error.status is not None else answer["status_code"]
    headers = {**answer["headers"], _id_header(service): request_id, **getattr(error, "headers", {})}
    query_code = getattr(error, "query_code", None)
    if query_code is not None:
        headers["x-amzn-query-error"] = f"{query_code};Sender"
    refused = Answer(status, headers, "" if method == "HEAD" else answer["body"])
    return with_elements(refused, vars(error)) if _is_s3(service) else refused


def _worded(error: ServiceError, how: str) -> ServiceError:
    """Return the error as it is serialized.

    A JSON document omits an empty message. OBSERVED in 2024 and 2025: KMS's InvalidCiphertextException and
    KMSInvalidSignatureException, for instance. An XML document can't contain most control characters, which a message
    might quote from a request: https://www.w3.org/TR/xml/#charsets
    """
    if how not in ("json", "rest-json"):
        message = _NOT_IN_XML.sub("?", error.message)
    elif error.message:
        return error
    else:
        message = None
    if message == error.message:
        return error
    worded = ServiceError(error.code, "", error.status)
    worded.__dict__.update(error.__dict__, message=message)
    return worded


_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def identified(answer: Answer, service: str, how: str, request_id: str) -> Answer:
    """Return the response with moto's request ID replaced by `request_id`, wherever AWS's SDKs look for it.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
    https://docs.aws.amazon.com/AmazonS3/latest/API/RESTCommonResponseHeaders.html
    """
    headers = {name: value for name, value in answer.headers.items() if str(name).lower() not in _ID_HEADERS}
    headers[_id_header(service)] = request_id
    if _is_s3(service):
        headers["x-amz-id-2"] = second_id(request_id)
    # The body of S3's response might be an object's content, which stays as it is; its errors are documents.
    written = _ID_IN_BODY.get(how) if how != "rest-xml" or answer.status >= 300 else None
    if written is None:
        return replace(answer, headers=headers)
    body = written.sub(lambda found: f"{found[1]}{request_id}{found[2]}", answer.text, count=1)
    return replace(answer, headers=headers, body=body)


def second_id(request_id: str) -> str:
    """Return the second ID of an S3 request, which is `x-amz-id-2` in the response and in the event."""
    return base64.b64encode(hashlib.sha256(request_id.encode()).digest()).decode()


_ID_HEADERS = ("x-amzn-requestid", "x-amz-request-id", "x-amz-id-2")
_ID_IN_BODY = {
    "query": re.compile("(<RequestId>)[^<]*(</RequestId>)"),
    "ec2": re.compile("(<[rR]equestI[dD]>)[^<]*(</[rR]equestI[dD]>)"),
    "rest-xml": re.compile("(<RequestI[dD]>)[^<]*(</RequestI[dD]>)"),
}


def _id_header(service: str) -> str:
    return "x-amz-request-id" if _is_s3(service) else "x-amzn-requestid"


def _is_s3(service: str) -> bool:
    return service in ("s3", "s3control")


def _serializer(service: str, operation: OperationModel, how: str, request_id: str) -> Any:
    context = SerializationContext(request_id)
    serializer = get_serializer_class(service, how)(operation_model=operation, context=context)
    if service in _WHOLE_SECONDS:
        serializer._timestamp_serializer = _WholeSeconds(serializer.DEFAULT_TIMESTAMP_FORMAT)
    return serializer


_WHOLE_SECONDS = ("iam", "sts")
"""Services whose times don't have fractional seconds."""


class _WholeSeconds(TimestampSerializer):
    def _timestamp_iso8601(self, value: datetime) -> str:
        return value.strftime(self.ISO8601)


def request_for(
    service: str, operation: OperationModel, parameters: Mapping[str, Any], region: str
) -> Request:
    """Return the unsigned HTTP request that an SDK would send for a service's call within the cloud."""
    sent = create_serializer(operation.service_model.protocol).serialize_to_request(
        dict(parameters), operation
    )
    endpoint = operation.service_model.endpoint_prefix
    url = f"https://{endpoint}.{region}.amazonaws.com{sent['url_path']}"
    if isinstance(sent["query_string"], Mapping) and sent["query_string"]:
        url += ("&" if "?" in url else "?") + urlencode(sent["query_string"])
    body = sent["body"]
    if isinstance(body, Mapping):
        body = urlencode(body)
    return normalized(AWSPreparedRequest(sent["method"], url, dict(sent["headers"]), body, False))


@cache
def _parser(protocol: str) -> Any:
    """Return botocore's parser of a protocol, which doesn't keep anything that it parses."""
    return create_parser(protocol)


def read(operation: OperationModel, answer: Answer) -> dict[str, Any]:
    """Return a response as boto3 would return it, without ResponseMetadata. An error response has an "Error" member."""
    service = operation.service_model
    spoken = service.metadata.get("protocol", service.protocol)
    body = answer.body.encode() if isinstance(answer.body, str) else answer.body
    headers = {str(name).lower(): str(value) for name, value in answer.headers.items()}
    raw = {"status_code": answer.status, "headers": headers, "body": body or b""}
    parsed: dict[str, Any] = _parser(spoken).parse(raw, operation.output_shape)
    parsed.pop("ResponseMetadata", None)
    return parsed

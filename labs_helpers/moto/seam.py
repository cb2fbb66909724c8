"""Requests in, answers out: moto's routing, parsing, performing and serialising, and the switch that mocks AWS.

The gate (`labs_helpers.cloud.gate`) stands around moto's `process_request`: there the whole request and the whole
answer are seen, for every protocol alike.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any, NamedTuple
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit
from xml.parsers.expat import ExpatError

import responses
from botocore.awsrequest import AWSPreparedRequest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator
from moto.core import errors as moto_errors
from moto.core import responses as moto_responses
from moto.core.base_backend import BackendDict
from moto.core.config import default_user_config
from moto.core.custom_responses_mock import CallbackResponse
from moto.core.exceptions import HTTPException
from moto.core.model import OperationModel, ServiceModel
from moto.core.model_instances import reset_model_data
from moto.core.models import botocore_stubber
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request, determine_request_protocol, normalize_request
from moto.core.routing import get_service_router
from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model
from moto.moto_api._internal import mock_random
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException as RoutingError

from labs_helpers.core.call import Answer
from labs_helpers.core.errors import NotModelled, ServiceError
from labs_helpers.moto.backends import anywhere, backend

ACCOUNT_HEADER = "HTTP_X_MOTO_ACCOUNT_ID"
_DECIDED = "labs_helpers.decided"
"""Where a request's WSGI environment holds what the gate has decided about it, a `_Decided`."""
_ANY_ACCOUNT = "123456789012"
"""moto needs some account to make a backend in; the URL patterns are the same in each."""
Process = Callable[[AWSPreparedRequest], tuple[int, Any, Any]]


class _Decided(NamedTuple):
    """What was authorized: moto performs this and nothing else."""

    operation: str
    region: str
    access_key: str
    protocol: str
    in_path: Mapping[str, Any]


Patch = Callable[[], Callable[[], None]]
"""Changes something in moto and returns what undoes it."""

_http = responses.RequestsMock(assert_all_requests_are_fired=False)
_original: dict[str, Any] = {}
_patches: list[Patch] = []
_undo: list[Callable[[], None]] = []


def install(process: Process) -> None:
    """Send every AWS request of botocore, and every request of the `requests` library, through `process`.

    moto asks which of its classes' methods are operations at every call, a tenth of the call's time: that answer
    does not change and is kept.
    """
    _original["process"] = botocore_stubber.process_request
    _original["methods"] = moto_responses.method_names_from_class
    botocore_stubber.process_request = process
    moto_responses.method_names_from_class = cache(lambda kind: frozenset(_original["methods"](kind)))
    botocore_stubber.enabled = True
    _original["config"] = {name: dict(default_user_config[name]) for name in ("lambda", "batch")}  # type: ignore[literal-required]
    for name in ("lambda", "batch"):
        default_user_config[name]["use_docker"] = False  # type: ignore[literal-required]
    _undo.append(_hold_to_what_was_decided())
    _undo.append(_find_accounts_quickly())
    _undo.extend(patch() for patch in _patches)
    _http.start()
    for method in ("GET", "DELETE", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"):
        _http.add(
            CallbackResponse(method, re.compile(".*"), callback=botocore_stubber.process_prepared_request)
        )


def uninstall() -> None:
    """Undo `install`."""
    botocore_stubber.enabled = False
    while _undo:
        _undo.pop()()
    _http.stop(allow_assert=False)
    _http.reset()
    botocore_stubber.process_request = _original.pop("process")
    moto_responses.method_names_from_class = _original.pop("methods")
    default_user_config.update(_original.pop("config"))


def _hold_to_what_was_decided() -> Callable[[], None]:
    """Make moto perform what the gate authorized. Returns what undoes it.

    moto reads a request for itself, and not as its router does: the operation from a word `Action` in the URL, in the
    body or among the headers, before the header X-Amz-Target; a parameter from the URL before the body; the region
    from the User-Agent; the caller from whatever looks like a key in the Authorization header.
    """
    kind = moto_responses.BaseResponse
    names = ("_get_action", "get_region_from_url", "get_access_key", "setup_class")
    action, region, access_key, setup_class = originals = tuple(getattr(kind, name) for name in names)

    def decided_action(self: Any) -> str:
        decided = self.normalized_request.environ.get(_DECIDED)
        if decided is None:
            return action(self)
        if decided.protocol.startswith("rest-"):
            self.uri_match = decided.in_path
        return decided.operation

    def decided_region(self: Any, request: Request, full_url: str) -> str:
        decided = request.environ.get(_DECIDED)
        return region(self, request, full_url) if decided is None else decided.region

    def decided_access_key(self: Any) -> str:
        decided = self.normalized_request.environ.get(_DECIDED)
        return access_key(self) if decided is None else decided.access_key

    def decided_setup(self: Any, request: Request, *arguments: Any, **named: Any) -> None:
        setup_class(self, request, *arguments, **named)
        decided = request.environ.get(_DECIDED)
        if decided is None:
            return
        if decided.protocol == "json":
            self.querystring = self.data = {}
        elif decided.protocol == "rest-json":
            self.querystring = self.data = parse_qs(urlsplit(self.uri).query, keep_blank_values=True)

    for name, function in zip(
        names, (decided_action, decided_region, decided_access_key, decided_setup), strict=True
    ):
        setattr(kind, name, function)

    def restore() -> None:
        for name, function in zip(names, originals, strict=True):
            setattr(kind, name, function)

    return restore


def _find_accounts_quickly() -> Callable[[], None]:
    """Look an account's backends up: moto lists all accounts each time to see whether there is one, which thousands of
    them slow down. Returns what undoes it."""
    original = BackendDict.__getitem__

    def quick(self: Any, account: str) -> Any:
        found = dict.get(self, account)
        return original(self, account) if found is None else found

    BackendDict.__getitem__ = quick  # type: ignore[method-assign]

    def restore() -> None:
        BackendDict.__getitem__ = original  # type: ignore[method-assign]

    return restore


def while_installed(patch: Patch) -> None:
    """Apply `patch` whenever a gate is installed, and at once if one is: for modules that are loaded on demand."""
    _patches.append(patch)
    if _original:
        _undo.append(patch())


def reset(seed: int | None) -> None:
    """Forget everything that moto keeps; with a seed its ids repeat, without one they are unpredictable."""
    BackendDict.reset()
    reset_model_data()
    mock_random.seed(seed if seed is not None else random.SystemRandom().getrandbits(128))


def know_error_codes(codes: Iterable[str]) -> None:
    """Tell moto's serialiser of codes that any service may answer though its model lists none of them.

    https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
    """
    moto_errors.COMMON_ERROR_CODES.extend(
        code for code in codes if code not in moto_errors.COMMON_ERROR_CODES
    )


@cache
def model(service: str) -> ServiceModel | None:
    """botocore's model of a service (boto3's name), None if botocore has none."""
    try:
        return get_service_model(service)
    except Exception as error:  # moto's loader raises what botocore's does, wrapped differently by version
        if type(error).__name__ in ("UnknownServiceError", "DataNotFoundError"):
            return None
        raise


@cache
def regions() -> frozenset[str]:
    """The names of AWS's Regions."""
    file = resources.files("botocore") / "data" / "partitions.json"
    partitions = json.loads(file.read_text(encoding="utf-8"))["partitions"]
    return frozenset(name for each in partitions if each["id"] == "aws" for name in each["regions"])


@cache
def signing_name(service: str) -> str:
    """The service's name in the credential scope of a signature (`sso` for sso-admin)."""
    found = model(service)
    assert found is not None
    return str(found.signing_name)


def normalized(request: AWSPreparedRequest, service: str | None = None) -> Request:
    """The request in the form that moto's router and handlers read, without any word on the account to use.

    S3's bodies are objects and documents, never forms, whatever their Content-Type says: moto would take parameters
    from a form, and another content than was sent.
    """
    result = normalize_request(request)
    result.environ.pop(ACCOUNT_HEADER, None)
    if service == "s3":
        result.__dict__["form"] = result.__dict__["files"] = ImmutableMultiDict()
    return result


def route(service: str, request: Request) -> tuple[OperationModel, dict[str, Any]]:
    """The operation that a request asks for, and the parameters in its path.

    Raises `NotModelled` if the service has no such operation.
    """
    try:
        return get_service_router(service).match(request)
    except (RoutingError, NotImplementedError) as error:
        raise NotModelled(f"{service}: no operation answers {request.method} {request.path}") from error


def parse(
    service: str, operation: OperationModel, uri_parameters: Mapping[str, Any], request: Request
) -> dict:
    """The operation's parameters by their names in botocore's model. Raises `ServiceError` for an unreadable body."""
    parser = _PARSERS[protocol(service, request)](operation, map_type=dict)
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
        raise _unreadable(service) from error
    if operation.input_shape is not None:
        report = _validator.validate(parameters, operation.input_shape)
        if report.has_errors():
            raise _invalid(service, operation, report)
    return parameters


class _Strict:
    """moto's parsers take a body that is no JSON for a parameter named "message", so that nothing would be asked."""

    def _parse_body_as_json(self, body: bytes) -> Any:
        return json.loads(body) if body else {}


class _StrictJson(_Strict, PROTOCOL_PARSERS["json"]):  # type: ignore[misc]
    pass


class _StrictRestJson(_Strict, PROTOCOL_PARSERS["rest-json"]):  # type: ignore[misc]
    pass


_PARSERS = {**PROTOCOL_PARSERS, "json": _StrictJson, "rest-json": _StrictRestJson}
_validator = ParamValidator()


def _invalid(service: str, operation: OperationModel, report: Any) -> ServiceError:
    """A parameter is missing, out of its range, or of another type than the operation's model says."""
    what = report.generate_report().partition(",")[0].partition("\n")[0].partition(": ")
    if what[0].startswith("Invalid type") or service == "s3":
        return _unreadable(service)
    if service == "organizations":
        return _invalid_input(report)
    names = {"query": "ValidationError", "ec2": "MissingParameter"}
    code = names.get(str(operation.service_model.metadata.get("protocol")), "ValidationException")
    return ServiceError(code, f"1 validation error detected: {''.join(what)}", 400)


def _invalid_input(report: Any) -> ServiceError:
    """Organizations' own words: https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreatePolicy.html"""
    reasons = {
        "Missing required parameter": "INPUT_REQUIRED", "Invalid length": "MIN_LENGTH_EXCEEDED",
        "Invalid value": "MIN_VALUE_EXCEEDED",
    }  # fmt: skip
    message = report.generate_report().partition("\n")[0]
    reason = next((reasons[words] for words in reasons if message.startswith(words)), "INVALID_PATTERN")
    return ServiceError("InvalidInputException", message, Reason=reason)


def _unreadable(service: str) -> ServiceError:
    if service == "s3":
        return ServiceError(
            "MalformedXML", "The XML you provided was not well-formed or did not validate.", 400
        )
    return ServiceError("SerializationException", "The request could not be read.", 400)


def protocol(service: str, request: Request) -> str:
    """The protocol that a request speaks: json, query, ec2, rest-json or rest-xml."""
    return determine_request_protocol(get_service_model(service), request.content_type)


def perform(
    service: str,
    account: str,
    request: Request,
    operation: OperationModel,
    uri_parameters: Mapping[str, Any] | None,
    *,
    region: str,
    access_key: str,
) -> Answer:
    """Let moto perform an operation in `account`, in `region` and as the holder of `access_key`.

    `uri_parameters` are what `route` found; None for a request that never was on its way (`request_for`).
    Raises `NotModelled` where moto has no such operation.
    """
    how = protocol(service, request)
    if uri_parameters is None and how.startswith("rest-"):
        uri_parameters = route(service, request)[1]
    if how == "rest-json":
        request = _as_understood(request, operation, uri_parameters or {})
    request.environ[ACCOUNT_HEADER] = account
    request.environ[_DECIDED] = _Decided(operation.name, region, access_key, how, uri_parameters or {})
    scheme, host, *_ = urlsplit(request.url)
    url = f"{scheme}://{host}{request.raw_path}"
    for pattern, handler in _handlers(service):
        if pattern.match(url):
            try:
                status, headers, body = handler(request, request.raw_url, request.headers)
            except HTTPException as error:
                status, headers, body = error.code, error.get_headers(), error.get_body()
            except ExpatError as error:
                raise _unreadable(service) from error
            except NotImplementedError as error:
                raise NotModelled(f"{service}: moto does not perform this operation ({error})") from error
            return Answer(status, dict(headers), body)
    raise NotModelled(f"{service}: moto has no handler for {url}")


def _as_understood(request: Request, operation: OperationModel, uri_parameters: Mapping[str, Any]) -> Request:
    """The request with the path and query that the operation's model gives what was understood of it.

    moto takes names out of paths by counting slashes, and decodes them once more than it should.
    """

    def filled(label: re.Match[str]) -> str:
        safe = "/-._~" if label[1].endswith("+") else "-._~"
        return quote(str(uri_parameters[label[1].rstrip("+")]), safe=safe)

    template, _, fixed = operation.http["requestUri"].partition("?")
    path = re.sub(r"{(.+?)}", filled, template)
    known = members_in("querystring", operation) | dict(parse_qsl(fixed, keep_blank_values=True)).keys()
    query = [(name, value) for name, value in parse_qsl(request.query_string.decode(), keep_blank_values=True)
             if name in known]  # fmt: skip
    url = f"{request.scheme}://{request.host}{path}" + (f"?{urlencode(query)}" if query else "")
    return Request.from_primitives(request.method, url, request.headers, request.data)


@cache
def members_in(place: str, operation: OperationModel) -> frozenset[str]:
    """What the parameters of an operation are called that stand in a place of the request: uri, querystring, header,
    or "body"."""
    shape = operation.input_shape
    members = {} if shape is None else shape.members
    return frozenset(
        member.serialization.get("name", name)
        for name, member in members.items()
        if member.serialization.get("location", "body") == place
    )


def has_blob_body(operation: OperationModel) -> bool:
    """Whether the whole body of an operation's request is one parameter, of any content (Lambda's Payload)."""
    return _payload_type(operation) in ("blob", "string")


def has_xml_body(operation: OperationModel) -> bool:
    """Whether a body of an operation's request is XML, in the rest-xml protocol."""
    return _payload_type(operation) not in ("blob", "string")


@cache
def _payload_type(operation: OperationModel) -> str | None:
    shape = operation.input_shape
    payload = shape.serialization.get("payload") if shape is not None else None
    return shape.members[payload].type_name if shape is not None and payload else None


@cache
def _handlers(service: str) -> tuple[tuple[re.Pattern[str], Callable[..., Any]], ...]:
    """moto's URL patterns of a service with what answers them, compiled once."""
    try:
        urls = backend(service, _ANY_ACCOUNT, anywhere(service)).urls
    except ModuleNotFoundError as error:
        raise NotModelled(
            f"{service}: moto has no such service, and this operation is not ours. To add it, write it in "
            f"labs_helpers/services/{service.replace('-', '_')}/"
        ) from error
    return tuple((re.compile(pattern), handler) for pattern, handler in urls.items())


def serialize(
    service: str, operation: OperationModel, how: str, result: Mapping[str, Any], request_id: str
) -> Answer:
    """The answer that botocore reads as `result`, a dict of the operation's output members."""
    serializer = _serializer(service, operation, how, request_id)
    answer = serializer.serialize(dict(result))
    return Answer(answer["status_code"], dict(answer["headers"]), answer["body"])


def serialize_error(
    service: str, operation: OperationModel, how: str, error: ServiceError, request_id: str, method: str
) -> Answer:
    """The answer that botocore raises as `ClientError`; HEAD requests get no body, as in HTTP."""
    answer = _serializer(service, operation, how, request_id).serialize(error)
    status = error.status if error.status is not None else answer["status_code"]
    headers = {**answer["headers"], "x-amz-request-id" if service == "s3" else "x-amzn-requestid": request_id}
    return Answer(status, headers, "" if method == "HEAD" else answer["body"])


def _serializer(service: str, operation: OperationModel, how: str, request_id: str) -> Any:
    context = SerializationContext(request_id)
    return get_serializer_class(service, how)(operation_model=operation, context=context)


def request_for(
    service: str, operation: OperationModel, parameters: Mapping[str, Any], region: str
) -> Request:
    """The HTTP request that an SDK would send, unsigned: for calls that a service makes within the cloud."""
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


def read(operation: OperationModel, answer: Answer) -> dict[str, Any]:
    """An answer as boto3 would show it, without ResponseMetadata; an error answer has an "Error" member."""
    service = operation.service_model
    protocol = service.metadata.get("protocol", service.protocol)
    body = answer.body.encode() if isinstance(answer.body, str) else answer.body
    headers = {str(name).lower(): str(value) for name, value in answer.headers.items()}
    raw = {"status_code": answer.status, "headers": headers, "body": body or b""}
    parsed = create_parser(protocol).parse(raw, operation.output_shape)
    parsed.pop("ResponseMetadata", None)
    return parsed

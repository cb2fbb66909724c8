"""Requests in, answers out: moto's routing, parsing, performing and serialising, and the switch that mocks AWS.

The gate (`labs_helpers.cloud.gate`) stands around moto's `process_request`: there the whole request and the whole
answer are seen, for every protocol alike.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import responses
from botocore.awsrequest import AWSPreparedRequest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from moto.core import errors as moto_errors
from moto.core import responses as moto_responses
from moto.core.base_backend import BackendDict
from moto.core.config import default_user_config
from moto.core.custom_responses_mock import CallbackResponse
from moto.core.exceptions import HTTPException
from moto.core.model import OperationModel, ServiceModel
from moto.core.model_instances import reset_model_data
from moto.core.models import botocore_stubber
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol, normalize_request
from moto.core.routing import get_service_router
from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model
from moto.moto_api._internal import mock_random
from werkzeug.exceptions import HTTPException as RoutingError

from labs_helpers.core.call import Answer
from labs_helpers.core.errors import NotModelled, ServiceError
from labs_helpers.core.moto.backends import anywhere, backend

ACCOUNT_HEADER = "HTTP_X_MOTO_ACCOUNT_ID"
_ANY_ACCOUNT = "123456789012"
"""moto needs some account to make a backend in; the URL patterns are the same in each."""
Process = Callable[[AWSPreparedRequest], tuple[int, Any, Any]]

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


def normalized(request: AWSPreparedRequest) -> Request:
    """The request in the form that moto's router and handlers read, without any word on the account to use."""
    result = normalize_request(request)
    result.environ.pop(ACCOUNT_HEADER, None)
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
    parser = PROTOCOL_PARSERS[protocol(service, request)](operation, map_type=dict)
    try:
        return parser.parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.data,
                "url_path": request.path,
                "url_params": uri_parameters,
            }
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ServiceError("SerializationException", "The request could not be read.") from error


def protocol(service: str, request: Request) -> str:
    """The protocol that a request speaks: json, query, ec2, rest-json or rest-xml."""
    return determine_request_protocol(get_service_model(service), request.content_type)


def perform(service: str, account: str, request: Request) -> Answer:
    """Let moto perform a request in `account`. Raises `NotModelled` where moto has no such operation."""
    request.environ[ACCOUNT_HEADER] = account
    scheme, host, *_ = urlsplit(request.url)
    url = f"{scheme}://{host}{request.raw_path}"
    for pattern, handler in _handlers(service):
        if pattern.match(url):
            try:
                status, headers, body = handler(request, request.raw_url, request.headers)
            except HTTPException as error:
                status, headers, body = error.code, error.get_headers(), error.get_body()
            except NotImplementedError as error:
                raise NotModelled(f"{service}: moto does not perform this operation ({error})") from error
            return Answer(status, dict(headers), body)
    raise NotModelled(f"{service}: moto has no handler for {url}")


@cache
def _handlers(service: str) -> tuple[tuple[re.Pattern[str], Callable[..., Any]], ...]:
    """moto's URL patterns of a service with what answers them, compiled once."""
    urls = backend(service, _ANY_ACCOUNT, anywhere(service)).urls
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

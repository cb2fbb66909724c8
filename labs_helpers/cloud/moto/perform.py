"""Calls that moto performs exactly as authorized: with the same operation, path parameters, account, and Region."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit
from xml.parsers.expat import ExpatError

from moto.core import responses as moto_responses
from moto.core.exceptions import HTTPException
from moto.core.model import OperationModel
from moto.core.request import Request

from labs_helpers.cloud.core.call import Answer
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.moto import hooks
from labs_helpers.cloud.moto.backends import anywhere, backend
from labs_helpers.cloud.moto.error_answers import tidied
from labs_helpers.cloud.moto.protocols import ACCOUNT_HEADER, members_in, protocol_of, route
from labs_helpers.cloud.moto.unreadable_requests import unreadable

_DECIDED = "labs_helpers.decided"
"""The WSGI environment key for the gate's decision about a request, a `_Decided`."""
_ANY_ACCOUNT = "123456789012"
"""The account whose backends' URL patterns are read; the patterns are the same in every account."""


class _Decided(NamedTuple):
    """The authorized call: moto performs this and nothing else."""

    operation: str
    region: str
    access_key: str
    protocol: str
    in_path: Mapping[str, Any]


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
    """Have moto perform an operation in `account` and `region`, as the owner of `access_key`.

    `uri_parameters` are the path parameters that `route` found, or None for a call within the cloud (`request_for`).
    Raises `NotModelled` if moto doesn't have the operation.
    """
    how = protocol_of(service, request)
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
                raise unreadable(service, how, error) from error
            except (NotImplementedError, ModuleNotFoundError) as error:
                raise NotModelled(f"{service}: moto does not perform this operation ({error})") from error
            return tidied(Answer(status, dict(headers), body), operation, how)
    raise NotModelled(f"{service}: moto has no handler for {url}")


def _as_understood(request: Request, operation: OperationModel, uri_parameters: Mapping[str, Any]) -> Request:
    """Return the request with its path and query rewritten from its parameters, by the operation's model.

    moto finds names in paths by counting slashes, and decodes them twice.
    """

    def filled(label: re.Match[str]) -> str:
        """Return the encoded value of a label in the path."""
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
def _handlers(service: str) -> tuple[tuple[re.Pattern[str], Callable[..., Any]], ...]:
    """Return moto's URL patterns of a service with their handlers, compiled once. Raises `NotModelled`."""
    try:
        urls = backend(service, _ANY_ACCOUNT, anywhere(service)).urls
    except ModuleNotFoundError as error:
        raise NotModelled(
            f"{service}: moto has no such service, and this project doesn't implement the operation. "
            f"To add it, write it in labs_helpers/cloud/services/{service.replace('-', '_')}/"
        ) from error
    return tuple((re.compile(pattern), handler) for pattern, handler in urls.items())


@hooks.while_installed
def _hold_to_what_was_decided() -> hooks.Undo:
    """Make moto perform what the gate authorized. Return a function that undoes this.

    moto parses a request again, with different rules than its router's. A parameter `Action` in the URL, the
    body, or the headers takes precedence over the header X-Amz-Target, and a parameter in the URL over one in
    the body. moto takes the Region from the User-Agent, and the caller from any text in the Authorization
    header that looks like a key.
    """
    kind = moto_responses.BaseResponse
    names = ("_get_action", "get_region_from_url", "get_access_key", "setup_class")
    action, region, access_key, setup_class = (getattr(kind, name) for name in names)

    def decided_action(self: Any) -> Any:
        """Return the authorized operation."""
        decided = self.normalized_request.environ.get(_DECIDED)
        if decided is None:
            return action(self)
        if decided.protocol.startswith("rest-"):
            self.uri_match = decided.in_path
        return decided.operation

    def decided_region(self: Any, request: Request, full_url: str) -> Any:
        """Return the Region of the authorized request."""
        decided = request.environ.get(_DECIDED)
        return region(self, request, full_url) if decided is None else decided.region

    def decided_access_key(self: Any) -> Any:
        """Return the caller's access key ID."""
        decided = self.normalized_request.environ.get(_DECIDED)
        return access_key(self) if decided is None else decided.access_key

    def decided_setup(self: Any, request: Request, *arguments: Any, **named: Any) -> None:
        """Set up moto's response, with only the parameters of the authorized request's protocol."""
        setup_class(self, request, *arguments, **named)
        decided = request.environ.get(_DECIDED)
        if decided is None:
            return
        if decided.protocol == "json":
            self.querystring = self.data = {}
        elif decided.protocol == "rest-json":
            self.querystring = self.data = parse_qs(urlsplit(self.uri).query, keep_blank_values=True)

    functions = (decided_action, decided_region, decided_access_key, decided_setup)
    return hooks.replace(kind, **dict(zip(names, functions, strict=True)))

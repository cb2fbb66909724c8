"""The parsing of a request, done once: from bytes to service, operation, protocol, and parameters.

Authorization, execution, and recording all use this result, so they apply to the same request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from botocore.awsrequest import AWSPreparedRequest

from labs_helpers.cloud.core import request_body
from labs_helpers.cloud.gate import presigned, signature, unambiguous
from labs_helpers.cloud.moto import protocols


@dataclass(frozen=True, slots=True)
class Reading:
    """A parsed request.

    `operation` is botocore's operation model, `signed` is the request as sent, `write` returns the request for moto,
    and `in_path` contains the path parameters, or None for a call that a service makes within the cloud.
    """

    service: str
    region: str
    operation: Any
    protocol: str
    write: Callable[[], Any]
    in_path: Mapping[str, Any] | None
    signed: signature.Request

    @property
    def request(self) -> Any:
        """The request in the form that moto reads."""
        return self.write()

    def refuse_ambiguous(self) -> None:
        """Reject a request that can be interpreted in two ways. The error is a `ServiceError`."""
        unambiguous.refuse_ambiguous(self.service, self.operation, self.protocol, self.request)

    def understood(self) -> tuple[dict[str, Any], Reading]:
        """Return the operation's parameters by name in botocore's model, and this `Reading` without unknown parameters.

        Raises `ServiceError` for an unreadable body or repeated tags.
        """
        sent = self.request
        given, request = protocols.parse(self.service, self.operation, self.in_path or {}, sent)
        unambiguous.refuse_repeated_tags(self.service, self.protocol, given)
        return given, self if request is sent else replace(self, write=lambda: request)


def read(
    service: str, region: str, prepared: AWSPreparedRequest, sent: signature.Request | None = None
) -> Reading:
    """Parse a request to a service's endpoint.

    `sent` is the request as signed, if it was sent to a hostname of the cloud instead of AWS's. Raises `NotModelled`
    for a request that no server would accept, or `UnknownOperation`.
    """
    prepared.body = request_body.read(prepared.body)
    # The signature covers the request as it was sent, before anything is dropped from it.
    signed = sent or _as_sent(prepared)
    unambiguous.clean(prepared, service)
    request = protocols.normalized(prepared, service)
    operation, in_path = protocols.route(service, request)
    protocol = protocols.protocol_of(service, request)
    if service == "s3":
        request = presigned.with_headers_in_query(request, operation)
    return Reading(service, region, operation, protocol, lambda: request, in_path, signed)


def written(service: str, operation_name: str, parameters: Mapping[str, Any], region: str) -> Reading:
    """Return the `Reading` for an unsigned call that a service makes within the cloud."""
    model = protocols.model(service)
    assert model is not None
    operation = model.operation_model(operation_name)
    # Written only when moto reads it: an operation that the cloud performs itself needs no request.
    write = cache(partial(protocols.request_for, service, operation, parameters, region))
    unsigned = signature.Request("", "", {}, b"")
    return Reading(service, region, operation, str(model.protocol), write, None, unsigned)


def _as_sent(prepared: AWSPreparedRequest) -> signature.Request:
    headers: dict[str, str] = {}
    for name, value in prepared.headers.items():
        headers[name.lower()] = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return signature.Request(prepared.method, prepared.url, headers, prepared.body)

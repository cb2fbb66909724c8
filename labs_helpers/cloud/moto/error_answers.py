"""Conversion of moto's error messages and status codes into AWS's form.

SDK wording is removed from messages, and status codes come from the model or the protocol.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import escape

from moto.core import serialize
from moto.core.model import OperationModel

from labs_helpers.cloud.core.call import Answer
from labs_helpers.cloud.moto import hooks

_SDK = re.compile(r"(?:\w+: )?An error occurred \(\w+\)\s+when calling the \w+\s+operation:\s+")
_GAP = re.compile(r"(?<=\S)[ ]{2,}(?=\S)")


_NO_ELEMENTS = frozenset(("code", "message", "status", "headers", "judgement", "query_code", "RequestId"))


def with_elements(answer: Answer, elements: Mapping[str, object]) -> Answer:
    """Return S3's error document with `elements` added before its request ID, except elements that it already contains.

    S3's errors have elements that its model doesn't list, such as ArgumentName and HeadersNotSigned.
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#RESTErrorResponses
    """
    body = answer.text
    added = "".join(
        f"<{name}>{escape(str(value))}</{name}>"
        for name, value in elements.items()
        if name not in _NO_ELEMENTS and value is not None and f"<{name}>" not in body
    )
    at = body.rfind("<RequestId>")
    if not added or at < 0:
        return answer
    return replace(answer, body=body[:at] + added + body[at:])


def tidied(answer: Answer, operation: OperationModel, protocol: str) -> Answer:
    """Return a response in AWS's form.

    Some of moto's messages begin with boto3's wording and contain line breaks from moto's source. Services with a JSON
    protocol return 400 for client errors if their model doesn't list a status:
    https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization
    """
    if answer.status < 400:
        return _with_status_of_model(answer, operation, protocol)
    body = answer.text
    if _SDK.search(body):
        answer = replace(answer, body=_GAP.sub(" ", _SDK.sub("", body)))
    if protocol == "json" and answer.status in (404, 409):
        modelled = {shape.metadata.get("error", {}).get("httpStatusCode") for shape in operation.error_shapes}
        if answer.status not in modelled:
            answer = replace(answer, status=400)
    return _with_members_of_model(answer, operation) if protocol == "rest-json" else answer


def _with_members_of_model(answer: Answer, operation: OperationModel) -> Answer:
    """Return a REST-JSON service's error with the members of its shape. For example, Lambda's errors have a Type."""
    headers = {str(name).lower(): str(value) for name, value in answer.headers.items()}
    try:
        body = json.loads(answer.body)
    except ValueError:
        return answer
    if not isinstance(body, dict):
        return answer
    code = headers.get("x-amzn-errortype", str(body.get("__type", ""))).split(":")[0].rpartition("#")[2]
    shapes = operation.service_model.error_shapes
    members = next((shape.members for shape in shapes if code in (shape.name, shape.error_code)), None)
    if members is None:
        return answer
    texts = {"message", "Message"} & body.keys()
    named = next((name for name in members if name.lower() == "message"), None)
    if texts and named is not None:
        text = body[min(texts)]
        body = {name: value for name, value in body.items() if name not in texts} | {named: text}
    if "Type" in members:
        body.setdefault("Type", "User" if answer.status < 500 else "Service")
    return replace(answer, body=json.dumps(body))


def _with_status_of_model(answer: Answer, operation: OperationModel, protocol: str) -> Answer:
    """Return a successful answer with the status that the service's model has for the operation.

    OBSERVED from 2024 to 2026: Lambda's AddPermission returns 201, GetAlias returns 200, and DeleteAlias returns 204.
    """
    status = operation.http.get("responseCode")
    if protocol != "rest-json" or status is None or answer.status == status or answer.status >= 300:
        return answer
    output = operation.output_shape
    if output is not None and any(
        member.serialization.get("location") == "statusCode" for member in output.members.values()
    ):
        return answer  # an operation that chooses its status (Invoke, DeleteFunction)
    return replace(answer, status=status)


@hooks.while_installed
def _write_one_message() -> hooks.Undo:
    """Write the text of XML errors only once, as `Message`. Return a function that undoes this.

    moto also writes the text as `message` if the service's model has a member with that name. OBSERVED: AWS sends
    `<Message>` only, in each service with the query protocol.
    """

    def once(original: Any) -> Any:
        """Return a replacement for moto's method that writes the text only once."""

        def write(self: Any, serialized: Any, error: Exception, shape: Any) -> None:
            """Write an error's code, text, and members."""
            original(self, serialized, error, shape)
            if "Message" in serialized:
                serialized.pop("message", None)

        return write

    name = "_serialize_error_metadata"
    kinds = {
        kind
        for known in (serialize.QuerySerializer, serialize.EC2Serializer, serialize.RestXMLSerializer)
        for kind in known.__mro__
        if name in vars(kind) and kind is not serialize.ResponseSerializer
    }
    return hooks.all_of(*(hooks.replace(kind, **{name: once(vars(kind)[name])}) for kind in kinds))

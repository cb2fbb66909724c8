"""moto's error answers in AWS's form: without an SDK's words around the message, and with the protocol's status."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from xml.sax.saxutils import escape

from moto.core.model import OperationModel

from labs_helpers.cloud.core.call import Answer

_SDK = re.compile(r"(?:\w+: )?An error occurred \(\w+\)\s+when calling the \w+\s+operation:\s+")
_GAP = re.compile(r"(?<=\S)[ ]{2,}(?=\S)")


_NO_ELEMENTS = frozenset(("code", "message", "status", "headers", "judgement", "query_code", "RequestId"))


def with_elements(answer: Answer, elements: Mapping[str, object]) -> Answer:
    """Return S3's error document with these elements before its request ID, apart from those that it has already.

    S3's errors have elements that its model does not list, such as ArgumentName and HeadersNotSigned.
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#RESTErrorResponses
    """
    body = answer.body.decode("utf-8", "replace") if isinstance(answer.body, bytes) else answer.body
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
    """Return an error answer in AWS's form, and any other answer as it is.

    Some of moto's messages begin with boto3's words, and contain line breaks of moto's source. Services with a JSON
    protocol answer a client's errors with 400 where their model has no status:
    https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization
    """
    if answer.status < 400:
        return answer
    body = answer.body.decode("utf-8", "replace") if isinstance(answer.body, bytes) else answer.body
    if _SDK.search(body):
        answer = replace(answer, body=_GAP.sub(" ", _SDK.sub("", body)))
    if protocol == "json" and answer.status in (404, 409):
        modelled = {shape.metadata.get("error", {}).get("httpStatusCode") for shape in operation.error_shapes}
        if answer.status not in modelled:
            answer = replace(answer, status=400)
    return answer

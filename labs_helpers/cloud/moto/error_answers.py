"""moto's error answers in AWS's form: without an SDK's words around the message, and with the protocol's status."""

from __future__ import annotations

import re
from dataclasses import replace

from moto.core.model import OperationModel

from labs_helpers.cloud.core.call import Answer

_SDK = re.compile(r"(?:\w+: )?An error occurred \(\w+\)\s+when calling the \w+\s+operation:\s+")
_GAP = re.compile(r"(?<=\S)[ ]{2,}(?=\S)")


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

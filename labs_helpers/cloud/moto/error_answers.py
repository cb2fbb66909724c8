"""moto's error answers as AWS gives them: without an SDK's words around the message, and with the protocol's status."""

from __future__ import annotations

import re
from dataclasses import replace

from moto.core.model import OperationModel

from labs_helpers.cloud.core.call import Answer

_SDK = re.compile(r"(?:\w+: )?An error occurred \(\w+\)\s+when calling the \w+\s+operation:\s+")
_GAP = re.compile(r"(?<=\S)[ ]{2,}(?=\S)")


def tidied(answer: Answer, operation: OperationModel, protocol: str) -> Answer:
    """An error answer put right; any other as it is.

    Some of moto's messages begin as boto3 would begin them, and run over lines of its source. Services that speak JSON
    answer a client's errors with 400 where their model gives no status:
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

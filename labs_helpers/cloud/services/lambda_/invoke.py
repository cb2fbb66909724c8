"""Invoke and InvokeAsync, which run the function's handler. The handler's result is the payload.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.json_text import parsed
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.lambda_ import invocation
from labs_helpers.cloud.services.lambda_ import moto_view as lambdas
from labs_helpers.cloud.services.lambda_.table import qualified_arn
from labs_helpers.cloud.services.shared.refusals import refusal

_unreadable = refusal("InvalidRequestContentException", 400, Type="User")
_too_large = refusal("RequestTooLargeException", 413, Type="User")
_throttled = refusal(
    "TooManyRequestsException", 429, Type="User", Reason="ReservedFunctionConcurrentInvocationLimitExceeded"
)
_LARGEST, _LARGEST_EVENT, _LARGEST_ARGUMENTS = 6 * 1024**2, 1024**2, 256 * 1024
"""The largest payloads of Invoke and of Invoke with the type Event, and the largest arguments of InvokeAsync, in bytes.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
https://docs.aws.amazon.com/lambda/latest/api/API_InvokeAsync.html
"""


@operation("lambda", "Invoke")
def invoke(call: Call) -> Answer:
    """Run a function and return its result, start it without waiting (Event), or only check the call (DryRun)."""
    kind = call.parameters.get("InvocationType") or "RequestResponse"
    event = _event(call.parameters.get("Payload"), _LARGEST_EVENT if kind == "Event" else _LARGEST)
    _check_context(call.parameters.get("ClientContext"))
    if kind == "DryRun":
        return Answer(204, {}, b"")
    if lambdas.never_runs(qualified_arn(call)):
        if kind == "Event":
            return Answer(202, {}, b"")
        raise _throttled("Rate Exceeded.")
    result = invocation.run(call.state, qualified_arn(call), event, request_id=call.request_id)
    if kind == "Event":
        return Answer(202, {}, b"")
    headers = {"Content-Type": "application/json", "X-Amz-Executed-Version": result.version}
    if result.failed:
        headers["X-Amz-Function-Error"] = "Unhandled"
    if call.parameters.get("LogType") == "Tail":
        headers["X-Amz-Log-Result"] = result.log_tail
    return Answer(200, headers, result.payload)


@operation("lambda", "InvokeAsync")
def invoke_async(call: Call) -> Answer:
    """Start a function without waiting for the result."""
    event = _event(call.parameters.get("InvokeArgs"), _LARGEST_ARGUMENTS)
    if not lambdas.never_runs(qualified_arn(call)):
        invocation.run(call.state, qualified_arn(call), event, request_id=call.request_id)
    return Answer(202, {"Content-Type": "application/json"}, b"{}")


def _check_context(text: str | None) -> None:
    """Reject a client context that isn't a JSON object in base64.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-ClientContext
    """
    if not text:
        return
    try:
        context = parsed(base64.b64decode(text, validate=True))
    except ValueError:
        context = None
    if not isinstance(context, dict):
        raise _unreadable("Client context must be a valid Base64-encoded JSON object.")


def _event(payload: Any, largest: int) -> Any:
    """Return the event in a payload, or an empty object for a request without a payload.

    Raises RequestTooLargeException, or InvalidRequestContentException for a payload that isn't JSON.
    """
    if hasattr(payload, "read"):
        payload = payload.read()
    if not payload:
        return {}
    if len(payload) > largest:
        raise _too_large(f"Request must be smaller than {largest} bytes for the InvokeFunction operation")
    try:
        return parsed(payload)
    except ValueError as error:
        raise _unreadable(f"Could not parse request body into json: {error}") from error

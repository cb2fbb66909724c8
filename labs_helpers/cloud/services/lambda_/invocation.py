"""Function invocation, which runs the handler that `cloud.lambda_function` registered for the function's ARN.

Events from services and from Invoke are passed to the handler. A call to a function without a handler is rejected with
an error that names the function, because nothing can run its code.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-invocation.html
"""

from __future__ import annotations

import base64
import json
import logging
import traceback
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.lambda_functions import Functions, Handler, unqualified
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.lambda_ import moto_view as lambdas

_log = logging.getLogger("labs_helpers")
_REMAINING = 3_000
POLLING = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
"""The SQS actions that a function's role must be allowed: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""


@dataclass(frozen=True, slots=True)
class Context:
    """The context object, which a handler receives besides the event.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    aws_request_id: str
    invoked_function_arn: str
    function_name: str
    function_version: str
    memory_limit_in_mb: str
    log_group_name: str
    log_stream_name: str
    client_context: Any = None
    identity: Any = None

    def get_remaining_time_in_millis(self) -> int:
        """Return the remaining time, which this cloud doesn't measure."""
        return _REMAINING


@dataclass(frozen=True, slots=True)
class Result:
    """A function's response as JSON, whether the function failed, and the `version` that ran."""

    payload: bytes
    version: str
    failed: bool = False
    log: str = field(default="", repr=False)

    @property
    def log_tail(self) -> str:
        """The end of the log, in the form of X-Amz-Log-Result."""
        return base64.b64encode(self.log.encode()[-4096:]).decode()


def handler_of(state: State, arn: str) -> Handler:
    """Return a function's handler. Raises `NotModelled` if the function doesn't have one."""
    handler = state.part(Functions).find(arn)
    if handler is None:
        raise NotModelled(
            f"the code of {unqualified(arn)} does not run here; register a callable to run in its place: "
            "cloud.lambda_function(arn, handler)"
        )
    return handler


def run(state: State, arn: str, event: Any, *, request_id: str | None = None) -> Result:
    """Run a function's handler with an event and return its result.

    Raises `NotModelled` if the function doesn't have a handler.
    """
    handler, function = handler_of(state, arn), lambdas.function(arn)
    name = unqualified(arn).rpartition(":")[2]
    version = str(function.version) if function is not None else "$LATEST"
    context = Context(
        aws_request_id=request_id or state.ids.uuid(), invoked_function_arn=arn, function_name=name,
        function_version=version, memory_limit_in_mb=str(getattr(function, "memory_size", 128)),
        log_group_name=f"/aws/lambda/{name}",
        log_stream_name=f"{state.clock.now():%Y/%m/%d}/[{version}]{state.ids.uuid().replace('-', '')}",
    )  # fmt: skip
    begin, end = (
        f"START RequestId: {context.aws_request_id} Version: {version}\n",
        f"END RequestId: {context.aws_request_id}\n",
    )
    try:
        answer = handler(event, context)
    except NotModelled:
        raise
    except Exception as raised:
        error = {
            "errorMessage": str(raised), "errorType": type(raised).__name__, "requestId": context.aws_request_id,
            "stackTrace": [
                f'  File "/var/task/{frame.filename.rpartition("/")[2]}", line {frame.lineno}, in {frame.name}\n'
                for frame in traceback.extract_tb(raised.__traceback__)[1:]
            ],
        }  # fmt: skip
        return Result(json.dumps(error).encode(), version, failed=True, log=f"{begin}[ERROR] {raised}\n{end}")
    try:
        return Result(json.dumps(answer).encode(), version, log=begin + end)
    except (TypeError, ValueError) as why:
        error = {
            "errorMessage": f"Unable to marshal response: {why}", "errorType": "Runtime.MarshalError",
            "requestId": context.aws_request_id, "stackTrace": [],
        }  # fmt: skip
        return Result(json.dumps(error).encode(), version, failed=True, log=f"{begin}[ERROR] {why}\n{end}")


def for_service(state: State | None, arn: str, event: Any) -> Result | None:
    """Invoke a function for a service. Returns its result, or None if the function doesn't exist or can't run.

    Most services don't wait for the result, and aren't notified if the function fails.
    """
    if lambdas.function(arn) is None or lambdas.never_runs(arn):
        return None
    if state is None:
        lambdas.invoke(arn, event)
        return None
    result = run(state, arn, json.loads(json.dumps(event)))
    if result.failed:
        _log.info("%s failed: %s", arn, result.payload.decode())
    return result

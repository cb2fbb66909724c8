"""Function settings that aren't part of the configuration: URLs and reserved concurrency.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html
https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.lambda_ import moto_view as lambdas
from labs_helpers.cloud.services.lambda_.errors import (
    function_of,
    in_conflict,
    invalid,
    missing,
    not_found,
)
from labs_helpers.cloud.services.lambda_.table import function_arn, qualified_arn

_ALL_CONCURRENCY, _LEAST_UNRESERVED = 1_000, 100
"""The account's total concurrency, and the part of it that must stay unreserved.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""


def _body(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.body)
    return found


# URLs


def _with_url(call: Call) -> Any:
    function = lambdas.function(qualified_arn(call))
    if function is None or function.url_config is None:
        raise missing()
    return function


def _url(shown: dict[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return a URL's configuration as Lambda shows it."""
    mode = asked.get("InvokeMode") or str(shown.get("InvokeMode") or "BUFFERED").upper()
    url = str(shown["FunctionUrl"]).rstrip("/") + "/"
    shown = {**shown, "InvokeMode": mode, "FunctionUrl": url}
    return {name: value for name, value in shown.items() if value is not None}


@operation("lambda", "CreateFunctionUrlConfig")
def create_function_url_config(call: Call) -> Mapping[str, Any]:
    """Create a URL for a function. Rejects a second URL."""
    function = lambdas.function(qualified_arn(call))
    if function is None:
        raise not_found("Function does not exist")
    if function.url_config is not None:
        raise in_conflict(
            f"Failed to create function url config for [functionArn = {qualified_arn(call)}]. Error message:  "
            "FunctionUrlConfig exists for this Lambda function"
        )
    shown = _url(_body(call.moto()), call.parameters)
    shown.pop("LastModifiedTime", None)
    return shown


@operation("lambda", "GetFunctionUrlConfig")
def get_function_url_config(call: Call) -> Mapping[str, Any]:
    """Return the configuration of a function's URL."""
    config = _with_url(call).url_config.to_dict()
    return _url({"LastModifiedTime": config.get("CreationTime"), **config}, {})


@operation("lambda", "UpdateFunctionUrlConfig")
def update_function_url_config(call: Call) -> Mapping[str, Any]:
    """Change a function's URL."""
    _with_url(call)
    now = call.time.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return _url({**_body(call.moto()), "LastModifiedTime": now}, call.parameters)


@operation("lambda", "DeleteFunctionUrlConfig")
def delete_function_url_config(call: Call) -> Answer:
    """Delete a function's URL."""
    _with_url(call)
    return call.moto()


# Concurrency


@operation("lambda", "PutFunctionConcurrency")
def put_function_concurrency(call: Call) -> Answer:
    """Reserve concurrency for a function. One tenth of the account's concurrency must stay unreserved."""
    if qualified_arn(call) != function_arn(call):
        raise invalid(
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
            "Please specify either a function name or an unqualified function ARN."
        )
    others = lambdas.reserved_concurrency(call.account, call.region, but=function_of(call))
    if others + call.parameters["ReservedConcurrentExecutions"] > _ALL_CONCURRENCY - _LEAST_UNRESERVED:
        raise invalid(
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            f"below its minimum value of [{_LEAST_UNRESERVED}]."
        )
    return call.moto()

"""Requests that Lambda rejects but moto accepts: unknown functions, out-of-range settings, reserved variables.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
"""

from __future__ import annotations

import json
from collections.abc import Callable

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.lambda_ import moto_view as lambdas
from labs_helpers.cloud.services.lambda_.errors import check_revision, invalid, not_found
from labs_helpers.cloud.services.lambda_.table import function_arn, qualified_arn
from labs_helpers.cloud.services.lambda_.tags import check_tags

_LONGEST_NAME = 64
"""The maximum length of a function's name, without the other parts of its ARN."""
_LONGEST = 900
"""The maximum timeout of a function, in seconds."""
_MOST_MEMORY = 10_240
"""The maximum memory of a function, in MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
_LARGEST_ENVIRONMENT = 4096
"""The maximum total size of a function's environment variables, in bytes."""
_RESERVED = frozenset(
    """_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE
    AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
    AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR""".split()
)
"""Variables that Lambda sets itself.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
"""


@around(
    "lambda", "DeleteFunctionConcurrency", "DeleteFunctionEventInvokeConfig", "DeleteFunctionUrlConfig",
    "GetFunction", "GetFunctionConcurrency", "GetFunctionConfiguration", "Invoke", "InvokeAsync", "ListAliases",
    "ListVersionsByFunction", "PublishVersion", "PutFunctionConcurrency", "PutFunctionEventInvokeConfig",
    "UpdateFunctionEventInvokeConfig", "CreateAlias",
    "CreateFunctionUrlConfig", "DeleteFunction", stage=Stage.FOUND,
)  # fmt: skip
def find_function(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject an operation on a function, version, or alias that doesn't exist.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
    """
    arn = qualified_arn(call)
    if lambdas.function(arn) is None:
        raise not_found(f"Function not found: {arn}")
    return perform()


@around("lambda", "CreateFunction", "UpdateFunctionConfiguration", stage=Stage.VALIDATED)
def check_settings(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a timeout above 15 minutes, invalid variables, and a change that is based on an old revision."""
    function = lambdas.function(function_arn(call))
    if call.operation != "CreateFunction" and qualified_arn(call) != function_arn(call):
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
        raise invalid(
            "This operation is permitted on Lambda functions only. Versions and aliases can't be changed."
        )
    if function is not None:
        check_revision(call, lambdas.revision(function))
    _check_memory(call)
    if call.operation == "CreateFunction":
        _check_new(call)
    _check_dead_letters((call.parameters.get("DeadLetterConfig") or {}).get("TargetArn"))
    timeout = call.parameters.get("Timeout")
    if timeout is not None and timeout > _LONGEST:
        raise _above("timeout", timeout, _LONGEST)
    variables = (call.parameters.get("Environment") or {}).get("Variables") or {}
    reserved = sorted(_RESERVED & variables.keys())
    if reserved:
        keys = ", ".join(reserved)
        raise _invalid_environment(
            "contains reserved keys that are currently not supported for modification. Reserved keys used in this "
            f"request: {keys}"
        )
    if len(json.dumps(variables, separators=(",", ":")).encode()) > _LARGEST_ENVIRONMENT:
        raise _invalid_environment("exceeded the 4KB limit.")
    return perform()


def _check_new(call: Call) -> None:
    """Reject a new function whose name is too long, or that lacks a runtime or a handler.

    https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
    """
    given, name = call.parameters, function_arn(call).rpartition(":")[2]
    if len(name) > _LONGEST_NAME:
        raise ServiceError(
            "ValidationException",
            f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: Member must "
            f"have length less than or equal to {_LONGEST_NAME}",
            400,
        )
    if given.get("PackageType") == "Image" and not given["Code"].get("ImageUri"):
        raise invalid("Please provide ImageUri when packageType is Image.")
    if given.get("PackageType") != "Image" and not (given.get("Runtime") and given.get("Handler")):
        raise invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )
    check_tags(given.get("Tags") or {})


def _check_dead_letters(target: str | None) -> None:
    """Reject a target for failed events that is neither a queue nor a topic.

    https://docs.aws.amazon.com/lambda/latest/api/API_DeadLetterConfig.html
    """
    if target and target.split(":")[2:3] not in (["sqs"], ["sns"]):
        raise invalid(f"The dead letter target {target} must be an SQS queue or an SNS topic.")


def _check_memory(call: Call) -> None:
    """Reject more memory than a function can have. botocore's model has the limit for managed instances."""
    memory = call.parameters.get("MemorySize")
    if memory is not None and memory > _MOST_MEMORY:
        raise _above("memorySize", memory, _MOST_MEMORY)


def _above(name: str, value: int, most: int) -> ServiceError:
    return ServiceError(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: Member must have "
        f"value less than or equal to {most}",
        400,
    )


def _invalid_environment(why: str) -> ServiceError:
    """Return Lambda's error for environment variables that it doesn't accept."""
    message = (
        "Lambda was unable to configure your environment variables because the environment variables you have "
        f"provided {why}"
    )
    return ServiceError("InvalidParameterValueException", message, 400, Type="User")

"""The settings of asynchronous invocations: how often and how long Lambda retries, and where results are sent.

A function, each of its versions, and each of its aliases have their own settings.

https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.lambda_ import moto_view as lambdas
from labs_helpers.cloud.services.lambda_.errors import function_of, invalid, not_found
from labs_helpers.cloud.services.lambda_.pages import PAGES
from labs_helpers.cloud.services.lambda_.table import function_arn, qualified_arn

_SETTINGS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
_NOWHERE: Mapping[str, Any] = {"OnSuccess": {}, "OnFailure": {}}


def _kept(call: Call) -> dict[str, dict[str, Any]]:
    """Return all settings of a function by ARN (with its version or alias). Rejects an unknown function."""
    found = lambdas.function(function_arn(call))
    if found is None:
        raise not_found(f"Function not found: {qualified_arn(call)}")
    return lambdas.asynchronous_settings(found)


def _arn(call: Call) -> str:
    arn = qualified_arn(call)
    return arn if arn != function_arn(call) else f"{arn}:$LATEST"


def _check(call: Call) -> None:
    """Reject empty settings, and a function that is its own destination."""
    given = call.parameters
    if not any(name in given for name in _SETTINGS):
        raise invalid("You must specify at least one of error handling or destination setting.")
    destinations = (given.get("DestinationConfig") or {}).values()
    if function_arn(call) in [(each or {}).get("Destination") for each in destinations]:
        raise invalid("You can't specify the function as a destination for itself.")


def _keep(call: Call, before: Mapping[str, Any]) -> Mapping[str, Any]:
    given = {name: call.parameters[name] for name in _SETTINGS if name in call.parameters}
    settings = {**before, **given, "FunctionArn": _arn(call), "LastModified": call.time}
    settings["DestinationConfig"] = {**_NOWHERE, **(settings.get("DestinationConfig") or {})}
    _kept(call)[_arn(call)] = settings
    return settings


@operation("lambda", "PutFunctionEventInvokeConfig")
def put_function_event_invoke_config(call: Call) -> Mapping[str, Any]:
    """Replace the settings of a function, version, or alias."""
    function_of(call)
    _check(call)
    return _keep(call, {})


@operation("lambda", "UpdateFunctionEventInvokeConfig")
def update_function_event_invoke_config(call: Call) -> Mapping[str, Any]:
    """Change some settings of a function, version, or alias. Rejects the request if there are no settings yet.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html
    """
    function_of(call)
    _check(call)
    return _keep(call, _found(call))


def _found(call: Call) -> Mapping[str, Any]:
    arn = _arn(call)
    function = lambdas.function(function_arn(call))
    found = lambdas.asynchronous_settings(function).get(arn) if function is not None else None
    if found is None:
        raise not_found(f"The function {arn} doesn't have an EventInvokeConfig")
    return found


@operation("lambda", "GetFunctionEventInvokeConfig")
def get_function_event_invoke_config(call: Call) -> Mapping[str, Any]:
    """Return the settings of a function, version, or alias."""
    return _found(call)


@operation("lambda", "DeleteFunctionEventInvokeConfig")
def delete_function_event_invoke_config(call: Call) -> Mapping[str, Any]:
    """Delete the settings of a function, version, or alias."""
    _found(call)
    del _kept(call)[_arn(call)]
    return {}


@operation("lambda", "ListFunctionEventInvokeConfigs")
def list_function_event_invoke_configs(call: Call) -> Mapping[str, Any]:
    """Return the settings of a function and of its versions and aliases."""
    return PAGES.page(call, "FunctionEventInvokeConfigs", list(_kept(call).values()))

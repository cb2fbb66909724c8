"""The members of function configurations that moto omits: update status, runtime, settings, and revision.

https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.lambda_ import moto_view as lambdas
from labs_helpers.cloud.services.lambda_.table import qualified_arn

_CREATING = "The function is being created."
_NEW = {"State": "Pending", "StateReason": _CREATING, "StateReasonCode": "Creating"}
_CHANGED = {
    "LastUpdateStatus": "InProgress", "LastUpdateStatusReason": _CREATING, "LastUpdateStatusReasonCode": "Creating",
}  # fmt: skip
_IN_LISTS = ("State", "LastUpdateStatus", "RuntimeVersionConfig")
"""Members that lists leave out: https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html"""
_FRACTION = re.compile(r"(\.\d{3})\d*Z$")


@around(
    "lambda", "CreateFunction", "GetFunction", "GetFunctionConfiguration", "ListFunctions",
    "ListVersionsByFunction", "PublishVersion", "UpdateFunctionCode", "UpdateFunctionConfiguration",
    stage=Stage.ANSWERED, refuses=False,
)  # fmt: skip
def show(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Add the missing members to the function configurations in a response. A dry run changes nothing."""
    answer = perform()
    if answer.status >= 300:
        return answer
    body = json.loads(answer.body)
    listed = body.get("Functions") or body.get("Versions")
    if call.operation.startswith("Update") and not call.parameters.get("DryRun"):
        lambdas.revise(lambdas.function(body["FunctionArn"]))
    for each in listed or [body.get("Configuration") or body]:
        _complete(call, each)
        if listed:
            for name in _IN_LISTS:
                each.pop(name, None)
    return replace(answer, body=json.dumps(body))


def _complete(call: Call, shown: dict[str, Any]) -> None:
    function = lambdas.function(shown["FunctionArn"]) if "FunctionArn" in shown else None
    if function is None:
        return
    shown["RevisionId"] = lambdas.revision(function)
    shown["LastModified"] = _FRACTION.sub(r"\1+0000", shown.get("LastModified", ""))
    shown |= _settings(function, shown["FunctionName"])
    runtime = shown.get("Runtime")
    if runtime and shown.get("PackageType", "Zip") == "Zip":
        version = hashlib.sha256(runtime.encode()).hexdigest()
        arn = f"arn:aws:lambda:{call.region}::runtime:{version}"
        shown["RuntimeVersionConfig"] = {"RuntimeVersionArn": arn}
    if not shown.get("Layers"):
        shown.pop("Layers", None)
    if call.operation == "CreateFunction":
        shown |= _NEW
    elif call.operation.startswith("Update") and not call.parameters.get("DryRun"):
        shown |= _CHANGED
    alias = lambdas.alias(qualified_arn(call)) if call.operation.startswith("GetFunction") else None
    if alias is not None:
        shown["FunctionArn"] = qualified_arn(call)


def _settings(function: Any, name: str) -> dict[str, Any]:
    """Return the settings that moto doesn't store, with their defaults.

    https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html
    """
    kept = dict(lambdas.settings(function))
    logging = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}", **kept.pop("LoggingConfig", {})}
    if logging["LogFormat"] == "JSON":
        logging = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", **logging}
    starts = kept.pop("SnapStart", {"ApplyOn": "None"})
    if not (kept.get("DeadLetterConfig") or {}).get("TargetArn"):
        kept.pop("DeadLetterConfig", None)
    return {"LoggingConfig": logging, "SnapStart": {"OptimizationStatus": "Off", **starts}, **kept}

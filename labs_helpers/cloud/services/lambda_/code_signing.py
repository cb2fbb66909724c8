"""A function's code signing configuration. No function has one in this cloud, so the ARN is empty, as on AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.lambda_ import moto_view
from labs_helpers.cloud.services.lambda_.table import function_arn


@operation("lambda", "GetFunctionCodeSigningConfig")
def get_function_code_signing_config(call: Call) -> Answer | Mapping[str, Any]:
    """Return an empty ARN for an existing function. moto rejects nonexistent functions.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionCodeSigningConfig.html
    """
    arn = function_arn(call)
    if moto_view.function(arn) is None:
        return call.moto()
    return {"CodeSigningConfigArn": "", "FunctionName": arn.rpartition(":")[2]}

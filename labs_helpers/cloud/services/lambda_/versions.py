"""The operations that publish versions, update code, and delete functions, with the requests that they reject.

https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.lambda_ import moto_view as lambdas
from labs_helpers.cloud.services.lambda_.errors import check_revision, function_of, in_conflict, invalid
from labs_helpers.cloud.services.lambda_.packages import check_code
from labs_helpers.cloud.services.lambda_.table import function_arn, qualified_arn


@operation("lambda", "PublishVersion")
def publish_version(call: Call) -> Answer:
    """Publish the function's code as a version. Rejects a request that expects another revision or other code."""
    function = function_of(call)
    check_revision(call, lambdas.revision(function))
    expected = call.parameters.get("CodeSha256")
    if expected and expected != function.code_sha_256:
        raise invalid(
            f"CodeSHA256 ({expected}) is different from current CodeSHA256 in $LATEST ({function.code_sha_256}). "
            "Please try again with the CodeSHA256 in $LATEST."
        )
    return call.moto()


@operation("lambda", "UpdateFunctionCode")
def update_function_code(call: Call) -> Answer | Mapping[str, Any]:
    """Replace the function's code or, with DryRun, only check the request."""
    given, function = call.parameters, function_of(call)
    if not any(given.get(name) for name in ("ZipFile", "S3Bucket", "ImageUri")):
        raise invalid("Please provide a source for function code.")
    if qualified_arn(call) != function_arn(call):
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
        raise invalid(
            "This operation is permitted on Lambda functions only. Versions and aliases can't be changed."
        )
    if bool(given.get("ImageUri")) != (function.package_type == "Image"):
        raise invalid("Please don't provide code of another package type than the function's.")
    check_revision(call, lambdas.revision(function))
    check_code(call)
    if given.get("DryRun"):
        shown: Mapping[str, Any] = function.get_configuration()
        return shown
    return call.moto()


@operation("lambda", "DeleteFunction")
def delete_function(call: Call) -> Answer:
    """Delete a function or one of its versions. Rejects $LATEST, aliases, and a version to which an alias points.

    https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html
    """
    arn = qualified_arn(call)
    if arn == f"{function_arn(call)}:$LATEST":
        raise invalid("$LATEST version cannot be deleted without deleting the function.")
    if lambdas.alias(arn) is not None:
        raise invalid("Deletion of aliases is not currently supported.")
    pointing = lambdas.aliases_of(arn) if arn != function_arn(call) else ()
    if pointing:
        names = ", ".join(sorted(each.name for each in pointing))
        raise in_conflict(f"Version was referenced by aliases: [{names}]")
    if arn != function_arn(call):
        lambdas.forget_qualified(arn)
    return call.moto()

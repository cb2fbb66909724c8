"""The resource policies of functions, versions, aliases, and layer versions, which AddPermission changes.

https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.lambda_ import moto_view as lambdas
from labs_helpers.cloud.services.lambda_.errors import function_of, in_conflict, invalid, missing, not_found
from labs_helpers.cloud.services.lambda_.table import layer_version_arn, qualified_arn
from labs_helpers.engine.reference.service_principals import is_service_principal

_STALE = (
    "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest "
    "Revision Id"
)


def principal_element(principal: str) -> Any:
    """Return a statement's Principal. OBSERVED from 2024 to 2026: accounts and IAM ARNs are under "AWS"."""
    if principal == "*":
        return "*"
    if re.fullmatch(r"\d{12}", principal, re.ASCII):
        return {"AWS": f"arn:aws:iam::{principal}:root"}
    return {"Service": principal} if is_service_principal(principal) else {"AWS": principal}


_CONDITIONS = {
    "SourceArn": ("ArnLike", "AWS:SourceArn"),
    "SourceAccount": ("StringEquals", "AWS:SourceAccount"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "OrganizationId": ("StringEquals", "aws:PrincipalOrgID"),
}
"""Parameters → the operator and key of the condition that they become."""


def _statement(given: Mapping[str, Any], resource: str) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Sid": given["StatementId"], "Effect": "Allow", "Principal": principal_element(given["Principal"]),
        "Action": given["Action"], "Resource": resource,
    }  # fmt: skip
    conditions: dict[str, dict[str, str]] = {}
    for parameter, (operator, key) in _CONDITIONS.items():
        value = given.get(parameter)
        if value is not None:
            conditions.setdefault(operator, {})[key] = (
                str(value).lower() if isinstance(value, bool) else value
            )
    return statement | ({"Condition": conditions} if conditions else {})


def _compact(document: Any) -> str:
    return json.dumps(document, separators=(",", ":"))


def _check_revision(call: Call, policy: Any) -> None:
    given = call.parameters.get("RevisionId")
    if given and given != policy.revision:
        raise ServiceError("PreconditionFailedException", _STALE, 412, Type="User")


def _of(policy: Any, resource: str) -> list[dict[str, Any]]:
    """Return the statements about one version or alias, or, without a qualifier, about the function itself."""
    return [each for each in policy.statements if each["Resource"] == resource]


@operation("lambda", "AddPermission")
def add_permission(call: Call) -> Mapping[str, Any]:
    """Add a statement to the policy of a function, version, or alias, and return the statement as JSON text."""
    policy, resource = function_of(call).policy, qualified_arn(call)
    given = call.parameters
    if resource.endswith(":$LATEST"):
        raise invalid("We currently do not support adding policies for $LATEST.")
    if given.get("FunctionUrlAuthType") and given["Action"] != "lambda:InvokeFunctionUrl":
        raise invalid("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action")
    _check_revision(call, policy)
    statement = _statement(call.parameters, resource)
    _add(policy, statement)
    return {"Statement": _compact(statement)}


def _add(policy: Any, statement: dict[str, Any]) -> None:
    sid = statement["Sid"]
    if any(each["Sid"] == sid for each in _of(policy, statement["Resource"])):
        raise in_conflict(
            f"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the "
            "existing statement."
        )
    lambdas.put_statements(policy, [*policy.statements, statement])


def _remove(policy: Any, resource: str, sid: str) -> None:
    kept = [each for each in policy.statements if (each["Sid"], each["Resource"]) != (sid, resource)]
    if len(kept) == len(policy.statements):
        raise not_found(f"Statement {sid} is not found in resource policy.")
    lambdas.put_statements(policy, kept)


@operation("lambda", "RemovePermission")
def remove_permission(call: Call) -> Mapping[str, Any]:
    """Remove a statement from a policy."""
    policy = function_of(call).policy
    if not policy.statements:
        raise missing()
    _check_revision(call, policy)
    _remove(policy, qualified_arn(call), call.parameters["StatementId"])
    return {}


@operation("lambda", "GetPolicy")
def get_policy(call: Call) -> Mapping[str, Any]:
    """Return the policy of a function, version, or alias. Rejects a policy without statements."""
    policy = function_of(call).policy
    return _shown(policy, _of(policy, qualified_arn(call)))


def _shown(policy: Any, statements: list[dict[str, Any]]) -> Mapping[str, Any]:
    if not statements:
        raise missing()
    document = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
    return {"Policy": _compact(document), "RevisionId": policy.revision}


def _layer(call: Call) -> Any:
    arn = layer_version_arn(call)
    found = lambdas.layer_version(arn)
    if found is None:
        raise not_found(f"Layer version {arn} does not exist.")
    return found


@operation("lambda", "AddLayerVersionPermission")
def add_layer_version_permission(call: Call) -> Mapping[str, Any]:
    """Add a statement to the policy of a layer version.

    https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html
    """
    policy = _layer(call).policy
    _check_revision(call, policy)
    statement = _statement(call.parameters, layer_version_arn(call))
    _add(policy, statement)
    return {"Statement": _compact(statement), "RevisionId": policy.revision}


@operation("lambda", "RemoveLayerVersionPermission")
def remove_layer_version_permission(call: Call) -> Mapping[str, Any]:
    """Remove a statement from the policy of a layer version."""
    policy = _layer(call).policy
    _check_revision(call, policy)
    _remove(policy, layer_version_arn(call), call.parameters["StatementId"])
    return {}


@operation("lambda", "GetLayerVersionPolicy")
def get_layer_version_policy(call: Call) -> Mapping[str, Any]:
    """Return a layer version's policy. Rejects a policy without statements."""
    policy = _layer(call).policy
    if not policy.statements:
        raise not_found("No policy is associated with the given resource.")
    return _shown(policy, policy.statements)

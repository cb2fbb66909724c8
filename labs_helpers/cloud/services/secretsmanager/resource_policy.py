"""A secret's policy: attached, looked at, validated.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.secretsmanager import listing
from labs_helpers.cloud.services.secretsmanager.access import (
    find,
    invalid_parameter,
    living,
    not_found,
    primary,
)
from labs_helpers.cloud.services.secretsmanager.secret import Secret
from labs_helpers.cloud.services.shared.policy_lockout import locks_out
from labs_helpers.cloud.services.shared.policy_text import refuse_malformed
from labs_helpers.engine.analysis.public import is_public
from labs_helpers.engine.analysis.unknown_services import unknown_services
from labs_helpers.engine.policy import PolicyError, PolicyKind, parse_policy

_NAME = "default"
_PUT = "secretsmanager:PutResourcePolicy"


def _only_default(call: Call) -> None:
    name = call.parameters.get("PolicyName")
    if name not in (None, _NAME):
        raise invalid_parameter(f"The policy {name} can't be changed: the only one that can is {_NAME}.")


def _named(secret: Secret) -> dict[str, Any]:
    return {"ARN": secret.arn, "Name": secret.content.name, "PolicyName": _NAME}


INVALID_SERVICE = "This resource policy contains an invalid service principal."
"""https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_secret-policy.html"""


@operation("secretsmanager", "PutResourcePolicy")
def put_secret_policy(call: Call) -> Mapping[str, Any]:
    """AWS asks Zelkova what grants broad access; this cloud asks what S3 documents as public.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html
    """
    text = call.parameters.get("ResourcePolicy") or "{}"
    refuse_malformed(
        text,
        "MalformedPolicyDocumentException",
        "This resource policy contains a syntax error: {why}",
        INVALID_SERVICE,
    )
    _only_default(call)
    secret = primary(call)
    if call.parameters.get("BlockPublicPolicy") and is_public(text):
        raise ServiceError(
            "PublicPolicyException",
            "The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad access to "
            "the secret.",
            400,
        )
    secret.content.policy = text
    return _named(secret)


@operation("secretsmanager", "GetResourcePolicy")
def get_resource_policy(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html"""
    secret, name = living(call), call.parameters.get("PolicyName")
    if name not in (None, _NAME):
        raise not_found(f" policy: {name}")
    policy = secret.content.policy
    return _named(secret) | ({"ResourcePolicy": policy} if policy is not None else {})


@operation("secretsmanager", "DeleteResourcePolicy")
def delete_resource_policy(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteResourcePolicy.html"""
    _only_default(call)
    secret = primary(call)
    secret.content.policy = None
    return _named(secret)


@operation("secretsmanager", "ListResourcePolicies")
def list_resource_policies(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListResourcePolicies.html"""
    secret = living(call)
    names = [{"PolicyName": _NAME}] if secret.content.policy is not None else []
    return listing.PAGES.page(call, "ResourcePolicies", names)


@operation("secretsmanager", "ValidateResourcePolicy")
def validate_resource_policy(call: Call) -> Mapping[str, Any]:
    """Whether a policy is well-formed, names services that there are, opens no secret to everybody, and lets its
    caller replace it.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ValidateResourcePolicy.html
    """
    text = call.parameters["ResourcePolicy"]
    secret = find(call) if call.parameters.get("SecretId") else None
    errors = []
    try:
        policy = parse_policy(text, PolicyKind.RESOURCE)
    except PolicyError as error:
        errors.append({"CheckName": "MALFORMED_POLICY", "ErrorMessage": str(error)})
    else:
        if any(unknown_services(json.loads(text))):
            errors.append({"CheckName": "INVALID_SERVICE_PRINCIPAL", "ErrorMessage": INVALID_SERVICE})
        if is_public(text):
            message = "The resource policy grants broad access to the secret."
            errors.append({"CheckName": "BLOCK_PUBLIC_POLICY", "ErrorMessage": message})
        if secret is not None and locks_out(call, _PUT, secret.arn, secret.account, policy):
            message = "The resource policy does not allow its caller to put another policy."
            errors.append({"CheckName": "LOCKOUT_POLICY", "ErrorMessage": message})
    return {"PolicyValidationPassed": not errors, "ValidationErrors": errors}

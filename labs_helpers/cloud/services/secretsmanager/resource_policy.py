"""The operations that set, return, validate, and delete the resource policy of a secret.

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
    active_secret,
    find,
    invalid_parameter,
    not_found,
    primary_secret,
)
from labs_helpers.cloud.services.secretsmanager.secret import Secret
from labs_helpers.cloud.services.shared.policy_lockout import locks_out
from labs_helpers.cloud.services.shared.policy_text import refuse_malformed
from labs_helpers.engine.analysis.public import is_public
from labs_helpers.engine.analysis.unknown_services import unknown_services
from labs_helpers.engine.policy import PolicyError, PolicyKind, parse_policy

_NAME = "default"
_PUT = "secretsmanager:PutResourcePolicy"


def _refuse_other_names(call: Call) -> None:
    name = call.parameters.get("PolicyName")
    if name not in (None, _NAME):
        raise invalid_parameter(
            f"The policy {name} can't be changed. The only one that can be changed is {_NAME}."
        )


def _identity(secret: Secret) -> dict[str, Any]:
    return {"ARN": secret.arn, "Name": secret.content.name, "PolicyName": _NAME}


INVALID_SERVICE = "This resource policy contains an invalid service principal."
"""The error message for a nonexistent service principal.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_secret-policy.html
"""
_MISSING_PRINCIPAL = "This resource policy contains an unsupported principal."


@operation("secretsmanager", "PutResourcePolicy")
def put_secret_policy(call: Call) -> Mapping[str, Any]:
    """Attach a resource policy. With BlockPublicPolicy, a policy that grants broad access is rejected.

    AWS uses Zelkova to detect broad access. This cloud uses S3's documented definition of public access.
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html
    """
    text = call.parameters.get("ResourcePolicy") or "{}"
    refuse_malformed(
        text,
        "MalformedPolicyDocumentException",
        "This resource policy contains a syntax error: {why}",
        INVALID_SERVICE,
        _MISSING_PRINCIPAL,
    )
    _refuse_other_names(call)
    secret = primary_secret(call)
    if call.parameters.get("BlockPublicPolicy") and is_public(text):
        raise ServiceError(
            "PublicPolicyException",
            "The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad access to "
            "the secret.",
            400,
        )
    secret.content.policy = text
    return _identity(secret)


@operation("secretsmanager", "GetResourcePolicy")
def get_resource_policy(call: Call) -> Mapping[str, Any]:
    """Return a secret's resource policy, if it has one.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html
    """
    secret, name = active_secret(call), call.parameters.get("PolicyName")
    if name not in (None, _NAME):
        raise not_found(f" policy: {name}")
    policy = secret.content.policy
    return _identity(secret) | ({"ResourcePolicy": policy} if policy is not None else {})


@operation("secretsmanager", "DeleteResourcePolicy")
def delete_resource_policy(call: Call) -> Mapping[str, Any]:
    """Delete a secret's resource policy. The call also succeeds if the secret doesn't have one.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteResourcePolicy.html
    """
    _refuse_other_names(call)
    secret = primary_secret(call)
    secret.content.policy = None
    return _identity(secret)


@operation("secretsmanager", "ListResourcePolicies")
def list_resource_policies(call: Call) -> Mapping[str, Any]:
    """List the names of a secret's policies. The only name is `default`, if the secret has a policy.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListResourcePolicies.html
    """
    secret = active_secret(call)
    names = [{"PolicyName": _NAME}] if secret.content.policy is not None else []
    return listing.PAGES.page(call, "ResourcePolicies", names)


@operation("secretsmanager", "ValidateResourcePolicy")
def validate_resource_policy(call: Call) -> Mapping[str, Any]:
    """Validate a policy: its syntax, its service principals, broad access, and the caller's ability to replace it.

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

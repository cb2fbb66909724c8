"""A secret's policy: checked when it comes in, since moto stores whatever text it is given.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labs_helpers.analysis.public import is_public
from labs_helpers.analysis.unknown_services import unknown_services
from labs_helpers.core.call import Answer, Call
from labs_helpers.core.errors import ServiceError
from labs_helpers.core.registry import operation
from labs_helpers.policy import PolicyError, PolicyKind, parse_policy
from labs_helpers.services.resource_policy import refuse_malformed

INVALID_SERVICE = "This resource policy contains an invalid service principal."
"""https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_secret-policy.html"""


@operation("secretsmanager", "PutResourcePolicy")
def put_secret_policy(call: Call) -> Answer:
    """A secret's policy. AWS asks Zelkova what grants broad access; this cloud asks what S3 documents as public.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html
    """
    text = call.parameters.get("ResourcePolicy") or "{}"
    refuse_malformed(
        text,
        "MalformedPolicyDocumentException",
        "This resource policy contains a syntax error: {why}",
        INVALID_SERVICE,
    )
    if call.parameters.get("BlockPublicPolicy") and is_public(text):
        raise ServiceError(
            "PublicPolicyException",
            "The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad access to "
            "the secret.",
            400,
        )
    return call.moto()


@operation("secretsmanager", "ValidateResourcePolicy")
def validate_resource_policy(call: Call) -> Mapping[str, Any]:
    """Whether a policy is well-formed, names services that there are, and opens no secret to everybody.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ValidateResourcePolicy.html
    """
    text = call.parameters["ResourcePolicy"]
    errors = []
    try:
        parse_policy(text, PolicyKind.RESOURCE)
    except PolicyError as error:
        errors.append({"CheckName": "MALFORMED_POLICY", "ErrorMessage": str(error)})
    else:
        if any(unknown_services(json.loads(text))):
            errors.append({"CheckName": "INVALID_SERVICE_PRINCIPAL", "ErrorMessage": INVALID_SERVICE})
        if is_public(text):
            message = "The resource policy grants broad access to the secret."
            errors.append({"CheckName": "BLOCK_PUBLIC_POLICY", "ErrorMessage": message})
    return {"PolicyValidationPassed": not errors, "ValidationErrors": errors}

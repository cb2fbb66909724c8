"""A secret's policy: checked when it comes in, since moto stores whatever text it is given.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html
"""

from __future__ import annotations

from labs_helpers.analysis.public import is_public
from labs_helpers.core.call import Answer, Call
from labs_helpers.core.errors import ServiceError
from labs_helpers.core.registry import operation
from labs_helpers.services.resource_policy import refuse_malformed


@operation("secretsmanager", "PutResourcePolicy")
def put_secret_policy(call: Call) -> Answer:
    """A secret's policy. AWS asks Zelkova what grants broad access; this cloud asks what S3 documents as public.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html
    """
    text = call.parameters.get("ResourcePolicy") or "{}"
    refuse_malformed(
        text, "MalformedPolicyDocumentException", "This resource policy contains a syntax error: {why}"
    )
    if call.parameters.get("BlockPublicPolicy") and is_public(text):
        raise ServiceError(
            "PublicPolicyException",
            "The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad access to "
            "the secret.",
            400,
        )
    return call.moto()

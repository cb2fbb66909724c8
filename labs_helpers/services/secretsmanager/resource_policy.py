"""A secret's policy: checked when it comes in, since moto stores whatever text it is given.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html
"""

from __future__ import annotations

from labs_helpers.core.call import Answer, Call
from labs_helpers.core.registry import operation
from labs_helpers.services.resource_policy import refuse_malformed


@operation("secretsmanager", "PutResourcePolicy")
def put_secret_policy(call: Call) -> Answer:
    """A secret's policy: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html"""
    text = call.parameters.get("ResourcePolicy") or "{}"
    refuse_malformed(
        text, "MalformedPolicyDocumentException", "This resource policy contains a syntax error: {why}"
    )
    return call.moto()

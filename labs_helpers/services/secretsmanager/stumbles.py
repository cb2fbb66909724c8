"""What Secrets Manager says of a secret that is not there, and of a token that it did not give.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html
"""

from __future__ import annotations

from labs_helpers.core.call import Call
from labs_helpers.core.errors import ServiceError
from labs_helpers.services.secretsmanager.table import TABLE
from labs_helpers.services.stumbles import explained


@explained(TABLE)
def explain(call: Call, failure: Exception) -> ServiceError | None:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html and its like"""
    given = call.parameters
    if given.get("NextToken") and isinstance(failure, ValueError):
        return ServiceError("InvalidNextTokenException", "Invalid token", 400)
    if isinstance(failure, KeyError) and failure.args and failure.args[0] == given.get("SecretId"):
        return ServiceError(
            "ResourceNotFoundException", "Secrets Manager can't find the specified secret.", 400
        )
    if isinstance(failure, KeyError) and failure.args and str(failure.args[0])[:1].isupper():
        return ServiceError(
            "InvalidParameterException", f"You must provide a value for {failure.args[0]}.", 400
        )
    return None

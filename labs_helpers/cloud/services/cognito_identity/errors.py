"""The errors of identity pools.

https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.shared.refusals import refusal

invalid = refusal("InvalidParameterException", 400)
not_found = refusal("ResourceNotFoundException", 400)
not_authorized = refusal("NotAuthorizedException", 400)
conflict = refusal("ResourceConflictException", 400)


def misconfigured() -> ServiceError:
    """Return the error for a pool whose roles or trust policies don't allow Cognito to assume the roles."""
    return ServiceError(
        "InvalidIdentityPoolConfigurationException",
        "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
        400,
    )

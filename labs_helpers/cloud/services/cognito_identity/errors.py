"""The errors of identity pools.

https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.errors import ServiceError


def invalid(message: str) -> ServiceError:
    """Return InvalidParameterException."""
    return ServiceError("InvalidParameterException", message, 400)


def not_found(message: str) -> ServiceError:
    """Return ResourceNotFoundException."""
    return ServiceError("ResourceNotFoundException", message, 400)


def not_authorized(message: str) -> ServiceError:
    """Return NotAuthorizedException."""
    return ServiceError("NotAuthorizedException", message, 400)


def conflict(message: str) -> ServiceError:
    """Return ResourceConflictException."""
    return ServiceError("ResourceConflictException", message, 400)


def misconfigured() -> ServiceError:
    """Return the error for a pool whose roles, or their trust policies, don't let Cognito assume them."""
    return ServiceError(
        "InvalidIdentityPoolConfigurationException",
        "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
        400,
    )

"""The errors of identity pools. https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/CommonErrors.html"""

from __future__ import annotations

from labs_helpers.cloud.core.errors import ServiceError


def invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterException", message, 400)


def not_found(message: str) -> ServiceError:
    return ServiceError("ResourceNotFoundException", message, 400)


def not_authorized(message: str) -> ServiceError:
    return ServiceError("NotAuthorizedException", message, 400)


def conflict(message: str) -> ServiceError:
    return ServiceError("ResourceConflictException", message, 400)


def misconfigured() -> ServiceError:
    """What a pool's users are told when its roles, or their trust policies, do not let Cognito in."""
    return ServiceError(
        "InvalidIdentityPoolConfigurationException",
        "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
        400,
    )

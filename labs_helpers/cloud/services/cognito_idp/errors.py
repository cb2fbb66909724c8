"""The errors of Cognito user pools, by short name.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.errors import ServiceError

WRONG_PASSWORD = "Incorrect username or password."


def error(name: str, message: str) -> ServiceError:
    """Return the error `<name>Exception`: `error("CodeMismatch", …)` returns CodeMismatchException."""
    return ServiceError(f"{name}Exception", message, 400)


def invalid(message: str) -> ServiceError:
    """Return InvalidParameterException."""
    return error("InvalidParameter", message)


def not_found(message: str) -> ServiceError:
    """Return ResourceNotFoundException."""
    return error("ResourceNotFound", message)


def not_authorized(message: str = WRONG_PASSWORD) -> ServiceError:
    """Return NotAuthorizedException. The default message is about a wrong user name or password."""
    return error("NotAuthorized", message)


def no_user() -> ServiceError:
    """Return UserNotFoundException."""
    return error("UserNotFound", "User does not exist.")


def above_limit(message: str = "Attempt limit exceeded, please try after some time.") -> ServiceError:
    """Return LimitExceededException."""
    return error("LimitExceeded", message)


def not_in_tier(feature: str, tier: str) -> ServiceError:
    """Return FeatureUnavailableInTierException for a feature that isn't in the pool's feature plan.

    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-sign-in-feature-plans.html
    """
    return error("FeatureUnavailableInTier", f"{feature} is not available in the {tier} feature plan.")

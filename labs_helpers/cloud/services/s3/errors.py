"""Errors that several S3 operations return, by short name.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.shared.refusals import refusal

invalid_argument = refusal("InvalidArgument", 400)
invalid_request = refusal("InvalidRequest", 400)
access_denied = refusal("AccessDenied", 403)


def wrong_argument(message: str, name: str, value: str | None) -> ServiceError:
    """Return InvalidArgument with the name and the value of a parameter or header.

    Pass None for a value that S3 omits.
    """
    return ServiceError("InvalidArgument", message, 400, ArgumentName=name, ArgumentValue=value)


def not_implemented(header: str, additional: str) -> ServiceError:
    """Return the error for a header whose value requests a function that the operation doesn't support.

    OBSERVED in 2024 and 2026: https://github.com/aws/aws-sdk-ruby/issues/3144
    """
    message = "A header you provided implies functionality that is not implemented"
    return ServiceError("NotImplemented", message, 501, Header=header, additionalMessage=additional)


def no_such_key(key: str) -> ServiceError:
    """Return NoSuchKey."""
    return ServiceError("NoSuchKey", "The specified key does not exist.", 404, Key=key)


def no_such_object(key: str, version: str | None) -> ServiceError:
    """Return NoSuchKey, or NoSuchVersion if the request specifies a version."""
    if version is None:
        return no_such_key(key)
    return ServiceError(
        "NoSuchVersion", "The specified version does not exist.", 404, Key=key, VersionId=version
    )


def method_not_allowed(method: str, resource_type: str, **more: object) -> ServiceError:
    """Return MethodNotAllowed. `method` is the HTTP verb. OBSERVED in 2026."""
    message = "The specified method is not allowed against this resource."
    return ServiceError("MethodNotAllowed", message, 405, Method=method, ResourceType=resource_type, **more)

"""The conversion of unexpected exceptions into AWS's internal errors, so that callers never see a traceback."""

from __future__ import annotations

import logging
import traceback

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError

_log = logging.getLogger("labs_helpers")
_FAILURE = "The request processing has failed because of an unknown error, exception or failure."
_S3_FAILURE = "We encountered an internal error. Please try again."
CODES = frozenset({"InternalFailure", "InternalError"})
_STATUS = 501
"""AWS returns 500, but SDKs would then retry for up to half a minute and get the same error each time."""


def told(call: Call, error: Exception) -> ServiceError:
    """Return the caller's error for an exception: a `ServiceError` unchanged, or else the service's internal error."""
    return error if isinstance(error, ServiceError) else _failed(call.service, call.operation, error)


def _failed(service: str, operation: str, error: Exception) -> ServiceError:
    """Return the error for a call that failed within the cloud, and log the call and the reason."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"
    _log.error(
        "%s:%s failed within the cloud, and wouldn't fail on AWS: %s: %s (%s). Please report it.",
        service, operation, type(error).__name__, error, where,
    )  # fmt: skip
    _log.debug("%s:%s failed", service, operation, exc_info=error)
    if service == "s3":
        return ServiceError("InternalError", _S3_FAILURE, _STATUS)
    return ServiceError("InternalFailure", _FAILURE, _STATUS)

"""Errors that AWS services return to callers, and an error for requests that the cloud doesn't support."""

from __future__ import annotations


class ServiceError(Exception):
    """An AWS service's error response.

    The caller sees `code` and `message` (`error.response["Error"]`). `status` is the HTTP status; None means the status
    in botocore's model for this code, or 400. `fields` are additional members of the service's error shape (such as
    `BucketName`), which the serializer reads as attributes. Two fields are special: `query_code` is the code for
    callers of a service that formerly used the query protocol (SQS), and `headers` are additional HTTP headers for the
    response.
    """

    def __init__(self, code: str, message: str, status: int | None = None, **fields: object):
        """Store the code, the message, and the status, and each of `fields` as an attribute."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.__dict__.update(fields)


class AccessDenied(ServiceError):
    """A denial of a request by the gate. `judgement` is the engine's judgment, or None if no policy was evaluated."""

    def __init__(
        self,
        code: str,
        message: str,
        status: int | None = None,
        judgement: object | None = None,
        **fields: object,
    ):
        """Store the judgment in addition to the `ServiceError` attributes."""
        super().__init__(code, message, status, **fields)
        self.judgement = judgement


class ClosedAccount(Exception):
    """The error for a request to a resource in a closed account. The gate returns it in the service's own protocol."""


class NotModelled(NotImplementedError):
    """The error for a request that the cloud can't authorize or perform. The request is never forwarded.

    The message names the operation and the file in which support would be added. The error isn't a `ServiceError`,
    because the request isn't wrong, and AWS would have answered it.
    """

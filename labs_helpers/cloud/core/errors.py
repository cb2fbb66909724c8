"""Errors of AWS services that the cloud returns, and an error for what the cloud doesn't model."""

from __future__ import annotations


class ServiceError(Exception):
    """An error answer of an AWS service.

    `code` and `message` are for the caller (`error.response["Error"]`). `status` is the HTTP status; None means the
    status in botocore's model for this code, or 400. `fields` are further members of the service's error shape
    (`BucketName`, for example), which the serializer reads as attributes. Two of them are special: `query_code` is
    the code for callers of a service that used another protocol before (SQS), and `headers` are additional HTTP
    headers of the answer.
    """

    def __init__(self, code: str, message: str, status: int | None = None, **fields: object):
        """Store code, message and status, and each of `fields` as an attribute."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.__dict__.update(fields)


class AccessDenied(ServiceError):
    """A refusal by the gate; `judgement` is the engine's judgement, or None if no policy was evaluated."""

    def __init__(
        self,
        code: str,
        message: str,
        status: int | None = None,
        judgement: object | None = None,
        **fields: object,
    ):
        """Store the judgement besides what every `ServiceError` has."""
        super().__init__(code, message, status, **fields)
        self.judgement = judgement


class ClosedAccount(Exception):
    """The account that owns the resource is closed. The gate returns the error in the service's own protocol."""


class NotModelled(NotImplementedError):
    """A request that the cloud doesn't know how to authorize or perform. It is rejected, never passed on.

    The message names the operation and the file where it would be added. It isn't a `ServiceError`, because the learner
    did nothing wrong and AWS would have answered.
    """

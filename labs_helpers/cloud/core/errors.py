"""Errors that the cloud answers with, and errors that tell a developer what is missing."""

from __future__ import annotations


class ServiceError(Exception):
    """An error answer of an AWS service.

    `code` and `message` are what the caller reads (`error.response["Error"]`); `status` is the HTTP status, None
    for the one that botocore's model gives the code (400 where it gives none); `fields` are further members of
    the service's error shape (`BucketName`, for example), found by the serialiser as attributes. `query_code` of
    them is the code that a service which spoke another protocol once (SQS) still gives its callers; `headers` are HTTP
    headers that the answer has besides.
    """

    def __init__(self, code: str, message: str, status: int | None = None, **fields: object):
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.__dict__.update(fields)


class AccessDenied(ServiceError):
    """A refusal by the gate; `judgement` is what the engine was asked and answered, None where no policy was asked."""

    def __init__(
        self,
        code: str,
        message: str,
        status: int | None = None,
        judgement: object | None = None,
        **fields: object,
    ):
        super().__init__(code, message, status, **fields)
        self.judgement = judgement


class ClosedAccount(Exception):
    """The account that owns the resource is closed. The gate words the refusal as the service's protocol does."""


class NotModelled(NotImplementedError):
    """A request that the cloud does not know how to authorize or perform. It is refused, never passed on.

    The text names the operation and the file where it would be added. Not a `ServiceError`: the learner did
    nothing wrong, and AWS would have answered.
    """

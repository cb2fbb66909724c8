"""Demos that should fail, and prove that they did.

A lesson that shows a refusal must break when the refusal stops coming; `refused` is how its cells say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.exceptions import ClientError


class DemoError(AssertionError):
    """A demo did not come out as it says it does: nothing was refused, or with another code."""


@dataclass(slots=True)
class Refusal:
    """What AWS answered: the error's code and message, the HTTP status, the operation that was called.

    Empty until the block ends. https://docs.aws.amazon.com/boto3/latest/guide/error-handling.html
    """

    code: str = ""
    message: str = ""
    status: int = 0
    operation: str = ""

    def take(self, error: ClientError) -> None:
        """Keep what AWS answered."""
        answer = error.response["Error"]
        self.code, self.message = answer.get("Code", ""), answer.get("Message", "")
        self.status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        self.operation = error.operation_name

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.code else "nothing was refused yet"


@contextmanager
def refused(*codes: str) -> Iterator[Refusal]:
    """A block in which an AWS call must fail with one of `codes`; the value of `as` tells what was answered.

        with refused("AccessDenied") as denial:
            alice.client("s3").list_buckets()
        print(denial.message)

    Raises `DemoError` if the block ends without an error or AWS answered another code. Errors that are no
    answers of AWS pass through. `TypeError` if no code was named.
    """
    if not codes or not all(isinstance(code, str) and code for code in codes):
        raise TypeError('name the error code that you expect: refused("AccessDenied")')
    expected = " or ".join(codes)
    refusal = Refusal()
    try:
        yield refusal
    except ClientError as error:
        if error.response["Error"].get("Code") not in codes:
            raise DemoError(f"expected {expected}, but AWS answered: {error}") from error
        refusal.take(error)
        return
    raise DemoError(f"expected {expected}, but nothing was refused")

"""Demos of calls that must be denied. A demo fails if its call isn't denied.

The lessons' cells use `refused`, so that a cell that shows a denial fails if the call is no longer denied.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.exceptions import ClientError

from labs_helpers.course.shown.mistakes import Mistake


class DemoError(AssertionError):
    """The error for an unexpected outcome of a demo: the call succeeded, or failed with a different error code."""


def unexpected(name: str, wanted: object, got: object) -> DemoError:
    """Return the error for a cell with an unexpected outcome. Its message also states what might have caused it."""
    return DemoError(
        f"{name}: expected {wanted}, but got {got}. Was an earlier cell skipped, changed, or run twice? "
        "To start over, call `day.reset()` and run this part's cells in order."
    )


@dataclass(slots=True)
class Refusal:
    """An AWS error: its code and message, the HTTP status, and the operation that was called.

    The attributes are empty until the block ends. https://docs.aws.amazon.com/boto3/latest/guide/error-handling.html
    """

    code: str = ""
    message: str = ""
    status: int = 0
    operation: str = ""

    def take(self, error: ClientError) -> None:
        """Store the error that AWS returned."""
        answer = error.response["Error"]
        self.code, self.message = answer.get("Code", ""), answer.get("Message", "")
        self.status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        self.operation = error.operation_name

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.code else "no error yet"


@contextmanager
def refused(*codes: str) -> Iterator[Refusal]:
    """Require that an AWS call in the block fails with one of `codes`; the variable after `as` holds AWS's error.

        with refused("AccessDenied") as denial:
            alice.client("s3").list_buckets()
        print(denial.message)

    Raises `DemoError` if the block ends without an error, or AWS returns a different code. Errors that don't
    come from AWS pass through. Raises `Mistake` if no code is given.
    """
    if not codes or not all(isinstance(code, str) and code for code in codes):
        raise Mistake(
            "The error code is missing.", 'Pass the expected one, for example refused("AccessDenied").'
        )
    expected = " or ".join(codes)
    refusal = Refusal()
    try:
        yield refusal
    except ClientError as error:
        if error.response["Error"].get("Code") not in codes:
            raise DemoError(f"expected {expected}, but AWS answered: {error}") from error
        refusal.take(error)
        return
    raise DemoError(f"expected {expected}, but the call succeeded")

"""Errors by kind: a service defines an error's code once, and each error of the kind has a separate message."""

from __future__ import annotations

from collections.abc import Callable

from labs_helpers.cloud.core.errors import ServiceError

Refusal = Callable[[str], ServiceError]
"""A function that returns an error for a message."""


def refusal(code: str, status: int | None = None, **fields: object) -> Refusal:
    """Return a function that creates errors of one kind from messages: `raise invalid("The name is too long.")`.

    `code`, `status`, and `fields` are the attributes of `ServiceError`.
    """

    def with_message(message: str) -> ServiceError:
        return ServiceError(code, message, status, **fields)

    return with_message

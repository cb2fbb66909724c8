"""Refusals by kind: a service names an error's code once, and every refusal of that kind brings its own message."""

from __future__ import annotations

from collections.abc import Callable

from labs_helpers.cloud.core.errors import ServiceError

Refusal = Callable[[str], ServiceError]
"""From an error's message to the error."""


def refusal(code: str, status: int | None = None, **fields: object) -> Refusal:
    """Return the function that makes errors of one kind from their messages: `raise invalid("The name is too long.")`.

    `code`, `status` and `fields` are those of `ServiceError`.
    """

    def with_message(message: str) -> ServiceError:
        return ServiceError(code, message, status, **fields)

    return with_message

"""Policies of resources come in as text: what is no policy is refused, each service in its own words."""

from __future__ import annotations

from labs_helpers.core.errors import ServiceError
from labs_helpers.policy import PolicyError, PolicyKind, parse_policy


def refuse_malformed(text: str | None, code: str, message: str) -> None:
    """Raises `ServiceError` for a text that is no resource policy; `{why}` in the message is the reason."""
    if not text:
        return
    try:
        parse_policy(text, PolicyKind.RESOURCE)
    except PolicyError as error:
        raise ServiceError(code, message.format(why=error), 400) from error

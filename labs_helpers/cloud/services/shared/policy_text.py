"""Rejection of invalid resource policies, with an error that each service chooses."""

from __future__ import annotations

import json

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.engine.analysis.unknown_services import about, unknown_services
from labs_helpers.engine.policy import PolicyError, PolicyKind, parse_policy


def refuse_malformed(text: str | None, code: str, message: str, no_such_service: str | None = None) -> None:
    """Raise `ServiceError` for text that isn't a valid resource policy. `{why}` in `message` is the reason.

    `no_such_service` is the message for a policy with an unknown service principal, if it has a separate message.
    """
    if not text:
        return
    try:
        parse_policy(text, PolicyKind.RESOURCE)
    except PolicyError as error:
        raise ServiceError(code, message.format(why=error), 400) from error
    for _, name in unknown_services(json.loads(text)):
        raise ServiceError(code, no_such_service or message.format(why=about(name)), 400)

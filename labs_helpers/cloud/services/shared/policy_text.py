"""Policies of resources come in as text: what is no policy is refused, each service in its own words."""

from __future__ import annotations

import json

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.engine.analysis.unknown_services import about, unknown_services
from labs_helpers.engine.policy import PolicyError, PolicyKind, parse_policy


def refuse_malformed(text: str | None, code: str, message: str, no_such_service: str | None = None) -> None:
    """Raises `ServiceError` for a text that is no resource policy; `{why}` in the message is the reason.

    `no_such_service` is what a service says of a policy that names a service that there is not, if it says another
    thing then.
    """
    if not text:
        return
    try:
        parse_policy(text, PolicyKind.RESOURCE)
    except PolicyError as error:
        raise ServiceError(code, message.format(why=error), 400) from error
    for _, name in unknown_services(json.loads(text)):
        raise ServiceError(code, no_such_service or message.format(why=about(name)), 400)

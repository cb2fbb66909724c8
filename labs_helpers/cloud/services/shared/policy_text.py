"""Rejection of invalid resource policies, with an error that each service chooses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.engine.analysis.unknown_services import about, unknown_services
from labs_helpers.engine.policy import PolicyError, PolicyKind, parse_policy
from labs_helpers.engine.policy.elements import principals, statements_of

_MISSING = "Invalid principal in policy"


def refuse_malformed(
    text: str | None,
    code: str,
    message: str,
    no_such_service: str | None = None,
    no_such_principal: str | None = None,
) -> None:
    """Raise `ServiceError` for text that isn't a valid resource policy. `{why}` in `message` is the reason.

    `no_such_service` is the message for a policy with an unknown service principal, and `no_such_principal` the message
    for a policy with a user, role, or session that doesn't exist, if the service has separate messages.
    """
    if not text:
        return
    try:
        parse_policy(text, PolicyKind.RESOURCE)
    except PolicyError as error:
        raise ServiceError(code, message.format(why=error), 400) from error
    document = json.loads(text)
    for _, name in unknown_services(document):
        raise ServiceError(code, no_such_service or message.format(why=about(name)), 400)
    if names_missing_principal(document):
        raise ServiceError(code, no_such_principal or no_such_service or message.format(why=_MISSING), 400)


_USER_OR_ROLE = re.compile(r"arn:aws:iam::(\d{12}):(?:user|role)/(?:.+/)?[^/]+")
_SESSION = re.compile(r"arn:aws:sts::(\d{12}):assumed-role/([^/]+)/[^/]+")
_UNIQUE_ID = re.compile(r"A(ID|RO)A[A-Z0-9]{12,}")


def names_missing_principal(document: Mapping[str, Any]) -> bool:
    """Return True if a policy names a nonexistent user, role, or role session.

    A service that stores unique IDs in place of the names can't store such a policy. Accounts needn't exist.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    named = (each for statement in statements_of(document) for each in principals(statement))
    return not all(principal_exists(name) for kind, name in named if kind == "AWS")


def principal_exists(principal: str) -> bool:
    """Return False for a unique ID, and for the ARN of a user, role, or session if the user or role doesn't exist."""
    session = _SESSION.fullmatch(principal)
    if session is not None:
        return moto_iam.role(session[1], session[2]) is not None
    if _USER_OR_ROLE.fullmatch(principal):
        return moto_iam.principal_exists(principal)
    return not _UNIQUE_ID.fullmatch(principal)

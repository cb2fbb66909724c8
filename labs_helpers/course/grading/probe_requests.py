"""The time and the condition keys that the requests in all exercises share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labs_helpers.engine.policy import Principal

TIME = datetime(2026, 3, 10, 10, tzinfo=UTC)
"""The time of every probe's request."""


def request_context(principal: Principal, account: str | None) -> dict[str, Any]:
    """Return the condition keys that AWS adds to a principal's request, at a fixed time and from a fixed address.

    `account` owns the resource; None means the principal's own account.
    """
    from labs_helpers.cloud import supposed_context

    context = supposed_context(principal, account or principal.account, TIME)
    if principal.account:
        context["aws:userid"] = _user_id(principal)
    return context


def _user_id(principal: Principal) -> str:
    """Return a unique ID that is the same every time: the user's, or for a session the role's, with the session name.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
    """
    from labs_helpers.engine.policy import PrincipalKind

    account, session = principal.account or "", principal.arn.rpartition("/")[2]
    if principal.kind is PrincipalKind.ROOT:
        return account
    if principal.kind is PrincipalKind.FEDERATED_USER:
        return f"{account}:{session}"
    name = (principal.issuer or principal.arn).rpartition("/")[2]
    unique = "".join(filter(str.isalnum, name.upper())).ljust(17, "0")[:17]
    return f"AIDA{unique}" if principal.kind is PrincipalKind.USER else f"AROA{unique}:{session}"

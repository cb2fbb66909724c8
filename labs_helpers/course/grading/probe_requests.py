"""What the requests of all exercises have in common: when they come, and what AWS itself puts into them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labs_helpers.engine.policy import Principal

TIME = datetime(2026, 3, 10, 10, tzinfo=UTC)
"""When the requests of probes come."""


def request_context(principal: Principal, account: str | None) -> dict[str, Any]:
    """The keys that AWS itself puts into a request of this principal, at a fixed time and from one address."""
    from labs_helpers.cloud import supposed_context

    context = supposed_context(principal, account or principal.account, TIME)
    if principal.account:
        context["aws:userid"] = _user_id(principal)
    return context


def _user_id(principal: Principal) -> str:
    """A unique id that repeats: users have theirs, sessions their role's with the session's name behind it.

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

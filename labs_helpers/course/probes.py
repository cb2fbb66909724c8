"""What the requests of all exercises have in common: when they come, and what AWS itself puts into them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labs_helpers.policy import Principal

TIME = datetime(2026, 3, 10, 10, tzinfo=UTC)
"""When the requests of probes come."""


def request_context(principal: Principal, account: str | None) -> dict[str, Any]:
    """The keys that AWS itself puts into a request of this principal, at a fixed time and from one address."""
    from labs_helpers.cloud.request_context import supposed_context

    return supposed_context(principal, account or principal.account, TIME)

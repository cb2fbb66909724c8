"""Pagination for the list operations of Organizations: at most 20 entries per page."""

from __future__ import annotations

from labs_helpers.cloud.services.organizations.errors import invalid
from labs_helpers.cloud.services.shared.paging import Pages

PAGES = Pages(lambda _: invalid("INVALID_NEXT_TOKEN"), most=20)

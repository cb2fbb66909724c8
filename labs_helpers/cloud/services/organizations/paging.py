"""Pagination of Organizations' lists: at most 20 entries per page.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
"""

from __future__ import annotations

from labs_helpers.cloud.services.organizations.errors import invalid
from labs_helpers.cloud.services.shared.paging import Pages

PAGES = Pages(lambda _: invalid("INVALID_NEXT_TOKEN"), most=20)

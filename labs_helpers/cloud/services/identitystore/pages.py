"""Pagination for the list operations of Identity Center: at most 100 entries per page, fewer for some lists."""

from __future__ import annotations

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.identitystore.errors import invalid
from labs_helpers.cloud.services.shared.paging import Pages


def _wrong_token(_token: str) -> ServiceError:
    return invalid("The pagination token is not valid.")


PAGES = Pages(_wrong_token, most=100)

"""Pagination for the list operations of EventBridge."""

from __future__ import annotations

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.shared.moto_pages import page_lists_of_moto
from labs_helpers.cloud.services.shared.paging import Pages


def _wrong_token(_: str) -> ServiceError:
    return ServiceError("ValidationException", "Parameter NextToken is not valid.", 400)


PAGES = Pages(wrong_token=_wrong_token, size="Limit", most=100)

page_lists_of_moto("events", PAGES, "ListArchives", "ListReplays")

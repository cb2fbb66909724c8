"""Pagination for the list operations of EventBridge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.shared.moto_pages import page_of_moto
from labs_helpers.cloud.services.shared.paging import Pages


def _wrong_token(_: str) -> ServiceError:
    return ServiceError("ValidationException", "Parameter NextToken is not valid.", 400)


PAGES = Pages(wrong_token=_wrong_token, size="Limit", most=100)


@operation("events", "ListArchives", "ListReplays")
def list_in_pages(call: Call) -> Answer | Mapping[str, Any]:
    """Return one page of a list that moto returns in full."""
    return page_of_moto(call, PAGES)

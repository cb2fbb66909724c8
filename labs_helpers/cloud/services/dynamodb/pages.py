"""Pagination for the list operations of DynamoDB, which use NextToken. Scan and Query page by keys instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.dynamodb.errors import invalid
from labs_helpers.cloud.services.shared.moto_pages import page_of_moto
from labs_helpers.cloud.services.shared.paging import Pages

PAGES = Pages(wrong_token=lambda _: invalid("The provided NextToken is not valid."))


@operation("dynamodb", "ListExports")
def list_in_pages(call: Call) -> Answer | Mapping[str, Any]:
    """Return one page of a list that moto returns in full."""
    return page_of_moto(call, PAGES)

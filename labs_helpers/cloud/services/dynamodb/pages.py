"""Pagination for the list operations of DynamoDB, which use NextToken. Scan and Query page by keys instead."""

from __future__ import annotations

from labs_helpers.cloud.services.dynamodb.errors import invalid
from labs_helpers.cloud.services.shared.moto_pages import page_lists_of_moto
from labs_helpers.cloud.services.shared.paging import Pages

PAGES = Pages(wrong_token=lambda _: invalid("The provided NextToken is not valid."))

page_lists_of_moto("dynamodb", PAGES, "ListExports")

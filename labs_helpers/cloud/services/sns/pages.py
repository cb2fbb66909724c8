"""Pagination for the list operations of SNS, with 100 items per page."""

from __future__ import annotations

from labs_helpers.cloud.services.shared.moto_pages import page_lists_of_moto
from labs_helpers.cloud.services.shared.paging import Pages
from labs_helpers.cloud.services.sns.errors import invalid

PAGES = Pages(wrong_token=lambda _: invalid("NextToken"))

page_lists_of_moto("sns", PAGES, "ListEndpointsByPlatformApplication")

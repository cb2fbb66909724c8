"""Pagination of SNS's lists, with 100 items per page.

https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html
"""

from __future__ import annotations

from labs_helpers.cloud.services.shared.moto_pages import page_lists_of_moto
from labs_helpers.cloud.services.shared.paging import Pages
from labs_helpers.cloud.services.sns.errors import invalid

PAGES = Pages(wrong_token=lambda _: invalid("NextToken"))

page_lists_of_moto("sns", PAGES, "ListEndpointsByPlatformApplication")

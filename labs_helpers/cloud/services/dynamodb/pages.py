"""Pagination of DynamoDB's lists by NextToken. Scan and Query page by keys instead.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTagsOfResource.html
"""

from __future__ import annotations

from labs_helpers.cloud.services.dynamodb.errors import invalid
from labs_helpers.cloud.services.shared.moto_pages import page_lists_of_moto
from labs_helpers.cloud.services.shared.paging import Pages

PAGES = Pages(wrong_token=lambda _: invalid("The provided NextToken is not valid."))

page_lists_of_moto("dynamodb", PAGES, "ListExports")

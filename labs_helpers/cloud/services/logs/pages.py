"""Pagination for the list operations of CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.shared.moto_pages import page_of_moto
from labs_helpers.cloud.services.shared.paging import Pages


def _wrong_token(_: str) -> ServiceError:
    return ServiceError("InvalidParameterException", "The specified nextToken is invalid.", 400)


def _wrong_size(given: int, most: int) -> ServiceError:
    bound = "less than or equal to" if given > most else "greater than or equal to"
    limit = most if given > most else 1
    return ServiceError(
        "InvalidParameterException",
        f"1 validation error detected: Value '{given}' at 'limit' failed to satisfy constraint: Member must have value "
        f"{bound} {limit}",
        400,
    )


PAGES = Pages(wrong_token=_wrong_token, token="nextToken", size="limit", most=50, wrong_size=_wrong_size)


@operation(
    "logs",
    "DescribeDeliveries",
    "DescribeDeliveryDestinations",
    "DescribeDeliverySources",
    "DescribeExportTasks",
    "DescribeResourcePolicies",
)
def list_in_pages(call: Call) -> Answer | Mapping[str, Any]:
    """Return one page of a list that moto returns in full."""
    return page_of_moto(call, PAGES)

"""Pagination of SQS's lists. A response contains a token only if the request contains MaxResults.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.shared.moto_pages import page_of_moto
from labs_helpers.cloud.services.shared.paging import Pages
from labs_helpers.cloud.services.sqs.errors import invalid


def _wrong_size(given: int, most: int) -> ServiceError:
    return invalid(
        f"Value {given} for parameter MaxResults is invalid. Reason: Must be between 1 and {most}, if provided."
    )


PAGES = Pages(
    wrong_token=lambda token: invalid(
        f"Value {token} for parameter NextToken is invalid. Reason: Invalid or expired next token."
    ),
    most=1000,
    wrong_size=_wrong_size,
)


@operation("sqs", "ListQueues", "ListDeadLetterSourceQueues")
def list_in_pages(call: Call) -> Answer | Mapping[str, Any]:
    """Return one page of a list that moto returns in full."""
    return page_of_moto(call, PAGES)

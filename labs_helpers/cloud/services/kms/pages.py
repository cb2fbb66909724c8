"""Pagination for the list operations of KMS: `Limit`, `Marker`, `NextMarker`, and `Truncated`."""

from __future__ import annotations

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.kms import parameter_validation
from labs_helpers.cloud.services.shared.paging import Pages


def _wrong_marker(_marker: str) -> ServiceError:
    return ServiceError("InvalidMarkerException", "The marker is not valid.", 400)


def _wrong_limit(limit: int, most: int) -> ServiceError:
    return parameter_validation.out_of_range("limit", limit, f"have value less than or equal to {most}")


PAGES = Pages(
    _wrong_marker, token="Marker", next="NextMarker", size="Limit", default=100, most=1000, wrong_size=_wrong_limit,
    truncated="Truncated",
)  # fmt: skip

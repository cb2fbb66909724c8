"""DynamoDB errors that several modules raise.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.shared.refusals import refusal

invalid = refusal("ValidationException", 400)


def condition_failed() -> ServiceError:
    """Return the error for a write whose condition isn't met."""
    return ServiceError("ConditionalCheckFailedException", "The conditional request failed", 400)


def duplicate_item() -> ServiceError:
    """Return the error for a PartiQL INSERT of an item whose key already exists."""
    return ServiceError("DuplicateItemException", "Duplicate primary key exists in table", 400)

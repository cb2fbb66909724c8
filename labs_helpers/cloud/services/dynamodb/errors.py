"""DynamoDB errors that several modules raise.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.shared.refusals import refusal
from labs_helpers.cloud.services.shared.tag_keys import reserved_key

invalid = refusal("ValidationException", 400)


def check_tags(call: Call) -> None:
    """Raise ValidationException for a tag key in a request that is reserved for AWS.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html
    """
    if reserved_key(tag["Key"] for tag in call.parameters.get("Tags") or ()) is not None:
        raise invalid("One or more parameter values were invalid: Tag keys must not begin with aws:")


def condition_failed() -> ServiceError:
    """Return the error for a write whose condition isn't met."""
    return ServiceError("ConditionalCheckFailedException", "The conditional request failed", 400)


def duplicate_item() -> ServiceError:
    """Return the error for a PartiQL INSERT of an item whose key already exists."""
    return ServiceError("DuplicateItemException", "Duplicate primary key exists in table", 400)

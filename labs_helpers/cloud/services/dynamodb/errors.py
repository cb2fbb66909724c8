"""DynamoDB errors that several modules raise.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.shared.refusals import refusal
from labs_helpers.cloud.services.shared.tag_keys import reserved_key

invalid = refusal("ValidationException", 400)
_MOST_TAGS = 50


def check_tags(call: Call) -> None:
    """Raise ValidationException for more than 50 tags in a request, or for tag keys that are reserved for AWS.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html
    """
    tags = call.parameters.get("Tags") or ()
    if len(tags) > _MOST_TAGS:
        raise invalid(
            f"One or more parameter values were invalid: A resource can have at most {_MOST_TAGS} tags"
        )
    if reserved_key(tag["Key"] for tag in tags) is not None:
        raise invalid("One or more parameter values were invalid: Tag keys must not begin with aws:")


def condition_failed() -> ServiceError:
    """Return the error for a write whose condition isn't met."""
    return ServiceError("ConditionalCheckFailedException", "The conditional request failed", 400)


def duplicate_item() -> ServiceError:
    """Return the error for a PartiQL INSERT of an item whose key already exists."""
    return ServiceError("DuplicateItemException", "Duplicate primary key exists in table", 400)

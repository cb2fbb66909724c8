"""EventBridge errors that several operations raise.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.events import moto_view as events
from labs_helpers.cloud.services.events.table import bus_arn
from labs_helpers.cloud.services.shared.refusals import refusal

not_found = refusal("ResourceNotFoundException", 400)
exists_already = refusal("ResourceAlreadyExistsException", 400)
invalid = refusal("ValidationException", 400)


def bus_of(call: Call, name: str | None) -> Any:
    """Return the bus with a name or ARN, or the default bus if `name` is empty.

    Raises ResourceNotFoundException if it doesn't exist.
    """
    arn = bus_arn(call, name)
    # The default bus is created on the first call.
    events.backend(call.account, call.region)
    found = events.bus(arn)
    if found is None:
        raise not_found(f"Event bus {arn.rpartition('/')[2]} does not exist.")
    return found


def no_rule(name: str, bus: str) -> ServiceError:
    """Return the error for a rule that doesn't exist on a bus."""
    return not_found(f"Rule {name} does not exist on EventBus {bus}.")

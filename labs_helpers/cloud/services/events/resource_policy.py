"""Changes to an event bus's policy: to the whole policy, or to one statement for an account.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.events import moto_view as events
from labs_helpers.cloud.services.events.errors import bus_of, invalid, not_found
from labs_helpers.cloud.services.shared.policy_text import refuse_malformed

_MOST_BYTES = 10_240
"""https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html"""


def _bus(call: Call) -> str:
    """Return the ARN of the bus in a request. Raises ResourceNotFoundException if the bus doesn't exist."""
    return str(bus_of(call, call.parameters.get("EventBusName")).arn)


@operation("events", "PutPermission")
def put_permission(call: Call) -> Mapping[str, Any]:
    """Replace a bus's policy, or add one statement, which replaces any statement with the same ID.

    OBSERVED in 2025: a whole policy replaces all statements, and the principal "*" is stored as "*".
    """
    arn, text = _bus(call), call.parameters.get("Policy")
    if text is not None:
        listed = _statements(text)
    else:
        new = _statement(call, arn)
        listed = [each for each in events.statements(arn) if each.get("Sid") != new["Sid"]] + [new]
    if len(json.dumps(listed)) > _MOST_BYTES:
        raise ServiceError("PolicyLengthExceededException", "The policy size is bigger than the limit.", 400)
    events.put_statements(arn, listed)
    return {}


def _statements(text: str) -> list[dict[str, Any]]:
    """Return the statements of a whole policy. Raises ValidationException if one has no Sid."""
    refuse_malformed(text or "{}", "ValidationException", "This policy is not valid: {why}")
    statements = json.loads(text)["Statement"]
    every = statements if isinstance(statements, list) else [statements]
    if not isinstance(statements, list) or not all(each.get("Sid") for each in every):
        raise invalid("The policy's statements must be a list, and each statement needs a Sid.")
    return every


def _statement(call: Call, arn: str) -> dict[str, Any]:
    """Return the statement that a request without a policy describes.

    Raises ValidationException if one of its parameters isn't valid.
    """
    given = call.parameters
    principal, condition, sid = given.get("Principal"), given.get("Condition"), given.get("StatementId")
    for name in ("StatementId", "Action", "Principal"):
        if not given.get(name):
            raise invalid(f"Parameter {name} must be specified.")
    if given["Action"] != "events:PutEvents":
        raise invalid("Provided value in parameter 'action' is not supported.")
    if condition and principal != "*":
        raise invalid("Value of the parameter 'principal' must be '*' when the parameter 'condition' is set.")
    if principal != "*" and not re.fullmatch(r"\d{12}", str(principal), re.ASCII):
        raise invalid(
            f"Value {principal} at 'principal' failed to satisfy constraint: Member must satisfy regular expression "
            r"pattern: (\d{12}|\*)"
        )
    who = "*" if principal == "*" else {"AWS": f"arn:aws:iam::{principal}:root"}
    statement = {
        "Sid": sid, "Effect": "Allow", "Principal": who, "Action": "events:PutEvents", "Resource": arn,
    }  # fmt: skip
    if condition:
        statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
    return statement


@operation("events", "RemovePermission")
def remove_permission(call: Call) -> Mapping[str, Any]:
    """Remove one or all statements from a bus's policy.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemovePermission.html
    """
    arn, sid = _bus(call), call.parameters.get("StatementId")
    listed = events.statements(arn)
    if call.parameters.get("RemoveAllPermissions"):
        events.put_statements(arn, [])
        return {}
    if not sid:
        raise invalid("Parameter StatementId must be specified.")
    if not listed:
        raise not_found("EventBus does not have a policy.")
    kept = [each for each in listed if each.get("Sid") != sid]
    if len(kept) == len(listed):
        raise not_found("Statement with the provided id does not exist.")
    events.put_statements(arn, kept)
    return {}

"""Statements for other accounts in a queue's policy.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.sqs.errors import invalid, missing, queue_of
from labs_helpers.engine.policy.elements import as_list

_ACTIONS = frozenset(
    ("*", "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl",
     "ListDeadLetterSourceQueues", "PurgeQueue", "ReceiveMessage", "SendMessage")
)  # fmt: skip
_MOST_ACTIONS = 7
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,80}", re.ASCII)


def _document(queue: Any) -> dict[str, Any]:
    """Return a queue's policy, or an empty policy.

    OBSERVED from 2024 on: the version of a new policy is 2008-10-17.
    """
    if queue.policy:
        found: dict[str, Any] = json.loads(queue.policy)
        return {**found, "Statement": as_list(found["Statement"])}
    return {"Version": "2008-10-17", "Id": f"{queue.queue_arn}/SQSDefaultPolicy", "Statement": []}


@operation("sqs", "AddPermission")
def add_permission(call: Call) -> Mapping[str, Any]:
    """Add a statement that allows other accounts to perform some actions on a queue."""
    given, queue = call.parameters, queue_of(call)
    label, actions, accounts = (
        given.get("Label") or "",
        given.get("Actions") or (),
        given.get("AWSAccountIds") or (),
    )
    if not actions:
        raise missing("Actions")
    if not accounts:
        raise invalid("Value [] for parameter PrincipalId is invalid. Reason: Unable to verify.")
    if not _LABEL.fullmatch(label):
        raise invalid(
            f"Value {label} for parameter Label is invalid. Reason: Can only include alphanumeric characters, hyphens, "
            "or underscores. 1 to 80 in length."
        )
    if len(actions) > _MOST_ACTIONS:
        raise ServiceError(
            "OverLimit", f"{len(actions)} Actions were found, maximum allowed is {_MOST_ACTIONS}.", 403
        )
    wrong = next((name for name in actions if name not in _ACTIONS), None)
    if wrong is not None:
        raise invalid(
            f"Value SQS:{wrong} for parameter ActionName is invalid. Reason: Only the queue owner is allowed to invoke "
            "this action."
        )
    stranger = next((each for each in accounts if not re.fullmatch(r"\d{12}", each, re.ASCII)), None)
    if stranger is not None:
        raise invalid(f"Value [{stranger}] for parameter PrincipalId is invalid. Reason: Unable to verify.")
    document = _document(queue)
    if any(each.get("Sid") == label for each in document["Statement"]):
        raise invalid(f"Value {label} for parameter Label is invalid. Reason: Already exists.")
    principals = [f"arn:aws:iam::{account}:root" for account in accounts]
    allowed = [f"SQS:{name}" for name in actions]
    document["Statement"].append({
        "Sid": label, "Effect": "Allow",
        "Principal": {"AWS": principals[0] if len(principals) == 1 else principals},
        "Action": allowed[0] if len(allowed) == 1 else allowed, "Resource": queue.queue_arn,
    })  # fmt: skip
    queue.policy = json.dumps(document)
    return {}


@operation("sqs", "RemovePermission")
def remove_permission(call: Call) -> Mapping[str, Any]:
    """Remove a statement from a queue's policy."""
    queue, label = queue_of(call), call.parameters["Label"]
    document = _document(queue)
    kept = [each for each in document["Statement"] if each.get("Sid") != label]
    if len(kept) == len(document["Statement"]):
        raise invalid(
            f"Value {label} for parameter Label is invalid. Reason: can't find label on existing policy."
        )
    queue.policy = json.dumps({**document, "Statement": kept}) if kept else None
    return {}

"""Statements for other accounts in a topic's policy.

https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.sns.errors import invalid
from labs_helpers.cloud.services.sns.topics import topic_of
from labs_helpers.engine.policy.elements import as_list

_ACTIONS = frozenset(
    ("GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe",
     "ListSubscriptionsByTopic", "Publish", "Receive")
)  # fmt: skip


@operation("sns", "AddPermission")
def add_permission(call: Call) -> Mapping[str, Any]:
    """Add a statement that allows other accounts to perform some actions on a topic."""
    given, topic = call.parameters, topic_of(call)
    statements = _statements(topic)
    if any(each.get("Sid") == given["Label"] for each in statements):
        raise invalid("Statement already exists")
    for name in ("AWSAccountId", "ActionName"):
        if not given[name]:
            raise invalid(name)
    if not set(given["ActionName"]) <= _ACTIONS:
        raise invalid("Policy statement action out of service scope!")
    if not all(re.fullmatch(r"\d{12}", account, re.ASCII) for account in given["AWSAccountId"]):
        raise invalid("AWSAccountId")
    principals = [f"arn:aws:iam::{account}:root" for account in given["AWSAccountId"]]
    actions = [f"SNS:{name}" for name in given["ActionName"]]
    statements.append({
        "Sid": given["Label"], "Effect": "Allow",
        "Principal": {"AWS": principals[0] if len(principals) == 1 else principals},
        "Action": actions[0] if len(actions) == 1 else actions, "Resource": topic.arn,
    })  # fmt: skip
    topic._policy_json["Statement"] = statements
    return {}


def _statements(topic: Any) -> list[dict[str, Any]]:
    return as_list(topic._policy_json["Statement"])


@operation("sns", "RemovePermission")
def remove_permission(call: Call) -> Mapping[str, Any]:
    """Remove a statement from a topic's policy. Removing a nonexistent statement succeeds."""
    topic = topic_of(call)
    kept = [each for each in _statements(topic) if each.get("Sid") != call.parameters["Label"]]
    topic._policy_json["Statement"] = kept
    return {}

"""The resources in EC2's denial messages.

Observed in CloudTrail events from August 2024: a malformed ID is replaced by `*`.
"""

from __future__ import annotations

import re

from labs_helpers.cloud.core.call import Call
from labs_helpers.engine.policy import AccessRequest

_ID = re.compile(r"[a-z]+(?:-[a-z]+)*-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_NAMED = frozenset({"key-pair", "placement-group"})
"""Resource types whose ARNs end with a name that the caller chose."""
_ON_ANYTHING = frozenset({"CreateDefaultSubnet", "CreateDefaultVpc", "CreateRoute"})
"""Operations whose denial messages contain `*/*` instead of the resource type and a malformed ID."""


def named(call: Call, request: AccessRequest) -> str | None:
    """Return the resource with `*` in place of a malformed ID, or None if the ID isn't malformed."""
    start, slash, id = request.resource.rpartition("/")
    if slash and (start.rpartition(":")[2] in _NAMED or _ID.fullmatch(id)):
        return None
    if call.operation in _ON_ANYTHING:
        return f"arn:aws:ec2:{call.region}:{request.account}:*/*"
    return f"{start}/*" if slash else None

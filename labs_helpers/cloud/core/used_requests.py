"""A principal's requests, read from the record, as the basis for a least-privilege policy.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html
"""

from __future__ import annotations

from datetime import datetime

from labs_helpers.cloud.core.record import Record
from labs_helpers.engine.analysis.generation import Pair


def used(record: Record, principal: str, start: datetime, end: datetime) -> list[Pair]:
    """Return the (action, resource) pairs that a user or role requested between two times of the lab clock.

    The requests of a role are the requests of its sessions. Denied calls are included, as on AWS: the generated policy
    allows every attempted action. Calls that the record has dropped are missing.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html
    """
    pairs: list[Pair] = []
    for entry in record:
        by = {entry.principal_arn}
        if entry.credentials is not None:
            by.add(entry.credentials.principal.issuer)
        if principal in by and start <= entry.time <= end:
            pairs += entry.allowed
            pairs += [(each.request.action, each.request.resource) for each in entry.refusals]
    return pairs

"""The requests that a principal made, read from the record: the material for a policy by least privilege.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html
"""

from __future__ import annotations

from datetime import datetime

from labs_helpers.cloud.core.record import Record
from labs_helpers.engine.analysis.generation import Pair


def used(record: Record, principal: str, start: datetime, end: datetime) -> list[Pair]:
    """The (action, resource) pairs that a user or role asked for between two times of the lab clock.

    A role's are those of its sessions. Calls that were refused count as AWS counts them: the generated policy allows
    what was tried. Calls before the first that the record still holds are not known.
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

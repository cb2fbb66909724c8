"""A principal's requests, read from the record, as the basis for a least-privilege policy.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from labs_helpers.cloud.core.record import Entry, Record
from labs_helpers.engine.analysis.generation import Pair


def used(record: Record, principal: str, start: datetime, end: datetime) -> list[Pair]:
    """Return the (action, resource) pairs that a user or role requested between two times of the lab clock.

    The requests of a role are the requests of its sessions. Denied calls are included, as on AWS: the generated policy
    allows every attempted action. Calls that the record has dropped are missing.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html
    """
    pairs: list[Pair] = []
    for entry in record:
        if principal in _callers(entry) and start <= entry.time <= end:
            pairs += entry.allowed
            pairs += [(each.request.action, each.request.resource) for each in entry.refusals]
    return pairs


def needed(entries: Iterable[Entry], principals: Collection[str]) -> list[Pair]:
    """Return the (action, resource) pairs that the identity-based policies of users or roles had to allow.

    A denied call needed nothing, because without any policy it would be denied as well.
    """
    return [
        pair
        for entry in entries
        if not _callers(entry).isdisjoint(principals) and not (entry.refusals and entry.error_code)
        for pair in entry.needed
    ]


def callers(entries: Iterable[Entry]) -> set[str]:
    """Return the ARNs of the users and roles that made calls. Calls by a role's sessions count as the role's calls."""
    return {
        min(found, key=lambda arn: ":assumed-role/" in arn) for entry in entries if (found := _callers(entry))
    }


def _callers(entry: Entry) -> set[str]:
    """Return the ARNs of a call's principal, and of the session's role."""
    issuer = entry.credentials.principal.issuer if entry.credentials is not None else None
    return {arn for arn in (entry.principal_arn, issuer) if arn is not None}

"""Least-privilege policies based on recorded use: CloudTrail's log files and IAM's last-accessed reports.

For a user or role, the policy allows only requested actions. For an organization's root, OU, or account, a service
control policy denies the services that its SCPs allow but no principal used.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labs_helpers.cloud import services
from labs_helpers.cloud.account_files.last_accessed import Accessed
from labs_helpers.engine.analysis.generation import Pair, least_privilege
from labs_helpers.engine.reference import authorization
from labs_helpers.engine.reference.arn_types import type_of

_PREFIXES = {"monitoring": "cloudwatch", "email": "ses"}
"""Actions' service prefixes that differ from the first word of the event source.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html (cloudwatch),
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonses.html (ses)"""


@dataclass(frozen=True, slots=True)
class Generated:
    """A generated policy, its number of events, and notes about data that couldn't become permissions."""

    policy: dict[str, Any]
    events: int
    notes: tuple[str, ...]


def used_policy(
    records: Iterable[Mapping[str, Any]], principal: str, accessed: Accessed | None = None
) -> Generated:
    """Generate a policy for a user or role, given by ARN, from its events and from IAM's report in `accessed`.

    Denied requests are included, as in AWS's policy generation. If an event or report doesn't name a resource, the
    policy has "*", and there is a note about it. Raises `LookupError` if no event or report is about the principal.
    """
    own = [record for record in records if principal in _caller_arns(record)]
    if not own and accessed is None:
        raise LookupError(f"the files contain no events and no report for {principal}")
    pairs: list[Pair] = []
    notes: dict[str, None] = {}
    for record in own:
        for action in _actions(record, notes):
            pairs += _pairs(record, action, notes)
    if accessed is not None:
        pairs += _reported_pairs(accessed, {action for action, _ in pairs}, notes)
    return Generated(least_privilege(pairs), len(own), tuple(notes))


def unused_services(accessed: Accessed) -> Generated:
    """Generate an SCP that denies the services that the SCPs of a root, OU, or account allow but no principal used."""
    note = (
        "The SCP denies services that weren't used in the tracking period. One of them might be needed, for example "
        "once a year."
    )
    actions = [f"{service}:*" for service in sorted(accessed.unused)]
    statements = [{"Sid": "NotUsed", "Effect": "Deny", "Action": actions, "Resource": "*"}] if actions else []
    return Generated({"Version": "2012-10-17", "Statement": statements}, 0, (note,))


def _reported_pairs(accessed: Accessed, known: set[str], notes: dict[str, None]) -> list[Pair]:
    """Return what IAM's report adds to the actions in events; add notes about what the report can't resolve."""
    services = {action.partition(":")[0] for action in known}
    if accessed.unused:
        notes[f"allowed, and not used in the tracking period: {', '.join(sorted(accessed.unused))}"] = None
    for service in accessed.without_actions():
        if service not in services:
            last = accessed.services[service]
            notes[f"{service} was last used at {last}, for unknown actions; left out"] = None
    more = [action for action in accessed.actions if action not in known]
    for action in filter(_takes_resources, more):
        notes[f'{action}: the report names no resource, so the policy has "*": narrow it by hand'] = None
    return [(action, "*") for action in more]


def _caller_arns(record: Mapping[str, Any]) -> set[str]:
    """Return the ARNs of an event's caller: the session's or user's, and the role's.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    """
    identity = record.get("userIdentity") or {}
    issuer = (identity.get("sessionContext") or {}).get("sessionIssuer") or {}
    return {each for each in (identity.get("arn"), issuer.get("arn")) if isinstance(each, str)}


def _actions(record: Mapping[str, Any], notes: dict[str, None]) -> Iterator[str]:
    """Yield the actions that an event's operation requires."""
    source, name = str(record.get("eventSource", "")), str(record.get("eventName", ""))
    word = source.partition(".")[0]
    prefix = _PREFIXES.get(word, word)
    table = services.table_of_prefix(prefix)
    if table is not None and name in table.operations:
        asked = table.questions(name)
        yield from dict.fromkeys(
            each.action for each in asked if each.when is None or each.action.endswith(f":{name}")
        )
        return
    known = authorization.actions(prefix).get(name.lower()) if prefix in authorization.services() else None
    if known is None:
        notes[f"{source} {name}: no action with that name is known; left out"] = None
        return
    yield f"{prefix}:{known['name']}"


def _pairs(record: Mapping[str, Any], action: str, notes: dict[str, None]) -> list[Pair]:
    if not _takes_resources(action):
        return [(action, "*")]
    prefix, _, name = action.partition(":")
    listed = [each.get("ARN") for each in record.get("resources") or () if isinstance(each, Mapping)]
    fitting = [arn for arn in listed if isinstance(arn, str) and type_of(prefix, arn, name) is not None]
    if not fitting:
        notes[f'{action}: the event names no resource, so the policy has "*": narrow it by hand'] = None
    return [(action, arn) for arn in fitting or ["*"]]


def _takes_resources(action: str) -> bool:
    prefix, _, name = action.partition(":")
    if prefix not in authorization.services():
        return False
    return bool(authorization.actions(prefix).get(name.lower(), {}).get("resourceTypes"))

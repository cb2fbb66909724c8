"""Least privilege from what was used: CloudTrail's files, and IAM's reports of when services were last used.

For a user or role a policy that allows what was asked for and nothing else; for a root, unit or account of an
organisation a service control policy that denies what its SCPs allow and nobody used.
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
from labs_helpers.engine.reference.arns import type_of

_PREFIXES = {"monitoring": "cloudwatch", "email": "ses"}
"""Service prefixes of actions, where the event source's first word is another.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html (cloudwatch),
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonses.html (ses)"""


@dataclass(frozen=True, slots=True)
class Generated:
    """The policy, from how many events, and what of them could not be turned into a permission."""

    policy: dict[str, Any]
    events: int
    notes: tuple[str, ...]


def used_policy(
    records: Iterable[Mapping[str, Any]], principal: str, accessed: Accessed | None = None
) -> Generated:
    """The policy for a user's or role's ARN; `accessed`: IAM's report of it. What was refused counts, as AWS counts it.

    Where nothing says what it was about, the policy has "*" and a note. LookupError if neither an event nor a report is
    of it.
    """
    own = [record for record in records if principal in _who(record)]
    if not own and accessed is None:
        raise LookupError(f"no event and no report in the files is of {principal}")
    pairs: list[Pair] = []
    notes: dict[str, None] = {}
    for record in own:
        for action in _actions(record, notes):
            pairs += _about(record, action, notes)
    if accessed is not None:
        pairs += _reported(accessed, {action for action, _ in pairs}, notes)
    return Generated(least_privilege(pairs), len(own), tuple(notes))


def unused_services(accessed: Accessed) -> Generated:
    """A service control policy that denies the services which SCPs allow a root, unit or account, and nobody used."""
    notes = [
        "It denies what was not used in the tracking period: what is needed once a year may be among it."
    ]
    actions = [f"{service}:*" for service in sorted(accessed.unused)]
    statements = [{"Sid": "NotUsed", "Effect": "Deny", "Action": actions, "Resource": "*"}] if actions else []
    return Generated({"Version": "2012-10-17", "Statement": statements}, 0, tuple(notes))


def _reported(accessed: Accessed, known: set[str], notes: dict[str, None]) -> list[Pair]:
    """What IAM's report adds to the actions that events tell of, and what it says against them."""
    services = {action.partition(":")[0] for action in known}
    if accessed.unused:
        notes[f"allowed, and not used in the tracking period: {', '.join(sorted(accessed.unused))}"] = None
    for service in accessed.without_actions():
        if service not in services:
            last = accessed.services[service]
            notes[f"{service} was last used at {last}, and no file says for what; left out"] = None
    more = [action for action in accessed.actions if action not in known]
    for action in filter(_takes_resources, more):
        notes[f'{action}: the report names no resource; the policy has "*" there, narrow it by hand'] = None
    return [(action, "*") for action in more]


def _who(record: Mapping[str, Any]) -> set[str]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html"""
    identity = record.get("userIdentity") or {}
    issuer = (identity.get("sessionContext") or {}).get("sessionIssuer") or {}
    return {each for each in (identity.get("arn"), issuer.get("arn")) if isinstance(each, str)}


def _actions(record: Mapping[str, Any], notes: dict[str, None]) -> Iterator[str]:
    """The actions that an event's operation asks for."""
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
        notes[f"{source} {name}: no action of that name is known; left out"] = None
        return
    yield f"{prefix}:{known['name']}"


def _about(record: Mapping[str, Any], action: str, notes: dict[str, None]) -> list[Pair]:
    if not _takes_resources(action):
        return [(action, "*")]
    prefix, _, name = action.partition(":")
    listed = [each.get("ARN") for each in record.get("resources") or () if isinstance(each, Mapping)]
    fitting = [arn for arn in listed if isinstance(arn, str) and type_of(prefix, arn, name) is not None]
    if not fitting:
        notes[f'{action}: the event names no resource of it; the policy has "*" there, narrow it by hand'] = (
            None
        )
    return [(action, arn) for arn in fitting or ["*"]]


def _takes_resources(action: str) -> bool:
    prefix, _, name = action.partition(":")
    if prefix not in authorization.services():
        return False
    return bool(authorization.actions(prefix).get(name.lower(), {}).get("resourceTypes"))

"""Least privilege from CloudTrail's files: what a user or role asked for, as a policy that allows it and nothing else.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labs_helpers import services
from labs_helpers.analysis.generation import Pair, least_privilege
from labs_helpers.reference import authorization
from labs_helpers.reference.arns import type_of

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


def used_policy(records: Iterable[Mapping[str, Any]], principal: str) -> Generated:
    """The policy for a user's or role's ARN. Events that were refused count, as AWS counts them.

    Where an event doesn't say what it was about, the policy has "*" and a note. LookupError if no event is of it.
    """
    own = [record for record in records if principal in _who(record)]
    if not own:
        raise LookupError(f"no event in the files is of {principal}")
    pairs: list[Pair] = []
    notes: dict[str, None] = {}
    for record in own:
        for action in _actions(record, notes):
            pairs += _about(record, action, notes)
    return Generated(least_privilege(pairs), len(own), tuple(notes))


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
    prefix, _, name = action.partition(":")
    if not authorization.actions(prefix).get(name.lower(), {}).get("resourceTypes"):
        return [(action, "*")]
    listed = [each.get("ARN") for each in record.get("resources") or () if isinstance(each, Mapping)]
    fitting = [arn for arn in listed if isinstance(arn, str) and type_of(prefix, arn, name) is not None]
    if not fitting:
        notes[f'{action}: the event names no resource of it; the policy has "*" there, narrow it by hand'] = (
            None
        )
    return [(action, arn) for arn in fitting or ["*"]]

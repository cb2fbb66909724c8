"""Calls of the last 30 days that the SCPs of a table would have denied, found in CloudTrail files.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from labs_helpers.cloud import Cloud, Replayed, replay
from labs_helpers.course.attacks.rule_files import Unusable, read_trail
from labs_helpers.course.policy_tests.policy_test_table import TableError
from labs_helpers.course.policy_tests.runner import guardrails
from labs_helpers.course.shown.counted import counted

_DAYS = 30
_STAMP = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class TrailReplay:
    """The result of a replay: the first and last event's times, the number of older events, and what was denied."""

    first: str
    last: str
    older: int
    replayed: Replayed

    def lines(self) -> Iterator[str]:
        """Yield lines about what was read, a line for each kind of denied call, and a line with the number of calls."""
        seen, bound, unread = self.replayed.seen, self.replayed.bound, self.replayed.unread
        yield (
            f"{counted(seen, 'event')} from {self.first} to {self.last}; "
            f"SCPs apply to {counted(bound, 'successful call')}"
        )
        if self.older:
            yield f"Left out: {counted(self.older, 'event')} from more than {_DAYS} days before the last one"
        if unread:
            yield f"Not decided, because the operation isn't known: {counted(unread, 'call')}"
        broken = self.replayed.broken
        kinds = Counter(
            (each.principal, each.action, each.region, each.statement, each.sure) for each in broken
        )
        for (principal, action, region, statement, sure), count in kinds.most_common():
            by = statement or "at one level, no SCP allows it"
            unsure = "" if sure else "; the events don't name the resource"
            yield f"DENIED {counted(count, 'time')}: {action} in {region} by {principal} ({by}{unsure})"
        yield f"{len(broken):,} of {counted(bound, 'call')} would have been denied"


def replay_trail(table: str | Path, trails: Sequence[Path]) -> TrailReplay:
    """Reevaluate the last 30 days of events in CloudTrail files or folders with a table's SCPs.

    The 30 days end with the latest event. Raises `TableError` if the table isn't valid or a file can't be read.
    """
    draft = guardrails(table)
    try:
        records = read_trail([file for each in trails for file in _files(each)])
    except Unusable as error:
        raise TableError(str(error)) from None
    times = [str(each.get("eventTime", "")) for each in records]  # in order
    start = _days_before(times[-1]) if times else ""
    recent = [each for each, time in zip(records, times, strict=True) if time >= start]
    if not recent:
        raise TableError(f"{', '.join(map(str, trails))}: there are no events")
    older = len(records) - len(recent)
    with Cloud() as cloud:
        return TrailReplay(times[older], times[-1], older, replay(cloud, recent, draft))


def _files(place: Path) -> list[Path]:
    found = sorted((*place.rglob("*.json"), *place.rglob("*.json.gz"))) if place.is_dir() else [place]
    if not found:
        raise TableError(f"{place}: no .json or .json.gz file in this directory")
    return found


def _days_before(time: str) -> str:
    """Return the time that is 30 days earlier, or "" if a time doesn't have CloudTrail's form."""
    try:
        return (datetime.strptime(time, _STAMP) - timedelta(days=_DAYS)).strftime(_STAMP)
    except ValueError:
        return ""

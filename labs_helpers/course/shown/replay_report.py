"""The page about a replayed trail: the calls that a draft guardrail would have denied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs_helpers.course.shown.display import Page
from labs_helpers.course.shown.shortened import first_of

if TYPE_CHECKING:
    from labs_helpers.cloud import Replayed

_MOST = 12
"""The number of rows in a long table."""


def replayed_page(replayed: Replayed) -> Page:
    """Return a page about a replay.

    It shows the number of replayed events and lists the calls that would have been denied, most frequent first.
    """
    broken = replayed.broken
    page = Page().heading(f"{len(broken)} of {replayed.bound} calls would have been denied")
    page.say(
        f"Events read: {replayed.seen}. Successful calls by principals to whom SCPs apply: {replayed.bound}."
    )
    if replayed.unread:
        page.say(f"Not decided, because this cloud lacks the operation: {replayed.unread}.")
    if not broken:
        return page.say("None of the decided calls would have been denied.")
    first = {(each.principal, each.action, each.region): each for each in reversed(broken)}
    counted: dict[tuple[str, str, str], int] = {}
    for each in broken:
        key = (each.principal, each.action, each.region)
        counted[key] = counted.get(key, 0) + 1
    rows = [
        (str(count), key[1], key[2], key[0], first[key].statement or first[key].reason)
        for key, count in sorted(counted.items(), key=lambda pair: -pair[1])
    ]
    shown, left = first_of(rows, _MOST)
    page.table(("calls", "action", "Region", "who", "denied by"), shown)
    if left:
        page.say(f"And {left} more combinations of action, Region, and caller.")
    if not all(each.sure for each in broken):
        page.say(
            "The events of some calls don't name the resource: these calls are evaluated with * as the resource."
        )
    return page

"""The capstone's scoreboard as a page: each step, the red probes with their layer, and the attack in the trail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from labs_helpers.course.days.day6.actors import ACTORS
from labs_helpers.course.days.day6.capstone_scoreboard import Outcome, Report
from labs_helpers.course.days.day6.company_probes import LAYERS, Probe
from labs_helpers.course.days.day6.scoreboard_card import happened, scoreboard_card
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.display import Page, show
from labs_helpers.course.shown.event_lanes import Event, event_lanes

MOST = 8
"""The maximum number of red probes shown at once, because learners wouldn't read a longer list."""
MOST_UNSEEN = 20
"""The maximum number of events listed as missing from the logs."""


def red_line(outcome: Outcome) -> str:
    """Return a line about a red probe: the result, the reason, and the layer to fix."""
    probe, (_, story) = outcome.probe, happened(outcome)
    return (
        f"{probe.id} {ACTORS[probe.who].about}: {probe.title}. {probe.story} {story.replace('..', '.')} "
        f"{fix(probe)}"
    )


def fix(probe: Probe) -> str:
    """Return which layer to fix if a probe is red, and the day that teaches it."""
    layer = LAYERS[probe.layer]
    if layer in probe.control:
        return f"Fix: {probe.control} (Day {probe.day})."
    return f"Fix: {layer} ({probe.control}; Day {probe.day})."


def rows(report: Report) -> list[tuple[str, str, str, str]]:
    """Return a row per step: title, stopped attacks, completed work, and a mark for each probe."""
    titles = {stage.step: stage.title for stage in _steps()}
    found = []
    for step, group in groupby(report.outcomes, key=lambda one: one.probe.step):
        outcomes = list(group)
        found.append(
            (
                f"{step} {titles.get(step, '')}",
                _share(outcomes, "attack"),
                _share(outcomes, "work"),
                "".join("✓" if one.right else "✗" for one in outcomes),
            )
        )
    return found


def _steps() -> Sequence[Any]:
    from labs_helpers.course.days.day6.blueprint import steps

    return steps()


def _share(outcomes: Iterable[Outcome], kind: str) -> str:
    chosen = [one for one in outcomes if one.probe.kind == kind]
    return f"{sum(one.right for one in chosen)} of {len(chosen)}"


def show_report(report: Report, step: int | None = None, whose: str = "", *, is_said: bool = False) -> None:
    """Show a report: all steps, then one step's red probes, or the first red probes.

    `whose`: a sentence that states whose design it is. `is_said`: True if the page above the card already contains this
    sentence.
    """
    red = [one for one in report.outcomes if not one.right and step in (None, one.probe.step)]
    page = Page().heading(f"{report.green} of {len(report.outcomes)} probes are green")
    if whose:
        page.say(whose)
    page.table(("step", "attacks stopped", "work continues", "probe by probe"), rows(report))
    if red:
        page.say("Red probes, and the layer to fix:").bullets(map(red_line, red[:MOST]))
    more = f"And {len(red) - MOST} more. Fix the ones above first." if len(red) > MOST else ""
    if more:
        page.say(more)
    titles = {stage.step: stage.title for stage in _steps()}
    show(page.text, scoreboard_card(report, titles, red[:MOST], more, "" if is_said else whose))


# The attack in the trail

_OF_PERMISSION_SET = re.compile(r"assumed-role/AWSReservedSSO_([\w+=,.@-]+)_[0-9a-f]{16}/(.+)")
_PERSON = r"\2 (\1)"
"""The person and the permission set in a session's ARN, in which Identity Center generates the role name.

https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
"""
LANES = ("management", "prod", "dev", "logs", "security", "sandbox")


def timeline(
    events: Sequence[tuple[str, str, str, bool]],
    unseen: Sequence[str] = (),
    title: str = "The attack in the trail",
    unit: str = "call",
) -> tuple[str, str]:
    """Return a timeline of events (time, account, event, denied) as text and HTML, oldest first.

    The `unseen` events are missing from the logs; `unit` is what they are called.
    """
    days = {when[:10] for when, *_ in events}
    page = Page().heading(f"{title} ({', '.join(sorted(days))})" if events else title)
    if len(days) == 1:
        events = [(when[11:], account, event, denied) for when, account, event, denied in events]
    if events:
        page.table(
            ("time", "account", "what", "result"),
            [
                (when, account, what, "failed" if refused else "succeeded")
                for when, account, what, refused in events
            ],
        )
    else:
        page.say("The logs show nothing.")
    if unseen:
        what = f"more {unit}" if events else unit
        page.say(f"{counted(len(unseen), what)} that no log contains:").bullets(unseen[:MOST_UNSEEN])
    if len(unseen) > MOST_UNSEEN:
        page.say(f"And {len(unseen) - MOST_UNSEEN} more.")
    lanes = [Event(when, account, what, refused) for when, account, what, refused in events]
    return page.text, (event_lanes(title, lanes, LANES) if events else "") + page.html


def event_row(record: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str, str, bool]:
    """Return a CloudTrail record as a row in the timeline; `names` are account names by ID."""
    who = record.get("userIdentity", {}).get("arn") or record.get("userIdentity", {}).get("type", "someone")
    account = names.get(record.get("recipientAccountId", ""), record.get("recipientAccountId", ""))
    what = f"{_OF_PERMISSION_SET.sub(_PERSON, who.rpartition(':')[2])}: {record['eventName']}"
    return record["eventTime"], account, what, bool(record.get("errorCode"))

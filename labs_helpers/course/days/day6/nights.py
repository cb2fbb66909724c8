"""The nights between the steps: an attacker attacks the company as it is, and the event history shows the traces.

Each attack is a probe of the scoreboard. The attacks of earlier steps must fail now; the attacks that still succeed are
the reason for the next step. Until step 8, there is no trail, so only the event history of each account is left, which
AWS keeps for 90 days and which contains no data events.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pydantic import Field

from labs_helpers.cloud import recorded_events
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.content.schema import Model, Text
from labs_helpers.course.days.day6 import capstone_scoreboard
from labs_helpers.course.days.day6.actors import ACTORS
from labs_helpers.course.days.day6.company import Company
from labs_helpers.course.days.day6.company_probes import LAYERS, ProbeId, load
from labs_helpers.course.days.day6.scoreboard_page import event_row, timeline
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.display import Page, show


class Night(Model):
    """An attack after a step. `probes` are its moves in order, and `why` is the reason for the next step."""

    after: int = Field(ge=1, le=9)
    who: Text
    probes: tuple[ProbeId, ...] = Field(min_length=4)
    why: Text


class Nights(Model):
    """The schema of data/day6/nights.json."""

    day: int
    nights: tuple[Night, ...]


@cache
def nights() -> Mapping[int, Night]:
    """Return the nights, by the number of the step that precedes the night."""
    text = data_path("day6", "nights.json").read_text(encoding="utf-8")
    return {night.after: night for night in Nights.model_validate_json(text).nights}


@dataclass(frozen=True, repr=False)
class NightReport:
    """The result of a night. `events` are the rows of the timeline, and `unseen` the moves without an event."""

    night: Night
    whose: str
    outcomes: tuple[capstone_scoreboard.Outcome, ...]
    events: tuple[tuple[str, str, str, bool], ...]
    unseen: tuple[str, ...]

    @property
    def through(self) -> tuple[str, ...]:
        """The probes in which the attacker succeeded."""
        return tuple(one.probe.id for one in self.outcomes if not one.right)

    def __repr__(self) -> str:
        return f"<NightReport: {len(self.through)} of {len(self.outcomes)} attacks succeeded>"

    def show(self) -> None:
        """Show who attacked, what succeeded, what the event history shows, and the reason for the next step."""
        count, of = len(self.through), len(self.outcomes)
        page = Page().heading(f"The night after step {self.night.after}: {count} of {of} attacks succeeded")
        page.say(self.night.who).say(self.whose)
        page.table(("attack", "came as", "result", "layer that should stop it"), map(_row, self.outcomes))
        page.show()
        is_last = self.night.after == max(nights())  # a prediction asks which calls the histories show
        unseen = self.unseen if is_last else ()
        show(*timeline(self.events, unseen, "What the event histories of your accounts show"))
        if self.unseen and not is_last:
            more = "more call" if self.events else "call"
            Page().say(f"{counted(len(self.unseen), more)} that no log contains.").show()
        Page().say(
            self.night.why if self.through else "Nothing got in: your steps closed more than they had to."
        ).show()

    def _ipython_display_(self) -> None:
        """Show nothing as a cell's last value: the page has already been shown."""


def _row(one: capstone_scoreboard.Outcome) -> tuple[str, str, str, str]:
    result = "✓ stopped" if one.right else "✗ succeeded" if one.said == "it works" else "✗ not stopped"
    return one.probe.title, ACTORS[one.probe.who].about, result, LAYERS[one.probe.layer]


def attack_after(company: Company, step: int, whose: str = "") -> NightReport:
    """Attack the company as it is after a step. Raises `KeyError` for a step without a night."""
    night = nights()[step]
    probes = {probe.id: probe for probe in load()}
    begun = company.cloud.clock.now()
    report = capstone_scoreboard.run(company, [probes[id] for id in night.probes])
    names = {number: name for name, number in company.known.items() if number.isdigit()}
    found = {
        event["eventID"]: event
        for event in recorded_events(company.cloud, begun)
        if event["managementEvent"] and event["recipientAccountId"] in names
    }
    outcomes = report.outcomes
    seen = [found[one.event_id] for one in outcomes if one.event_id in found]
    unseen = tuple(one.probe.title for one in outcomes if one.event_id not in found)
    events = [event_row(record, names) for record in seen]
    return NightReport(night, whose, outcomes, tuple(events), unseen)

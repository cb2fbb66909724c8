"""The proof for a company: its last scoreboard, when it ran, and whose design it is."""

from __future__ import annotations

from dataclasses import dataclass

from labs_helpers.course.days.day6.capstone_scoreboard import Report


@dataclass(frozen=True, slots=True)
class Proof:
    """A scoreboard of exactly the design that is taken home. `when` is its time, `whose` states whose design it is."""

    scoreboard: Report
    when: str
    whose: str

    def proved(self) -> str:
        """Return what the scoreboard showed, in one sentence."""
        probes = len(self.scoreboard.outcomes)
        return f"On {self.when}, {self.scoreboard.green} of {probes} probes had the right result."


NOT_PROVED = (
    "The probes ran against an AWS in memory, not against AWS. AWS itself might reject or allow something else.",
    "A probe shows one request. No one has tried all requests that the design allows.",
    "The design doesn't contain the shop's code, its network, or the computers of the people who work there.",
    "A change that someone makes later isn't part of this report. Run the scoreboard again after each change.",
)
"""The things that a green scoreboard doesn't show."""

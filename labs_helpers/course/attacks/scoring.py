"""The score of a rule: the attacks that it sees, and the legitimate calls for which it raises an alarm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labs_helpers.course.attacks.playing import Scenario
from labs_helpers.course.shown.counted import counted
from labs_helpers.engine.detection.rule import Record, Rule


@dataclass(frozen=True, slots=True)
class FalseAlarm:
    """A legitimate scenario for which a rule raises an alarm, and the first record with an alarm."""

    scenario: Scenario
    record: Record


@dataclass(frozen=True, slots=True)
class Score:
    """A rule's results on a set of scenarios.

    `seen` and `missed` contain attacks; `silent` contains the legitimate scenarios without an alarm.
    """

    seen: tuple[Scenario, ...]
    missed: tuple[Scenario, ...]
    false_alarms: tuple[FalseAlarm, ...]
    silent: tuple[Scenario, ...]

    @property
    def attacks(self) -> int:
        """The number of attacks."""
        return len(self.seen) + len(self.missed)

    @property
    def legitimate(self) -> int:
        """The number of legitimate scenarios."""
        return len(self.false_alarms) + len(self.silent)

    def missed_forms(self) -> list[str]:
        """Return the forms that the rule misses at least once, as "pack: form"."""
        return list(dict.fromkeys(f"{each.pack}: {each.name}" for each in self.missed))

    def __str__(self) -> str:
        return (
            f"{len(self.seen)} of {self.attacks} attacks seen, "
            f"{counted(len(self.false_alarms), 'false alarm')} in {counted(self.legitimate, 'legitimate case')}"
        )


def score(rule: Rule, scenarios: Sequence[Scenario]) -> Score:
    """Run a rule on each scenario separately.

    An attack is seen if the rule raises an alarm for one of the attack's own calls. If denied
    attempts precede the attack, an alarm for them is neither required nor wrong. Raises `RuleError` if the rule fails.
    """
    seen: list[Scenario] = []
    missed: list[Scenario] = []
    false_alarms: list[FalseAlarm] = []
    silent: list[Scenario] = []
    for scenario in scenarios:
        attempts = {id(record) for record in scenario.attempts}
        hits = [record for record in rule.hits(scenario.trail) if id(record) not in attempts]
        if scenario.kind == "attack":
            (seen if hits else missed).append(scenario)
        elif hits:
            false_alarms.append(FalseAlarm(scenario, hits[0]))
        else:
            silent.append(scenario)
    return Score(tuple(seen), tuple(missed), tuple(false_alarms), tuple(silent))

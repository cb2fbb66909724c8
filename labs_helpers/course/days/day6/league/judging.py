"""The judgment on a company: its probes, what the robots took, and its alarms; and the judgment on an attack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from labs_helpers.course.days.day6 import capstone_scoreboard
from labs_helpers.course.days.day6.company import Company
from labs_helpers.course.days.day6.league.attack_log import AttackLog
from labs_helpers.course.days.day6.league.league_rules import rules
from labs_helpers.course.days.day6.league.opened import built
from labs_helpers.course.days.day6.league.planting import Planted
from labs_helpers.course.days.day6.league.replay import replay
from labs_helpers.course.days.day6.league.robots import campaigns, renewed, search
from labs_helpers.course.shown.counted import counted
from labs_helpers.engine.detection.rule import RuleError

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.engine.detection import Rule


@dataclass
class CompanyResult:
    """The result of a company. `taken` has the flags that robots took, as (foothold, flag) pairs."""

    green: int = 0
    probes: int = 0
    work: int = 0
    work_probes: int = 0
    campaigns_stopped: int = 0
    campaigns: int = 0
    taken: list[tuple[str, str]] = field(default_factory=list)
    alarms: str = ""

    def as_data(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        return asdict(self)


def judge_company(cloud: Cloud, design: dict[str, Any], alarm_rules: Sequence[Rule] = ()) -> CompanyResult:
    """Build a company, test it, and let the robots attack it. Raises `Mistake` if AWS rejects the design."""
    company, planted = built(cloud, design)
    report = capstone_scoreboard.run(company)
    works = [one for one in report.outcomes if one.probe.kind == "work"]
    result = CompanyResult(report.green, len(report.outcomes), sum(one.right for one in works), len(works))
    through = campaigns(company)
    result.campaigns, result.campaigns_stopped = len(through), sum(not moves for moves in through.values())
    searched = _search_all(company, planted)
    result.taken = searched.taken
    if alarm_rules:
        result.alarms = _alarms(alarm_rules, report, searched)
    return result


@dataclass
class _Searched:
    """The searches from all footholds: the flags that were taken, the events of the calls in order, and the records."""

    taken: list[tuple[str, str]] = field(default_factory=list)
    event_ids: list[str] = field(default_factory=list)
    records: list[Mapping[str, Any]] = field(default_factory=list)


def _search_all(company: Company, planted: Planted) -> _Searched:
    """Search from each foothold.

    If the company's own policies prevent a flag from being planted, the flag is lost for every foothold.
    """
    searched, runner = _Searched(), renewed(company)
    for foothold in rules().footholds:
        found = search(runner, planted, foothold)
        lost = {*found.taken, *planted.missing}
        searched.taken += [(foothold.name, flag.name) for flag in rules().flags if flag.name in lost]
        searched.event_ids += found.event_ids
        events = set(found.event_ids)
        searched.records += [record for record in found.records if record["eventID"] in events]
    return searched


def judge_attack(cloud: Cloud, design: dict[str, Any], log: AttackLog) -> list[str]:
    """Return the flags that an attack takes from a company in a new cloud, in order."""
    company, planted = built(cloud, design)
    taken = replay(renewed(company), planted, log).taken
    return [flag.name for flag in rules().flags if flag.name in taken]


def _alarms(alarm_rules: Sequence[Rule], report: capstone_scoreboard.Report, searched: _Searched) -> str:
    """Return how many rules detect the robots' searches, how many calls precede the first alarm, and the false alarms.

    An alarm is false if it is raised for work on the scoreboard. A rule that can't be run doesn't affect the company's
    result, so the text names the failure instead.
    """
    try:
        return _counted(alarm_rules, report, searched)
    except RuleError as error:
        return f"can't be run: {str(error)[:200]}"


def _counted(alarm_rules: Sequence[Rule], report: capstone_scoreboard.Report, searched: _Searched) -> str:
    work_ids = {one.event_id for one in report.outcomes if one.probe.kind == "work"}
    work = [record for record in report.records if record["eventID"] in work_ids]
    hits = [rule.hits(searched.records) for rule in alarm_rules]
    told = f"{sum(map(bool, hits))} of {len(alarm_rules)} raised an alarm"
    numbers = {id: number for number, id in enumerate(searched.event_ids)}
    if any(hits):
        calls = min(numbers[each["eventID"]] for found in hits for each in found)
        told += f", the first after {counted(calls, 'call')}"
    return f"{told}, {sum(len(rule.hits(work)) for rule in alarm_rules)} false"

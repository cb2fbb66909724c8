"""Reports about rules that were run on a trail, or on the attack packs, for people and for CI systems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labs_helpers.course.attacks.playing import Scenario
from labs_helpers.course.attacks.rule_files import RuleFile
from labs_helpers.course.attacks.scoring import score
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.xml_text import printable
from labs_helpers.engine.detection.rule import Record


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a rule: a sentence, lines with details, and whether the result needs attention."""

    name: str
    said: str
    details: tuple[str, ...]
    failed: bool


def on_trail(rules: Sequence[RuleFile], records: Sequence[Record]) -> list[Outcome]:
    """Run rules on records. An outcome is a failure if the rule raised an alarm. Raises `RuleError`."""
    return [_on_trail(each, records) for each in rules]


def _on_trail(file: RuleFile, records: Sequence[Record]) -> Outcome:
    hits = file.rule.hits(records)
    details = tuple(
        f"{hit.get('eventTime')} {hit.get('eventSource')} {hit.get('eventName')} by {_who(hit)}, {hit.get('eventID')}"
        for hit in hits
    )
    alarms = f"{len(hits)} alarm{'s' if len(hits) != 1 else ''} in {counted(len(records), 'record')}"
    return Outcome(file.name, f"{file.rule.title}: {alarms}", details, bool(hits))


def _who(record: Record) -> str:
    identity = record.get("userIdentity") or {}
    return str(identity.get("arn") or identity.get("invokedBy") or identity.get("type"))


def on_packs(rules: Sequence[RuleFile], scenarios: Sequence[Scenario]) -> list[Outcome]:
    """Score rules on the packs. Each rule is compared with the attacks that it sees in at least one form.

    An outcome is a failure if the rule misses a form of these attacks, raises a false alarm, or sees nothing. Raises
    `RuleError`.
    """
    return [_on_packs(each, scenarios) for each in rules]


def _on_packs(file: RuleFile, scenarios: Sequence[Scenario]) -> Outcome:
    scored = score(file.rule, scenarios)
    aimed = dict.fromkeys(each.pack for each in scored.seen)
    seen = dict.fromkeys((each.pack, each.name) for each in scored.seen)
    missed = dict.fromkeys((each.pack, each.name) for each in scored.missed if each.pack in aimed)
    forms = len({*seen, *missed})
    alarms = dict.fromkeys((each.scenario.pack, each.scenario.name) for each in scored.false_alarms)
    details = [f"misses {pack}: {name}" for pack, name in missed]
    details += [f"false alarm, {pack}: {name}" for pack, name in alarms]
    sees = f"{forms - len(missed)} of {forms} forms of {', '.join(aimed)}" if aimed else "no attack"
    said = f"{file.rule.title}: sees {sees}; {len(alarms)} false alarm{'s' if len(alarms) != 1 else ''}"
    return Outcome(file.name, said, tuple(details), bool(missed or alarms or not aimed))


def lines(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield a line for each rule, followed by its details."""
    for outcome in outcomes:
        yield f"{outcome.name}: {outcome.said}"
        yield from (f"  {detail}" for detail in outcome.details)


def junit(outcomes: Sequence[Outcome]) -> str:
    """Return the outcomes as JUnit XML: one case per rule."""
    from xml.etree import ElementTree

    failures = str(sum(outcome.failed for outcome in outcomes))
    suites = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(
        suites, "testsuite", name="alarms", tests=str(len(outcomes)), failures=failures
    )
    for outcome in outcomes:
        case = ElementTree.SubElement(suite, "testcase", classname="alarms", name=printable(outcome.name))
        if outcome.failed:
            failure = ElementTree.SubElement(case, "failure", message=printable(outcome.said))
            failure.text = printable("\n".join(outcome.details))
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"

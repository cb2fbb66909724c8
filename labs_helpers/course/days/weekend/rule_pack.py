"""The weekend's rules: the learner's rules that passed, and the course's rules in place of the others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labs_helpers.course.content.numbering import WEEKEND
from labs_helpers.course.shown.display import Page
from labs_helpers.course.shown.mistakes import Mistake, checked, shortened
from labs_helpers.engine.detection import Rule, RuleError, read_rule

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.grading.kinds.detection import Detection
    from labs_helpers.course.learner.answers import Answers
    from labs_helpers.engine.detection.rule import Record

_ENDINGS = {"Sigma": "yml", "EventBridge": "json", "SQL": "sql"}
_TOPIC = "AlarmTopic"
_TEMPLATE = "eventbridge-rules.template"
"""The name of the CloudFormation template, whose extension isn't that of a rule."""


@dataclass(frozen=True, slots=True)
class PackedRule:
    """A rule of the pack: its exercise, its text or pattern, and whether it is the learner's own."""

    exercise: Detection
    answer: Any
    own: bool

    @property
    def rule(self) -> Rule:
        """Return the rule, ready to run."""
        return read_rule(self.answer)

    @property
    def whose(self) -> str:
        """Return a phrase that states whose rule this is."""
        return "yours" if self.own else "the course's"

    @property
    def text(self) -> str:
        """Return the rule as the content of a file."""
        if isinstance(self.answer, str):
            return self.answer.strip() + "\n"
        return json.dumps(self.answer, indent=2) + "\n"

    @property
    def file(self) -> str:
        """Return the name of the rule's file, such as W.5.yml."""
        return f"{self.exercise.id}.{_ENDINGS[self.exercise.language]}"


class RulePack:
    """The weekend's rules, in the order of the exercises. `day.rules` is this pack."""

    def __init__(self, cloud: Cloud, answers: Answers) -> None:
        self._answers = answers

    def __iter__(self) -> Iterator[PackedRule]:
        from labs_helpers.course.grading.exercise_loading import load
        from labs_helpers.course.grading.kinds.detection import Detection

        kept = self._answers.all()
        for id, exercise in load(WEEKEND).items():
            if isinstance(exercise, Detection):
                yield PackedRule(exercise, kept.get(id, exercise.solution), id in kept)

    @checked
    def on(self, records: Sequence[Mapping[str, Any]]) -> list[Record]:
        """Run every rule on records, show the alarms in order of time, and return the records that raise one."""
        check_records(records)
        found = [(record, packed) for packed in self for record in packed.rule.hits(records)]
        found.sort(key=lambda pair: str(pair[0]["eventTime"]))
        rows = [
            (
                str(record["eventTime"]),
                str(record["eventName"]),
                caller(record),
                packed.exercise.id,
                packed.whose,
            )
            for record, packed in found
        ]
        page = Page().say(_sum(found, records))
        page.table(("time", "event", "by", "rule", "whose"), rows).show()
        return [record for record, _ in found]

    def page(self) -> Page:
        """Return a table of the rules, each next to a public rule about the same attack, if there is one."""
        rows = []
        for packed in self:
            public = packed.exercise.beside
            beside = "none" if public is None else f"{public.title}: {public.score}"
            rows.append(
                (packed.exercise.id, packed.exercise.title, packed.exercise.language, packed.whose, beside)
            )
        page = Page().table(("rule", "about", "language", "whose", "SigmaHQ's rule"), rows)
        return page.say(
            "SigmaHQ's rules are under the Detection Rule License 1.1. Their scores depend on which calls are "
            "legitimate at Larkspur, and SigmaHQ didn't write these rules for Larkspur."
        )

    @checked
    def write(self, folder: str | Path) -> None:
        """Write each rule to a file that `python -m labs_helpers alarms` reads, and write a CloudFormation template.

        The template has the EventBridge rules. If the folder can't be written to, a line explains why.
        """
        packed = list(self)
        files = {each.file: each.text for each in packed}
        files[_TEMPLATE] = json.dumps(cloudformation(packed), indent=2) + "\n"
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
            for name, text in files.items():
                (Path(folder) / name).write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            Page().say(f"{folder} can't be written: {error.strerror}. Choose another folder.").show()
            return
        Page().say(f"Written to {folder}:").bullets(files).show()

    def _ipython_display_(self) -> None:
        self.page().show()

    def __repr__(self) -> str:
        return self.page().text


def cloudformation(rules: Sequence[PackedRule]) -> dict[str, Any]:
    """Return a CloudFormation template with the EventBridge rules, which send their alarms to an SNS topic.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html
    """
    resources = {}
    for packed in rules:
        if isinstance(packed.answer, str):
            continue
        resources[f"Alarm{packed.exercise.id.replace('.', '')}"] = {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "Description": packed.exercise.title,
                "EventPattern": packed.answer,
                "State": "ENABLED",
                "Targets": [{"Id": "alarm", "Arn": {"Ref": _TOPIC}}],
            },
        }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Alarms about CloudTrail records",
        "Parameters": {
            _TOPIC: {
                "Type": "String",
                "Description": "The ARN of an SNS topic that EventBridge is allowed to publish to",
            }
        },
        "Resources": resources,
    }


@checked
def alarms(rule: Any, records: Sequence[Mapping[str, Any]]) -> list[Record]:
    """Run a rule on records, show each alarm as a line, and return the records that raise one.

    Raises `Mistake` for a rule that can't be read, and for records that aren't CloudTrail records.
    """
    check_records(records)
    try:
        found = read_rule(rule).hits(records)
    except RuleError as error:
        raise Mistake(f"The rule {shortened(rule)} can't be run. {error}") from None
    Page().say(_sum(found, records)).bullets(
        f"{record['eventTime']} {record['eventName']} by {caller(record)}" for record in found
    ).show()
    return found


def check_records(records: Sequence[object]) -> None:
    """Raise `Mistake` for anything that isn't a CloudTrail record."""
    for place, record in enumerate(records, 1):
        if not (isinstance(record, Mapping) and {"eventTime", "eventName"} <= record.keys()):
            raise Mistake(
                f"Record {place} isn't a CloudTrail record.", "Pass records such as those of day.trail()."
            )


def _sum(found: Sequence[object], records: Sequence[object]) -> str:
    alarm = "alarm" if len(found) == 1 else "alarms"
    return f"{len(found)} {alarm} in {len(records)} record{'s' if len(records) != 1 else ''}."


def caller(record: Mapping[str, Any]) -> str:
    """Return who made a call, as far as the record shows: the end of the ARN, the account, or the service."""
    identity = record["userIdentity"]
    found = identity.get("arn") or identity.get("invokedBy") or identity.get("accountId") or identity["type"]
    return str(found).rpartition(":")[2]

"""A detection rule, graded by what it does: it must see each form of an attack, and nothing else.

The attacks, the legitimate calls that look like them, and a day of ordinary work are played as real calls
(labs_helpers.course.attacks). A rule that is right on the night that the learner sees is also run on another night,
with more forms and legitimate calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from labs_helpers.course.attacks.nights import FIRST, SECOND, night
from labs_helpers.course.attacks.packs import load_pack
from labs_helpers.course.attacks.playing import WORK, Scenario, play
from labs_helpers.course.attacks.schema import Pack
from labs_helpers.course.attacks.scoring import Score, score
from labs_helpers.course.attacks.witness import by_heart, deciding_record, side_by_side
from labs_helpers.course.content.schema import Model, Name, Text
from labs_helpers.course.grading.answers import AnswerError, is_missing, plain
from labs_helpers.course.grading.kinds.exercise import Exercise
from labs_helpers.course.grading.results import CheckResult
from labs_helpers.course.grading.time_limits import TimeUp, time_limit
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.display import Page
from labs_helpers.course.situations.faults import Fault
from labs_helpers.engine.detection import Rule, RuleError, read_rule

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

Language = Literal["Sigma", "EventBridge", "SQL"]
_RECALL, _PRECISION, _WORK, _OTHER_NIGHT = 1, 2, 3, 4
_SECONDS = 20


class PublicRule(Model):
    """A published rule about the same attacks, and its score in the exercise's first night.

    tests/detections/test_public_scores.py computes the score again.
    """

    title: Text
    id: Text
    author: Text
    seen: int
    attacks: int
    false_alarms: int
    legitimate: int

    @property
    def score(self) -> str:
        """Return the numbers of attacks that the rule saw and of its false alarms."""
        return (
            f"{self.seen} of {self.attacks} attacks seen, "
            f"{counted(self.false_alarms, 'false alarm')} in {counted(self.legitimate, 'legitimate case')}"
        )

    def __str__(self) -> str:
        return f"SigmaHQ's rule {self.title}, by {self.author}: {self.score}."


class Detection(Exercise):
    """An exercise whose answer is a rule: text, or an EventBridge pattern as a dict.

    The task's four clauses are, in this order: to see every form, to be silent on look-alikes, to be silent on ordinary
    work, and to do the same on another night.
    """

    kind: Literal["detection"]
    language: Language
    packs: tuple[Name, ...] = Field(min_length=1)
    """The packs whose attacks the rule must see, and on whose look-alikes it must be silent."""
    also_silent_on: tuple[Name, ...] = ()
    """Packs whose look-alikes the rule must be silent on, although it doesn't have to see their attacks."""
    not_demanded: tuple[Text, ...] = ()
    """Forms that the rule is allowed to see or to miss, as "pack: form"."""
    beside: PublicRule | None = None
    """A public rule to compare a right answer with."""

    live = True
    stays_in_force = True
    units = "cases"

    @model_validator(mode="after")
    def _has_four_clauses(self) -> Detection:
        if len(self.clauses) != _OTHER_NIGHT or self.beyond != _OTHER_NIGHT:
            raise ValueError('"clauses" has four clauses, and "beyond" is 4')
        return self

    @property
    def tried(self) -> int:
        """Return the number of forms and look-alikes. A check's result contains the number of played cases."""
        return sum(len(pack.forms) + len(pack.benign) for pack in self._packs())

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        """Run the rule on the first night and, if it is right there, on the second.

        Raises `AnswerError` for an answer that isn't a rule in the exercise's language.
        """
        rule = self._read(answer)
        running = self.needed(cloud)
        faults: list[Fault] = []
        tried = 0
        compared = Page()
        for seed in (FIRST, SECOND):
            # The time limit doesn't cover this: playing takes longer on a slow machine, and must not be cut off
            # halfway.
            cases, legitimate = list(self.cases(running, seed)), play(running, [WORK], seed)
            try:
                with time_limit(_SECONDS):
                    scored, work = score(rule, cases), score(rule, legitimate)
            except TimeUp:
                raise AnswerError(f"The rule needs more than {_SECONDS} s for one night.") from None
            except RuleError as error:
                raise AnswerError(f"The rule can't be run. {_capitalized(error)}") from None
            tried += scored.attacks + scored.legitimate + work.legitimate
            if seed == FIRST:
                compared.bullets([f"Your rule: {scored}.", *([str(self.beside)] if self.beside else [])])
            faults, page = self._faults(rule, scored, work, seed)
            if faults:
                return self.judged(faults, stopped=seed == FIRST, tried=tried, details=page)
        return self.judged((), tried=tried, details=compared)

    def _read(self, answer: object) -> Rule:
        if is_missing(answer):
            raise AnswerError(f"There is no answer yet. The answer is a rule in {self.language}.")
        given = plain(answer)
        if isinstance(given, dict) and self.language != "EventBridge":
            raise AnswerError(
                f"This exercise needs a rule in {self.language}, as text between triple quotes."
            )
        try:
            rule = read_rule(given)
        except RuleError as error:
            raise AnswerError(f"The rule can't be read. {_capitalized(error)}") from None
        if rule.language != self.language:
            raise AnswerError(
                f"This exercise needs a rule in {self.language}. This one is in {rule.language}."
            )
        return rule

    def cases(self, cloud: Cloud, seed: int) -> Iterator[Scenario]:
        """Yield the forms that the rule must see, and the look-alikes, as played on a night."""
        for scenario in play(cloud, [*self.packs, *self.also_silent_on], seed):
            if scenario.kind == "benign" or self._demands(scenario.pack, scenario.name):
                yield scenario

    def _demands(self, pack: str, form: str) -> bool:
        return pack in self.packs and f"{pack}: {form}" not in self.not_demanded

    def _faults(self, rule: Rule, scored: Score, work: Score, seed: int) -> tuple[list[Fault], Page | None]:
        """Return a fault for each clause that the rule breaks, and one event that shows the first."""
        faults, record = [], None
        where = "" if seed == FIRST else "Right tonight. On another night: "
        more: tuple[int, ...] = () if seed == FIRST else (_OTHER_NIGHT,)
        if scored.missed:
            first = scored.missed[0]
            forms = dict.fromkeys((each.pack, each.name) for each in (*scored.seen, *scored.missed))
            silent = dict.fromkeys((each.pack, each.name) for each in scored.missed)
            said = (
                f"{where}your rule is silent on {len(silent)} of {len(forms)} forms of the attack. "
                f"It misses “{first.why}” ({first.name}, by {_WHO[first.by]}{first.how})."
            )
            faults.append(Fault(_sentence(said, rule, seed), more or (_RECALL,)))
            record = deciding_record(first, rule)
        for clause, alarms in ((_PRECISION, scored.false_alarms), (_WORK, work.false_alarms)):
            if alarms:
                first = alarms[0].scenario
                name = alarms[0].record.get("eventName")
                said = f"{where}your rule raises an alarm for legitimate calls: {first.name} ({name}). {first.why}."
                faults.append(Fault(_sentence(said.replace("..", "."), rule, seed), more or (clause,)))
                record = record or alarms[0].record
        return faults, None if record is None else side_by_side(rule, record)

    def show(self, page: Page) -> None:
        """Show what the packs contain, and the starter."""
        rows = []
        for pack in self._packs():
            forms = sum(self._demands(pack.name, each.form) for each in pack.forms)
            rows.append((pack.title, str(forms), str(len(pack.benign)), f'day.play("{pack.name}")'))
        page.table(("attack", "forms", "look-alikes", "to see its records"), rows)
        super().show(page)

    def _packs(self) -> list[Pack]:
        return [load_pack(name) for name in (*self.packs, *self.also_silent_on)]


_WHO = {
    "user": "an IAM user",
    "session": "a role session",
    "root": "the root user",
    "federated": "a federated user",
    "application": "the application",
    "worker": "another part of the application",
    "pipeline": "the pipeline",
    "instance": "an instance's role",
}


def _sentence(said: str, rule: Rule, seed: int) -> str:
    """Return the sentence with its first letter in uppercase, and with the values that the rule has memorized."""
    learned = by_heart(rule, night(FIRST).values) if seed == SECOND else None
    return _capitalized(said) + (f" {learned}" if learned else "")


def _capitalized(said: object) -> str:
    text = str(said)
    return text[:1].upper() + text[1:]

"""Decisions about a colleague's draft of a design, which the check builds and tests with real calls.

The kinds differ in what the learner reads, and in what is decided:

- `review`: the parts of a colleague's change, each to accept or to reject;
- `holes`: the statements of a draft, each to leave as it is or to fix in one line;
- `findings`: what an auditor found in the records of a draft, each with the changes that could answer it;
- `two_designs`: two colleagues' designs, part by part, and the probe that shows the difference.

Each option makes edits in the draft, and the edited draft is graded like every other design. Learners can also answer
with the parts of the blueprint, as in a `design`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from labs_helpers.course.content.schema import Model, Text
from labs_helpers.course.grading import answers, drafts
from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.grading.choice_rows import ChoiceRow, ChoiceRows
from labs_helpers.course.grading.kinds.design import Design
from labs_helpers.course.grading.results import CheckResult
from labs_helpers.course.shown.display import Page
from labs_helpers.course.situations.faults import Fault

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

Word = Annotated[str, StringConstraints(pattern=r"^[a-z]+$")]


class Option(Model):
    """A possible decision: its meaning, if its name doesn't make it clear, and the edits that it makes in the draft."""

    says: Text | None = None
    puts: dict[Text, Any] = Field(default_factory=dict)
    drops: tuple[Text, ...] = ()


class Decision(Model):
    """A part of a draft to decide about.

    `shows`: the paths of the parts of the draft that are shown; `record`: the CloudTrail record that is shown instead;
    `probes`: probes by word, if the learner also has to choose the probe that shows the difference.
    """

    name: Text
    asks: Text
    shows: tuple[Text, ...] = ()
    record: dict[str, Any] | None = None
    options: dict[Word, Option] = Field(min_length=2)
    probes: dict[Word, Text] = Field(default_factory=dict)

    @property
    def probe_name(self) -> str:
        """Return the answer's key for the probe that shows the difference."""
        return f"{self.name}, shown by"


class Decided(Design):
    """An exercise whose answer is a dict of part → option, for a draft of a design."""

    kind: Literal["review", "holes", "findings", "two_designs"]
    draft: dict[str, Any]
    decisions: tuple[Decision, ...] = Field(min_length=3)

    @property
    def words(self) -> dict[str, tuple[str, ...]]:
        """Return the words to choose from, by the keys of an answer."""
        found: dict[str, tuple[str, ...]] = {}
        for decision in self.decisions:
            found[decision.name] = tuple(decision.options)
            if decision.probes:
                found[decision.probe_name] = tuple(decision.probes)
        return found

    @model_validator(mode="after")
    def _options_edit_the_draft(self) -> Decided:
        if set(self.solution) != set(self.words) or set(self.starter) != set(self.words):
            raise ValueError(
                "the solution and the starter have a word for each decision, and for nothing else"
            )
        for decision in self.decisions:
            for path in decision.shows:
                drafts.part_at(self.draft, path)
            for option in decision.options.values():
                drafts.edited(self.draft, option.puts, option.drops)
        return self

    def begun_from(self, answers: Mapping[str, Any]) -> Self:
        """Return the exercise itself, because its starter contains no policies."""
        return self

    def changes(self, answer: Any) -> Any:
        """Return the changes to the blueprint that an answer makes. Raises `ValueError` if decisions are missing."""
        if not self._is_decided(answer):
            return answer
        try:
            decisions = [each.model_dump() for each in self.decisions]
            return drafts.decided(self.draft, decisions, self._read(answer))
        except (AnswerError, LookupError) as error:
            raise ValueError(f"isn't a decision about each part: {error}") from error

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        """Build the design that results from the decisions, and test it.

        Raises `AnswerError` for unknown parts, or an unknown option.
        """
        if answers.is_missing(answer) or not issubclass(type(answer), dict):
            raise AnswerError("The answer must be a dict with your decision about each part.")
        given: dict[str, Any] = answers.plain(answer)
        if not self._is_decided(given):
            return super().judge(given, cloud)
        words = self._read(given)
        open_parts = [name for name in self.words if name not in words]
        if open_parts:
            more = f", and {len(open_parts) - 1} more" if len(open_parts) > 1 else ""
            said = f"{len(words)} of {len(self.words)} decided. No decision yet: “{open_parts[0]}”{more}."
            return CheckResult(False, self.id, (said,), counts=False)
        result = super().judge(self.changes(words), cloud)
        if not result.passed:
            return result
        return self.judged(self._not_shown(words, self.needed(cloud)), trials=result.trials)

    def _is_decided(self, answer: Any) -> bool:
        """Return True if an answer decides about parts, and isn't a part of a blueprint."""
        return isinstance(answer, dict) and (not answer or any(name in self.words for name in answer))

    def _read(self, given: Mapping[str, Any]) -> dict[str, str]:
        """Return the words by part, in lowercase, without those that are still open."""
        read: dict[str, str] = {}
        for name, word in given.items():
            if name not in self.words:
                raise AnswerError(f"{name[:60]!r} isn't one of the parts: {', '.join(self.words)}.")
            said = answers.chosen_word(word)
            if said is None:
                continue
            if said not in self.words[name]:
                raise AnswerError(
                    f"{name}: {said[:40]!r} isn't one of the options: {', '.join(self.words[name])}."
                )
            read[name] = said
        return read

    def _not_shown(self, words: Mapping[str, str], cloud: Cloud) -> Iterator[Fault]:
        """Yield a fault for each chosen probe whose result is the same with both designs."""
        chosen = {each.name: each.probes[words[each.probe_name]] for each in self.decisions if each.probes}
        if not chosen:
            return
        other = {
            each.name: next(word for word in each.options if word != words[each.name])
            for each in self.decisions
        }
        grader = import_module(f"labs_helpers.course.days.{self.judged_by}")
        wrong = grader.red(cloud, self.step, self.changes(other), tuple(chosen.values()))
        for name, probe in chosen.items():
            if probe not in wrong:
                title = grader.title_of(probe)
                yield Fault(
                    f"{name}: “{title}” has the same result with both designs, so it doesn't show which of "
                    "them the task requires."
                )

    def choice_rows(self) -> ChoiceRows:
        """Return the parts, each with its options."""
        rows = tuple(ChoiceRow(name, name, words=words) for name, words in self.words.items())
        return ChoiceRows(rows, (), row_by_row=False)

    def show(self, page: Page) -> None:
        """Show each part with its options, and the whole draft."""
        for number, decision in enumerate(self.decisions, 1):
            page.heading(f"{number}. {decision.name}").say(decision.asks)
            is_named = len(decision.shows) > (decision.record is None)
            if decision.record is not None:
                page.code(self.solution_as(decision.record), "The record" if is_named else "")
            if self.kind == "two_designs":
                self._show_designs(decision, page)
            else:
                for path in decision.shows:
                    page.code(self.solution_as(drafts.part_at(self.draft, path)), path if is_named else "")
                page.bullets(f"{word}) {each.says}" for word, each in decision.options.items() if each.says)
            if decision.probes:
                grader = import_module(f"labs_helpers.course.days.{self.judged_by}")
                titles = {word: grader.title_of(probe) for word, probe in decision.probes.items()}
                page.say("Which of these probes shows the difference?")
                page.bullets(f"{word}) {title}" for word, title in titles.items())
        page.fold("The whole draft", Page().code(self.solution_as(self.draft)))
        page.say(
            f"Your decisions are added to the result of the earlier steps, and {self.tried} probes test them."
        )

    def show_form(self, page: Page) -> None:
        """Show the starter."""
        page.say("Answer with:").code(self.solution_as(self.starter))

    def _show_designs(self, decision: Decision, page: Page) -> None:
        """Show a part as it is in each design."""
        for word, option in decision.options.items():
            page.say(f"{word}) {option.says}")
            design = drafts.edited(self.draft, option.puts, option.drops)
            for path in decision.shows:
                page.code(self.solution_as(drafts.part_at(design, path)))

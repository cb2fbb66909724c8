"""A boundary card, which shows whether AWS or the customer is responsible for each control of the chosen services.

The learner chooses at least three services. Each cell of these services is graded, and wrong cells are explained.
An incomplete card counts as an attempt only if one of its cells is wrong.
`line` names a module of labs_helpers.course.days whose `the_line()` returns every cell.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints

from labs_helpers.course.grading import answers
from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.grading.choice_rows import ChoiceRow, ChoiceRows
from labs_helpers.course.grading.kinds.choices import answered, not_yet
from labs_helpers.course.grading.kinds.exercise import Exercise
from labs_helpers.course.grading.results import CheckResult

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.shown.display import Page


class Boundary(Exercise):
    """An exercise whose answer is a boundary card: a dict of service → control → aws, customer, or both."""

    kind: Literal["boundary"]
    line: Annotated[str, StringConstraints(pattern=r"^day\d\.\w+$")]
    at_least: int = Field(default=3, ge=1)

    units = "cells"

    @property
    def tried(self) -> int:
        """Return the number of cells in the smallest card."""
        return self.at_least * len(self.correct_line().controls)

    def correct_line(self) -> Any:
        """Return the correct boundary between AWS and the customer, with which the card is compared."""
        return import_module(f"labs_helpers.course.days.{self.line}").the_line()

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        """Grade each cell in the card. Raises `AnswerError` for an answer that isn't a card."""
        line, card = self.correct_line(), self._card(answer)
        messages, missing, trials, chosen = [], [], [], 0
        for service, row in card.items():
            for control in line.controls:
                word, cell = answers.chosen_word(row.get(control)), line.cell(service, control)
                message = "" if word is None else _judged(cell, word)
                trials.append(answered(cell.name, word, [message] if message else []))
                if word is None:
                    missing.append(cell.name)
                    continue
                chosen += 1
                if message:
                    messages.append(message)
        counts = bool(messages) or (not missing and len(card) >= self.at_least)
        if missing:
            messages.append(not_yet(missing, chosen, len(messages)))
        if len(card) < self.at_least:
            messages.append(f"A card needs at least {self.at_least} services; yours has {len(card)}.")
        return CheckResult(
            not messages, self.id, tuple(messages), counts=counts, tried=chosen, trials=tuple(trials)
        )

    def choice_rows(self) -> ChoiceRows:
        """Return the controls of each service; a card contains only the services that a learner chooses."""
        line = self.correct_line()
        rows = tuple(
            ChoiceRow(control, about, service)
            for service in line.services
            for control, about in line.controls.items()
        )
        return ChoiceRows(rows, ("aws", "customer", "both"), several=True)

    def show(self, page: Page) -> None:
        """Show the meaning of each control."""
        page.table(("control", "meaning"), self.correct_line().meanings.items())

    def show_form(self, page: Page) -> None:
        """Show the starter."""
        super().show(page)

    def _card(self, answer: object) -> dict[str, dict[str, Any]]:
        """Return the rows by service.

        Raises `AnswerError` for an answer that isn't a card, or for an unknown service or control.
        """
        if answers.is_missing(answer) or not issubclass(type(answer), dict):
            raise AnswerError(
                "The answer must be a dict: the one that `blank_card(...)` returns, with your choices filled in."
            )
        line = self.correct_line()
        card: dict[str, dict[str, Any]] = answers.plain(answer)
        for service, row in card.items():
            if service not in line.services:
                raise AnswerError(
                    f"{service[:40]!r} isn't a service on this card. Choose from {', '.join(line.services)}."
                )
            if not isinstance(row, dict):
                raise AnswerError(f"{service}: give a dict of control → aws, customer, or both.")
            for control in row:
                if control not in line.controls:
                    raise AnswerError(
                        f"{control[:40]!r} isn't a control. The controls are {', '.join(line.controls)}."
                    )
        return card


def _judged(cell: Any, word: str) -> str:
    """Return what is wrong with a word for a cell, or an empty string."""
    if word not in ("aws", "customer", "both"):
        return f"{cell.name}: {word[:40]!r} isn't a choice. Choose aws, customer, or both."
    return "" if word == cell.answer else f"{cell.name}. {cell.judged(word)}"

"""A boundary card: where the line between AWS and the customer runs, for services that the learner chooses.

Any services of the line will do, three at least; each cell of theirs is judged, and a wrong one is told its reason.
`line` is a module of labs_helpers.course.days whose `the_line()` knows every cell.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints

from labs_helpers.course.grading import answers
from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.grading.kinds.choices import not_yet
from labs_helpers.course.grading.kinds.exercise import Exercise
from labs_helpers.course.grading.results import CheckResult

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.shown.display import Page


class Boundary(Exercise):
    kind: Literal["boundary"]
    line: Annotated[str, StringConstraints(pattern=r"^day\d\.\w+$")]
    at_least: int = Field(default=3, ge=1)

    units = "cells"

    @property
    def tried(self) -> int:
        return self.at_least * len(self.known().controls)

    def known(self) -> Any:
        """The line that the card is held against."""
        return import_module(f"labs_helpers.course.days.{self.line}").the_line()

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        line, card = self.known(), self._card(answer)
        messages, missing, chosen = [], [], 0
        for service, row in card.items():
            for control in line.controls:
                word, cell = _word(row.get(control)), line.cell(service, control)
                if word is None:
                    missing.append(cell.name)
                    continue
                chosen += 1
                message = _judged(cell, word)
                if message:
                    messages.append(message)
        if missing:
            messages.append(not_yet(missing, chosen, len(messages)))
        if len(card) < self.at_least:
            messages.append(f"A card has {self.at_least} services at least; yours has {len(card)}.")
        return CheckResult(not messages, self.id, tuple(messages), counts=chosen > 0, tried=chosen)

    def show(self, page: Page) -> None:
        page.table(("control", "is"), self.known().meanings.items())
        super().show(page)

    def _card(self, answer: object) -> dict[str, dict[str, Any]]:
        """The services with their rows. AnswerError for what is no card, a service or a control that is not known."""
        if answers.is_missing(answer) or not issubclass(type(answer), dict):
            raise AnswerError(
                "This needs a dict: the one that `blank_card(...)` returns, with your words in it."
            )
        line, card = self.known(), answers.plain(answer)
        for service, row in card.items():
            if service not in line.services:
                raise AnswerError(
                    f"{service[:40]!r} is no service here; there are {', '.join(line.services)}."
                )
            if not isinstance(row, dict):
                raise AnswerError(f"{service}: this needs a dict of control → aws, customer or both.")
            for control in row:
                if control not in line.controls:
                    raise AnswerError(
                        f"{control[:40]!r} is no control; there are {', '.join(line.controls)}."
                    )
        return card


def _judged(cell: Any, word: str) -> str:
    """What is wrong with a word for a cell; empty if nothing is."""
    if word not in ("aws", "customer", "both"):
        return f"{cell.name}: {word[:40]!r} is none of aws, customer, both."
    return "" if word == cell.answer else f"{cell.name}. {cell.judged(word)}"


def _word(said: Any) -> str | None:
    text = said.strip().lower() if isinstance(said, str) else ""
    return text if text not in ("", "?", "...") else None

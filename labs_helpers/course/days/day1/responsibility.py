"""The line between AWS and the customer, service by service and control by control, and eight cells of it to sort.

    the_line().cell("lambda", "os")      the Cell: side, reason, source
    the_line().deal(1)                   eight cells, drawn by a seed, none of them twice until all were there
    blank_card("s3", "rds", "cognito")   a card to fill in: aws, customer or both for each control

The facts are in data/day1/responsibility.json; https://aws.amazon.com/compliance/shared-responsibility-model/
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from labs_helpers.course.content.loading import read
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.shown.display import Page

if TYPE_CHECKING:
    from labs_helpers.course.days.day1.schema import Responsibility

AT_ONCE = 8
"""Cells that are dealt at a time: more are read, not sorted."""
ANSWERS = {"aws": "AWS", "customer": "the customer", "both": "both"}
"""What a cell can be sorted to."""
_ANSWER_OF = {"aws": "aws", "inherited": "aws", "customer": "customer", "shared": "both"}
_MISSED = {
    ("aws", "customer"): "AWS does nothing of this for you.",
    ("aws", "both"): "A part of it waits for you.",
    ("customer", "aws"): "You couldn't, if you wanted to.",
    ("customer", "both"): "AWS does a part of it.",
    ("both", "aws"): "Nothing of it is left to you.",
    ("both", "customer"): "All of it is yours.",
}
"""What is wrong with an answer, by what was said and what is right."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Whose a control is for a service. `side`: aws, inherited, customer or shared."""

    service: str
    control: str
    service_name: str
    control_name: str
    about: str
    side: str
    reason: str
    source: str

    @property
    def answer(self) -> str:
        """aws, customer or both."""
        return _ANSWER_OF[self.side]

    @property
    def name(self) -> str:
        """`AWS Lambda: the operating system`."""
        return f"{self.service_name}: {self.control_name[0].lower()}{self.control_name[1:]}"

    def judged(self, word: str) -> str:
        """What to say to an answer: whether it is right, and why, whatever was said."""
        if word == self.answer:
            return f"Right: {ANSWERS[self.answer]}. {self.reason}"
        return f"Not {ANSWERS[word]}: {ANSWERS[self.answer]}. {_MISSED[word, self.answer]} {self.reason}"


class Line:
    """All cells. `services` and `controls`: names by id. `meanings`: what a control is, in a line."""

    def __init__(self, data: Responsibility) -> None:
        self.words = dict(data.words)
        self.services = {id: each.name for id, each in data.services.items()}
        self.controls = {id: each.name for id, each in data.controls.items()}
        self.meanings = {id: f"{each.name}: {each.about}" for id, each in data.controls.items()}
        self._cells = {
            (service, control): Cell(
                service,
                control,
                data.services[service].name,
                data.controls[control].name,
                data.controls[control].about,
                cell.side,
                cell.reason,
                cell.source,
            )
            for service, row in data.cells.items()
            for control, cell in row.items()
        }

    def __iter__(self) -> Iterator[Cell]:
        return iter(self._cells.values())

    def __len__(self) -> int:
        return len(self._cells)

    def cell(self, service: str, control: str) -> Cell:
        """One cell. LookupError names what there is."""
        for what, known in ((service, self.services), (control, self.controls)):
            if what not in known:
                raise LookupError(f"there is no {what!r:.40}; there are {', '.join(known)}")
        return self._cells[service, control]

    def deal(self, number: int = 1, service: str | None = None) -> tuple[Cell, ...]:
        """The cells of a deal: of all services, or of one. Deals 1, 2, 3 … share no cell until all were dealt."""
        cells = [each for each in self if service in (None, each.service)]
        if not cells:
            self.cell(str(service), next(iter(self.controls)))
        mixed = random.Random(1).sample(cells, len(cells))
        first = (number - 1) * AT_ONCE % len(mixed)
        return tuple((mixed + mixed)[first : first + AT_ONCE])

    def row(self, service: str) -> Page:
        """A service's row of the matrix, as a page."""
        self.cell(service, next(iter(self.controls)))
        page = Page().heading(f"{self.services[service]}: where the line runs")
        cells = [each for each in self if each.service == service]
        return page.table(("control", "whose", "why"), [(c.control_name, c.side, c.reason) for c in cells])


@dataclass(slots=True)
class Sorting:
    """Cells being sorted. `said`: the answers so far, by the cell's place from 1 on."""

    cells: tuple[Cell, ...]
    said: dict[int, str] = field(default_factory=dict)

    def say(self, place: int, word: str) -> str:
        """Sort a cell; what is to say to it. ValueError for a place or a word that there is not."""
        if type(place) is not int or not 1 <= place <= len(self.cells):
            raise ValueError(f"there is no {place!r:.20}; the cells are numbered 1 to {len(self.cells)}")
        if type(word) is not str or word not in ANSWERS:
            raise ValueError(f"{word!r:.20} is none of {', '.join(ANSWERS)}")
        self.said[place] = word
        return self.cells[place - 1].judged(word)

    @property
    def right(self) -> int:
        return sum(self.cells[place - 1].answer == word for place, word in self.said.items())

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Number, cell, answer, and what is to say to it; empty where nothing was said."""
        found = []
        for place, cell in enumerate(self.cells, 1):
            word = self.said.get(place)
            said = ANSWERS[word] if word else ""
            found.append((str(place), cell.name, said, cell.judged(word) if word else ""))
        return found

    def page(self) -> Page:
        page = Page().heading("Whose is it: AWS's, the customer's, or both?")
        page.table(("", "service and control", "you said", ""), self.rows())
        return page.say(f"{self.right} of {len(self.said)} right, {len(self.cells)} cells.")


def blank_card(*services: str) -> dict[str, dict[str, str]]:
    """A boundary card to fill in, for services by their ids. LookupError names those there are."""
    line = the_line()
    for service in services:
        line.cell(service, next(iter(line.controls)))
    return {service: dict.fromkeys(line.controls, "?") for service in services}


@cache
def the_line() -> Line:
    """The matrix of data/day1/responsibility.json. DataError if it is not as it should be."""
    from labs_helpers.course.days.day1.schema import Responsibility

    return Line(read(data_path("day1", "responsibility.json"), Responsibility.model_validate))

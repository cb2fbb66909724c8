"""The boundary between AWS's and the customer's responsibilities: a matrix of services and controls, and a game.

    the_line().cell("lambda", "os")      the Cell: side, reason, source
    the_line().deal(1)                   eight cells in seeded random order; none repeats until all were dealt
    blank_card("s3", "rds", "cognito")   a card to fill in: aws, customer, or both for each control

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
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.display import Page
from labs_helpers.course.shown.mistakes import Mistake, UnknownName, checked

if TYPE_CHECKING:
    from labs_helpers.course.days.day1.schema import Responsibility

AT_ONCE = 8
"""The number of cells per deal, because learners would only skim a longer list."""
ANSWERS = {"aws": "AWS", "customer": "the customer", "both": "both"}
"""The possible answers for a cell, and their wording."""
_ANSWER_OF = {"aws": "aws", "inherited": "aws", "customer": "customer", "shared": "both"}
_MISSED = {
    ("aws", "customer"): "AWS doesn't do any of this for you.",
    ("aws", "both"): "Part of it is left to you.",
    ("customer", "aws"): "You can't do this, even if you want to.",
    ("customer", "both"): "AWS does part of it.",
    ("both", "aws"): "None of it is left to you.",
    ("both", "customer"): "All of it is up to you.",
}
"""The feedback on a wrong answer, by the given answer and the correct one."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One control for one service. `side` is aws, inherited, customer, or shared."""

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
        """The correct answer: aws, customer, or both."""
        return _ANSWER_OF[self.side]

    @property
    def name(self) -> str:
        """The cell's title, such as `AWS Lambda: the operating system`."""
        return f"{self.service_name}: {self.control_name[0].lower()}{self.control_name[1:]}"

    def judged(self, word: str) -> str:
        """Return the feedback on an answer: whether it is right, and the reason."""
        if word == self.answer:
            return f"Right: {ANSWERS[self.answer]}. {self.reason}"
        return f"Not {ANSWERS[word]}: {ANSWERS[self.answer]}. {_MISSED[word, self.answer]} {self.reason}"


class Line:
    """The whole matrix. `services` and `controls` are names by ID; `meanings` describes each control in one line."""

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

    @checked
    def cell(self, service: str, control: str) -> Cell:
        """Return a cell. Raises `LookupError`, which lists the known names, for an unknown service or control."""
        for what, known in ((service, self.services), (control, self.controls)):
            if what not in known:
                raise UnknownName(f"there is no {what!r:.40}; choose from {', '.join(known)}")
        return self._cells[service, control]

    def deal(self, number: int = 1, service: str | None = None) -> tuple[Cell, ...]:
        """Return the cells in a deal, from all services or only one. No cell repeats until all have been dealt."""
        cells = [each for each in self if service in (None, each.service)]
        if not cells:
            self.cell(str(service), next(iter(self.controls)))
        mixed = random.Random(1).sample(cells, len(cells))
        first = (number - 1) * AT_ONCE % len(mixed)
        return tuple((mixed + mixed)[first : first + AT_ONCE])

    def row(self, service: str) -> Page:
        """Return a service's row in the matrix as a page."""
        self.cell(service, next(iter(self.controls)))
        page = Page().heading(f"{self.services[service]}: where the line is")
        cells = [each for each in self if each.service == service]
        return page.table(("control", "who", "why"), [(c.control_name, c.side, c.reason) for c in cells])


@dataclass(slots=True)
class Sorting:
    """Cells that a learner is sorting. `said` contains the answers so far, by the cell's position (from 1)."""

    cells: tuple[Cell, ...]
    said: dict[int, str] = field(default_factory=dict)

    def say(self, place: int, word: str) -> str:
        """Sort a cell and return the feedback. Raises `ValueError` for an unknown position or word."""
        if type(place) is not int or not 1 <= place <= len(self.cells):
            raise Mistake(f"there is no cell {place!r:.20}; they are numbered 1 to {len(self.cells)}")
        if type(word) is not str or word not in ANSWERS:
            raise Mistake(f"{word!r:.20} isn't one of {', '.join(ANSWERS)}")
        self.said[place] = word
        return self.cells[place - 1].judged(word)

    @property
    def right(self) -> int:
        """The number of correctly sorted cells."""
        return sum(self.cells[place - 1].answer == word for place, word in self.said.items())

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Return each cell's number, name, answer, and feedback; the last two are empty for unsorted cells."""
        found = []
        for place, cell in enumerate(self.cells, 1):
            word = self.said.get(place)
            said = ANSWERS[word] if word else ""
            found.append((str(place), cell.name, said, cell.judged(word) if word else ""))
        return found

    def page(self) -> Page:
        """Return the table of cells, with the score."""
        page = Page().heading("Who is responsible: AWS, the customer, or both?")
        page.table(("", "service and control", "your answer", ""), self.rows())
        return page.say(f"{self.right} of {len(self.said)} right, {counted(len(self.cells), 'cell')}.")


@checked
def blank_card(*services: str) -> dict[str, dict[str, str]]:
    """Return an empty boundary card for services by ID.

    Raises `LookupError`, which lists the known services, for an unknown service.
    """
    line = the_line()
    for service in services:
        line.cell(service, next(iter(line.controls)))
    return {service: dict.fromkeys(line.controls, "?") for service in services}


@cache
def the_line() -> Line:
    """Return the matrix in data/day1/responsibility.json. Raises `DataError` if the data is invalid."""
    from labs_helpers.course.days.day1.schema import Responsibility

    return Line(read(data_path("day1", "responsibility.json"), Responsibility.model_validate))

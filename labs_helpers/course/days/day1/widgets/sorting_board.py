"""The sorting board: eight responsibilities at a time, to assign to AWS, the customer, or both.

    SortingBoard()                    eight cells of all services; SortingBoard(2) the next eight
    SortingBoard(service="lambda")    cells of one service

Three buttons sort the current cell, and the next cell follows automatically, so keyboard focus doesn't move. After each
answer, the board shows whether it is right, and the reason. `sort({1: "aws", 2: "both"})` sorts cells from code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets

from labs_helpers.course.days.day1.responsibility import ANSWERS, Sorting, the_line
from labs_helpers.course.shown.display import show
from labs_helpers.course.shown.look import fold
from labs_helpers.course.shown.mistakes import Mistake, checked
from labs_helpers.course.widgets.design import (
    LabWidget,
    Verdict,
    box,
    chip,
    escaped,
    framed,
    table,
    titled_view,
)

_LABELS = {"aws": "AWS", "both": "Both", "customer": "The customer"}
_TINTS = {"aws": "slate", "both": "plum", "customer": "indigo"}
"""Answer → its color, which is the same as in the day's `ResponsibilityLine`."""
_WIDE = {"width": "calc(100% - 4px)"}
_LABEL = {"description_width": "initial"}


class SortingBoard(LabWidget):
    """A board that deals eight cells to sort. `number` selects the deal; `service` limits it to one service, by its ID.

    Raises `LookupError` for an unknown service. The controls call `say`, `choose`, `deal`, `pick`, and `sort`.
    """

    about = "Sorting board: who is responsible, AWS, the customer, or both?"

    @checked
    def __init__(self, number: int = 1, service: str | None = None) -> None:
        self._number, self._service = number, service
        self._sorting = Sorting(the_line().deal(number, service))
        self._said = ""
        self._last: int | None = None
        self._make_controls()
        self._ask(1)

    @property
    def cells(self) -> tuple[Any, ...]:
        """The cells of this deal."""
        return self._sorting.cells

    @property
    def right(self) -> int:
        """The number of correctly sorted cells."""
        return self._sorting.right

    # Actions of the controls

    @checked
    def say(self, word: str) -> None:
        """Sort the current cell as "aws", "customer", or "both". Raises `ValueError` for any other word."""
        place = self.place.value
        self._said, self._last = self._sorting.say(place, word), place
        left = [each for each in self._places if each not in self._sorting.said]
        self._ask(next((each for each in left if each > place), left[0] if left else place))

    @checked
    def choose(self, place: int) -> None:
        """Select a cell by its number. Raises `ValueError` for an unknown number."""
        if place not in self._places:
            raise Mistake(f"the cells are numbered 1 to {len(self.cells)}, not {place!r:.20}")
        self._said, self._last = "", None
        self._ask(place)

    @checked
    def pick(self, service: str | None) -> None:
        """Deal cells from one service, or from all services if None. Raises `LookupError` for an unknown service."""
        the_line().deal(1, service)
        self._service, self._number = service, 0
        self.service.value = service or ""
        self.deal()

    def deal(self) -> None:
        """Deal the next cells."""
        self._number += 1
        self._sorting = Sorting(the_line().deal(self._number, self._service))
        self._said, self._last = "", None
        self._ask(1)

    @checked
    def sort(self, answers: Mapping[int, str]) -> None:
        """Sort several cells by their numbers, and print the feedback for each.

        Raises `TypeError` if `answers` isn't a dict, and `ValueError` for an unknown number or word.
        """
        if not isinstance(answers, Mapping):
            raise Mistake('pass a dict of number → answer: {1: "aws", 2: "both", 3: "customer"}')
        for place, word in answers.items():
            self._said, self._last = self._sorting.say(place, word), place
        self._draw()
        show(repr(self), self.html)

    # The display

    @property
    def _places(self) -> range:
        return range(1, len(self.cells) + 1)

    def _make_controls(self) -> None:
        self.buttons = {
            word: ipywidgets.Button(description=label, tooltip=f"Sort this cell under: {ANSWERS[word]}")
            for word, label in _LABELS.items()
        }
        for word, button in self.buttons.items():
            button.on_click(lambda _, word=word: self.say(word))
            button.add_class("labs-pile")
            button.add_class(_TINTS[word])
        self.next = ipywidgets.Button(
            description="Next eight", tooltip="Deal the next eight cells", layout={"width": "auto"}
        )
        self.next.on_click(lambda _: self.deal())
        self.place = ipywidgets.Dropdown(
            options=[1], description="Item", style=_LABEL, layout={"width": "auto", "flex": "0 0 auto"}
        )
        self.place.observe(lambda change: self._chosen(change["new"]), "value")
        self.service = ipywidgets.Dropdown(
            options=[("all services", ""), *((name, id) for id, name in the_line().services.items())],
            value=self._service or "",
            description="Service",
            style=_LABEL,
        )
        self.service.observe(lambda change: self._picked(change["new"]), "value")
        self._question, self._board = ipywidgets.HTML(layout=_WIDE), ipywidgets.HTML(layout=_WIDE)
        self._why = ipywidgets.HTML(layout=_WIDE)
        answers = ipywidgets.HBox(list(self.buttons.values()))
        for name in ("labs", "labs-piles"):
            answers.add_class(name)
        row = ipywidgets.HBox(
            [self.place, self.service, self.next], layout={"flex_flow": "row wrap", "grid_gap": "0 .8em"}
        )
        self.view = titled_view(
            ipywidgets.VBox(
                [self._question, answers, self._board, self._why, row],
                layout={"width": "100%", "max_width": "62em"},
            ),
            self.about,
        )

    def _chosen(self, place: int | None) -> None:
        if place is not None and not self._asking:
            self.choose(place)

    def _picked(self, service: str) -> None:
        if (service or None) != self._service:
            self.pick(service or None)

    _asking = False

    def _ask(self, place: int) -> None:
        self._asking = True
        try:
            self.place.options = list(self._places)
            self.place.value = place
        finally:
            self._asking = False
        self._draw()

    def _draw(self) -> None:
        self.next.button_style = "primary" if len(self._sorting.said) == len(self.cells) else ""
        self._question.value = f'<div class="labs">{self._told()}{self._asked()}</div>'
        self._board.value = framed(self._piles("above"))  # on a wide page, the buttons above are the titles
        self._why.value = f'<div class="labs">{self._reasons()}</div>'

    def _asked(self) -> str:
        done = len(self._sorting.said)
        if done == len(self.cells):
            return f'<p role="status"><strong>All sorted: {self.right} of {done} right.</strong></p>'
        score = f" {self.right} of {done} right so far." if done else ""
        named, about = self._named(self.place.value)
        return f'<p class="question">{named} Who is responsible?</p><p>{about}{score}</p>'

    def _told(self) -> str:
        """Return the last sorted cell with the feedback on its answer."""
        if not self._said or self._last is None:
            return ""
        verdict = Verdict.YES if self._said.startswith("Right") else Verdict.NO
        word = "right" if verdict is Verdict.YES else "wrong"
        answer = _LABELS[self._sorting.said[self._last]]
        # The chip and the line above already show that the answer is right, and which answer it is.
        said = self.cells[self._last - 1].reason if verdict is Verdict.YES else self._said
        title = f"{self._last}. {self.cells[self._last - 1].name}. You said: {answer}."
        return box(verdict, title, said, label=f"Feedback on cell {self._last}", word=word)

    def _named(self, place: int) -> tuple[str, str]:
        """Return a cell's number with its name, and what the cell is about."""
        cell = self.cells[place - 1]
        about = escaped(cell.about)
        return f"{place} of {len(self.cells)}: {escaped(cell.name)}.", f"{about[:1].upper()}{about[1:]}."

    def _piles(self, kind: str = "") -> str:
        """Return the board: three piles with each sorted cell, marked right or wrong. `kind`: the titles' class."""
        piles = "".join(self._pile(word, kind) for word in _LABELS)
        return f'<div class="piles">{piles}</div>'

    def _pile(self, word: str, kind: str) -> str:
        """Return a pile with its cells."""
        placed = [self._piece(place) for place, said in self._sorting.said.items() if said == word]
        empty = "" if placed else " empty"
        return (
            f'<div role="group" aria-label="{_LABELS[word]}" class="option tinted {_TINTS[word]}{empty}">'
            f'<strong class="{kind}">{_LABELS[word]}</strong>{"".join(placed)}</div>'
        )

    def _piece(self, place: int) -> str:
        cell = self.cells[place - 1]
        right = self._sorting.said[place] == cell.answer
        sign = chip(Verdict.YES, "right") if right else chip(Verdict.NO, f"wrong → {_LABELS[cell.answer]}")
        name = f"{place}. {escaped(cell.name)}"
        if place == self._last:
            return f'<p aria-current="true">{sign} <strong>{name}</strong></p>'
        return f"<p>{sign} {name}</p>"

    def _reasons(self) -> str:
        """Return why each cell belongs where it does, in one paragraph per cell, which fits on a phone."""
        told = [
            f'<p class="reason {(Verdict.YES if why.startswith("Right") else Verdict.NO).tint}">'
            f"<strong>{place}. {escaped(name)}</strong><br>{escaped(why)}</p>"
            for place, name, _, why in self._sorting.rows()
            if why
        ]
        return fold("The reasons so far", "".join(told)) if told else ""

    # Forms without a widget

    @property
    def html(self) -> str:
        """The board as static HTML."""
        heads = ("", "Cell", "Your answer", "Why")[: 4 if self._sorting.said else 3]
        rows = [tuple(map(escaped, row))[: len(heads)] for row in self._sorting.rows()]
        whole = table("Who is responsible: AWS, the customer, or both?", heads, rows)
        return framed(whole + (self._piles() if self._sorting.said else ""))

    def __repr__(self) -> str:
        how = 'Sort by number: `board.sort({1: "aws", 2: "both", 3: "customer"})`.'
        return f"{self._sorting.page().text}\n{how}"

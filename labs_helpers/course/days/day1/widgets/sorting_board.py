"""The sorting board: eight responsibilities at a time, to assign to AWS, the customer, or both.

    SortingBoard()                    eight cells of all services; SortingBoard(2) the next eight
    SortingBoard(service="lambda")    cells of one service

Each of the three piles is a button that sorts the current cell, and the next cell follows automatically, so keyboard
focus doesn't move. The sorted cell is on top of its pile, with the verdict and the reason. Once all cells are sorted,
those in a wrong pile move to the right one. `sort({1: "aws", 2: "both"})` sorts cells from code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets

from labs_helpers.course.days.day1.responsibility import ANSWERS, Sorting, the_line
from labs_helpers.course.lesson.question_end import End, score_html
from labs_helpers.course.shown.display import show
from labs_helpers.course.shown.mistakes import Mistake, checked
from labs_helpers.course.widgets.visual_language import (
    LabWidget,
    Verdict,
    chip,
    escaped,
    framed,
    table,
    titled_view,
)

_LABELS = {"aws": "AWS", "both": "Both", "customer": "Customer"}
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
        """Sort the current cell as "aws", "customer", or "both". Raises `ValueError` for any other word.

        Once all cells are sorted, nothing changes until one is chosen again.
        """
        if self._is_done:
            return
        place = self.place.value
        self._sorting.say(place, word)
        self._last = place
        left = [each for each in self._places if each not in self._sorting.said]
        self._ask(next((each for each in left if each > place), left[0] if left else place))

    @checked
    def choose(self, place: int) -> None:
        """Select a cell by its number. Raises `ValueError` for an unknown number."""
        if place not in self._places:
            raise Mistake(f"the cells are numbered 1 to {len(self.cells)}, not {place!r:.20}")
        self._last = None
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
        self._last = None
        self._ask(1)

    @checked
    def sort(self, answers: Mapping[int, str]) -> None:
        """Sort several cells by their numbers, and print the feedback for each.

        Raises `TypeError` if `answers` isn't a dict, and `ValueError` for an unknown number or word.
        """
        if not isinstance(answers, Mapping):
            raise Mistake('pass a dict of number → answer: {1: "aws", 2: "both", 3: "customer"}')
        for place, word in answers.items():
            self._sorting.say(place, word)
            self._last = place
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
        self._heaps = {word: ipywidgets.HTML() for word in _LABELS}
        self._boxes = {
            word: ipywidgets.VBox([self.buttons[word], self._heaps[word]]).add_class(_TINTS[word])
            for word in _LABELS
        }
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
        self._question = ipywidgets.HTML(layout=_WIDE)
        self._board = ipywidgets.HBox(list(self._boxes.values())).add_class("labs").add_class("labs-piles")
        row = ipywidgets.HBox([self.place, self.service, self.next])
        row.add_class("labs-onward")
        body = ipywidgets.VBox(
            [self._question, self._board, row], layout={"width": "100%", "max_width": "62em"}
        )
        body.add_class("labs-question")
        self.view = titled_view(body, self.about)

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
        self.next.button_style = "primary" if self._is_done else ""
        _mark(self.next, "labs-next", is_on=self._is_done)
        _mark(self._board, "done", is_on=self._is_done)
        self._question.value = framed(self._asked())
        for word, heap in self._heaps.items():
            heap.value = self._heap(word)
            _mark(self._boxes[word], "empty", is_on=not self._places_in(word))

    def _asked(self) -> str:
        """Return the question about the current cell or, once all cells are sorted, the score."""
        done, of = len(self._sorting.said), len(self.cells)
        if self._is_done:
            return score_html(End(f"{self.right} of {of} right", self._missed()), self.right, of, None)
        score = f'<span class="score">{self.right} of {done} right</span>' if done else ""
        named, about = self._named(self.place.value)
        asked = f'<p class="headline"><span>{named} Who is responsible?</span> {score}</p>'
        return f"{asked}<p>{about}</p>"

    @property
    def _is_done(self) -> bool:
        """True if all cells are sorted, and no cell is selected to be sorted again."""
        return self._is_all_sorted and self._last is not None

    def _missed(self) -> tuple[str, ...]:
        """Return which cells were in the wrong pile, in a sentence."""
        wrong = [str(place) for place in self._places if not self._is_right(place)]
        return (f"Moved to the right pile: {', '.join(wrong)}.",) if wrong else ()

    def _is_right(self, place: int) -> bool:
        return bool(self._sorting.said[place] == self.cells[place - 1].answer)

    def _named(self, place: int) -> tuple[str, str]:
        """Return a cell's number with its name, and what the cell is about."""
        cell = self.cells[place - 1]
        about = escaped(cell.about)
        return f"{place} of {len(self.cells)}: {escaped(cell.name)}.", f"{about[:1].upper()}{about[1:]}."

    @property
    def _is_all_sorted(self) -> bool:
        return len(self._sorting.said) == len(self.cells)

    def _places_in(self, word: str) -> list[int]:
        """Return the places of a pile's cells, the last sorted one first.

        Once all cells are sorted, those that were sorted wrongly are in the right pile.
        """
        places = [
            place
            for place, said in self._sorting.said.items()
            if word == (self.cells[place - 1].answer if self._is_all_sorted else said)
        ]
        places.sort(key=lambda place: place == self._last)
        return places[::-1]

    def _piles(self) -> str:
        """Return the board: three piles with each sorted cell, marked right or wrong."""
        piles = "".join(
            f'<div class="option tinted {_TINTS[word]}{"" if self._places_in(word) else " empty"}">'
            f"{self._pile(word) or f'<strong>{_LABELS[word]}</strong>'}</div>"
            for word in _LABELS
        )
        return f'<div class="piles">{piles}</div>'

    def _heap(self, word: str) -> str:
        """Return what is below a pile's button. The button is the title, except on paper."""
        pile = self._pile(word, "on-paper")
        return f'<div class="labs">{pile}</div>' if pile else ""

    def _pile(self, word: str, kind: str = "") -> str:
        """Return a pile's title and its cells, or "" if the pile is empty. `kind`: the title's class."""
        pieces = "".join(map(self._piece, self._places_in(word)))
        title = f'<strong class="{kind}">{_LABELS[word]}</strong>'
        return f'<div role="group" aria-label="{_LABELS[word]}">{title}{pieces}</div>' if pieces else ""

    def _piece(self, place: int) -> str:
        """Return a sorted cell with its verdict and its reason. The reason is open for the cell that was sorted last.

        Once all cells are sorted, each cell that was in a wrong pile names that pile, and its reason is open.
        """
        cell, said, is_last = self.cells[place - 1], self._sorting.said[place], place == self._last
        right, is_moved = self._is_right(place), self._is_all_sorted
        wrong = f"moved from {_LABELS[said]}" if is_moved else f"wrong → {_LABELS[cell.answer]}"
        verdict, word = (Verdict.YES, "right") if right else (Verdict.NO, wrong)
        # The verdict already shows which answer is right, so leave out the first sentence, which states the same.
        reason = cell.judged(said).partition(". ")[2]
        piece = (
            f'<details class="piece"{" open" if is_last or (is_moved and not right) else ""}>'
            f"<summary>{chip(verdict, word)} <span>{place}. {escaped(cell.name)}</span></summary>"
            f'<p class="reason {verdict.tint}">{escaped(reason)}</p></details>'
        )
        if not is_last:
            return piece
        return f'<div role="status" aria-label="Feedback on cell {place}" class="newest">{piece}</div>'

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


def _mark(widget: ipywidgets.DOMWidget, name: str, *, is_on: bool) -> None:
    """Add a class to a widget, or remove it."""
    (widget.add_class if is_on else widget.remove_class)(name)

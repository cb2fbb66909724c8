"""An incident player: a scene, three places to look at, and the known facts, one incident after another.

    IncidentPlayer()              all incidents, oldest first
    IncidentPlayer("uber")        beginning with the Uber incident

For plain text, use `play("uber")` and `play("uber", "b")` from labs_helpers.course.days.day1.incidents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets

from labs_helpers.course.days.day1.incidents import card, facts, incident, incidents, reason, scene
from labs_helpers.course.learner.asked import keys_of
from labs_helpers.course.lesson.option_buttons import OptionButtons
from labs_helpers.course.lesson.question_end import End, score_html
from labs_helpers.course.shown.display import Page
from labs_helpers.course.shown.mistakes import Mistake, checked
from labs_helpers.course.widgets.visual_language import (
    STYLE,
    LabWidget,
    Verdict,
    escaped,
    framed,
    titled_view,
)

if TYPE_CHECKING:
    from labs_helpers.course.days.day1.schema import Incident

_WIDE = {"width": "99%"}


class IncidentPlayer(LabWidget):
    """A player for the day's incidents. `first` is the ID of the incident to begin with.

    Raises `LookupError` if the ID is unknown. The controls call `choose`, `next`, and `go`. `answers` keeps the letter
    chosen for each incident.
    """

    about = "Incident player: real breaches, and where you would have looked first"

    @checked
    def __init__(self, first: str | None = None) -> None:
        ids = list(incidents())
        self.answers: dict[str, str] = {}
        self.id = ipywidgets.Dropdown(
            # The scene describes the company.
            options=[(f"{each.year}: {each.who.partition(',')[0]}", id) for id, each in incidents().items()],
            value=incident(first).id if first is not None else ids[0],
            description="Incident",
            style={"description_width": "initial"},
            layout={"width": "36em"},
        )
        self.id.observe(lambda _: self._draw(), "value")
        self.options = OptionButtons(self.choose)
        self.forward = ipywidgets.Button(description="Next incident", layout={"width": "auto"})
        self.forward.on_click(lambda _: self.next())
        self.forward.add_class("labs-next")
        self._shown = ipywidgets.HTML(layout=_WIDE)
        self._scene = ipywidgets.HTML(layout=_WIDE)
        self._keys = ipywidgets.HTML()
        # The button for the next incident is above the facts, so that it stays in view, however long the facts are.
        done = ipywidgets.HBox([self.forward, self._keys])
        done.add_class("labs-onward")
        body = ipywidgets.VBox(
            [ipywidgets.HTML(STYLE), self.id, self._scene, self.options.view, done, self._shown],
            layout={"width": "100%", "max_width": "62em"},
        )
        for name in ("labs", "labs-question", "labs-quiz"):
            body.add_class(name)
        self.view = titled_view(body, self.about)
        self._draw()

    @checked
    def choose(self, letter: str) -> None:
        """Choose where to look first. Raises `ValueError` for an unknown letter."""
        choices = incident(self.id.value).look.choices
        if letter not in choices:
            raise Mistake(f"choose one of {', '.join(choices)}, not {letter!r:.20}")
        self.answers[self.id.value] = letter
        self._draw()

    def next(self) -> None:
        """Go to the next incident; after the last incident, go to the first."""
        ids = [id for _, id in self.id.options]
        self.id.value = ids[(ids.index(self.id.value) + 1) % len(ids)]

    @checked
    def go(self, id: str) -> None:
        """Go to an incident by its ID. Raises `LookupError`, which lists the known IDs, for an unknown ID."""
        self.id.value = incident(id).id

    @property
    def right(self) -> int:
        """The number of incidents for which the best place was chosen."""
        return sum(incidents()[id].look.right == letter for id, letter in self.answers.items())

    def _page(self) -> Any:
        found = incident(self.id.value)
        letter = self.answers.get(found.id)
        return scene(found) if letter is None else card(found, letter)

    def _tally(self) -> str:
        return (
            f"{len(self.answers)} of {len(incidents())} played. In {self.right} of them, "
            "you chose the best place to look."
        )

    def _draw(self) -> None:
        found = incident(self.id.value)
        chosen = self.answers.get(found.id)
        self._scene.value = f'<div class="labs">{self._question(found)}</div>'
        self.options.ask(found.look.choices)
        told = ""
        if chosen is not None:
            told = facts(found, Page()).html
            for letter in found.look.choices:
                self.options.mark(letter, *_marked(found, letter, chosen), reason(found, letter))
        self.forward.button_style = "" if chosen is None else "primary"
        keys = keys_of(found.look.choices) if chosen is None else "Keys: Enter or → for the next incident"
        self._keys.value = f'<p class="dim keys">{keys}</p>'
        self._shown.value = f'<div class="labs">{self._end()}{told}</div>'

    def _question(self, found: Incident) -> str:
        score = (
            f"{len(self.answers)} of {len(incidents())} played, {self.right} right" if self.answers else ""
        )
        title = f"{escaped(found.who)} ({found.year})"
        return (
            f'<p class="headline"><span>{title}</span> <span class="score">{score}</span></p>'
            f'{Page().say(found.scene).html}<p class="question">What would you have looked at first?</p>'
        )

    def _end(self) -> str:
        """Return the score and the missed incidents, once all are played."""
        if len(self.answers) < len(incidents()):
            return ""
        missed = [
            each.who.partition(",")[0]
            for id, each in incidents().items()
            if self.answers[id] != each.look.right
        ]
        changes = (f"Worth another look: {', '.join(missed)}.",) if missed else ()
        said = f"All played: {self.right} of {len(incidents())} right"
        return score_html(End(said, changes), self.right, len(incidents()), None)

    @property
    def html(self) -> str:
        """The current incident as static HTML."""
        return framed(self._page().html)

    def __repr__(self) -> str:
        return f"{self._page().text}\n{self._tally()}"


def _marked(found: Incident, letter: str, chosen: str) -> tuple[Verdict | None, str]:
    """Return an option's mark, and its word, once the learner has chosen an option."""
    if letter == found.look.right:
        return Verdict.YES, "your choice, and the best" if letter == chosen else "the best"
    return (Verdict.NO, "your choice") if letter == chosen else (None, "")

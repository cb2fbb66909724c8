"""Exercises that learners answer by clicking: a row per item, a button that checks the choices, and the dict to copy.

The grid is shown below an exercise in notebooks with ipywidgets. It fills in the same dict that a learner can type, and
it shows that dict for anyone who wants to keep the answer in a cell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets

from labs_helpers.course.grading.choice_rows import ChoiceRows
from labs_helpers.course.lesson.option_buttons import card
from labs_helpers.course.lesson.result_card import without_start
from labs_helpers.course.shown.display import inline
from labs_helpers.course.shown.look import Verdict, chip, escaped, fold
from labs_helpers.course.shown.printable import clean
from labs_helpers.course.shown.progress_line import no_progress_line
from labs_helpers.course.shown.verdict_strip import outcome

if TYPE_CHECKING:
    from labs_helpers.course.grading.results import CheckResult

_REQUEST = re.compile(r"^Request \d+: ")
"""The beginning of a fault, which the row above it already shows."""
_WIDE = {"width": "100%", "max_width": "62em"}
_CHANGED = "The result below is for your earlier choices. Check again."


class ChoiceGrid:
    """The grid of an exercise. `check` grades an answer and shows its card; `chosen` has the words by row, from 0."""

    def __init__(self, id: str, rows: ChoiceRows, check: Callable[[str, object], CheckResult]) -> None:
        self._id, self._rows, self._check = id, rows, check
        self.chosen: dict[int, str] = {}
        self._checked: dict[int, str] | None = None
        self.controls = {place: self._control(place) for place in range(len(rows.rows))}
        self._marks = {place: ipywidgets.HTML() for place in self.controls}
        self.title, self.rest, self.answer = (ipywidgets.HTML() for _ in range(3))
        self.result = ipywidgets.Output()
        self.button = ipywidgets.Button(description="Check", button_style="primary")
        self.button.on_click(lambda _: self.submit())
        self._body = ipywidgets.VBox(layout=_WIDE)
        self._body.add_class("labs-grid")
        row = ipywidgets.HBox([self.button, self.rest])
        row.add_class("labs-onward")
        self.view = card(self.title, *self._pick(), self._body, row, self.answer, self.result)
        self._show(rows.groups[:1] if rows.several else rows.groups)
        self._draw_answer()

    def choose(self, place: int, word: str | None) -> None:
        """Choose a word for a row, or remove the row's word."""
        if word is None:
            self.chosen.pop(place, None)
        else:
            self.chosen[place] = word
        self._marks[place].value = ""
        self._draw_answer()

    def submit(self) -> CheckResult:
        """Check the choices so far, show the card below, and mark each row that was judged individually."""
        self.result.clear_output()
        self.rest.value = "<p>Checking …</p>"
        self._checked = dict(self.chosen)
        try:
            with no_progress_line(), self.result:
                result = self._check(self._id, self._rows.answer(self.chosen))
        finally:
            self._draw_answer()
        if not self._rows.row_by_row:
            return result
        judged = sorted(self.chosen) if self._rows.several else list(self.controls)
        for place, trial in zip(judged, (each for each in result.trials if self._is_row(each)), strict=False):
            self._mark(place, trial)
        return result

    def _is_row(self, trial: Any) -> bool:
        return not self._rows.several or trial.right is not None

    def _mark(self, place: int, trial: Any) -> None:
        if trial.right is None:
            self._marks[place].value = ""
            return
        verdict = Verdict.YES if trial.right else Verdict.NO
        story = outcome(trial.judgement.decision) if trial.judgement is not None else ""
        if trial.fault is not None:
            story = without_start(_REQUEST.sub("", trial.fault.story), _REQUEST.sub("", trial.title))
        why = f" {inline(clean(story))}".rstrip()
        word = "right" if trial.right else "wrong"
        self._marks[place].value = f'<p class="reason {verdict.tint}">{chip(verdict, word)}{why}</p>'

    def _pick(self) -> list[Any]:
        """Return the menu of the groups, if an answer contains only some of them."""
        if not self._rows.several:
            return []
        options = [(group or "", group) for group in self._rows.groups]
        menu = ipywidgets.Dropdown(
            options=options, description="Show", style={"description_width": "initial"}
        )
        menu.observe(lambda change: self._show((change["new"],)), "value")
        return [menu]

    def _show(self, groups: tuple[str | None, ...]) -> None:
        parts, before = [], None
        for place in self._rows.of(groups):
            group = self._rows.rows[place].group
            if group is not None and group != before:
                parts.append(ipywidgets.HTML(f'<p class="question">{escaped(group)}</p>'))
            before = group
            parts += [self.controls[place], self._marks[place]]
        self._body.children = parts

    def _control(self, place: int) -> Any:
        control = ipywidgets.RadioButtons(
            options=self._rows.rows[place].words or self._rows.words,
            value=None,
            orientation="horizontal",
            description=inline(clean(self._rows.rows[place].label)),
            description_allow_html=True,
            style={"description_width": "initial"},
            layout={"width": "100%"},
        )
        control.observe(lambda change: self.choose(place, change["new"]), "value")
        return control

    def _draw_answer(self) -> None:
        self.button.disabled = not self._is_complete
        rows, name = len(self.controls), f"answer_{self._id.replace('.', '_')}"
        code = f"{name} = {_written(self._rows.form(self.chosen))}"
        code += f'\nday.check("{self._id}", {name})'
        of = "" if self._rows.several else f" of {rows}"
        shown = f'<pre class="json" tabindex="0" role="group" aria-label="The answer">{escaped(code, 20_000)}</pre>'
        count = f'<span class="score">{len(self.chosen)}{of} chosen</span>'
        self.title.value = f'<p class="headline"><span>Your answers to {self._id}</span> {count}</p>'
        self.rest.value = f"<p>{self._note}</p>" if self._note else ""
        self.answer.value = fold("The answer as code, to copy", shown)

    @property
    def _is_complete(self) -> bool:
        """Return True if every row of the groups that the learner has begun has a word."""
        begun = {self._rows.rows[place].group for place in self.chosen}
        return bool(self.chosen) and all(place in self.chosen for place in self._rows.of(begun))

    @property
    def _note(self) -> str:
        """Return what is missing before a check, or that the result below is the result of other choices."""
        if self._is_complete:
            return _CHANGED if self._checked not in (None, self.chosen) else ""
        if len(self._rows.groups) > 1:
            return "To check them, choose an option in each row of the parts that you have begun."
        return "To check them, choose an option in each row."


def _written(value: Any, depth: int = 0) -> str:
    """Return a value of an answer as code: of a dict, each key on its own line, as in the notebooks."""
    if not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False)
    inner = "    " * (depth + 1)
    lines = [f"{inner}{_written(key)}: {_written(each, depth + 1)},\n" for key, each in value.items()]
    return f"{{\n{''.join(lines)}{'    ' * depth}}}"

"""The who-can-do-what matrix: principals and actions for a resource, with a decision by the engine in every cell.

    AccessMatrix(cloud, "arn:aws:s3:::payroll/2026.csv")                         # with a running cloud
    AccessMatrix(resource=arn, policies={alice: {"identity": [doc]}, "resource": doc})   # with plain documents

Actions and their resource types come from AWS's own lists.
https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import ipywidgets

from labs_helpers.cloud import Cloud
from labs_helpers.course.shown.explain import Explanation
from labs_helpers.course.shown.mistakes import Mistake, UnknownName, checked, one_of
from labs_helpers.course.widgets.background_work import AT_ONCE, Work
from labs_helpers.course.widgets.matrix import html as page
from labs_helpers.course.widgets.matrix.grid import (
    ALLOW,
    CloudAnswers,
    DocumentAnswers,
    Grid,
    Source,
    access_level,
    account,
    grid,
    service,
)
from labs_helpers.course.widgets.text_controls import Area, Line, writable
from labs_helpers.course.widgets.verdict_table import Grouping
from labs_helpers.course.widgets.visual_language import STYLE, LabWidget, alert, escaped, note, titled_view
from labs_helpers.engine.policy import Decision, PolicyError

_WIDE = {"width": "calc(100% - 4px)"}
_SHORT: dict[str, Any] = {
    "layout": {"width": "17em", "max_width": "99%"},
    "style": {"description_width": "4em"},
}
_FIELD: dict[str, Any] = {"layout": {"width": "99%"}, "style": {"description_width": "8em"}}
# A field sends its text when it loses the focus: if it sent each letter, a browser would hold the last ones back while
# the kernel is busy, but not a click on Compute.
_TYPED: dict[str, Any] = {**_FIELD, "continuous_update": False}
_KEYS = (
    "Keyboard: Tab moves on, Space checks a box, and Alt+↓ opens a list. In the table, the arrow keys move between "
    "cells, and Enter explains a cell."
)
_ORDERS = ("as entered", "by name", "most allowed first")
_GROUPS: dict[str, tuple[Grouping, Grouping]] = {
    "none": (None, None),
    "service": (service, None),
    "access level": (access_level, None),
    "account": (None, account),
}
"""The available groupings of actions and principals, by name."""


class AccessMatrix(LabWidget):
    """A widget that shows which principals can perform which actions on a resource.

    `cloud` is a running cloud. By default, it is this process's cloud, unless `policies` are given. `policies` are
    documents in the scenario format, by principal, as `{alice: {"identity": [document]}, "resource": document}`;
    documents that aren't under a principal apply to all principals. `principals` are ARNs, `*` (a caller without
    credentials), or patterns such as `*:role/*`; by default all users and roles. `actions` are names or patterns such
    as `s3:Get*`; by default the actions that AWS lists for the resource. `context` contains condition keys for every
    request, in addition to the keys that AWS always adds. Raises `ValueError` if there is neither a cloud nor policies.

    In a notebook the matrix is computed in the background, on the kernel's event loop; elsewhere immediately. `run`
    computes the remaining cells now.
    """

    about = "Who can do what: principals and actions for one resource, each cell decided as AWS would, with the reason"

    @checked
    def __init__(
        self,
        cloud: Cloud | None = None,
        resource: str = "",
        *,
        principals: Iterable[str] | str | None = None,
        actions: Iterable[str] | str | None = None,
        policies: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> None:
        self._source = _source(cloud, policies)
        self._context = dict(context or {})
        self._grid: Grid | None = None
        self._work: Work | None = None
        self._asked_for: tuple[str, ...] = ()
        self._make_controls(_text(principals), _text(actions), resource)
        self.view: ipywidgets.Widget = self._arranged()
        """The matrix as an ipywidgets widget."""
        self._listen()
        if resource:
            self.start()
        else:
            self._say("Enter a resource, then press Compute.")

    # --- actions of the buttons ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Compute the matrix: in chunks on the running event loop, or immediately if there isn't one.

        Unreadable input is reported in the widget.
        """
        if not self.running and (work := self._begin()) and not work.advance(AT_ONCE):
            work.start()

    def run(self) -> AccessMatrix:
        """Compute the remaining cells of the matrix now, including work that has already begun."""
        work = self._work if self.running else self._begin()
        if work is not None:
            work.finish()
        return self

    def stop(self) -> None:
        """Stop computing. The widget keeps the answers so far, and the other cells are "not asked"."""
        if self._work is not None and self._grid is not None:
            self._grid.stop = True
            self._work.finish()

    @checked
    def why(self, principal: str, action: str) -> Explanation:
        """Choose a cell and return the explanation of its answer.

        Raises `UnknownName` for an unknown cell or one without an answer.
        """
        answers = self._finished().answers
        who = one_of(principal, dict.fromkeys(row for row, _ in answers), "row")
        what = one_of(action, dict.fromkeys(column for _, column in answers), "column")
        answer = answers[who, what]
        if isinstance(answer, str):
            raise UnknownName(f"The cell for {who} and {what} has no decision: {answer}")
        self._who.value, self._what.value = principal, action
        return self._explanation(principal, action, answer)

    def csv(self) -> str:
        """Return the filtered table as CSV: a row per action, a column per principal."""
        return page.as_csv(self._finished(), *self.shown)

    # --- contents -----------------------------------------------------------------------------------------------

    @checked
    def answer(self, principal: str, action: str) -> str:
        """Return a cell's word: "allow", "deny", "explicit deny", "not asked" (after a stop), or "error"."""
        return self._finished().word(principal, action)

    @property
    def principals(self) -> tuple[str, ...]:
        """The principals in the matrix."""
        return self._grid.principals if self._grid else ()

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions in the matrix."""
        return self._grid.actions if self._grid else ()

    @property
    def shown(self) -> tuple[list[str], list[str]]:
        """The principals and the actions that match the filters."""
        if self._grid is None:
            return [], []
        principals, actions = self._grid.shown(
            differences=self.only_differences.value, allowed=self.only_allowed.value
        )
        if wanted := self.find.value.strip().lower():
            found = [each for each in actions if wanted in each.lower()]
            who = [each for each in principals if wanted in each.lower()]
            actions, principals = found or (actions if who else []), who or principals
        return self._sorted(self._grid, principals, actions)

    def _sorted(self, grid: Grid, principals: list[str], actions: list[str]) -> tuple[list[str], list[str]]:
        if self.order.value == "by name":
            principals, actions = sorted(principals), sorted(actions)
        elif self.order.value == "most allowed first":
            allowed = {each for each in grid.answers if grid.word(*each) == ALLOW}
            principals = sorted(principals, key=lambda who: -sum((who, each) in allowed for each in actions))
            actions = sorted(actions, key=lambda each: -sum((who, each) in allowed for who in principals))
        of_actions, of_principals = _GROUPS[self.group.value]
        return sorted(principals, key=of_principals or _constant_key), sorted(
            actions, key=of_actions or _constant_key
        )

    @property
    def running(self) -> bool:
        """True while the matrix is being computed."""
        return self._work is not None and not self._work.ended

    # --- still forms and controls -------------------------------------------------------------------------------

    @property
    def html(self) -> str:
        """The summary, the table, and the explanation of the chosen cell as static HTML."""
        content = "".join(part.value for part in (self._status, self._table, self._why))
        return f'{STYLE}{page.STYLE}<div class="labs-matrix">{content}</div>'

    def __repr__(self) -> str:
        told = page.summary(self._grid) if self._grid else "nothing computed"
        return f"<AccessMatrix: {told}>"

    def _make_controls(self, principals: str, actions: str, resource: str) -> None:
        self.resource = Line(
            value=writable(resource), description="Resource", placeholder="arn:aws:s3:::bucket/key", **_TYPED
        )
        self.principals_text = Area(
            value=principals, description="Principals", rows=_lines(principals),
            placeholder="All users and roles, or ARNs, or *:role/*",
            **_TYPED,
        )  # fmt: skip
        self.actions_text = Area(
            value=actions, description="Actions", rows=_lines(actions),
            placeholder="All actions on the resource, or s3:Get* s3:PutObject",
            **_TYPED,
        )  # fmt: skip
        self.compute_button = ipywidgets.Button(description="Compute", button_style="primary")
        self.stop_button = ipywidgets.Button(description="Stop", disabled=True)
        self.stop_button.add_class("labs-stop")  # hidden while nothing runs
        self._progress = ipywidgets.IntProgress(
            description="Progress",
            layout={"display": "none", "width": "20em", "max_width": "calc(100% - 4px)"},
        )
        self.only_differences = ipywidgets.Checkbox(
            description="Only differences", indent=False, layout={"width": "auto"}
        )
        self.only_allowed = ipywidgets.Checkbox(
            description="Only allowed", indent=False, layout={"width": "auto"}
        )
        self.find = Line(
            description="Find", placeholder="an action or a name", continuous_update=False, **_SHORT
        )
        self.order = ipywidgets.Dropdown(description="Sort", options=_ORDERS, **_SHORT)
        self.group = ipywidgets.Dropdown(description="Group", options=tuple(_GROUPS), **_SHORT)
        self._status, self._table, self._why = (ipywidgets.HTML(layout=_WIDE) for _ in range(3))
        self._who = ipywidgets.Dropdown(description="Why: principal", **_FIELD)
        self._what = ipywidgets.Dropdown(description="Why: action", **_FIELD)
        self.csv_button = ipywidgets.Button(description="Show CSV")
        self._csv = ipywidgets.Textarea(
            description="CSV",
            rows=6,
            disabled=False,
            layout={"width": "99%", "display": "none"},
            style=_FIELD["style"],
        )

    def _arranged(self) -> ipywidgets.Box:
        def row(*parts: ipywidgets.Widget) -> ipywidgets.HBox:
            """Return controls in a row that wraps."""
            return ipywidgets.HBox(parts, layout={"flex_flow": "row wrap", **_WIDE})

        for part in (self.principals_text, self.actions_text):
            part.layout.flex, part.layout.width = "1 1 24em", "auto"
            part.add_class("labs-grow")
        why = ipywidgets.VBox(
            [self._why, self._who, self._what, ipywidgets.HTML(f"<p>{escaped(_KEYS)}</p>")],
            layout={"flex": "1 1 32em", "min_width": "0"},
        )
        why.add_class("labs-form")
        filters = row(self.find, self.order, self.group, self.only_differences, self.only_allowed)
        filters.add_class("labs-bar")
        answers = ipywidgets.VBox(
            [self._table, row(self.csv_button), self._csv], layout={"flex": "1 1 32em", "min_width": "0"}
        )
        # The reason is next to the table if both fit, and below it otherwise.
        view = ipywidgets.VBox(
            [
                ipywidgets.HTML(STYLE + page.STYLE, layout={"display": "none"}),
                self.resource, row(self.principals_text, self.actions_text),
                row(self.compute_button, self.stop_button, self._progress), self._status,
                filters,
                row(answers, why),
            ],
            layout={"width": "100%"},
        )  # fmt: skip
        view.add_class("labs-matrix")
        for choice in (self._who, self._what):
            choice.add_class("labs-choice")
        return titled_view(view, self.about)

    def _listen(self) -> None:
        self.compute_button.on_click(lambda _: self.start())
        self.stop_button.on_click(lambda _: self.stop())
        self.csv_button.on_click(lambda _: self._toggle_csv())
        for box in (self.only_differences, self.only_allowed, self.find, self.order, self.group):
            box.observe(lambda _: self._show(), "value")
        for choice in (self._who, self._what):
            choice.observe(lambda _: self._show_why(), "value")
        for control in (self.resource, self.principals_text, self.actions_text):
            control.observe(lambda _: self._tell(), "value")

    # --- computing ----------------------------------------------------------------------------------------------

    def _question(self) -> tuple[str, ...]:
        return self.resource.value, self.principals_text.value, self.actions_text.value

    def _begin(self) -> Work | None:
        """Return the work for the questions in the fields, or show a message and return None if they can't be read."""
        resource, principals, actions = self._question()
        self._grid, self._asked_for, self._work = None, self._question(), None
        try:
            self._grid = grid(self._source, resource, principals, actions, self._context)
            steps = self._grid.steps()
            next(steps, None)
        except PolicyError as error:
            self._end()
            self._warn(str(error))
            return None
        self.compute_button.disabled, self.stop_button.disabled = True, False
        self._progress.max, self._progress.value = max(self._grid.expected, 1), 0
        self._progress.layout.display = None
        self._say(f"Deciding {self._grid.expected:,} requests.")
        self._work = Work(_with_error_note(steps, self._grid), self._tell_how_far, self._end)
        return self._work

    def _tell_how_far(self) -> None:
        assert self._grid is not None
        self._progress.value = len(self._grid.answers)

    def _end(self) -> None:
        self.compute_button.disabled, self.stop_button.disabled = False, True
        self._progress.layout.display = "none"
        self._offer_cells()
        self._show()
        self._tell()  # last, so that the answers are there when screen readers announce the end

    def _finished(self) -> Grid:
        """Finish the work and return all answers, because a caller should not get an arbitrary part of them."""
        if self._work is not None:
            self._work.finish()
        if self._grid is None:
            raise Mistake("nothing was computed; the matrix shows why")
        return self._grid

    # --- display ------------------------------------------------------------------------------------------------

    def _say(self, text: str) -> None:
        self._status.value = note(text)

    def _warn(self, text: str) -> None:
        self._status.value = alert(text)

    def _tell(self) -> None:
        """Show the number of answers, and whether the fields have changed since."""
        if self._grid is None or self.running:
            return
        changed = (
            "" if self._question() == self._asked_for else " The question has changed. Press Compute again."
        )
        self._say(page.summary(self._grid) + changed)

    def _show(self) -> None:
        if self.running:
            return
        self._table.value = self._drawn() if self._grid else ""
        if self._csv.layout.display != "none":
            self._write_csv()
        self._show_why()

    def _write_csv(self) -> None:
        self._csv.value = page.as_csv(self._grid, *self.shown) if self._grid and not self.running else ""

    def _drawn(self) -> str:
        assert self._grid is not None
        return page.table(self._grid, *self.shown, *_GROUPS[self.group.value])

    def _offer_cells(self) -> None:
        """Offer the cells as choices; keep the chosen one if it still exists, else choose the first."""
        for choice, values in ((self._who, self.principals), (self._what, self.actions)):
            kept = choice.value
            choice.options = values
            choice.value = kept if kept in values else values[0] if values else None

    def _show_why(self) -> None:
        principal, action = self._who.value, self._what.value
        answer = self._grid.answers.get((principal, action)) if self._grid and not self.running else None
        if isinstance(answer, Decision):
            shown = self._explanation(principal, action, answer).page().html
            self._why.value = f'<div class="why" role="status" aria-label="Why">{shown}</div>'
        else:
            asked = self._grid is not None and not self.running
            self._why.value = note(answer or "This request was not decided.") if asked else ""

    def _explanation(self, principal: str, action: str, decision: Decision) -> Explanation:
        resource = self._grid.resource if self._grid else ""
        asked = f"`{principal}` requests `{action}` on `{resource}`"
        return Explanation(decision, asked, request=(principal, action, resource))

    def _toggle_csv(self) -> None:
        hidden = self._csv.layout.display == "none"
        if hidden:  # fill it before it is shown, because changes reach the browser one by one in this order
            self._write_csv()
        self._csv.layout.display = "flex" if hidden else "none"
        self.csv_button.description = "Hide CSV" if hidden else "Show CSV"


def _constant_key(name: str) -> str:
    """Return a constant sort key, which keeps an order unchanged."""
    return ""


def _with_error_note(steps: Iterator[None], asked: Grid) -> Iterator[None]:
    """Yield the steps, and turn an error into a note, because the cloud might have been stopped."""
    try:
        yield from steps
    except PolicyError as error:
        asked.notes.append(str(error))


def _text(names: Iterable[str] | str | None) -> str:
    return writable(names if isinstance(names, str) else " ".join(names or ()))


def _source(cloud: Cloud | None, policies: Mapping[str, Any] | None) -> Source:
    if policies is not None:
        if cloud is not None:
            raise Mistake("pass either a cloud or policies, not both")
        return DocumentAnswers(policies)
    running = cloud or Cloud.running()
    if running is None:
        raise Mistake('no cloud is running: start one, or pass policies={arn: {"identity": [document]}}')
    return CloudAnswers(running)


def _lines(text: str) -> int:
    """Return the height of a field that shows all lines of a short text."""
    return min(max(2, text.count("\n") + 1), 5)

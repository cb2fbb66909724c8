"""The access map: a heat map of who can do what in a whole organization, with a reason in each cell.

    OrganizationAccess(cloud)                     # every user and role against twenty dangerous actions
    OrganizationAccess(cloud, preview=tree.preview)       # with a preview's changes

Each row is a principal, whose access to resources in its own account is evaluated. Signs and words convey the same
information as the colors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import ipywidgets

from labs_helpers.cloud import RCP, SCP, Cloud, NotModelled, Preview, organization_of
from labs_helpers.course.days.day4.widgets import access_map_html as page
from labs_helpers.course.shown.access_map import AccessMap
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.explain import Explanation
from labs_helpers.course.shown.look import headline
from labs_helpers.course.shown.mistakes import Mistake, UnknownName, checked
from labs_helpers.course.shown.shortened import without_middle
from labs_helpers.course.widgets.background_work import AT_ONCE, Work
from labs_helpers.course.widgets.stale_cloud import Standing
from labs_helpers.course.widgets.text_controls import Line, labeled_above
from labs_helpers.course.widgets.visual_language import (
    STYLE,
    LabWidget,
    Verdict,
    box,
    escaped,
    framed,
    titled_view,
)
from labs_helpers.engine.policy.arn import account_number_in

_MOST = "most access first"
_GROUPS = ("none", "account", "OU")
_SHORT: dict[str, Any] = {"style": {"description_width": "initial"}}
_SAME = "Something in the cloud has changed since your last look, but no square has."
_STALE = page.outdated("The cloud has changed.")
_GONE = page.outdated("The cloud was reset.", "Run the cells of this part again, and then this one.")
_ASK = "<strong>Why?</strong> Click a square, or choose here:"
_KEYS = "Keyboard: in the map, the arrow keys move between squares, and Enter shows the reason."
_FITS = 36
"""The maximum length of a principal's account and name that fits into the list."""
_ROLE_ID = re.compile(r"^(AWSReservedSSO_.+)_[0-9a-f]{16}$")
"""The name of a role that Identity Center created: a permission set's name and an ID."""
_NAMED = 3
"""The maximum number of actions, and of users and roles, that a note on changed squares names."""


class OrganizationAccess(LabWidget):
    """An access map of an organization, or of given principals and actions (see `course.grading.access_map.AccessMap`).

    In a notebook, the map is computed in the background, on the kernel's event loop; elsewhere, immediately. `run`
    computes the remaining cells now; `stop` ends the computation and keeps the answers so far. Raises `ValueError` if
    no cloud is running.
    """

    about = "Access map: which users and roles can perform dangerous actions"

    @checked
    def __init__(
        self,
        cloud: Cloud | None = None,
        principals: Iterable[str] | None = None,
        actions: Mapping[str, str] | None = None,
        *,
        preview: Preview | None = None,
    ) -> None:
        running = cloud or Cloud.running()
        if running is None:
            raise Mistake("no cloud is running: start one")
        self.map = AccessMap(running, principals, actions, preview=preview)
        self._organization = organization_of(running)
        self._preview = preview
        self._standing = Standing(running)
        self._work: Work | None = None
        self._is_chosen = False
        """False until the learner chooses a cell. Until then, the first row is chosen."""
        self._is_stale = False
        """True if something in the cloud has changed since the map was computed."""
        self._computed_again: str | None = None
        """The action that was chosen when the map was outdated; while it is chosen, the reason begins with a note."""
        self._before: dict[str, tuple[bool | None, ...]] = {}
        """The rows before the map was computed again."""
        self._changes: dict[tuple[str, str], bool] = {}
        """The cells that the last change in the cloud opened (True) or closed (False)."""
        self._asked = page.EXAMPLES if actions is None else page.GIVEN
        self._make_controls()
        self.view: ipywidgets.Widget = self._arranged()
        """The map as an ipywidgets widget."""
        self.start()
        running.watch(self)

    # --- computing ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Compute the remaining rows: in chunks on the running event loop, or immediately if there isn't one."""
        if self.running:
            return
        self._work = Work(self.map.step(), self._tell, self._finish)
        self.stopping.disabled = False
        if not self._work.advance(AT_ONCE):
            self._work.start()

    def run(self) -> OrganizationAccess:
        """Compute the remaining cells of the map now."""
        self.start()
        if self._work is not None:
            self._work.finish()
        return self

    def stop(self) -> None:
        """Stop computing and keep the answers so far; `start` resumes the computation."""
        if self._work is not None:
            self._work.drop()

    @property
    def running(self) -> bool:
        """True while the map is being computed."""
        return self._work is not None and not self._work.ended

    # --- contents -----------------------------------------------------------------------------------------------

    def csv(self) -> str:
        """Return all answers as comma-separated values."""
        return self.map.csv()

    @checked
    def why(self, principal: str, action: str) -> Explanation:
        """Choose a cell and return the explanation of its answer.

        Raises `KeyError` for a cell that does not exist and `NotModelled` for a cell without an answer.
        """
        if principal not in self.map.principals or action not in self.map.actions:
            raise UnknownName(f"this map has no cell for {principal} and {action}")
        self._choose(principal, action)
        return self._explanation(principal, action)

    @property
    def shown(self) -> list[str]:
        """The principals that match the filters, in order."""
        found = [each for each in self.map.rows if self._wanted(f"{each} {self._name(each)}")]
        found = found or list(self.map.rows if self._actions_found() else ())
        if self.only_allowed.value:
            found = [each for each in found if self.map.radius(each)[0]]
        return sorted(sorted(found, key=self._rank), key=self._grouping() or (lambda _: ""))

    @property
    def actions(self) -> list[str]:
        """The actions that match the filters, grouped by service."""
        found = self._actions_found() or list(self.map.actions)
        if self.only_allowed.value:
            found = [each for each in found if any(row[self._place(each)] for row in self.map.rows.values())]
        services = list(dict.fromkeys(each.partition(":")[0] for each in found))
        return sorted(found, key=lambda each: services.index(each.partition(":")[0]))

    def _wanted(self, text: str) -> bool:
        return self.find.value.strip().lower() in text.lower()

    def _actions_found(self) -> list[str]:
        return [each for each in self.map.actions if self._wanted(each)]

    def _place(self, action: str) -> int:
        return self.map.actions.index(action)

    def _rank(self, principal: str) -> tuple[Any, ...]:
        most, name = -self.map.radius(principal)[0], principal.split(":", 5)[-1]
        return {
            _MOST: (most,),
            "by account": (self._name(principal), most),
            "by name": (name, self._name(principal)),
        }[self.order.value]

    def _grouping(self) -> Callable[[str], str] | None:
        return {"none": None, "account": self._name, "OU": self._unit}[self.group.value]

    def _name(self, principal: str) -> str:
        account = principal.split(":")[4]
        member = self._organization.members.get(account) if self._organization else None
        return member.name if member is not None else account

    def _named(self, principal: str) -> str:
        """Return a principal's account and name, shortened for the list. The reason contains the whole name.

        An Identity Center role is named without its ID, because the permission set distinguishes it.
        """
        name = _ROLE_ID.sub(r"\1", principal.rpartition(":")[2].rpartition("/")[2])
        return without_middle(f"{self._name(principal)} · {name}", _FITS)

    def _in_account(self, principal: str) -> str:
        """Return a principal's name and account for a sentence."""
        name = principal.rpartition(":")[2].rpartition("/")[2]
        return f"{without_middle(name, _FITS)} in {self._name(principal)}"

    def _place_of(self, principal: str) -> str:
        """Return the account of a principal for its row, or "" if the account is the heading of the row's group."""
        account = principal.split(":")[4]
        name = self._name(principal)
        return "" if self.group.value == "account" else account if name == f"Account {account}" else name

    def _unit(self, principal: str) -> str:
        """Return the path of OUs from the root to a principal's account."""
        return " / ".join(self._names_from_root(principal.split(":")[4])[:-1]) or "in no organization"

    # --- display ------------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The map as text, with the number of actions that each principal can perform."""
        lines = [repr(self.map)]
        for principal in self.shown[: page.SHOWN_ROWS]:
            allowed, asked = self.map.radius(principal)
            lines.append(f"{allowed:3} of {asked}  {self._name(principal)}  {principal}")
        return "\n".join(lines)

    @property
    def in_words(self) -> str:
        """The map as text, for screen readers."""
        return self.text

    @property
    def html(self) -> str:
        """The summary, the map, and the explanation of the chosen cell as static HTML."""
        return framed(self._table({})) + self._reason()

    def __repr__(self) -> str:
        return repr(self.map).replace("AccessMap", "OrganizationAccess")

    def _make_controls(self) -> None:
        self.progress = ipywidgets.IntProgress(max=max(1, len(self.map.principals)), description="Evaluating")
        self.stopping = ipywidgets.Button(description="Stop", disabled=True)
        self.find = Line(
            description="Find", placeholder="a name or an action", continuous_update=False, **_SHORT
        )
        self.only_allowed = ipywidgets.Checkbox(
            description="Only allowed", indent=False, layout={"width": "auto"}
        )
        self.order = ipywidgets.Dropdown(
            description="Sort", options=(_MOST, "by account", "by name"), **_SHORT
        )
        self.group = ipywidgets.Dropdown(description="Group", options=_GROUPS, **_SHORT)
        self.grid, self._why = ipywidgets.HTML(), ipywidgets.HTML(layout={"width": "99%"})
        self.outdated = ipywidgets.HTML()
        self.again = ipywidgets.Button(description="Compute again", button_style="primary")
        named = [(self._named(each), each) for each in self.map.principals]
        self._what, self._who = (
            labeled_above(ipywidgets.Dropdown(description=label, options=options))
            for label, options in (("Action", self.map.actions), ("User or role", named))
        )

    def _arranged(self) -> ipywidgets.Box:
        def row(*parts: ipywidgets.Widget) -> ipywidgets.HBox:
            """Return controls in a row that wraps."""
            return ipywidgets.HBox(parts, layout={"flex_flow": "row wrap", "width": "99%"})

        self.stopping.on_click(lambda _: self.stop())
        self.find.observe(lambda _: self._follow(), "value")
        for control in (self.find, self.only_allowed, self.order, self.group):
            control.observe(lambda _: self._unless_changed(self._show), "value")
        # A click on the chosen square doesn't change the lists: the page presses this button instead.
        self.again.add_class("labs-again").on_click(lambda _: self._unless_changed(lambda: None))
        for choice in (self._what, self._who):
            choice.add_class("labs-choice")
            choice.observe(self._show_chosen, "value")
        self._computing = row(self.progress, self.stopping)
        filters = row(self.find, self.order, self.group, self.only_allowed)
        filters.layout.grid_gap = "0 .6em"
        filters.add_class("labs-bar")
        asked, keys = (ipywidgets.HTML(framed(f"<p>{each}</p>")) for each in (_ASK, _KEYS))
        choices = ipywidgets.GridBox(
            [self._what, self._who],
            layout={
                "grid_template_columns": "repeat(auto-fit, minmax(min(17em, 100%), 1fr))",
                "grid_gap": "0 1em", "width": "100%",
            },
        )  # fmt: skip
        why = ipywidgets.VBox([asked, choices, self._why], layout={"flex": "1 1 21.5em", "min_width": "0"})
        why.add_class("labs-form").add_class("labs-reason")
        self._why.add_class("labs-answer")
        keys.add_class("labs-told-keys")
        self._stale = ipywidgets.HBox([self.outdated, self.again], layout={"display": "none"})
        self._stale.add_class("labs").add_class("labs-stale").add_class("labs-steps")
        drawn = ipywidgets.VBox([self._stale, self.grid]).add_class("labs-drawn")
        grid = ipywidgets.VBox([filters, drawn, keys], layout={"flex": "9 1 67.3em", "min_width": "0"})
        # The reason is next to the map if both fit, and below it otherwise.
        below = ipywidgets.HBox(
            [grid, why], layout={"flex_flow": "row wrap", "width": "99%", "grid_gap": "0 1.5em"}
        )
        below.add_class("labs-map")
        controls = [self._computing, below]
        return titled_view(ipywidgets.VBox(controls, layout={"width": "99%"}), self.about)

    def _follow(self) -> None:
        """Choose a principal that the filter shows."""
        shown = self.shown
        if shown and self._who.value not in shown:
            self._who.value = shown[0]

    def _tell(self) -> None:
        self.progress.value = len(self.map.rows)

    def _finish(self) -> None:
        """Show the map, which was just computed or stopped."""
        self._changes = self.map.changed_since(self._before)
        if not self._is_chosen and (shown := self.shown):
            self._set_choice(shown[0], self._what.value)
        self._show()

    def _show(self) -> None:
        self._tell()
        self.stopping.disabled = not self.running
        is_complete = len(self.map.rows) == len(self.map.principals)
        self._computing.layout.display = "none" if is_complete else "flex"
        self.grid.value = framed(self._table(self._changes))
        self._show_why()
        if not self._has_changed:
            self.view.remove_class("labs-outdated")
            self._stale.layout.display = "none"

    def cloud_changed(self) -> None:
        """Show that the map is outdated, without drawing it again."""
        is_gone = self._standing.is_outdated
        self._is_stale = True
        self.outdated.value = _GONE if is_gone else _STALE
        self.again.layout.display = "none" if is_gone else None
        self._stale.layout.display = None
        self.view.add_class("labs-outdated")

    @property
    def _has_changed(self) -> bool:
        """True if the map no longer shows the cloud, because it changed, or was reset or stopped."""
        return self._standing.is_outdated or self._is_stale

    def _summary(self) -> str:
        done, of = len(self.map.rows), len(self.map.principals)
        radii = [self.map.radius(each) for each in self.map.rows]
        everything = sum(allowed == asked > 0 for allowed, asked in radii)
        nothing = sum(not allowed for allowed, _ in radii)
        title = f"{_how_many(everything, of)} can do {self._everything}."
        if done < of:
            told = f"Only {done} of them {'was' if done == 1 else 'were'} evaluated."
            return box(Verdict.WARN, title, told, label="Access map", word="stopped")
        rest = (
            f" {nothing} can't do {'it' if len(self.map.actions) == 1 else 'any of them'}." if nothing else ""
        )
        if nothing == done:
            return box(
                Verdict.NOTE,
                "No user or role can do any of these actions.",
                "",
                label="Access map",
                word="blast radius",
            )
        first = "" if everything == of else self._first(everything)
        return box(Verdict.WARN, title, f"{first}{rest}".strip(), label="Access map", word="dangerous")

    @property
    def _everything(self) -> str:
        """The actions of the map, in words."""
        count = len(self.map.actions)
        is_whole = not any(answer is None for row in self.map.rows.values() for answer in row)
        if count == 1:
            return "the action"
        return f"all {count} actions" if is_whole else "every evaluated action"

    def _first(self, everything: int) -> str:
        """Return a sentence about the rows with the most access. `everything`: how many rows can do everything."""
        most = max(self.map.rows, key=lambda each: self.map.radius(each)[0])
        allowed, asked = self.map.radius(most)
        if everything > 1:
            return f"Look first at these {everything} rows."
        but = "" if everything else f", which can do {allowed} of {asked}"
        return f"Look first at {self._in_account(most)}{but}."

    def _table(self, changes: Mapping[tuple[str, str], bool]) -> str:
        """Return the map as HTML. Only the widget marks `changes`, because in an exported page they are old."""
        marks = page.Marks((self._who.value, self._what.value), changes)
        return page.heat_map(
            self.map,
            self.shown,
            self.actions,
            self._place_of,
            self._grouping(),
            self._summary() + self._asked,
            marks,
        )

    def _choose(self, principal: str, action: str) -> None:
        """Choose a cell, and draw the map and the reason once."""
        self._is_chosen = True
        self._set_choice(principal, action)
        self._forget_note()
        self._unless_changed(self._show)

    def _set_choice(self, principal: str, action: str) -> None:
        """Choose a cell without drawing anything."""
        lists = self._what, self._who
        for choice in lists:
            choice.unobserve(self._show_chosen, "value")
        self._what.value, self._who.value = action, principal
        for choice in lists:
            choice.observe(self._show_chosen, "value")

    def _show_chosen(self, _: Any) -> None:
        """Show the reason for the cell that was just chosen; the page notices it even if its text is the same."""
        self._is_chosen = True
        self._why.value = ""
        self._forget_note()
        self._unless_changed(self._show_why)

    def _forget_note(self) -> None:
        """Leave out the note on changed squares once another action is chosen."""
        if self._what.value != self._computed_again:
            self._computed_again = None

    def _unless_changed(self, show: Callable[[], None]) -> None:
        """Call `show`, or compute the map again if something in the cloud has changed since it was computed."""
        if self._has_changed and not self._standing.is_outdated:
            self._compute_again()
        else:
            show()

    def _compute_again(self) -> None:
        self.stop()
        self._computed_again, self._is_stale = self._what.value, False
        self._before = dict(self.map.rows)
        self.map.rows.clear()
        self.start()

    def _show_why(self) -> None:
        self._why.value = self._reason(self._since() if self._computed_again else "")

    def _reason(self, note: str = "") -> str:
        """Return the reason for the chosen cell as HTML, below a note."""
        principal, action = self._who.value, self._what.value
        if principal not in self.map.rows or action is None:
            return ""
        try:
            if self._standing.is_outdated:
                told = self._standing.note("No reason")
            else:
                told = note + self._told(self._explanation(principal, action))
        except NotModelled as error:
            told = f"<p>There is no answer: {escaped(str(error))}</p>"
        return f'{STYLE}<div class="labs" role="status" aria-label="Why">{told}</div>'

    def _since(self) -> str:
        """Return a note on the squares that changed since the last look at the map, with their users and roles."""
        changes, added = self._changes, len(self.map.added())
        lines = [
            f"<strong>{counted(len(cells), 'square')} {word}</strong> since your last look: "
            f"{escaped(self._of_whom(cells), 400)}."
            for is_open, word in page.TURNED.items()
            if (cells := [cell for cell, opened in changes.items() if opened is is_open])
        ] or [_SAME]
        if added:
            isn_t = "isn't" if added == 1 else "aren't"
            new = counted(added, "new user or role", "new users and roles")
            lines.append(
                f"{new} {isn_t} in this map. To include {'it' if added == 1 else 'them'}, run its cell again."
            )
        return f'<div class="box calm">{"".join(f"<p>{each}</p>" for each in lines)}</div>'

    def _of_whom(self, cells: Iterable[tuple[str, str]]) -> str:
        """Return the actions of cells, and whose they are: `s3:DeleteBucket for builder in prod`."""
        whose, actions = (list(dict.fromkeys(side)) for side in zip(*cells, strict=True))
        who = (
            counted(len(whose), "user or role", "users and roles")
            if len(whose) > _NAMED
            else ", ".join(map(self._in_account, whose))
        )
        return f"{_some(actions)} for {who}"

    def _told(self, explanation: Explanation) -> str:
        """Return an explanation, which begins with a warning if the request is allowed."""
        if not explanation:
            word = Verdict.NO.word
            return explanation.drawn(headline(Verdict.NO, word, explanation.reason.removeprefix(f"{word} ")))
        return explanation.drawn(headline(Verdict.WARN, "dangerous", explanation.reason))

    def _explanation(self, principal: str, action: str) -> Explanation:
        decision, resource = self.map.why(principal, action)
        asked = f"`{principal}` requests `{action}` on `{resource}`"
        levels = self._levels(principal, resource)
        known = self._organization.policies if self._organization is not None else {}
        names = {id: policy.name for id, policy in known.items()}
        return Explanation(decision, asked, request=(principal, action, resource), levels=levels, names=names)

    def _levels(self, principal: str, resource: str) -> dict[str, list[str]]:
        """Return the names of the levels of the SCPs and of the RCPs, from the root down."""
        caller = principal.split(":")[4]
        return {
            SCP: self._names_from_root(caller),
            RCP: self._names_from_root(account_number_in(resource) or caller),
        }

    def _names_from_root(self, account: str) -> list[str]:
        """Return the names of the root, of the OUs that contain an account, and of the account."""
        organization = self._organization
        if organization is None or account not in organization.members:
            return []
        way = (self._preview or organization).ids_from_root(account)
        return [organization.target_name(each)[0] for each in way]


def _some(names: Sequence[str]) -> str:
    """Return the first names, and the number of the others if there are several."""
    if len(names) <= _NAMED + 1:
        return ", ".join(names)
    return f"{', '.join(names[:_NAMED])}, and {len(names) - _NAMED} more,"


def _how_many(count: int, of: int) -> str:
    """Return how many of the users and roles are meant, as the subject of a sentence."""
    if count == of == 1:
        return "The only user or role"
    if count == of:
        return f"All {of} users and roles"
    return f"{count} of {of} users and roles" if count else "No user or role"

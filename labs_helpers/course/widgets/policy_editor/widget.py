"""The policy editor: JSON that is checked as you type, autocompleted from AWS's lists, and evaluated on a cloud."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import ipywidgets as widgets
import traitlets

from labs_helpers.cloud import Cloud
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.mistakes import Mistake, checked
from labs_helpers.course.widgets.background_work import Work
from labs_helpers.course.widgets.explorer.actions import completions as action_completions
from labs_helpers.course.widgets.policy_editor import completion, options
from labs_helpers.course.widgets.policy_editor import html as page
from labs_helpers.course.widgets.policy_editor.check import MAX_TEXT, Checked, Problem, check
from labs_helpers.course.widgets.policy_editor.code_field import CodeField
from labs_helpers.course.widgets.policy_editor.fixes import Fix, fixes
from labs_helpers.course.widgets.policy_editor.format import CannotFormat, formatted
from labs_helpers.course.widgets.policy_editor.help import help_on
from labs_helpers.course.widgets.policy_editor.impact import Change, Impact
from labs_helpers.course.widgets.policy_editor.insert import CannotInsert, insert_action, insert_condition
from labs_helpers.course.widgets.policy_editor.place import place
from labs_helpers.course.widgets.policy_editor.policies_in_force import (
    difference,
    meaning,
    policies_in_force,
    readable,
)
from labs_helpers.course.widgets.policy_editor.policy_targets import EVERYONE, resources_of, targets
from labs_helpers.course.widgets.policy_editor.quotas import QUOTAS
from labs_helpers.course.widgets.text_controls import Area, Choice, Line, writable
from labs_helpers.course.widgets.visual_language import (
    STYLE,
    LabWidget,
    alert,
    escaped,
    framed,
    json_lines,
    note,
    titled_view,
)
from labs_helpers.engine.policy import PolicyError, PolicyKind
from labs_helpers.engine.policy.elements import as_list

_KINDS = {kind.name.lower(): kind for kind in PolicyKind}
_LETTERS = 0.1
"""The number of seconds that a button waits for typed characters that haven't arrived yet."""
_NO_CLOUD = "No cloud is running, so there is nothing to compare with. Start one: Cloud().start()."
# JupyterLab uses plain arrow keys to move between cells, except while a list is open.
_KEYS = (
    "Keyboard, in the text: Ctrl+Space shows suggestions, Enter accepts one, F8 moves to the next problem, Shift+Alt+F "
    "formats, Ctrl+Z undoes, and Tab leaves the field. In a list: Alt+↓ opens it, and Enter chooses."
)
_PLACEHOLDER = '{"Version": "2012-10-17", "Statement": []}'
_MOST_FIXES = 4
_MOST_DRAWN = 20_000
_WIDE = {"width": "calc(100% - 4px)"}  # ipywidgets has margins of two pixels
_LABELS = {"description_width": "8em"}


class PolicyEditor(LabWidget):
    """An editor for one policy document of a given kind.

    `kind` is "identity", "resource", "trust", "key", "boundary", "session", "scp", "rcp", or "vpc_endpoint". `text` is
    a document, JSON text, or any other text. `cloud` is used to show who could do what with the policy. The default is
    the cloud that is running when this is shown. All other functions work without a cloud. The editor is displayed as a
    cell's last value, or with `.view`. Text longer than 100,000 characters isn't checked, and the editor displays a
    message about that.
    """

    about = "Policy editor: checks a policy as you type, and shows who could do what with it"

    @checked
    def __init__(
        self,
        text: str | Mapping[str, Any] = "",
        *,
        kind: str | PolicyKind = "identity",
        cloud: Cloud | None = None,
    ) -> None:
        if isinstance(kind, str) and kind not in _KINDS:
            raise Mistake(f"unknown kind {kind!r}; allowed: {', '.join(_KINDS)}")
        if not isinstance(text, str):
            text = json.dumps(text, indent=2, ensure_ascii=False)
        with suppress(
            CannotFormat
        ):  # a text that isn't JSON is shown as it is, and so are the author's own lines
            text = text if "\n" in text.strip() else formatted(text)
        self._cloud = cloud
        self._checked = Checked(())
        self._impact: Impact | None = None
        self._impact_of = ""
        self._work: Work | None = None
        self._make_controls(_KINDS[kind] if isinstance(kind, str) else kind, writable(text))
        self._listen()
        self._check()
        self._complete_key()
        self.refresh()

    # --- contents -----------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The current text. Assigning a value replaces the text."""
        return str(self._text.value)

    @text.setter
    def text(self, text: str) -> None:
        """The current text. Assigning a value replaces the text."""
        self._text.value = writable(text)

    @property
    def kind(self) -> PolicyKind:
        """The policy's kind, which determines its elements, its quota, and its possible targets."""
        kind: PolicyKind = self._kind.value
        return kind

    @property
    def value(self) -> dict[str, Any] | None:
        """The policy document, or None while the text isn't a valid policy of this kind."""
        return self._checked.document

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems in the text: first errors in the JSON or the grammar, then Access Analyzer's findings."""
        return self._checked.problems

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes that the last `show_changes` call found."""
        return tuple(self._impact.changes) if self._impact else ()

    # --- actions of the buttons ---------------------------------------------------------------------------------

    @checked
    def insert_action(self, action: str | None = None) -> None:
        """Add an action, by default the chosen one, to the last statement; a message reports the result."""
        action = self._action.value if action is None else action
        action = completion.action_spelled(action)
        done = f"Inserted {action.strip()} into the last statement."
        self._insert(lambda: insert_action(self.text, action, self.kind), done)

    @checked
    def insert_condition(
        self, key: str | None = None, operator: str | None = None, value: str | None = None
    ) -> None:
        """Add a condition, by default the chosen one, to the last statement; a message reports the result."""
        key = self._key.value if key is None else key
        key = completion.key_spelled(key)
        suited = completion.suited(key) or ("StringEquals", "value")
        operator = operator or self._operator.value
        value = value or self._value.value or suited[1]
        self._insert(
            lambda: insert_condition(self.text, operator, key, value),
            f"Inserted {operator} {key.strip()} = {value} into the last statement.",
        )

    def format(self) -> None:
        """Format the text, or show a message if it isn't JSON."""
        self._text.value = self._formatted(self.text) or self.text

    def _formatted(self, text: str) -> str | None:
        """Return formatted JSON text or, if the text isn't JSON, show a message and return None."""
        try:
            result = formatted(text)
        except CannotFormat as why:
            self._inserted.value = alert(str(why))
            return None
        self._inserted.value = note("Formatted.")
        return result

    @property
    def fixes(self) -> tuple[str, ...]:
        """The fixes that the buttons offer, in words."""
        return tuple(each.what for each in self._offered)

    @checked
    def fix(self, number: int = 0) -> None:
        """Make one of the offered fixes, counted from 0. Raises `ValueError` if there is no such fix."""
        if not 0 <= number < len(self._offered):
            raise Mistake(f"fixes offered: {len(self._offered)}; there is no number {number}")
        self._text.value = self._offered[number].text

    def show_difference(self) -> tuple[str, ...]:
        """Show the diff between the policy chosen under "In force" and the text, and what it means for requests.

        Returns the diff as a tuple of lines.
        """
        name, present = self._present.label, self._present.value
        if not present:
            self._difference.value = note(self._why_no_difference())
            return ()
        lines = difference(present, self.text)
        self._difference.value = page.difference(name, lines, meaning(present, self.text, self.kind))
        return tuple(lines)

    @checked
    def attach_to(self, target: str) -> None:
        """Choose the target of the policy: an ARN, an account ID, or "*" for every user and role."""
        self.refresh()
        if target not in [identifier for _, identifier in self._target.options]:
            raise Mistake(f"{target!r} isn't a target in this cloud for a {self.kind.value}")
        self._target.value = target

    def refresh(self) -> None:
        """Read the possible targets from the cloud again."""
        cloud = self._running()
        chosen = self._target.value
        options = targets(cloud, self.kind) if cloud else []
        self._target.options = options or [("no target", "")]
        identifiers = [identifier for _, identifier in options]
        self._target.value = chosen if chosen in identifiers else identifiers[0] if identifiers else ""
        self._show.disabled = not options
        self._read_policies_in_force()
        if cloud is None:
            self._tell_impact(_NO_CLOUD)
        elif not options:
            self._tell_impact(f"This cloud has no target for a {self.kind.value} yet.")
        elif self._impact is None:
            self._result.value = ""

    def show_changes(self) -> tuple[Change, ...]:
        """Find and show what would change for the cloud's principals and resources.

        The call returns when the result is complete.
        """
        if (work := self._begin()) is not None:
            work.finish()
        return self.changes

    def stop(self) -> None:
        """Stop comparing and keep the changes found so far."""
        if self._impact is not None:
            self._impact.stop = True

    # --- still forms and controls -------------------------------------------------------------------------------

    @property
    def html(self) -> str:
        """The policy's text, its problems, and the last results as static HTML."""
        lines = "\n".join(map(json_lines, self.text[:_MOST_DRAWN].split("\n")))
        text = f'<p>{escaped(self.kind.value)}</p><pre class="json">{lines}</pre>'
        said = (self._errors, self._findings, self._size, self._result, self._difference)
        return page.STYLE + framed(text + "".join(part.value for part in said))

    def __repr__(self) -> str:
        size, problems = counted(len(self.text), "character"), counted(len(self.problems), "problem")
        return f"<PolicyEditor: {self.kind.value}, {size}, {problems}>"

    def _make_controls(self, kind: PolicyKind, text: str) -> None:
        self._make_text(kind, text)
        self._make_inserting()
        self._make_impact()
        self._make_difference()
        self.view: widgets.Widget = self._arranged()
        """The editor as an ipywidgets widget."""

    def _make_text(self, kind: PolicyKind, text: str) -> None:
        """Create the controls for the policy, its kind, and its problems."""
        self._kind = widgets.Dropdown(
            options=[(each.value, each) for each in PolicyKind],
            value=kind,
            description="Policy type",
            style=_LABELS,
        )
        self._text = Area(
            value=text, description="Policy (JSON)", rows=16, style={"description_width": "auto"},
            layout=widgets.Layout(flex_flow="column", align_items="stretch", height="auto", **_WIDE),
            placeholder=_PLACEHOLDER,
        )  # fmt: skip
        self._code = CodeField(
            self._answer, value=text, label=self._text.description, placeholder=_PLACEHOLDER
        )
        self._code_row = widgets.VBox(
            [widgets.HTML(f"<p>{self._text.description}</p>"), self._code],
            layout={"display": "none", **_WIDE},
        )
        self._format = widgets.Button(description="Format")
        self._size, self._errors, self._findings = (widgets.HTML(layout=_WIDE) for _ in range(3))
        self._offered: list[Fix] = []
        # The buttons stay the same, so that the focus stays in place when a fix has been made and the next one is
        # offered.
        self._fixing = [widgets.Button(layout={"display": "none"}) for _ in range(_MOST_FIXES)]

    def _make_inserting(self) -> None:
        """Create the controls that insert into the last statement."""
        self._action = Choice(
            description="Action", placeholder="s3:GetObject", options=action_completions(""), style=_LABELS
        )
        self._insert_action = widgets.Button(description="Insert action")
        self._key = Choice(description="Condition key", placeholder="aws:SourceIp", style=_LABELS)
        self._operator = widgets.Dropdown(description="Operator", options=completion.OPERATORS, style=_LABELS)
        self._value = Line(description="Value", placeholder="value", style=_LABELS, continuous_update=False)
        self._insert_condition = widgets.Button(description="Insert condition")
        self._inserted = widgets.HTML(layout=_WIDE)

    def _make_impact(self) -> None:
        """Create the controls that show who could do what with the policy at a target."""
        self._target = widgets.Dropdown(
            description="Attach to", options=[("no target", "")], value="", style=_LABELS,
        )  # fmt: skip
        self._refresh = widgets.Button(description="Refresh list")
        self._show = widgets.Button(
            description="Show what would change", button_style="primary", layout={"width": "auto"}
        )
        self._stop = widgets.Button(description="Stop", disabled=True)
        self._stop.add_class("labs-stop")  # hidden while nothing runs
        self._progress = widgets.IntProgress(
            description="Progress",
            style=_LABELS,
            layout={"display": "none", "width": "24em", "max_width": "calc(100% - 4px)"},
        )
        self._result = widgets.HTML(layout=_WIDE)

    def _make_difference(self) -> None:
        """Create the controls that compare the policy with one in force."""
        self._present = widgets.Dropdown(
            description="In force", options=[("nothing yet", "")], value="", style=_LABELS,
        )  # fmt: skip
        self._compare = widgets.Button(description="Show difference")
        self._marked = widgets.Checkbox(
            description="Highlight in the text", indent=False, layout={"width": "auto"}
        )
        self._difference = widgets.HTML(layout=_WIDE)

    def _arranged(self) -> widgets.Box:
        def row(*parts: widgets.Widget) -> widgets.HBox:
            """Return controls in a row that wraps."""
            return widgets.HBox(parts, layout={"flex_flow": "row wrap", **_WIDE})

        def pair(*parts: widgets.Widget) -> widgets.Box:
            """Return fields with the button that uses them: all fields are equally wide, and so are all buttons."""
            both = widgets.Box(parts, layout=_WIDE)
            both.add_class("labs-pair")
            return both

        def form(title: str, *parts: widgets.Widget) -> widgets.VBox:
            """Return controls below their title, as a column."""
            head = widgets.HTML(f"<p><strong>{title}</strong></p>", layout=_WIDE)
            shown = widgets.VBox([head, *parts], layout={"width": "auto", "min_width": "0"})
            shown.add_class("labs-form")
            return shown

        def columns(left: widgets.Box, right: widgets.Box) -> widgets.HBox:
            """Return two columns next to each other if both fit, and below each other otherwise."""
            left.layout.flex, right.layout.flex = "3 1 36em", "2 1 28em"
            return widgets.HBox(
                [left, right], layout={"flex_flow": "row wrap", "grid_gap": "0 1.5em", **_WIDE}
            )

        written = widgets.VBox(
            [row(self._kind, self._format), self._text, self._code_row,
             widgets.HTML(f'<p class="keys">{_KEYS}</p>', layout=_WIDE)],
            layout={"min_width": "0"},
        )  # fmt: skip
        written.add_class("labs-form")
        impact = form(
            "What this would change", pair(self._target, self._refresh),
            row(self._show, self._stop, self._progress), self._result,
        )  # fmt: skip
        checked = widgets.VBox(
            [self._errors, row(*self._fixing), self._findings, self._size, impact], layout={"min_width": "0"}
        )
        replaced = form(
            "What this would replace", pair(self._present, self._compare, self._marked), self._difference
        )
        inserted = form(
            "Insert into the last statement", pair(self._action, self._insert_action),
            pair(self._key, self._operator, self._value, self._insert_condition), self._inserted,
        )  # fmt: skip
        view = widgets.VBox(
            [
                widgets.HTML(STYLE + page.STYLE, layout={"display": "none"}),
                columns(written, checked),
                columns(inserted, replaced),
            ],
            layout=_WIDE,
        )
        view.add_class("labs-policy-editor")
        return titled_view(view, self.about)

    def _listen(self) -> None:
        traitlets.link((self._text, "value"), (self._code, "value"))
        self._code.observe(lambda _: self._show_code(), "ready")
        self._text.observe(lambda _: self._check(), "value")
        self._kind.observe(self._on_kind, "value")
        self._action.observe(lambda _: self._complete_action(), "value")
        self._key.observe(lambda _: self._complete_key(), "value")
        self._target.observe(lambda _: self._on_target(), "value")
        self._insert_action.on_click(lambda _: _after_typing(self.insert_action))
        self._insert_condition.on_click(lambda _: _after_typing(self.insert_condition))
        for at, button in enumerate(self._fixing):
            button.on_click(lambda _, at=at: _after_typing(lambda: self.fix(at)))
        self._format.on_click(lambda _: _after_typing(self.format))
        self._compare.on_click(lambda _: _after_typing(self.show_difference))
        for control in (self._present, self._marked):
            control.observe(lambda _: self._mark_difference(), "value")
        self._refresh.on_click(lambda _: self.refresh())
        self._show.on_click(lambda _: _after_typing(self._on_show))
        self._stop.on_click(lambda _: self.stop())

    # --- checking and inserting ---------------------------------------------------------------------------------

    def _check(self) -> None:
        text, kind = self.text, self.kind
        self._checked = check(text, kind)
        blank = not text.strip()
        self._size.value = page.size(text, QUOTAS[kind])
        self._errors.value = page.errors(self._checked, kind.value, blank=blank)
        self._findings.value = page.findings(self._checked, blank=blank)
        self._offer_fixes()
        self._code.mark(self._checked.problems)
        self._mark_stale()

    def _offer_fixes(self) -> None:
        self._offered = fixes(self.text, self.problems, self.kind)[:_MOST_FIXES] if self.problems else []
        for at, button in enumerate(self._fixing):
            is_offered = at < len(self._offered)
            button.layout.display = None if is_offered else "none"
            button.layout.width = "auto"
            button.description = f"Fix: {self._offered[at].what}" if is_offered else ""
        # An error is fixed first.
        self._fixing[0].button_style, self._show.button_style = (
            ("primary", "") if self._offered else ("", "primary")
        )

    def _show_code(self) -> None:
        """Replace the plain field with the CodeMirror field once a browser shows it."""
        self._text.layout.display, self._code_row.layout.display = "none", "flex"

    def _on_target(self) -> None:
        self._mark_stale()
        self._read_policies_in_force()

    def _read_policies_in_force(self) -> None:
        """Read the target's current policies."""
        cloud = self._running()
        found = policies_in_force(cloud, self.kind, self._target.value) if cloud else []
        none = "choose one target above" if self._target.value == EVERYONE else "nothing yet"
        self._present.options = found or [(none, "")]
        self._present.value = found[0][1] if found else ""
        self._difference.value = ""

    def _mark_difference(self) -> None:
        """Show the lines that only the policy in force has, between the field's own lines."""
        present = self._present.value if self._marked.value else ""
        self._code.original = readable(present) if present else ""
        told = ""
        if self._marked.value and not present:
            told = self._why_no_difference()
        elif present and readable(self.text) != self.text:
            told = "Lines are compared exactly as written. Press Format to highlight only real differences."
        self._difference.value = note(told)

    def _why_no_difference(self) -> str:
        target = self._target.value
        if target == EVERYONE:
            return "Under Attach to, choose the user or role whose policies in force you want to compare."
        where = f" on {target}" if target else ""
        return f"No {self.kind.value} is in force{where}, so this whole policy would be new."

    def _answer(self, question: str, before: str) -> dict[str, Any]:
        """Answer the field's questions: `complete` and `help` at the end of `before`, and `format` for all of it."""
        if question == "format":
            text = self._formatted(before)
            return {} if text is None else {"text": text}
        where = place(before)
        if question == "help":
            found = help_on(where)
            return {"help": asdict(found) if found else None}
        if question != "complete":
            return {}
        cloud = self._running()
        arns = resources_of(cloud) if cloud and options.asks_for_arns(where) else []
        offered = options.options(where, self.kind, arns, self._services())
        return {"typed": where.typed, "quoted": where.quoted, "options": [asdict(each) for each in offered]}

    def _on_kind(self, _: object) -> None:
        self._check()
        self.refresh()

    def _complete_action(self) -> None:
        self._action.options = action_completions(self._action.value)

    def _complete_key(self) -> None:
        key = self._key.value
        self._key.options = completion.keys(key, self._services())
        suited = completion.suited(key)
        if suited:
            self._operator.value, self._value.placeholder = suited

    def _services(self) -> frozenset[str]:
        """Return the services whose actions the policy names, at most ten."""
        policy = self._checked.policy
        found: dict[str, None] = {}
        for statement in policy.statements if policy else ():
            for action in as_list(statement.source.get("Action")):
                found[action.partition(":")[0].lower()] = None
        return frozenset(list(found)[:10])

    def _insert(self, made: Any, done: str) -> None:
        try:
            self._text.value = made()
        except CannotInsert as why:
            self._inserted.value = alert(str(why))
        else:
            self._inserted.value = note(done)

    # --- who could do what --------------------------------------------------------------------------------------

    def _running(self) -> Cloud | None:
        running = Cloud.running()
        return running if self._cloud is None or self._cloud is running else None

    def _on_show(self) -> None:
        if (work := self._begin()) is not None:
            work.start()

    def _begin(self) -> Work | None:
        """Return the work for a new comparison, or show a message and return None if it isn't possible."""
        if self._work is not None and not self._work.ended:
            return None
        cloud, policy, target = self._running(), self._checked.policy, self._target.value
        self._impact = None
        if cloud is None:
            self._tell_impact(_NO_CLOUD)
        elif policy is None:
            self._tell_impact("The text isn't a valid policy yet: fix the problems listed above first.")
        elif not target:
            self._tell_impact(f"There is no target for a {self.kind.value}. Press Refresh list.")
        else:
            self._impact = Impact(cloud, policy, target)
            self._impact_of = self._question()
            self._show.disabled, self._stop.disabled = True, False
            self._progress.value, self._progress.layout.display = 0, None
            self._work = Work(_with_error_note(self._impact), self._tell_how_far, self._end)
            return self._work
        return None

    def _tell_how_far(self) -> None:
        assert self._impact is not None
        self._progress.max = max(self._impact.expected, 1)
        self._progress.value = self._impact.asked

    def _end(self) -> None:
        self._show.disabled, self._stop.disabled = False, True
        self._progress.layout.display = "none"
        self._show_result()

    def _show_result(self) -> None:
        assert self._impact is not None
        where = self._impact.target
        where = "every user and role" if where == EVERYONE else where
        warning = page.outdated() if self._impact_of != self._question() else ""
        self._result.value = warning + page.impact(self._impact, where)

    def _mark_stale(self) -> None:
        if self._impact is not None and self._stop.disabled:
            self._show_result()

    def _question(self) -> str:
        return json.dumps(
            [self._target.value, self.kind.name, self.text if len(self.text) <= MAX_TEXT else ""]
        )

    def _tell_impact(self, text: str) -> None:
        self._impact = None
        self._result.value = note(text)


def _with_error_note(impact: Impact) -> Iterator[Any]:
    """Yield the steps, and turn an error into a note, because the cloud might have been stopped."""
    try:
        yield from impact.steps()
    except PolicyError as error:
        impact.notes.append(str(error))


def _after_typing(act: Callable[[], object]) -> None:
    """Act on a button once text typed before the click has arrived.

    While the kernel is busy, a browser delays the last letters, but not the click.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        act()
    else:
        loop.call_later(_LETTERS, act)

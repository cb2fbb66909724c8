"""The organization tree: attached policies, the level that denies a request, and the effect of a change.

    OrganizationTree(cloud)

Choose a node, in the picture or in the list, and an action to see each level's effect. Attaching a draft or moving an
account only creates a preview: nothing changes until Apply makes the calls. Undo reverses what Apply changed last.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import ipywidgets
from botocore.exceptions import ClientError

from labs_helpers.cloud import Cloud, NotModelled, Preview
from labs_helpers.course.days.day4.widgets import organization_html as pages
from labs_helpers.course.days.day4.widgets.organization_drawing import legend, tree
from labs_helpers.course.days.day4.widgets.organization_undo import Undo
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.mistakes import Mistake, UnknownName, checked
from labs_helpers.course.widgets.explorer.context import read
from labs_helpers.course.widgets.stale_cloud import Standing
from labs_helpers.course.widgets.text_controls import Area, Choice, Line
from labs_helpers.course.widgets.visual_language import (
    LabWidget,
    Verdict,
    box,
    chip,
    escaped,
    framed,
    titled_view,
)
from labs_helpers.engine.policy import Decision, PolicyError
from labs_helpers.engine.policy.arn import Arn, account_number_in

_WIDE = {"width": "99%"}
_WRAPPED = {
    "width": "99%", "max_width": "calc(100% - 4px)", "margin": "4px 2px", "flex_flow": "row wrap",
    "align_items": "center", "display": "none",
}  # fmt: skip
_BRIEF = {"width": "6.5em"}
_NAMED = {"width": "auto", "min_width": "7em", "align_self": "flex-start"}
_LONGEST = 24
"""The number of characters of a node's name in a button."""
_FIELD: dict[str, Any] = {"layout": _WIDE, "style": {"description_width": "7.5em"}}
_TYPED: dict[str, Any] = {**_FIELD, "continuous_update": False}
_KEYS = (
    "Click a box in the picture, or choose it here. With the keyboard: ↑ and ↓ move through the list, and Enter "
    "presses a button."
)
_MOST_PRINCIPALS = 500
_FEW = 20
"""The maximum number of nodes for which the field Find isn't needed."""
_WHAT_IF = "What if? Try a change"
_NO_UNIT = "Choose an OU"
_NO_ACCOUNT = "Choose an account to see an answer, because a request comes from an account."
_ENOUGH = "Hide these fields"
_STAGED = "not applied yet"
_NO_OUTCOME = Verdict.YES, "", ""
_ACTIONS = (
    "s3:DeleteBucket", "ec2:RunInstances", "iam:CreateUser", "cloudtrail:StopLogging",
    "organizations:LeaveOrganization", "kms:ScheduleKeyDeletion",
)  # fmt: skip
_BUILDER, _ROOT = "role/OrganizationAccountAccessRole", "root"
_SERVICE = "/aws-service-role/"
_UNKNOWN = "This user or role doesn't exist."
_DRAFT = """{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Deny",
    "Action": "s3:DeleteBucket",
    "Resource": "*"
  }]
}"""


class OrganizationTree(LabWidget):
    """A tree that can be navigated by keyboard.

    Requests can be evaluated for any account, and changes can be previewed. `cloud` is a running cloud, by default this
    process's. Raises `LookupError` if its home account is not in an organization and `ValueError` if no cloud is
    running. The buttons call `select`, `ask`, `attach`, `move`, `apply`, `discard`, and `undo`; `text` is the tree as
    text.
    """

    about = "Organization tree: which policies are attached where, and which level allows or denies a request"

    def __init__(self, cloud: Cloud | None = None) -> None:
        running = cloud or Cloud.running()
        if running is None:
            raise Mistake("no cloud is running: start one")
        self._cloud, self._standing = running, Standing(running)
        self.preview = Preview(running)
        self.decision: Decision | None = None
        self._answer = ""
        self._undo: Undo | None = None
        self._outcome: tuple[Verdict, str, str] | None = None
        """The result of the last `apply` or `undo`: its verdict, a word, and the state that it led to."""
        self._make_controls()
        self.view: ipywidgets.Widget = titled_view(self._arranged(), self.about)
        """The tree as an ipywidgets widget."""
        self._is_filling = False
        """True while the list of nodes is being replaced, which briefly selects the first node."""
        self._show_tree()
        self._listen()

    # --- actions of the controls --------------------------------------------------------------------------------

    @checked
    def select(self, place: str) -> OrganizationTree:
        """Choose a root, OU, or account by its ID or name. Raises `LookupError` if it doesn't exist."""
        found = next((each for each in self._nodes if place in (each.id, each.name)), None)
        if found is None:
            raise UnknownName(f"the organization has no root, OU, or account {place}")
        self.find.value = ""
        self._show_tree()
        self.tree.value = found.id
        return self

    @checked
    def ask(
        self, action: str | None = None, *, principal: str | None = None, resource: str | None = None
    ) -> Decision | None:
        """Evaluate a request from the chosen account.

        Return None, with a message, if no account is chosen or the input is invalid.
        """
        for control, given in ((self.action, action), (self.principal, principal), (self.resource, resource)):
            if given is not None:
                control.value = given
        self.decision = None
        self.status.value = self.answer.value = (
            ""  # the page notices a new answer even if its text is the same
        )
        if not self._is_account:
            self._warn("Choose an account in the tree: a request comes from an account.")
            return None
        try:
            self._judge(self.tree.value)
        except (PolicyError, NotModelled, LookupError, ValueError) as error:
            self._warn(str(error))
            return None
        return self.decision

    @property
    def _is_account(self) -> bool:
        return self.tree.value in self.preview.organization.members

    def _judge(self, account: str) -> None:
        """Evaluate the request in the fields, and show the answer. Raises an error if it can't be evaluated."""
        if self._standing.is_outdated:
            self.answer.value = framed(self._standing.note("No answer"))
            return
        who, what = self.principal.value.strip(), self.resource.value.strip() or "*"
        arn = who if who.startswith("arn:") else f"arn:aws:iam::{account}:{who}"
        decision = self.preview.judge(arn, self.action.value.strip(), what, read(self.context.value))
        caller, owner = arn.split(":")[4], account_number_in(what) or account
        levels = pages.steps(self.preview, caller, owner, decision)
        self.decision, self._answer = decision, pages.answer_text(decision, levels)
        self._draw(levels, Verdict.YES if decision.allowed else Verdict.NO)
        notes = (_UNKNOWN if self._is_unknown(arn) else "", pages.unaffected(self.preview, caller, owner))
        self.answer.value = pages.answer_html(decision, levels, self._way(account), [*filter(None, notes)])

    def _is_unknown(self, arn: str) -> bool:
        named = Arn.read(arn)
        return named is not None and named.kind in ("user", "role") and arn not in self._cloud.identities()

    @checked
    def attach(self, document: str | Mapping[str, Any] | None = None, name: str | None = None) -> bool:
        """Attach the draft to the chosen node, in the preview. By default, its first statement names it.

        Return False, with a message, if AWS would reject the attachment.
        """
        given = self.draft.value if document is None else document
        named = self._free(name or pages.draft_name(given))
        return self._changed(lambda: self.preview.attach(given, self.tree.value, name=named))

    @checked
    def move(self, unit: str | None = None) -> bool:
        """Move the chosen account to an OU (by ID or name), in the preview.

        Return False, with a message, if it is there already, or if there is no such OU.
        """
        wanted = self.unit.value if unit is None else unit
        place = next((each.id for each in self._units if wanted in (each.id, each.name)), None)
        if place is None:
            self._warn(f"The organization has no OU {wanted}." if wanted else f"{_NO_UNIT} first.")
            return False
        if place == self.preview.parent(self.tree.value):
            self._warn(f"{self._name(self.tree.value)} is already in {self._name(place)}.")
            return False
        return self._changed(lambda: self.preview.move(self.tree.value, place))

    @property
    def _units(self) -> list[pages.Node]:
        """The root and the OUs."""
        return [each for each in self._nodes if each.kind in ("root", "OU")]

    def discard(self) -> None:
        """Discard the previewed changes."""
        self.preview = Preview(self._cloud)
        self._show_tree()
        self._say("discarded", "The changes are discarded. The organization stays as it was.")

    def apply(self) -> bool:
        """Make the previewed changes in the cloud, with calls from the management account's administrator.

        Return False if AWS rejects a call.
        """
        changes, outcomes = list(self.preview.changes), pages.outcomes(self.preview)
        try:
            self.preview.apply()
        except ClientError as error:
            made = len(changes) - len(self.preview.changes)
            self._keep_for_undo(changes[:made], outcomes[:made])
            self._show_tree()
            self._warn(pages.rejection(error))
            return False
        self.preview = Preview(self._cloud)
        self._keep_for_undo(changes, outcomes)
        self._open_or_shut(is_open=False)
        self._show_tree()
        self.status.value = ""
        return True

    def _keep_for_undo(self, changes: Sequence[Any], outcomes: Sequence[str]) -> None:
        if changes:
            self._undo = Undo(self.preview, changes)
            count = f"applied {len(changes)} change{'s' if len(changes) != 1 else ''}"
            self._outcome = Verdict.YES, count, "; ".join(outcomes)

    def undo(self) -> bool:
        """Reverse the most recently applied changes in the cloud, last change first.

        A policy that a draft created is detached, and deleted unless it is attached elsewhere; a moved account is moved
        back. Return False, with a message, if there is nothing to undo, or if a change can't be reversed because the
        cloud is different now. In that case, no change is reversed. If AWS rejects a call, the message says what was
        undone before.
        """
        if self._standing.is_outdated:
            self._show_tree()
            self.status.value = framed(self._standing.note("Nothing undone"))
            return False
        if self._undo is None or not self._can_undo:
            self._warn("There is nothing to undo: only the changes that were applied last can be undone.")
            return False
        undone, failure = self._undo.run(self._cloud)
        self._show_tree()
        self.status.value = ""
        if failure:
            self._outcome = Verdict.WARN, "not undone", failure
        else:
            self._outcome = Verdict.YES, "undone", "; ".join(undone)
        self._show_changes()
        return not failure

    @property
    def _can_undo(self) -> bool:
        """True if the last changes can be undone: nothing is staged, and the cloud is the same."""
        return self._is_reversible and not self.preview.changes and not self._standing.is_outdated

    @property
    def _is_reversible(self) -> bool:
        return self._undo is not None and self._undo.is_possible

    def _forget_undone(self) -> None:
        """Forget the last result, unless it can still be undone."""
        if not self._is_reversible:
            self._outcome = None

    def _changed(self, change: Any) -> bool:
        try:
            change()
        except ValueError as error:
            self._warn(str(error))
            return False
        self._forget_undone()
        self._show_tree()
        self.status.value = ""
        return True

    def _free(self, name: str) -> str:
        """Return a name that no policy has yet."""
        taken = {policy.name for policy in self.preview.organization.policies.values()}
        taken |= {change.what for change in self.preview.changes}
        numbers = iter(range(2, 1_000_000))
        free = name
        while free in taken:
            free = f"{name}{next(numbers)}"
        return free

    # --- display ------------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The tree, the previewed changes, and the last answer as text."""
        changes = [f"not yet applied: {change.words}" for change in self.preview.changes]
        parts = pages.as_text(self.preview), *changes, self._outcome_text, self._answer
        return "\n".join(filter(None, parts))

    @property
    def _outcome_text(self) -> str:
        if self._outcome is None or self.preview.changes or self._standing.is_outdated:
            return ""
        verdict, word, words = self._outcome
        hint = " (undo() reverses this)" if self._can_undo and verdict is Verdict.YES else ""
        return f"{verdict.sign} {word}: {words}{hint}"

    @property
    def html(self) -> str:
        """The tree, the last answer, and the previewed changes as static HTML."""
        shown = self.picture.value, pages.as_html(self.preview), self.answer.value, self.pending.value
        return "".join(map(str, shown))

    @property
    def in_words(self) -> str:
        """The tree and the last answer as text, for screen readers."""
        return self.text

    def __repr__(self) -> str:
        organization = self.preview.organization
        return (
            f"<OrganizationTree {organization.id}: {counted(len(organization.members), 'account')}, "
            f"{counted(len(organization.units) - 1, 'OU')}, {counted(len(self.preview.changes), 'change')} not applied>"
        )

    def _make_controls(self) -> None:
        self.find = Line(description="Find", placeholder="a name or an ID", **_TYPED)
        self.tree = ipywidgets.Dropdown(description="Account or OU", **_FIELD)
        self.principal = Choice(
            value=_BUILDER, options=(_BUILDER, _ROOT), description="Who", ensure_option=False, **_TYPED
        )
        self.action = Choice(
            value=_ACTIONS[0], options=_ACTIONS, description="Action", ensure_option=False, **_TYPED
        )
        self.resource = Line(value="*", description="Resource", **_TYPED)
        self.context = Area(
            description="Context", rows=2, placeholder="aws:SourceIp = 203.0.113.10", **_TYPED
        )
        self.asking = ipywidgets.Button(description="Ask", layout=_NAMED)
        # Each letter is sent, because the button that attaches a changed draft can be pressed next.
        self.draft = Area(value=_DRAFT, description="Draft SCP", rows=8, **_FIELD)
        self.attaching = ipywidgets.Button(description="Attach", tooltip="In the preview only", layout=_NAMED)
        self.unit = ipywidgets.Dropdown(description="To OU", **_FIELD)
        self.moving = ipywidgets.Button(description="Move", tooltip="In the preview only", layout=_NAMED)
        self.previewing = ipywidgets.Button(description="See the effect", layout={"width": "auto"})
        self.applying = ipywidgets.Button(description="Apply", layout=_BRIEF)
        self.discarding = ipywidgets.Button(description="Discard", layout=_BRIEF)
        self.undoing = ipywidgets.Button(description="Undo", tooltip="In the cloud", layout=_BRIEF)
        # Not an accordion, because Tab does not reach its title.
        self.what_if = ipywidgets.Button(description=_WHAT_IF, layout={"width": "auto"})
        self.tree.add_class("labs-choice")
        self.draft.add_class("labs-grow")
        for button in (self.attaching, self.moving):
            button.add_class("labs-held")
        self.status, self.answer, self.pending, self.picture = (
            ipywidgets.HTML(layout=_WIDE) for _ in range(4)
        )
        self.changing = ipywidgets.VBox(
            [self.draft, self.attaching, self.unit, self.moving], layout={"display": "none"}
        )
        ends = ipywidgets.HBox(
            [self.previewing, self.applying, self.discarding, self.undoing], layout={"flex_flow": "row wrap"}
        )
        self.staged = ipywidgets.HBox([self.pending, ends], layout=_WRAPPED)
        self.pending.layout = {"flex": "1 1 18em", "margin": "0"}
        self.staged.add_class("card").add_class("labs-steps")
        for button in (
            self.asking, self.attaching, self.moving, self.previewing, self.applying, self.discarding, self.undoing,
        ):  # fmt: skip
            button.add_class("labs-asks")

    def _arranged(self) -> ipywidgets.Widget:
        keys = ipywidgets.HTML(framed(f'<p class="keys">{_KEYS}</p>'))
        buttons = ipywidgets.HBox([self.asking, self.what_if], layout={"flex_flow": "row wrap"})
        asked = [self.principal, self.action, self.resource, self.context, buttons]
        question = ipywidgets.VBox(
            [self.find, self.tree, *asked, self.changing, keys],
            layout={"flex": "2 1 29em", "min_width": "0"},
        )
        question.add_class("labs-form")
        shown = ipywidgets.VBox(
            [self.picture, self.answer, self.status, self.staged],
            layout={"flex": "1 1 58em", "min_width": "0"},
        )
        shown.add_class("labs-answer").add_class("labs")
        # The question is next to the picture if both fit, and below it otherwise.
        both = ipywidgets.HBox(
            [shown, question], layout={"flex_flow": "row wrap", "width": "100%", "grid_gap": ".5em 1.5em"}
        )
        return ipywidgets.VBox([both], layout=_WIDE)

    def _listen(self) -> None:
        self.find.observe(lambda _: self._show_tree(), "value")
        self.tree.observe(lambda _: None if self._is_filling else self._answer_for_chosen(), "value")
        for button in (self.asking, self.previewing):
            button.on_click(lambda _: self._ask_from_account())
        self.what_if.on_click(lambda _: self._open_or_shut(is_open=not self._is_open))
        for control in (self.unit, self.draft):
            control.observe(lambda _: self._name_buttons(), "value")
        self.attaching.on_click(lambda _: self.attach())
        self.moving.on_click(lambda _: self.move())
        self.applying.on_click(lambda _: self.apply())
        self.discarding.on_click(lambda _: self.discard())
        self.undoing.on_click(lambda _: self.undo())

    @property
    def _is_open(self) -> bool:
        return self.changing.layout.display is None

    def _open_or_shut(self, *, is_open: bool) -> None:
        self.changing.layout.display = None if is_open else "none"
        self.what_if.description = _ENOUGH if is_open else _WHAT_IF
        self._mark_next_step()

    def _show_tree(self) -> None:
        """Show the nodes that match the filter and the answer; keep the chosen node if it is among them."""
        self._nodes = pages.nodes(self.preview)
        wanted, chosen = self.find.value.strip().lower(), self.tree.value
        left = [each for each in self._nodes if wanted in each.line.lower()]
        self.find.layout.display = "none" if len(self._nodes) <= _FEW else None
        ids = [each.id for each in left]
        self._is_filling = True
        try:
            self.tree.options = _labeled(left)
            if ids:
                self.tree.value = chosen if chosen in ids else self._first(ids)
        finally:
            self._is_filling = False
        if self.tree.value == chosen:
            self._answer_again()
            self._show_changes()
        else:
            self._answer_for_chosen()
        if not ids:
            self._warn(f"Nothing in the tree matches {self.find.value[:60]!r}.")

    def _first(self, ids: list[str]) -> str:
        """Return the member account to which most policies apply. Only an account's requests are evaluated."""
        organization = self.preview.organization
        members = [each for each in ids if each in organization.members and each != organization.management]
        applied: dict[str, int] = {}
        above: list[int] = []
        for node in self._nodes:
            del above[node.depth :]
            above.append((above[-1] if above else 0) + len(node.policies))
            applied[node.id] = above[-1]
        return max(members, key=applied.__getitem__, default=ids[0])

    def _answer_for_chosen(self) -> None:
        """Show the answer for the node that was just chosen, without the message about the previous node."""
        self._answer_again()
        self.status.value = ""
        self._forget_undone()
        self._show_changes()

    def _answer_again(self) -> None:
        """Show the answer for the chosen node again. If there is no answer, only the path to the node is drawn."""
        self.decision, self._answer, self.answer.value = None, "", ""
        self._offer_principals()
        self._offer_units()
        self._draw()
        if self._is_account:
            with suppress(PolicyError, NotModelled, LookupError, ValueError):
                self._judge(self.tree.value)
        else:
            self.answer.value = _said("note", _NO_ACCOUNT)
        self._name_buttons()
        self._mark_next_step()

    def _offer_principals(self) -> None:
        """Suggest the users and roles of the chosen account, and replace a suggestion for another account."""
        if not self._is_account:
            return
        arns = (arn.split(":", 5) for arn in self._cloud.identities())
        here = [name for *_, account, name in arns if account == self.tree.value and _SERVICE not in name]
        here.sort(key=lambda each: each != _BUILDER)
        suggested, self.principal.options = self.principal.options, (*here[:_MOST_PRINCIPALS], _ROOT)
        if self.principal.value in suggested and self.principal.value not in self.principal.options:
            self.principal.value = self.principal.options[0]

    def _offer_units(self) -> None:
        """Offer the places to which the chosen account can move; the management account can't move."""
        chosen, organization = self.tree.value, self.preview.organization
        can_move = self._is_account and chosen != organization.management
        here, wanted = self.preview.parent(chosen) if can_move else "", self.unit.value
        self.unit.options = [
            (_NO_UNIT, ""),
            *(("\u2003" * each.depth + each.name[:120], each.id) for each in self._units if each.id != here),
        ]
        self.unit.value = wanted if can_move and wanted in dict(self.unit.options).values() else ""
        for control in (self.unit, self.moving):
            control.layout.display = None if can_move else "none"

    def _ask_from_account(self) -> None:
        """Evaluate the request for the chosen account, or for the first account in the chosen root or OU."""
        account = self._asking_account
        if account is not None and account != self.tree.value:
            self.select(account)
        self.ask()
        self._mark_next_step()

    @property
    def _asking_account(self) -> str | None:
        """The ID of the chosen account, or of the first account to which policies of the chosen node apply."""
        chosen: str | None = self.tree.value
        if self._is_account:
            return chosen
        below = set(self.preview.below(chosen)) if chosen else set()
        return next((each.id for each in self._nodes if each.id in below), None)

    def _name_buttons(self) -> None:
        """Name what each button acts on."""
        chosen, account = self.tree.value, self._asking_account
        is_account = account == chosen
        self.asking.description = "Ask" if is_account or not account else f"Ask from {self._name(account)}"
        self.previewing.description = f"See the effect on {self._name(account)}" if account else ""
        self.attaching.description = f"Attach to {self._name(chosen)}" if chosen else "Attach"
        place = f" to {self._name(self.unit.value)}" if self.unit.value else ""
        self.moving.description = (
            f"Move {self._name(chosen)}{place}" if is_account and chosen else "Move an account"
        )
        self.asking.disabled, self.moving.disabled = account is None, not self.unit.value
        self.attaching.disabled = self._is_staged

    @property
    def _is_staged(self) -> bool:
        """True if the text in the field Draft SCP is already attached to the chosen node, in the preview."""
        changes = self.preview.changes
        return any((each.target, each.to) == (self.tree.value, self.draft.value) for each in changes)

    def _name(self, node: str) -> str:
        name = self.preview.organization.target_name(node)[0]
        return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"

    def _mark_next_step(self) -> None:
        """Mark one button as the next step: attach a draft, see its effect on an account, and apply it."""
        has_effect = self.decision is not None or self._asking_account is None
        self.previewing.layout.display = "none" if has_effect or not self.preview.changes else None
        if self.preview.changes:
            following = self.applying if has_effect else self.previewing
        else:
            following = self.attaching if self._is_open else self.asking
        for button in (self.asking, self.attaching, self.previewing, self.applying):
            button.button_style = "primary" if button is following else ""

    def _draw(self, levels: Sequence[pages.Step] = (), verdict: Verdict | None = None) -> None:
        """Draw the tree with the path to the chosen node, what each level does to the request, and the verdict."""
        chosen = self.tree.value
        way = self._way(chosen) if chosen else []
        listed = [id for _, id in self.tree.options]
        self.picture.value = framed(tree(self._nodes, way, levels, listed, verdict) + legend(self._nodes))

    def _way(self, chosen: str) -> list[str]:
        """Return the IDs of the nodes from the root to the chosen node."""
        way: list[str] = []
        for node in self._nodes:
            del way[node.depth :]
            way.append(node.id)
            if node.id == chosen:
                return way
        return []

    def _show_changes(self) -> None:
        """Show the staged changes, or what the last ones led to, with the buttons for them."""
        changes, (verdict, word, words) = self.preview.changes, self._outcome or _NO_OUTCOME
        label = "Status"
        if changes:
            verdict, word, label = Verdict.WARN, _STAGED, "Changes"
            words = "; ".join(pages.with_names(self.preview, change.words) for change in changes)
        elif self._standing.is_outdated:
            word = ""
        self.pending.value = _said(word, words, verdict, label) if word else ""
        self.staged.layout.display = None if word else "none"
        self.staged.remove_class((Verdict.WARN if verdict is Verdict.YES else Verdict.YES).tint)
        self.staged.add_class(verdict.tint)
        for button in (self.applying, self.discarding):
            button.layout.display = None if changes else "none"
        self.undoing.layout.display = None if self._can_undo else "none"

    def _say(self, word: str, words: str, verdict: Verdict = Verdict.NOTE) -> None:
        self.status.value = _said(word, words, verdict)

    def _warn(self, words: str) -> None:
        self.status.value = framed(box(Verdict.WARN, "Not possible", words, label="Status"))


def _labeled(nodes: Sequence[pages.Node]) -> list[tuple[str, str]]:
    """Return the labels of nodes in a list, with their IDs: a label contains the ID only if two have the same name."""
    named = Counter(each.brief for each in nodes)
    return [((each.brief if named[each.brief] == 1 else each.titled)[:200], each.id) for each in nodes]


def _said(word: str, words: str, verdict: Verdict = Verdict.NOTE, label: str = "Status") -> str:
    said = f"{chip(verdict, word)} <span>{escaped(words)}</span>"
    return framed(f'<p role="status" aria-label="{label}">{said}</p>')

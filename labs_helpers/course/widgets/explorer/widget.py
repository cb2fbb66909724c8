"""The evaluation explorer: predict whether a request is allowed, then see every policy layer's decision.

    EvaluationExplorer(cloud)                                     # with a running cloud
    EvaluationExplorer(policies={"identity": [doc], "scp": [[doc]]})   # with plain documents

The layers have the same order and names as in AWS's Access Troubleshooter.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets

from labs_helpers.cloud import Cloud, Judgement, NotModelled, serves_prefix, service_and_protocol
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.look import fold
from labs_helpers.course.shown.mistakes import Mistake, UnknownName, checked
from labs_helpers.course.widgets.explorer import html as pages
from labs_helpers.course.widgets.explorer import picture
from labs_helpers.course.widgets.explorer.actions import completions, doubt
from labs_helpers.course.widgets.explorer.context import as_text, ordered, read, refreshed, without_times
from labs_helpers.course.widgets.explorer.layers import Layer, layers_of
from labs_helpers.course.widgets.explorer.sources import CloudSource, DocumentSource, Source
from labs_helpers.course.widgets.visual_language import (
    LabWidget,
    Stop,
    alert,
    escaped,
    framed,
    heard,
    note,
    path_text,
    titled_view,
)
from labs_helpers.engine.policy import Policies, PolicyError
from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.policy.whatif.change import Change
from labs_helpers.engine.policy.whatif.smallest_changes import changes

_MOST_PRINCIPALS = 500
_PREDICTIONS = (("It is allowed", "allow"), ("It is denied", "deny"))
_PREDICT = "Predict first: choose “It is allowed” or “It is denied”, then press Reveal."
_AGAIN = "Predict again, then press Reveal."
_KEYS = "Keyboard: Tab moves to each choice, Space selects it, and Enter presses a button."
_HINT = (
    "One condition key per line; write several values as a JSON list. The keys that every such request contains are "
    "filled in. You can change, remove, or add keys."
)
_RESET = (
    "⚠ The cloud was reset after this explorer was created, so users, roles, and policies are missing. Run the cells "
    "of this part again, and then this one."
)
_WIDE = {"width": "99%"}
_LABEL, _CLOSE = {"description_width": "6.5em"}, {"description_width": "initial"}


class EvaluationExplorer(LabWidget):
    """A widget that shows whether, and why, a principal is allowed to perform an action on a resource.

    `cloud` is a running cloud. The default is this process's cloud, unless `policies` is given. `policies` are
    documents in the
    scenario format (objects or JSON text), or `Policies`. Raises `ValueError` if there is neither a cloud nor policies.
    The buttons call `predict`, `reveal`, `back`, `next_layer`, `reveal_all`, `start_over`, `why_not`, and `try_change`.
    """

    about = (
        "Evaluation explorer: a request's path through AWS's layers, what decides, and the smallest change"
    )

    @checked
    def __init__(
        self,
        cloud: Cloud | None = None,
        *,
        policies: Any = None,
        principal: str | None = None,
        action: str | None = None,
        resource: str | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> None:
        self._source = _source(cloud, policies)
        self.judgement: Judgement | None = None
        """The judged request with its decision; None until Reveal."""
        self.changes: tuple[Change, ...] = ()
        """The changes that "Why not?" found."""
        self.right, self.asked = 0, 0
        self._asked_last: tuple[str, ...] = ()
        self._is_repeated = False
        self._layers: tuple[Layer, ...] = ()
        self._shown, self._at = 0, 0
        self.trial: Judgement | None = None
        """The engine's answer after the last tried change."""
        self._filled: Mapping[str, Any] = {}
        self._busy = False
        self._make_controls(principal or "", action or "", resource or "")
        self.view = self._arranged()
        self._update_principals()
        self._complete_action()
        self._fill_context()
        if context:
            self._add_context(context)
        self._observe()
        serves_prefix("")  # load every table now, so that the first Reveal is fast
        self._draw_unasked()

    # Actions of the buttons

    @checked
    def predict(self, prediction: str) -> None:
        """Choose "allow" or "deny". Raises `ValueError` for any other prediction."""
        if prediction not in ("allow", "deny"):
            raise Mistake(f'predict "allow" or "deny"; got {prediction!r:.60}')
        self.prediction.value = prediction

    def reveal(self) -> None:
        """Evaluate the request and show the first layer, or show a message if the prediction is missing."""
        if self._ask():
            self._show(1)

    def start_over(self) -> None:
        """Hide the answer, and ask for a new prediction of the same request."""
        self._forget()
        self._draw_unasked()
        self._say(_AGAIN)

    def _reveal_or_start_over(self) -> None:
        if self._is_whole:
            self.start_over()
        else:
            self.reveal()

    def back(self) -> None:
        """Go back to the previous layer. All revealed layers stay revealed."""
        if self._at:
            self._look_at(self._at - 1)
        else:
            self._say(
                "This is the first layer." if self._layers else "Nothing is revealed yet. Press Reveal."
            )

    def next_layer(self) -> None:
        """Go to the next layer and reveal it; the last layer also reveals the decision."""
        if self.judgement is None:
            self.reveal()
        elif self._at + 1 < self._shown:
            self._look_at(self._at + 1)
        elif self._shown >= len(self._layers):
            self._say("All layers are shown.")
        else:
            self._show(self._shown + 1)

    def reveal_all(self) -> None:
        """Reveal all layers and the decision."""
        if self.judgement is not None or self._ask():
            self._show(len(self._layers))
            self._look_at(picture.deciding(self._layers))

    def why_not(self) -> None:
        """Show the smallest change that would make a denied request allowed."""
        judgement = self.judgement
        if judgement is None or self._shown < len(self._layers):
            self._say("Reveal all layers first: the decision appears with the last one.")
        elif judgement.allowed:
            self._why.value = note("The request is allowed, so there is nothing to change.")
        else:
            self.changes = changes(judgement.request, judgement.policies, judgement.decision)
            self._why.value = pages.why_not(self.changes)
            self._offer_changes()
            self._explain()
            self._lead()

    @checked
    def try_change(self, number: int | None = None) -> Judgement:
        """Evaluate the request again with a "Why not?" change and its required changes; the cloud stays unchanged.

        `number` is None for the chosen change. Raises `LookupError` if there is no such change.
        """
        chosen = picture.with_required(self.changes, self._change.value if number is None else number)
        assert self.judgement is not None
        try:
            self.trial = picture.judged_after(self.judgement, chosen)
        except PolicyError as error:
            raise UnknownName(str(error)) from error
        after = layers_of(self.trial)
        told = "".join(pages.layer(number, each) for number, each in enumerate(after, 1))
        self._trial.value = picture.trial_result(chosen, self.trial, after) + told
        self._explained.layout.display = "none"  # it explains the answer without the change
        self._lead()
        return self.trial

    def _try_chosen(self) -> None:
        try:
            self.try_change()
        except LookupError as error:
            self._warn(str(error))

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers revealed so far."""
        return self._layers[: self._shown]

    # The controls

    def _make_controls(self, principal: str, action: str, resource: str) -> None:
        self.principal = ipywidgets.Combobox(
            value=principal,
            description="Principal",
            placeholder="arn:aws:iam::111122223333:user/alice",
            **_typed(),
        )
        self.action = ipywidgets.Combobox(
            value=action, description="Action", placeholder="s3:GetObject", **_field()
        )
        self.resource = ipywidgets.Text(
            value=resource, description="Resource", placeholder="arn:aws:s3:::bucket/key, or *", **_typed()
        )
        self.context = ipywidgets.Textarea(
            description="Context", placeholder="aws:SourceIp = 203.0.113.10", rows=4, **_typed()
        )
        self.context.add_class("labs-grow")
        self.context.add_class("labs-context")
        for control in (self.principal, self.resource):
            control.add_class("labs-arn")
        self.prediction = ipywidgets.RadioButtons(
            options=_PREDICTIONS, value=None, description="Prediction", style=_CLOSE
        )
        self.prediction.add_class("labs-predicts")
        self.buttons = {
            name: ipywidgets.Button(
                description=name, button_style="primary" if name == "Reveal" else "", layout={"width": "auto"}
            )
            for name in ("Why not?", "Next layer", "Back", "Reveal", "Reveal all")
        }
        self._status, self._decision, self._why, self._explained = (
            ipywidgets.HTML(layout=_WIDE) for _ in range(4)
        )
        self._picture, self._listed, self._trial = (ipywidgets.HTML(layout=_WIDE) for _ in range(3))
        self._change = ipywidgets.Dropdown(
            description="Which one?", layout={"width": "auto", "min_width": "0"}, style=_CLOSE
        )
        self._try = ipywidgets.Button(description="Try it", layout={"width": "auto"})
        for button in (*self.buttons.values(), self._try):
            button.add_class("labs-asks")
        self._trying = ipywidgets.HBox(
            [self._change, self._try], layout={"flex_flow": "row wrap", "display": "none"}
        )

    def _arranged(self) -> ipywidgets.Box:
        told = f"<p>Context: {escaped(_HINT)}</p><p>{escaped(_KEYS)}</p>"
        hint = ipywidgets.HTML(framed(fold("Help with the context and the keyboard", told)), layout=_WIDE)
        buttons = ipywidgets.HBox(list(self.buttons.values()), layout={"flex_flow": "row wrap"})
        buttons.add_class("labs-steps")
        # The prediction and the buttons are below the path, whose height doesn't change from layer to layer.
        steps = ipywidgets.HBox(
            [self.prediction, buttons], layout={"flex_flow": "row wrap", "grid_gap": "0 1.5em"}
        )
        asked = ipywidgets.VBox([self.principal, self.action, self.resource, self.context, hint])
        why, self._tried = ipywidgets.VBox([self._why, self._trying]), ipywidgets.VBox()
        for answer in (self._decision, why, self._tried):
            answer.add_class("labs-answer")
        answered = ipywidgets.VBox(
            [
                self._picture, steps, self._status, self._decision, why, self._tried, self._explained,
            ],
        )  # fmt: skip
        layers = ipywidgets.VBox([self._listed])
        # The answer is next to the question, and the layers are below the question, if both fit; else, each is below
        # the part before it.
        sides = ipywidgets.VBox([asked, answered, layers])
        for part in (asked, answered, layers):
            part.add_class("labs-form")
        sides.add_class("labs-sides")
        whole = ipywidgets.VBox([sides], layout={"width": "100%"})
        whole.add_class("labs-form")
        self._lead()
        return titled_view(whole, self.about)

    def _observe(self) -> None:
        presses = (self.why_not, self.next_layer, self.back, self._reveal_or_start_over, self.reveal_all)
        for button, press in zip(self.buttons.values(), presses, strict=True):
            button.on_click(lambda _, press=press: press())
        self._try.on_click(lambda _: self._try_chosen())
        for control in (self.principal, self.action, self.resource, self.context):
            control.observe(self._changed, "value")

    def _changed(self, change: Mapping[str, Any]) -> None:
        """Discard the revealed answer, because the question has changed."""
        if self._busy:
            return
        if self.judgement is not None:
            self._forget()
            self._say("The question has changed. Predict again.")
        elif self._status.value:
            self._say("")
        if change["owner"] is self.action:
            self._complete_action()
        if change["owner"] is not self.context:
            self._fill_context()
        self._draw_unasked()

    def _draw_unasked(self) -> None:
        """Draw the path that the request will take, without verdicts."""
        try:
            layers = layers_of(self._source.judge(*self._question(), read(self.context.value)))
        except (PolicyError, NotModelled):
            layers = ()
        hidden = picture.stops(layers, 0, -1, None) if layers else picture.UNKNOWN
        self._picture.value = picture.request_path(self._question(), hidden)

    def _forget(self) -> None:
        self.judgement, self._layers, self._shown, self._at = None, (), 0, 0
        self.prediction.value = None
        self._decision.value = self._explained.value = self._listed.value = ""
        self._no_changes()
        self._lead()

    def _update_principals(self) -> None:
        self.principal.options = tuple(self._source.identities()[:_MOST_PRINCIPALS])

    def _complete_action(self) -> None:
        self.action.options = tuple(completions(self.action.value))

    def _question(self) -> tuple[str, str, str]:
        return self.principal.value.strip(), self.action.value.strip(), self.resource.value.strip()

    def _fill_context(self) -> None:
        known = self._known()
        if known is not None:
            self._set_context(refreshed(self.context.value, self._filled, known))
            self._filled = known

    def _known(self) -> Mapping[str, Any] | None:
        """Return the condition keys that AWS adds to the request; None while nothing is known.

        While the request is being typed, these are the keys of its principal only. Reveal reports errors.
        """
        principal, action, resource = self._question()
        for question in ((principal, action, resource), (principal, "sts:GetCallerIdentity", "*")):
            try:
                known = ordered(self._source.known_context(*question))
            except (PolicyError, NotModelled):
                continue
            service_and_protocol(
                question[1].partition(":")[0].lower()
            )  # loads a file, so that Reveal doesn't have to
            return known
        return None

    def _add_context(self, context: Mapping[str, Any]) -> None:
        given = {key.lower() for key in context}
        kept = {key: value for key, value in self._filled.items() if key not in given}
        self._set_context("\n".join(part for part in (as_text(kept), as_text(context)) if part))

    def _set_context(self, text: str) -> None:
        self._busy = True
        try:
            self.context.value = text
        finally:
            self._busy = False

    # Judging and displaying

    def _ask(self) -> bool:
        """Judge the request; return True if there is a judgment to show."""
        prediction = self.prediction.value
        if prediction is None:
            self._warn(_PREDICT)
            return False
        try:
            self._fill_context()
            question = (*self._question(), without_times(self.context.value, self._filled))
            judgement = self._source.judge(*self._question(), read(self.context.value))
        except (PolicyError, NotModelled) as error:
            self._warn(str(error))
            return False
        self._decision.value = ""
        self._no_changes()
        self.judgement = judgement
        self._is_repeated, self._asked_last = question == self._asked_last, question
        self._layers, self._shown = layers_of(judgement), 0
        if not self._is_repeated:
            self.asked += 1
            self.right += (prediction == "allow") is judgement.allowed
        return True

    def _show(self, count: int) -> None:
        """Reveal this many layers, and go to the last of them."""
        self._shown = count
        self._listed.value = picture.listed(self._all_layers, self.stops)
        self._look_at(count - 1)
        if count == len(self._layers) and self.judgement is not None:
            score = f"{self.right} of {counted(self.asked, 'prediction')} right so far."
            if self._is_repeated:
                score += " A repeated request isn't counted."
            self._decision.value = pages.decision(self.judgement, self.prediction.value, score)

    def _look_at(self, place: int) -> None:
        """Make a revealed layer the current one, which is explained below the request's path."""
        self._at = place
        looked_at = self._layers[place]
        self._picture.value = picture.request_path(self._question(), self.stops)
        self._explain()
        self._explained.layout.display = None
        said = f"Layer {place + 1} of {len(self._layers)}. {looked_at.headline}."
        # This is for screen readers. Everyone else sees it in the picture.
        self._status.value = f'<div class="labs">{heard(said)}{note(self._doubts())}</div>'
        self._lead()

    def _explain(self) -> None:
        """Explain the current layer. A change shows the lines of a policy, which is collapsed below the change."""
        layer = self._layers[self._at]
        shown = picture.explanation(layer, pages.matching(layer), collapsed=bool(self.changes))
        self._explained.value = framed(shown)

    @property
    def _is_whole(self) -> bool:
        return self.judgement is not None and self._shown == len(self._layers)

    @property
    def stops(self) -> list[Stop]:
        """The request's path as far as it is revealed."""
        whole = bool(self._layers) and self._shown == len(self._layers) and self.judgement is not None
        allowed = self.judgement.allowed if whole and self.judgement is not None else None
        return picture.stops(self._layers, self._shown, self._at, allowed)

    def _lead(self) -> None:
        """Show the buttons that make sense now, and highlight the one that makes sense next, if there is one."""
        is_whole = self._is_whole
        is_denied = is_whole and self.judgement is not None and not self.judgement.allowed
        useful = {
            "Reveal": self.judgement is None or is_whole,
            "Back": self._at > 0 and not is_whole,
            "Next layer": self.judgement is not None and not is_whole,
            "Reveal all": not is_whole,
            "Why not?": is_denied,
        }
        if self.judgement is None:
            first = "Reveal"
        elif not is_whole:
            first = "Next layer"
        else:
            first = "Why not?" if is_denied and not self.changes else ""
        self.buttons["Reveal"].description = "Start over" if is_whole else "Reveal"
        self._try.button_style = "" if self.trial else "primary"
        self._tried.children = [self._trial] if self.trial else []
        self._tried.layout.display = None if self.trial else "none"
        for name, button in self.buttons.items():
            button.button_style = "primary" if name == first else ""
            button.layout.display = None if useful[name] else "none"

    def _offer_changes(self) -> None:
        helping = [each for each in self.changes if each.helps]
        self._change.options = [(f"Change {each.number}", each.number) for each in helping]
        self._change.value = helping[0].number if helping else None
        has_choice = len(helping) > 1
        self._change.layout.display = None if has_choice else "none"
        self._try.description = "Try it" if has_choice else "Try this change"
        self._trying.layout.display = "flex" if helping else "none"

    def _no_changes(self) -> None:
        self.changes, self.trial = (), None
        self._why.value = self._trial.value = ""
        self._trying.layout.display = "none"

    @property
    def _all_layers(self) -> str:
        """The layers one below another; those that aren't revealed yet have only their titles."""
        numbered = enumerate(self._layers, 1)
        return "".join(
            pages.layer(number, each) if number <= self._shown else pages.hidden_layer(number, each)
            for number, each in numbered
        )

    def _doubts(self) -> str:
        """Return warnings about a question that can still be answered."""
        principal, action, _ = self._question()
        known = self._source.identities()
        is_identity = (named := Arn.read(principal)) is not None and named.kind in ("user", "role")
        unknown = bool(known) and is_identity and principal not in known
        doubts = (
            _RESET if self._source.was_reset() else "",
            "This user or role doesn't exist." if unknown else "",
            doubt(action),
        )
        return " ".join(filter(None, doubts))

    def _say(self, text: str) -> None:
        self._status.value = note(text)

    def _warn(self, text: str) -> None:
        self._status.value = alert(text)

    # Forms without a widget

    @property
    def html(self) -> str:
        """The question, the request's revealed path, and the answers as static HTML."""
        head = pages.question(*self._question(), self.context.value)
        answer = "".join(part.value for part in (self._picture, self._decision, self._explained))
        return f"{head}{answer}{self._all_layers}{self._why.value}{self._trial.value}"

    def __repr__(self) -> str:
        principal, action, resource = (part[:80] or "?" for part in self._question())
        head = f"<EvaluationExplorer: {principal} {action} {resource}: "
        if self.judgement is None:
            return f"{head}not revealed>"
        said = f"{head}{self._shown} of {len(self._layers)} layers shown>\n{path_text(self.stops)}"
        whole = self._shown == len(self._layers)
        return f"{said}\n{self.judgement.decision.reason}" if whole else said


def _source(cloud: Cloud | None, policies: dict[str, Any] | Policies | None) -> Source:
    if policies is not None:
        if cloud is not None:
            raise Mistake("pass either a cloud or policies, not both")
        return DocumentSource(policies)
    running = cloud or Cloud.running()
    if running is None:
        raise Mistake('no cloud is running: start one, or pass policies={"identity": [document]}')
    return CloudSource(running)


def _field() -> dict[str, Any]:
    return {"layout": _WIDE, "style": _LABEL}


def _typed() -> dict[str, Any]:
    """Return the options of a field that sends its text when it loses the focus.

    While the kernel is busy, a browser holds back the last letters, but not clicks. If the field sent each letter, the
    last letters would arrive after a click on Reveal, and undo it.
    """
    return {**_field(), "continuous_update": False}

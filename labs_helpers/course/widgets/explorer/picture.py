"""The explorer's picture: a request's path through AWS's layers, and how a change affects that path."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from labs_helpers.cloud import Judgement
from labs_helpers.course.shown.display import break_long_words
from labs_helpers.course.shown.look import fold
from labs_helpers.course.shown.mistakes import UnknownName
from labs_helpers.course.shown.verdict_strip import asker, gray_after_denial
from labs_helpers.course.widgets.explorer.layers import Layer
from labs_helpers.course.widgets.explorer.text import written
from labs_helpers.course.widgets.visual_language import (
    Icon,
    Stop,
    Verdict,
    box,
    difference,
    escaped,
    framed,
    icon,
    path,
    table,
)
from labs_helpers.engine.policy import decide
from labs_helpers.engine.policy.whatif.change import Change, changed

UNKNOWN = (
    Stop("Service control policies"), Stop("Resource policy"), Stop("Identity policies"),
    Stop("Decision", icon=Icon.GATE),
)  # fmt: skip
"""The path of a request that isn't complete yet."""
_WHO = f'<span class="dim">{icon(Icon.PERSON)} Who requests which action, on which resource?</span>'


def stops(layers: Sequence[Layer], shown: int, at: int, allowed: bool | None) -> list[Stop]:
    """Return the layers as stops: the revealed ones have a verdict, and the current one is marked `here`.

    `allowed` is the decision, or None while it is hidden.
    """
    places = [
        Stop(each.title, Verdict[each.verdict] if place < shown else None, here=place == at)
        for place, each in enumerate(layers)
    ]
    told = None if allowed is None else Verdict.YES if allowed else Verdict.NO
    return [*places, Stop("Decision", told, Icon.GATE)]


def deciding(layers: Sequence[Layer]) -> int:
    """Return the index of the deciding layer: the first explicit deny, the first implicit deny, or the last."""
    verdicts = [each.verdict for each in layers]
    denying = (verdicts.index(word) for word in ("EXPLICIT_DENY", "IMPLICIT_DENY") if word in verdicts)
    return next(denying, len(layers) - 1)


def request_path(question: tuple[str, str, str], places: Sequence[Stop]) -> str:
    """Return the request and its path from left to right. Without a principal, the path begins with a question."""
    start = asker(*question) if question[0] else _WHO
    return framed(path("The request's path through the layers", gray_after_denial(places), start))


def explanation(layer: Layer, statements: str, *, collapsed: bool = False) -> str:
    """Return a layer's title and meaning, and its statements that matched.

    The verdict isn't included, because the request's path shows it.
    """
    place = fold if collapsed else collapsed_if_narrow
    shown = place("The statements that match", statements) if statements else ""
    return f"<p><strong>{escaped(layer.title, 200)}.</strong> {escaped(layer.meaning)}</p>{shown}"


def collapsed_if_narrow(summary: str, content: str) -> str:
    """Return HTML that is collapsed below its summary in a narrow container, and otherwise shown without it."""
    return f'<details class="if-narrow"><summary>{escaped(summary, 200)}</summary>{content}</details>'


def listed(layers: str, places: Sequence[Stop]) -> str:
    """Return the request's layers below their heading, and its stops as a table for learners who prefer text."""
    rows = [
        (str(number), escaped(each.title, 200), each.says)
        for number, each in enumerate(gray_after_denial(places), 1)
    ]
    shown = table("The request's path", ("place", "layer", "verdict"), rows)
    heading = "<p><strong>The request, layer by layer</strong></p>"
    return framed(f"{heading}{layers}{fold('The same path as a table', shown)}")


def with_required(changes: Iterable[Change], number: int) -> list[Change]:
    """Return the change with this number and the changes that it requires.

    Raises `LookupError` if there is no such change.
    """
    known = {each.number: each for each in changes}
    if number not in known:
        raise UnknownName(
            f"there is no change {number!r:.20}. Changes: {', '.join(map(str, known)) or 'none'}"
        )
    return [known[each] for each in (number, *known[number].needs_also)]


def judged_after(judgement: Judgement, chosen: Sequence[Change]) -> Judgement:
    """Return the engine's decision on the same request after the changes; the cloud stays unchanged.

    Raises `PolicyError` if a policy can't be read.
    """
    request, policies = changed(judgement.request, judgement.policies, chosen)
    return replace(judgement, request=request, policies=policies, decision=decide(request, policies))


def trial_result(chosen: Sequence[Change], after: Judgement, layers: Sequence[Layer]) -> str:
    """Return the result of trying changes, which "Why not?" shows as diffs, and the request's path afterwards."""
    numbers = " and ".join(f"change {each.number}" for each in chosen)
    verdict = Verdict.YES if after.allowed else Verdict.NO
    reason = after.decision.reason
    told = f"{reason[0].upper()}{reason[1:]}. This was only a test: nothing in the cloud was changed."
    answer = box(verdict, f"With {numbers}", told, label="Tried")
    whole = stops(layers, len(layers), -1, after.allowed)
    way = path("The request's path after the change", gray_after_denial(whole))
    return framed(answer + way)


def shown_change(change: Change) -> str:
    """Return a change as HTML with removed and added lines."""
    before, after = _before_and_after(change)
    where = f" in {break_long_words(escaped(change.policy, 300))}" if change.policy else ""
    label = f"Difference of change {change.number}"
    shown = f"<p>Change {change.number}{where}:</p>{difference(label, before, after)}"
    return collapsed_if_narrow(f"Change {change.number}, line by line", shown)


def _before_and_after(change: Change) -> tuple[list[str], list[str]]:
    if change.context:
        after = [f"{key} = {_value(value)}" for key, value in change.context]
        return [f"{key}: as it is now" for key, _ in change.context], after
    before: list[str] = []
    after = []
    for edit in change.edits:
        before += _lines(edit.policy.statements[edit.index].source)
        after += _lines(edit.source)
    return (before, after) if change.edits else ([], _lines(change.statement))


def _lines(statement: Mapping[str, Any] | None) -> list[str]:
    return [] if statement is None else written(statement, 0).split("\n")


def _value(value: Any) -> str:
    return (
        "(absent)" if value is None else value if isinstance(value, str) else json.dumps(value, default=str)
    )

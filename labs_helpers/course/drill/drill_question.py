"""Questions of the drill: a rule, a situation that it decides, and options of which the engine confirms exactly one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from labs_helpers.course.drill.changes import plausible_changes
from labs_helpers.course.drill.decisions import decide, is_allowed, stopping_layer
from labs_helpers.course.drill.dressing import dressed
from labs_helpers.course.drill.edits import key_edits, statement_edits
from labs_helpers.course.drill.evaluation_rules import Rule, rules
from labs_helpers.course.drill.makers import MAKERS
from labs_helpers.course.drill.request_variants import similar_requests
from labs_helpers.course.drill.scene import Draw, Pair, Scene
from labs_helpers.course.drill.words import LAYERS, request_words
from labs_helpers.course.situations.drawn_values import Dice

KINDS = ("allowed", "layer", "change", "request")
"""The kinds of questions: Is it allowed? Which layer stops it? Which change reverses the decision?

Which request is allowed?
"""
_FOUR = 4
_SPECIFIC = 3
"""The number of edits of a situation's own statements that are tried first. Some of them change the decision."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Option:
    """An option with the situation that it is about; for the kind "layer", `layer` is the check type, or ""."""

    text: str
    scene: Scene
    layer: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A randomly generated question. `wanted` is the decision that the options are compared with: allowed or not.

    `right` is the letter of the right option. `pair` has two situations that differ only in what the rule is about.
    """

    rule: Rule
    kind: str
    text: str
    scene: Scene
    wanted: bool
    options: dict[str, Option]
    right: str
    pair: Pair

    @property
    def after(self) -> Scene:
        """Return the situation of the right option."""
        return self.options[self.right].scene


def draw_question(rule: str, *seed: object, kind: str = "") -> Question:
    """Draw a question about a rule. The same seed draws the same question.

    If the rule's situation isn't suitable for the kind that was drawn, or for `kind`, the question is whether the
    request is allowed.
    """
    d = Draw(Dice("drill", rule, *map(str, seed)))
    pair = dressed(MAKERS[rule](d), d)
    shown_allowed = d.coin()
    chosen = kind or d.one(KINDS if pair.by_request else KINDS[:-1])
    made = _MAKE[chosen](rules()[rule], pair, d, shown_allowed) or _allowed(
        rules()[rule], pair, d, shown_allowed
    )
    assert made is not None
    return made


def draw_questions(count: int, seed: object) -> Iterable[Question]:
    """Draw questions about all rules in turn, so that each rule is as frequent as any other."""
    order = list(rules())
    for number in range(count):
        yield draw_question(order[number % len(order)], seed, number)


def _shown(pair: Pair, *, allowed: bool) -> Scene:
    return pair.allowed if allowed else pair.denied


def _asked(question: str, pair: Pair, *, allowed: bool) -> str:
    """Return a question about one situation of a pair. The question begins with facts that the policies don't show."""
    if not pair.unseen:
        return question
    return f"{pair.allow_by if allowed else pair.deny_by} {question}"


def _allowed(rule: Rule, pair: Pair, d: Draw, allowed: bool) -> Question:
    scene = _shown(pair, allowed=allowed)
    options = {"a": Option("Yes, AWS allows it.", scene), "b": Option("No, AWS denies it.", scene)}
    text = _asked("Is the request allowed?", pair, allowed=allowed)
    return Question(rule, "allowed", text, scene, allowed, options, "a" if allowed else "b", pair)


def _layer(rule: Rule, pair: Pair, d: Draw, allowed: bool) -> Question | None:
    scene = _shown(pair, allowed=allowed)
    right = stopping_layer(decide(scene))
    if right is None:
        return None
    there = {check["checkType"] for check in decide(scene)["checks"]}
    listed = [layer for layer in LAYERS if layer in there or layer == right]
    for layer in ("RESOURCE", "PERMISSIONS_BOUNDARY", "SERVICE_CONTROL_POLICY"):
        if len(listed) < _FOUR - 1 and layer not in listed:
            listed.append(layer)
    texts = [Option(LAYERS[layer], scene, layer) for layer in LAYERS if layer in listed]
    texts.append(Option("None of them: the request is allowed.", scene))
    options = dict(zip("abcdefgh", texts, strict=False))
    letter = next(letter for letter, option in options.items() if option.layer == right)
    text = _asked("Which kind of policy stops the request?", pair, allowed=allowed)
    return Question(rule, "layer", text, scene, allowed, options, letter, pair)


def _change(rule: Rule, pair: Pair, d: Draw, allowed: bool) -> Question | None:
    """Ask which change reverses the decision; the request that is shown has the opposite decision."""
    scene, after = _shown(pair, allowed=allowed), _shown(pair, allowed=not allowed)
    others = [
        Option(text, changed)
        for text, changed in _specific_first(scene, d)
        if changed != after and is_allowed(changed) == allowed
    ]
    right = Option(pair.deny_by if allowed else pair.allow_by, after)
    text = (
        "AWS allows the request. Which one of these changes makes AWS deny it?"
        if allowed
        else "AWS denies the request. Which one of these changes makes AWS allow it?"
    )
    return _with_options(rule, "change", text, scene, not allowed, right, others, pair, d)


def _specific_first(scene: Scene, d: Draw) -> Iterator[tuple[str, Scene]]:
    """Yield some edits of the situation's own statements and keys, then other kinds of changes, then more edits."""
    edits = _shuffled([*statement_edits(scene), *key_edits(scene)], d)
    yield from edits[:_SPECIFIC]
    yield from _shuffled(plausible_changes(scene), d)
    yield from edits[_SPECIFIC:]


def _request(rule: Rule, pair: Pair, d: Draw, allowed: bool) -> Question | None:
    """Ask which request is the only one that is allowed, or the only one that isn't."""
    if not pair.by_request:
        return None
    right, opposite = _shown(pair, allowed=allowed), _shown(pair, allowed=not allowed)
    found = {request_words(opposite): opposite}
    for base in (right, opposite):
        for other in similar_requests(base, d):
            if is_allowed(other) != allowed and request_words(other) != request_words(right):
                found.setdefault(request_words(other), other)
    first, *more = [Option(text, scene) for text, scene in found.items()]
    others = [first, *_shuffled(more, d)]
    text = (
        "Which one of these requests does AWS allow?"
        if allowed
        else "Which one of these requests does AWS deny?"
    )
    mine = Option(request_words(right), right)
    return _with_options(rule, "request", text, right, allowed, mine, others, pair, d)


def _with_options(
    rule: Rule, kind: str, text: str, scene: Scene, wanted: bool, right: Option, others: list[Option], pair: Pair,
    d: Draw,
) -> Question | None:  # fmt: skip
    """Return the question with four options in a drawn order, or None if there aren't enough wrong ones."""
    if len(others) < _FOUR - 1:
        return None
    listed = _shuffled([right, *others[: _FOUR - 1]], d)
    options = dict(zip("abcd", listed, strict=True))
    letter = next(letter for letter, option in options.items() if option is right)
    return Question(rule, kind, text, scene, wanted, options, letter, pair)


def _shuffled(items: Iterable[T], d: Draw) -> list[T]:
    left, shuffled = list(items), []
    while left:
        shuffled.append(left.pop(d.dice.below(len(left))))
    return shuffled


_MAKE: dict[str, Callable[[Rule, Pair, Draw, bool], Question | None]] = {
    "allowed": _allowed, "layer": _layer, "change": _change, "request": _request,
}  # fmt: skip

"""The learner's own company: Monday's design, changed by the answers from Days 2 to 6 that passed.

Earlier days' answers that passed and fit (data/day6/earlier.json) come first, and then the nine steps in order. If a
step isn't passed, the reference solution replaces it, but only if a later step is passed: unsolved steps at the end
stay open. So the company of a learner who has passed nothing is Monday's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from pydantic import Field, ValidationError

from labs_helpers.course.content.paths import data_path
from labs_helpers.course.content.schema import Model, Text
from labs_helpers.course.days.day6 import blueprint
from labs_helpers.course.days.day6.company_probes import CHANGED
from labs_helpers.course.grading.exercise_loading import load as exercises
from labs_helpers.course.grading.kinds.design import Design

DAY = 6
_ANSWER = "<answer>"
"""The placeholder for the answer in the changes of an `EarlierAnswer`."""


class EarlierAnswer(Model):
    """An exercise of an earlier day whose answer fits this company, and the changes that put it there.

    `replace`: strings of the exercise, and the names in the blueprint that replace them.
    """

    exercise: Text
    why: Text
    replace: dict[Text, Text] = Field(default_factory=dict)
    changes: dict[str, Any]

    def changes_with(self, answer: Any) -> dict[str, Any]:
        """Return the changes with this answer, a policy. Raises `ValueError` if the answer isn't a policy."""
        policy = json.loads(answer) if isinstance(answer, str) else answer
        if not isinstance(policy, dict):
            raise ValueError("isn't a policy")
        text = json.dumps(policy)
        for old, new in self.replace.items():
            text = text.replace(old, new)
        changes: dict[str, Any] = json.loads(json.dumps(self.changes).replace(json.dumps(_ANSWER), text))
        return changes


class EarlierAnswers(Model):
    """The schema of data/day6/earlier.json."""

    day: int
    answers: tuple[EarlierAnswer, ...]


@cache
def earlier() -> tuple[EarlierAnswer, ...]:
    """Return the exercises of earlier days whose answers fit this company."""
    text = data_path("day6", "earlier.json").read_text(encoding="utf-8")
    return EarlierAnswers.model_validate_json(text).answers


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of a design: which steps are the learner's, which are the reference's, and which are open."""

    yours: tuple[int, ...] = ()
    reference: tuple[int, ...] = ()
    open: tuple[int, ...] = ()
    earlier: tuple[str, ...] = ()
    """The exercises of earlier days whose answers are part of the design."""
    drafts: tuple[int, ...] = ()
    """The steps among `yours` that were only tried, and not passed."""
    unusable: tuple[str, ...] = ()
    """The exercises whose stored answers can't be built."""
    other: str = ""
    """A sentence about the design, if it isn't composed of answers."""
    edited: bool = False
    """True if the design was changed outside the exercises."""

    def sentence(self) -> str:
        """Return a sentence that states whose design it is, for every page that shows a result."""
        return " ".join(self._sentences())

    def _sentences(self) -> Iterator[str]:
        done = [step for step in self.yours if step <= blueprint.LAST]
        of = len(done) + len(self.reference) + len(self.open)
        if self.other:
            yield self.other
        elif not self.yours and not self.reference:
            yield "No step is yours yet: this is Larkspur as it is on Monday."
        else:
            yield f"{len(done)} of {of} {'step is' if of == 1 else 'steps are'} yours."
        if len(self.yours) > len(done):
            yield "The change requests are yours as well."
        if self.drafts:
            yield f"Only a draft: {_steps(self.drafts)}."
        if self.reference and not self.other:
            yield f"From the reference solution: {_steps(self.reference)}."
        if self.open and (self.yours or self.reference):
            yield f"Unchanged since Monday: {_steps(self.open)}."
        if self.earlier:
            yield f"From earlier days: your answers to {', '.join(self.earlier)}."
        if self.unusable:
            yield f"Your answers to {', '.join(self.unusable)} can't be built, so they are left out."
        if self.edited:
            yield "You have changed the design since then."

    def title(self) -> str:
        """Return a title that is true for the design."""
        if not self.yours and not self.reference:
            return "Larkspur Tickets on Monday"
        return "Larkspur Tickets, under construction" if self.open else "Larkspur Tickets on Friday"


def _steps(numbers: tuple[int, ...]) -> str:
    names = [str(number) if number < CHANGED else "the change requests" for number in numbers]
    return f"step{'s' if len(names) > 1 else ''} {', '.join(names)}"


@dataclass(frozen=True, slots=True)
class OwnCompany:
    """A design, as data, and whose it is."""

    design: dict[str, Any]
    origin: Origin = field(default_factory=Origin)


def compose(
    answers: Mapping[str, Any],
    before: int | None = None,
    drafts: Mapping[str, Any] | None = None,
) -> OwnCompany:
    """Return the learner's company with all answers that passed or, with `before`, as it is before a step.

    `before`: a step from 1 to 10. `drafts`: answers to use instead of the passed ones, by exercise.
    """
    given = {**answers, **(drafts or {})}
    ids = step_ids()
    last = before - 1 if before is not None else max((step for step in ids if ids[step] in given), default=0)
    made = _with_earlier(OwnCompany(blueprint.after(0)), given)
    for step, id in ids.items():
        if step > last:
            continue
        made = _with_step(made, step, id, given)
    closed = {*made.origin.yours, *made.origin.reference}
    left = tuple(step for step in ids if step <= blueprint.LAST and step not in closed)
    kept = tuple(
        each.exercise
        for each in earlier()
        if each.exercise in made.origin.earlier and _stands(made.design, each, given)
    )
    tried = tuple(step for step in made.origin.yours if ids[step] in (drafts or {}))
    origin = replace(made.origin, open=() if before is not None else left, drafts=tried, earlier=kept)
    about = f"The ticket shop that Tom and Olivia built in a weekend. {origin.sentence()}"
    return OwnCompany({**made.design, "name": "larkspur", "title": origin.title(), "about": about}, origin)


def reference_before(step: int) -> OwnCompany:
    """Return the company as it is before a step, built from the reference solutions only."""
    steps = tuple(range(1, step))
    other = f"From the reference solutions, not from yours: {_steps(steps)}." if steps else ""
    origin = Origin(other=other, reference=steps)
    return OwnCompany(
        {
            **blueprint.after(step - 1),
            "name": "larkspur",
            "title": origin.title(),
            "about": f"The ticket shop that Tom and Olivia built in a weekend. {origin.sentence()}",
        },
        origin,
    )


@cache
def step_ids() -> dict[int, str]:
    """Return the exercises whose answers are changes to the design, by step, in order."""
    found = {each.step: id for id, each in exercises(DAY).items() if isinstance(each, Design)}
    return dict(sorted(found.items()))


def starter_on(starter: Mapping[str, Any], answers: Mapping[str, Any], step: int) -> dict[str, Any]:
    """Return a step's starter with the learner's own policies in place of the reference's.

    If the starter adds statements to a policy of an earlier step, the learner's version of that policy also gets them.
    A policy in which the starter changes a statement stays as it is.
    """
    theirs, own = blueprint.after(step - 1), compose(answers, before=step).design
    return {name: _with_own(part, theirs.get(name), own.get(name)) for name, part in starter.items()}


def _with_own(part: Any, theirs: Any, own: Any) -> Any:
    if not isinstance(part, dict):
        return own if part == theirs and own is not None else part
    if "Statement" not in part:
        named_theirs, named_own = blueprint.named(theirs), blueprint.named(own)
        return {
            name: _with_own(each, named_theirs.get(name), named_own.get(name)) for name, each in part.items()
        }
    if theirs in (None, own) or own is None:
        return part
    added = [each for each in part["Statement"] if each not in theirs["Statement"]]
    if len(added) + len(theirs["Statement"]) > len(part["Statement"]):
        return part
    return {**own, "Statement": [*own["Statement"], *added]}


def _with_earlier(made: OwnCompany, given: Mapping[str, Any]) -> OwnCompany:
    for each in earlier():
        if each.exercise not in given:
            continue
        try:
            changed = _changed(made.design, each.changes_with(given[each.exercise]))
        except (ValueError, TypeError):
            made = _left_out(made, each.exercise)
            continue
        made = OwnCompany(changed, replace(made.origin, earlier=(*made.origin.earlier, each.exercise)))
    return made


def _stands(design: dict[str, Any], each: EarlierAnswer, given: Mapping[str, Any]) -> bool:
    """Return True if no later step has replaced what an earlier day's answer put into the design."""
    return blueprint.changed(design, each.changes_with(given[each.exercise])) == design


def _with_step(made: OwnCompany, step: int, id: str, given: Mapping[str, Any]) -> OwnCompany:
    if id in given:
        try:
            changed = _changed(made.design, _step(id).changes(given[id]))
        except (ValueError, TypeError):
            made = _left_out(made, id)
        else:
            return OwnCompany(changed, replace(made.origin, yours=(*made.origin.yours, step)))
    if step > blueprint.LAST:
        return made
    return OwnCompany(
        blueprint.changed(made.design, _step(id).changes(_step(id).solution)),
        replace(made.origin, reference=(*made.origin.reference, step)),
    )


def _step(id: str) -> Design:
    exercise = exercises(DAY)[id]
    assert isinstance(exercise, Design)
    return exercise


def _left_out(made: OwnCompany, id: str) -> OwnCompany:
    return replace(made, origin=replace(made.origin, unusable=(*made.origin.unusable, id)))


def _changed(design: dict[str, Any], changes: Any) -> dict[str, Any]:
    """Return a design with changes. Raises `ValueError` or `TypeError` if the result isn't a blueprint."""
    try:
        changed = blueprint.changed(design, changes)
        blueprint.Blueprint.model_validate(changed)
    except (AttributeError, KeyError, RecursionError, ValidationError) as error:
        raise ValueError(str(error)) from error
    return changed

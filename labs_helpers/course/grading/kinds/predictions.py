"""Predictions: allow or deny for each request in a scene, compared with the engine's decisions.

A learner can answer a few requests at a time. Such a partial answer counts as an attempt only if a prediction is wrong.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from labs_helpers.course.content.schema import Document, Probe
from labs_helpers.course.grading import answers
from labs_helpers.course.grading.choice_rows import ChoiceRow, ChoiceRows
from labs_helpers.course.grading.kinds.choices import answered
from labs_helpers.course.grading.kinds.exercise import Exercise, as_code
from labs_helpers.course.grading.results import CheckResult, FailedProbe
from labs_helpers.course.situations.drawn_values import Dice

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.shown.display import Page


class Predictions(Exercise):
    """An exercise whose answer is a dict of request number → allow or deny."""

    kind: Literal["predictions"]
    documents: dict[str, Document] = Field(default_factory=dict)
    scene: Annotated[str, StringConstraints(pattern=r"^\w+$")] | None = None
    probes: tuple[Probe, ...] = Field(min_length=1)
    shuffled_by: int | None = Field(None, ge=2)
    """The size of the groups within which the requests are in random order for each learner of a class with a seed."""

    @property
    def differs(self) -> bool:
        """Return True if the exercise differs from learner to learner in a class with a seed."""
        return super().differs or self.shuffled_by is not None

    def variant(self, seed: str, learner: str) -> Self:
        """Return the exercise with a learner's own facts, and with the requests in the learner's own order.

        The numbers in the hints, the solution, and the other answers change accordingly.
        """
        own = super().variant(seed, learner)
        if not seed or self.shuffled_by is None:
            return own
        order = _shuffled(len(self.probes), self.shuffled_by, Dice(seed, learner, self.id))
        number = {str(before): str(now) for now, before in enumerate(order, 1)}
        data = own.model_dump(mode="json", exclude_unset=True, exclude={"shuffled_by"})
        data["probes"] = [data["probes"][before - 1] for before in order]
        data["solution"] = _renumbered(data["solution"], number)
        data["hints"] = [
            re.sub(r"\d+", lambda found: number.get(found[0], found[0]), hint) for hint in data["hints"]
        ]
        for each in (*data.get("right", ()), *data["wrong"]):
            each["answer"] = _renumbered(each["answer"], number)
            if "refused_for" in each:
                each["refused_for"] = re.sub(r"\d+", lambda found: number[found[0]], each["refused_for"])
        return type(self).model_validate(data)

    @property
    def tried(self) -> int:
        """Return the number of requests."""
        return len(self.probes)

    @model_validator(mode="after")
    def _names_each_request(self) -> Predictions:
        for number, probe in enumerate(self.probes):
            if probe.title is None:
                raise ValueError(f"probes.{number}.title: a request to predict needs one")
        return self

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        """Compare the predictions with the engine's decisions.

        Raises `AnswerError` for an answer that isn't a dict keyed by request number.
        """
        from labs_helpers.course.grading.probes import because, judge_probe

        given = answers.predictions(answer, len(self.probes))
        messages: list[str] = []
        failed, trials = [], []
        for number, probe in enumerate(self.probes, 1):
            word = given[number]
            judged = None if word is None else judge_probe(self, probe, {})
            before = len(messages)
            if judged is not None and word != probe.expected:
                decision = judged.decision
                failed.append(FailedProbe(number, probe.story, probe.expected, decision))
                outcome = "allows" if decision.allowed else "denies"
                messages.append(f"Request {number}: AWS {outcome} it. {probe.story} ({because(decision)})")
            shown = "deny" if word == "refuse" else word
            part = answered(f"{number}. {probe.title}", shown, messages[before:])
            trials.append(replace(part, judgement=judged))
        still_open = [str(number) for number, word in given.items() if word is None]
        if still_open:
            right = len(self.probes) - len(still_open) - len(failed)
            messages.append(
                f'Right so far: {right}. Still open: {", ".join(still_open)}. Answer "allow" or "deny" for each.'
            )
        counts = bool(failed) or not still_open
        return CheckResult(
            not messages, self.id, tuple(messages), tuple(failed), counts=counts, trials=tuple(trials)
        )

    def choice_rows(self) -> ChoiceRows:
        """Return the requests by number, and the two decisions."""
        rows = tuple(
            ChoiceRow(number, f"{number}. {probe.title}") for number, probe in enumerate(self.probes, 1)
        )
        return ChoiceRows(rows, ("allow", "deny"))

    def show(self, page: Page) -> None:
        """Show the policies in force."""
        from labs_helpers.course.content.loading import load_scene

        if self.scene is not None:
            scene = load_scene(self.day, self.scene)
            page.say(scene.about)
            page.codes(
                (
                    "\n".join(json.dumps(statement) for statement in document["Statement"]),
                    f"{name}: {scene.attached[name]}",
                )
                for name, document in scene.documents.items()
            )

    def show_form(self, page: Page) -> None:
        """Show the numbered requests and the starter."""
        rows = [(str(number), probe.title or "") for number, probe in enumerate(self.probes, 1)]
        page.table(("number", "request"), rows)
        page.say("Answer with:").code(as_code(self.starter))


def _shuffled(count: int, size: int, dice: Dice) -> list[int]:
    """Return the numbers from 1 to `count` in a random order, in which each number stays in its group."""
    order: list[int] = []
    for first in range(1, count + 1, size):
        group = list(range(first, min(first + size, count + 1)))
        while group:
            order.append(group.pop(dice.below(len(group))))
    return order


def _renumbered(answer: Any, number: dict[str, str]) -> Any:
    """Return an answer keyed by request number, sorted by the new numbers."""
    moved = {number[before]: word for before, word in answer.items()}
    return dict(sorted(moved.items(), key=lambda entry: int(entry[0])))

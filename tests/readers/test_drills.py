"""Cards of the drill that readers answered get the same verdicts, with the situations that they were asked about.

Each JSON file in `drills/` holds one trial. The cards are kept as they were asked, also those that misled the reader.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from pydantic import AwareDatetime, Field

from labs_helpers.course.content.loading import read
from labs_helpers.course.content.schema import Model, Text
from labs_helpers.course.drill.decisions import decide, is_allowed, stopping_layer
from labs_helpers.course.drill.drill_question import KINDS
from labs_helpers.course.drill.evaluation_rules import rules
from labs_helpers.course.drill.scene import Scene

Letter = Literal["a", "b", "c", "d", "e", "f", "g", "h"]


class Choice(Model):
    """An option of a card, with its situation if that isn't the card's, or with the layer that it names."""

    text: Text
    scene: Scene | None = None
    layer: str = ""


class Card(Model):
    """A question, the reader's answer, the verdict at the time, the right option, and what misled the reader."""

    rule: Text
    kind: str
    question: Text
    scene: Scene
    options: dict[Letter, Choice] = Field(min_length=2)
    answer: Letter
    said: Literal["right", "wrong"]
    right: Letter
    unclear: str

    def right_options(self) -> list[str]:
        """Return the letters of the options that AWS's decisions make right."""
        if self.kind == "allowed":
            return ["a" if is_allowed(self.scene) else "b"]
        if self.kind == "layer":
            stopped = stopping_layer(decide(self.scene))
            return [letter for letter, choice in self.options.items() if choice.layer == stopped]
        decisions = {letter: is_allowed(each.scene or self.scene) for letter, each in self.options.items()}
        wanted = (
            not is_allowed(self.scene) if self.kind == "change" else self.question.endswith("does AWS allow?")
        )
        return [letter for letter, allowed in decisions.items() if allowed == wanted]


class Sitting(Model):
    """Cards that were answered one after another, at a time that was set for the trial."""

    at: AwareDatetime
    cards: tuple[Card, ...] = Field(min_length=1)


class DrillTrial(Model):
    """What one reader answered."""

    reader: Text
    date: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")
    sittings: tuple[Sitting, ...] = Field(min_length=2)


TRIALS = {
    path.stem: read(path, DrillTrial.model_validate)
    for path in sorted((Path(__file__).parent / "drills").glob("*.json"))
}
CARDS = [card for trial in TRIALS.values() for sitting in trial.sittings for card in sitting.cards]


@pytest.mark.parametrize("trial", TRIALS.values(), ids=TRIALS)
def test_every_card_has_the_right_verdict(trial: DrillTrial) -> None:
    for sitting in trial.sittings:
        for card in sitting.cards:
            assert (card.rule, [card.right]) == (card.rule, card.right_options())
            assert card.said == ("right" if card.answer == card.right else "wrong"), card.rule


def test_a_trial_has_cards_of_every_kind_about_many_rules() -> None:
    assert len(CARDS) >= 25
    assert {card.kind for card in CARDS} == set(KINDS)
    assert {card.rule for card in CARDS} <= set(rules())

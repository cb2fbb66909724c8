"""Attacks in which a reader attacked the company of another reader's answers take the same flags again.

Each JSON file in `attacks/` holds one trial: whose company was attacked, and each attack as the league's file. They are
kept as they were. An attack takes seconds, so each run of the tests tries one in four, and `make judges` the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from labs_helpers.cloud import Cloud
from labs_helpers.course.content.loading import read
from labs_helpers.course.content.schema import ExerciseId, Model, Text
from labs_helpers.course.days.day6 import blueprint
from labs_helpers.course.days.day6.league import opened, robots
from labs_helpers.course.days.day6.league.attack_log import AttackLog, attack_of
from labs_helpers.course.days.day6.league.company_file import fingerprint
from labs_helpers.course.days.day6.league.league_rules import Flag, rules
from labs_helpers.course.days.day6.league.replay import replay
from labs_helpers.course.grading.kinds.design import Design
from tests.course.proof import EXERCISES
from tests.sampled import every

HERE = Path(__file__).parent
BY_ID = {exercise.id: exercise for exercise in EXERCISES}


class Attack(Model):
    """An attack: on the company of which answers (by how they differ from others), what it took, and its calls."""

    how: Text
    answers: dict[ExerciseId, Text] = Field(min_length=1)
    took: tuple[Flag, ...]
    log: AttackLog


class Attacks(Model):
    """The attacks of one reader on companies that are built from the answers of another reader's trial."""

    reader: Text
    date: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")
    trial: Text
    attacks: tuple[Attack, ...] = Field(min_length=1)

    def company(self, attack: Attack) -> dict[str, Any]:
        """Return Monday's design with the answers of the reader whose company was attacked."""
        trial = json.loads((HERE / f"{self.trial}.json").read_text("utf-8"))
        design = blueprint.as_data("start")
        for exercise, how in attack.answers.items():
            (answer,) = [
                entry["answer"]
                for entry in trial["entries"]
                if (entry["exercise"], entry["how"]) == (exercise, how)
            ]
            step = BY_ID[exercise]
            assert isinstance(step, Design)
            design = blueprint.changed(design, step.changes(answer))
        return design


TRIALS = [read(path, Attacks.model_validate) for path in sorted((HERE / "attacks").glob("*.json"))]
ATTACKS = [(trial, attack) for trial in TRIALS for attack in trial.attacks]
each_attack = pytest.mark.parametrize(
    ("trial", "attack"),
    [
        pytest.param(trial, attack, id=f"{attack.log.foothold} {attack.how[:40]}", marks=marks)
        for (trial, attack), marks in every(4, ATTACKS)
    ],
)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(seed=6) as running:
        yield running


@each_attack
def test_an_attack_takes_what_it_took_then(trial: Attacks, attack: Attack, cloud: Cloud) -> None:
    design = trial.company(attack)
    assert attack.log.company == fingerprint(design), "the log names the company that was attacked"
    company, planted = opened.built(cloud, design)
    log = attack_of(attack.log.model_dump(mode="json"))
    assert replay(robots.renewed(company), planted, log).taken == set(attack.took)


def test_attacks_on_another_company_took_flags_and_were_stopped() -> None:
    assert {bool(attack.took) for _, attack in ATTACKS} == {True, False}
    assert len({attack.log.foothold for _, attack in ATTACKS}) >= 2
    assert all(len(attack.log.calls) <= rules().budget for _, attack in ATTACKS)

"""The scores of public rules that the weekend's exercises show are those that the rules have."""

from __future__ import annotations

import pytest
import yaml

from labs_helpers.cloud import Cloud
from labs_helpers.course.attacks.nights import FIRST
from labs_helpers.course.attacks.scoring import score
from labs_helpers.course.content.numbering import WEEKEND
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.kinds.detection import Detection
from labs_helpers.engine.detection import read_rule
from tests.engine.detection.sigma_vectors import needs_rules, texts

COMPARED = [each for each in load(WEEKEND).values() if isinstance(each, Detection) and each.beside]


@pytest.fixture(scope="module")
def cloud():
    with Cloud(seed=3) as cloud:
        yield cloud


@needs_rules
@pytest.mark.sampled(2)
@pytest.mark.parametrize("exercise", COMPARED, ids=lambda exercise: exercise.id)
def test_a_public_rules_score_is_what_the_exercise_shows(cloud, exercise):
    (text,) = [text for text in texts().values() if yaml.safe_load(text)["id"] == exercise.beside.id]
    rule, written = read_rule(text), yaml.safe_load(text)
    found = score(rule, list(exercise.cases(cloud, FIRST)))
    assert (written["title"], written["author"]) == (exercise.beside.title, exercise.beside.author)
    shown = exercise.beside
    assert (len(found.seen), found.attacks) == (shown.seen, shown.attacks)
    assert (len(found.false_alarms), found.legitimate) == (shown.false_alarms, shown.legitimate)


def test_some_exercises_are_compared_with_public_rules():
    assert len(COMPARED) >= 4

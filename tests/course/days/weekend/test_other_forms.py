"""The course's right answers hold on forms of the attacks, and on legitimate calls, that the tasks don't mention.

A learner's rule isn't graded by these. It is graded by the packs' forms and legitimate calls, including those that the
learner hasn't seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.attacks import playing
from labs_helpers.course.attacks.nights import SECOND, night
from labs_helpers.course.attacks.packs import load_pack
from labs_helpers.course.attacks.schema import Form, LookAlike, Pack
from labs_helpers.course.attacks.scoring import score
from labs_helpers.course.content.numbering import WEEKEND
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.engine.detection import read_rule

CASES = json.loads(Path(__file__).with_name("other_forms.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def players() -> Iterator[Any]:
    with Cloud(seed=5) as cloud, playing._players(cloud, night(SECOND)) as players:
        yield players


def _pack(case: dict[str, Any]) -> Pack:
    """Return the case's pack with the case as its only form, or as its only look-alike, next to one form."""
    pack = load_pack(case["pack"]).model_copy(update={"more_forms": (), "more_benign": ()})
    told = {name: case[name] for name in ("before", "calls", "by", "place") if name in case}
    if case["kind"] == "attack":
        form = Form.model_validate({"form": case["name"], **told})
        return pack.model_copy(update={"forms": (form,), "benign": ()})
    alike = LookAlike.model_validate({"title": case["name"], "why": "It is legitimate.", **told})
    return pack.model_copy(update={"forms": pack.forms[:1], "benign": (alike,)})


def _name(case: dict[str, Any]) -> str:
    return f"{case['exercise']} {case['pack']}: {case['name']}"


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_right_answers_hold_on_other_forms(case, players):
    found = [each for each in players.pack(_pack(case)) if each.kind == case["kind"]]
    assert found
    exercise = load(WEEKEND)[case["exercise"]]
    for answer in (exercise.solution, *(each.answer for each in exercise.right)):
        scored = score(read_rule(answer), found)
        assert (scored.missed, scored.false_alarms) == ((), ()), answer


def test_each_rule_is_tried_on_at_least_fifteen_cases_that_the_learner_has_not_seen():
    for exercise in load(WEEKEND).values():
        if exercise.kind == "detection":
            packs = [load_pack(name) for name in exercise.packs]
            assert sum(len(pack.more_forms) + len(pack.more_benign) for pack in packs) >= 15

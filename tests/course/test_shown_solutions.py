"""The code that `day.solution` shows for an exercise in the cloud can be pasted, and passes."""

from __future__ import annotations

import json
from types import SimpleNamespace

import boto3
import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.content.schema import Step
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.grading.kinds.live import Live
from labs_helpers.course.grading.kinds.repair import Repair
from labs_helpers.course.situations import staging
from labs_helpers.course.situations.staging import as_python
from tests.course.proof import EXERCISES

IN_THE_CLOUD = [each for each in EXERCISES if isinstance(each, (Live, Repair)) and each.day == 5]


@pytest.fixture(scope="module")
def cloud():
    with Cloud(seed=2) as cloud:
        yield cloud


@pytest.mark.parametrize("exercise", IN_THE_CLOUD, ids=lambda exercise: exercise.id)
def test_shown_solution_can_be_pasted_and_passes(exercise, cloud):
    cloud.reset()
    exercise.enact([], cloud)  # the situations, and nothing of a solution
    names = {"boto3": boto3, "json": json, "day": SimpleNamespace(cloud=cloud, clock=cloud.clock)}
    exec(exercise.solution_code(), names)
    result = grade(exercise, None, cloud)
    assert result.messages == ()
    assert result.passed


def test_what_a_call_keeps_is_a_variable_that_later_calls_use():
    first = as_python({"service": "kms", "call": "create_key", "keep": "key"})
    then = as_python(
        {"service": "kms", "call": "list_grants", "parameters": {"KeyId": "$key.KeyMetadata.Arn", "Limit": 5}}
    )
    assert first == 'key = boto3.client("kms").create_key(\n)'
    assert 'KeyId=key["KeyMetadata"]["Arn"],' in then


@pytest.mark.parametrize(
    "exercise",
    [each for each in IN_THE_CLOUD if getattr(each, "situations", ())],
    ids=lambda exercise: exercise.id,
)
def test_a_situation_with_keys_is_begun_anew_after_it_was_solved(exercise, cloud):
    cloud.reset()
    exercise.enact(exercise.solution, cloud)
    assert grade(exercise, None, cloud).passed
    shown = staging.begin_anew(cloud, exercise, 1).text
    assert "AWS answers: " in shown or shown.endswith("It works."), (
        "what its call comes to before it is mended"
    )
    assert not grade(exercise, None, cloud).passed
    staging.perform(cloud, [Step.model_validate(step) for step in exercise.solution])
    assert grade(exercise, None, cloud).messages == ()

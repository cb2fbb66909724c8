"""Exercises of Day 5 that learners build: every step of the solution, and every word of its policies, is needed.

The common proof has no mutants for their kind, whose answer is what exists in the cloud. Here, each mutant is built.
"""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from labs_helpers.cloud import Cloud
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.situations.described_calls import NotKept
from labs_helpers.engine.policy import PolicyKind
from tests.course.mutants import mutants
from tests.course.proof import check

EXERCISES = load(5)
BUILT = ("5.12", "5.13")


@pytest.fixture(scope="module")
def cloud():
    with Cloud(seed=2) as cloud:
        yield cloud


def passes(exercise, answer, cloud):
    """Return whether an answer that is built in this way passes. If AWS rejects a call, the answer doesn't pass."""
    try:
        return check(exercise, answer, cloud).passed
    except (ClientError, NotKept):
        return False


@pytest.mark.parametrize(
    ("id", "number"), [(id, number) for id in BUILT for number, _ in enumerate(EXERCISES[id].solution)]
)
def test_no_step_of_the_solution_can_be_left_out(cloud, id, number):
    solution = EXERCISES[id].solution
    assert not passes(EXERCISES[id], [*solution[:number], *solution[number + 1 :]], cloud)


POLICY = EXERCISES["5.13"].solution[-1]["parameters"]["Policy"]
HEADER = "s3:x-amz-server-side-encryption"
EQUAL = {
    # Nothing in it needs the newer language, and a bucket's policy speaks of this bucket alone.
    "without Version",
    "statement 1: arn:aws:s3:::ward-letters/* is *",
    "statement 2: arn:aws:s3:::ward-letters/* is *",
    # No other action comes with such a header.
    "statement 1: s3:PutObject is *",
    "statement 2: s3:PutObject is *",
    # Null has looked whether it is there; and a negated operator is true for a missing key anyway.
    f"statement 1: {HEADER} IfExists",
    f"statement 2: {HEADER}-aws-kms-key-id IfExists",
}


def test_every_mutant_of_the_bucket_policy_is_refused_or_known_to_be_equal(cloud):
    exercise = EXERCISES["5.13"]
    *before, put = exercise.solution
    passed = {
        mutant.name
        for mutant in mutants(POLICY, PolicyKind.RESOURCE)
        if passes(
            exercise,
            [*before, {**put, "parameters": {**put["parameters"], "Policy": mutant.document}}],
            cloud,
        )
    }
    assert passed == EQUAL

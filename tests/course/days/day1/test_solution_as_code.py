"""The hunt's solution is shown as code that a learner can paste and that fixes the account when it is run unchanged."""

from __future__ import annotations

from types import SimpleNamespace

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day1 import account
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade


def test_the_solution_pasted_into_a_cell_passes() -> None:
    hunt = load(1)["1.7"]
    with Cloud(seed=1) as cloud:
        account.build(cloud)
        exec(hunt.solution_code(), {"day": SimpleNamespace(cloud=cloud, clock=cloud.clock)})
        assert grade(hunt, None, cloud).messages == ()

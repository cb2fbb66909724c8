"""A cloud with Day 6's company, built from the reference. A module's tests share it, and undo their changes."""

from __future__ import annotations

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day6 import blueprint, design_grading


@pytest.fixture(scope="module")
def company():
    with Cloud(seed=6) as cloud:
        yield design_grading.build_company(cloud, blueprint.as_data())

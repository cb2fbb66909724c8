"""A cloud with the reference company and the flags of the league, and the companies with a planted hole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day6 import blueprint
from labs_helpers.course.days.day6.league import opened

HOLES = json.loads((Path(__file__).parent / "holes.json").read_text(encoding="utf-8"))["holes"]


@pytest.fixture(scope="module")
def planted():
    """The flags in the reference company. A module's tests change the company, and undo their changes."""
    with Cloud(seed=6) as cloud:
        yield opened.built(cloud, blueprint.as_data())[1]

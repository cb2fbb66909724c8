"""The progress and settings of the person who runs the tests, such as a learner, don't change any result."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from labs_helpers.course.learner.progress import Progress

_TRIED = """
import os
from labs_helpers.course.learner.progress import Progress

def test_learner_has_passed_nothing():
    assert not Progress().exercise("2.1")["passed"]
    assert "LABS_SOLUTIONS" not in os.environ
"""


def test_tests_do_not_see_what_the_person_who_runs_them_has_passed(tmp_path):
    """In a separate run, the person who runs the tests has passed 2.1, and withholds the solutions from a class."""
    own = tmp_path / "mine.json"
    Progress(own).attempted("2.1", True)
    tried = tmp_path / "test_tried.py"
    tried.write_text(_TRIED)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.conftest", str(tried)],
        env={
            **os.environ,
            "LABS_PROGRESS": str(own),
            "LABS_SOLUTIONS": "off",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("time", ["first", "second"])
def test_tests_do_not_see_what_other_tests_have_passed(time):
    assert not Progress().exercise("2.1")["passed"]
    Progress().attempted("2.1", True)

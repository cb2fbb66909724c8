"""The names that `import labs_helpers` provides, and the modules that it doesn't load."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import labs_helpers

ROOT = Path(__file__).resolve().parent.parent


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def test_importing_the_package_loads_neither_boto3_nor_moto_nor_pydantic():
    heavy = "{'boto3', 'botocore', 'moto', 'pydantic'}"
    assert run(f"import sys, labs_helpers; print({heavy} & set(sys.modules))") == "set()"


def test_importing_the_engine_s_front_door_loads_no_prover():
    prover = "labs_helpers.engine.analysis.containment.question"
    assert run(f"import sys, labs_helpers.policy; print({prover!r} in sys.modules)") == "False"


def test_open_day_is_there_when_it_is_asked_for():
    assert (
        run("from labs_helpers import open_day; print(open_day.__module__)")
        == "labs_helpers.course.lesson.day"
    )
    assert {"open_day", "__version__"} <= set(dir(labs_helpers))


def test_other_names_are_not_there():
    with pytest.raises(AttributeError, match="has no attribute 'close_day'"):
        _ = labs_helpers.close_day


def test_version_is_that_of_the_project():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{labs_helpers.__version__}"' in project
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {labs_helpers.__version__}" in citation.splitlines()


def test_an_old_python_is_told_so_in_a_line(tmp_path):
    """pip doesn't install the package for such a Python, but any Python on a machine can run a checkout."""
    older = "import sys; sys.version_info = (3, 9, 18); import labs_helpers"
    done = subprocess.run(
        [sys.executable, "-c", older], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert done.stderr.startswith("labs_helpers needs Python 3.11 to 3.14. This is Python 3.9: ")
    ast.parse((ROOT / "labs_helpers" / "__init__.py").read_text(encoding="utf-8"), feature_version=(3, 6))

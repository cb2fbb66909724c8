"""Third-party account checkers, in their own environment: .judges/iam (created by `make test`) or LABS_IAM_JUDGES."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

BIN = Path(os.environ.get("LABS_IAM_JUDGES", Path(__file__).resolve().parents[1] / ".judges" / "iam" / "bin"))
needs_judges = pytest.mark.skipif(
    not (BIN / "cloudsplaining").exists(),
    reason="needs Cloudsplaining and PMapper in .judges/iam (make test)",
)
# PMapper 1.1.5 looks for the abstract base classes where Python had them before 3.10.
_PMAPPER = """
import collections, collections.abc, sys
for name in collections.abc.__all__:
    setattr(collections, name, getattr(collections.abc, name))
from principalmapper.__main__ import main
sys.exit(main())
"""


def run(env: dict[str, str], folder: Path, *command: str) -> str:
    """Return what a program prints. Fails the test if the program fails."""
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pmapper(env: dict[str, str], folder: Path, *command: str) -> str:
    return run(env, folder, str(BIN / "python"), "-c", _PMAPPER, *command)


def cloudsplaining(env: dict[str, str], folder: Path, *command: str) -> str:
    return run(env, folder, str(BIN / "cloudsplaining"), *command)

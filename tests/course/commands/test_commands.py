"""`python -m labs_helpers`: the commands, each found by its module."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from labs_helpers import __version__
from labs_helpers.__main__ import main
from labs_helpers.course import commands

ROOT = Path(__file__).resolve().parents[3]


def test_the_help_names_every_command_and_what_it_does(capsys):
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    for name in commands.names():
        assert f"  {name} " in said
        assert commands.about(name).endswith((".", ")."))
        assert commands.about(name) in said


def test_the_version_is_told(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == __version__


@pytest.mark.parametrize("arguments", [[], ["bake"], ["__init__"]])
def test_what_is_no_command_gets_the_usage(arguments, capsys):
    assert main(arguments) == 2
    assert "usage: python -m labs_helpers" in capsys.readouterr().err


def test_a_code_page_that_lacks_a_character_costs_that_character_alone(tmp_path):
    """Windows has cp1252, say, where output is redirected: the doctor's arrow is not in it."""
    done = subprocess.run(
        [sys.executable, "-m", "labs_helpers", "doctor"], cwd=tmp_path, capture_output=True, check=True, timeout=120,
        env=os.environ | {"AWS_PROFILE": "mine", "PYTHONIOENCODING": "cp1252", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    said = done.stdout.decode("cp1252")
    assert "? The labs don't use them" in said
    assert said.rstrip().endswith("The labs will run.")


def test_grading_says_where_it_cannot_be_done(monkeypatch, capsys, tmp_path):
    monkeypatch.delattr(os, "killpg")
    assert main(["grade", str(tmp_path)]) == 1
    assert "WSL" in capsys.readouterr().err

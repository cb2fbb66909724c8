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
from labs_helpers.course.shown.file_errors import file_problem

ROOT = Path(__file__).resolve().parents[3]


def test_the_help_names_every_command_and_what_it_does(capsys):
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    for name in commands.names():
        assert f"  {name} " in said
        assert commands.about(name).endswith((".", ")."))
        assert commands.about(name) in said


@pytest.mark.parametrize("name", commands.names())
def test_every_command_that_is_listed_answers_help(name, capsys):
    with pytest.raises(SystemExit) as ended:
        sys.exit(main([name, "--help"]))
    assert not ended.value.code
    assert "usage: " in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--help"], ["compare", "same.json", "same.json"]])
def test_a_reader_that_closes_the_pipe_gets_no_traceback(arguments, tmp_path):
    (tmp_path / "same.json").write_text(
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
    )
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "labs_helpers", *arguments], cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=60, check=False,
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


def test_the_version_is_told(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == __version__


def test_no_command_gets_the_usage(capsys):
    assert main([]) == 2
    assert "usage: python -m labs_helpers" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("simulat", "There is no command 'simulat'. Did you mean simulate?"),
        ("test_policies", "Did you mean test-policies?"),
        ("__init__", "There is no command '__init__'."),
    ],
)
def test_what_is_no_command_is_named_with_what_was_meant(given, said, capsys):
    assert main([given]) == 2
    line, usage, *_ = capsys.readouterr().err.splitlines()
    assert said in line
    assert usage.startswith("usage: python -m labs_helpers")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("load --context aws:SourceIp nowhere", "--context aws:SourceIp must have the form KEY=VALUE."),
        ("compare a.json b.json", "a.json: No such file or directory"),
        ("test-policies a.yaml", "a.yaml: No such file or directory"),
        ("test-policies --junit no/report.xml {table}", "no/report.xml: No such file or directory"),
        (
            "take-home {here}",
            "{here} already exists and isn't empty: choose another folder, or move this one",
        ),
        ("grade {folder} --csv {here}", "{here} already exists: choose another name, or move it"),
    ],
)
def test_a_file_that_is_missing_or_in_the_way_is_named_in_a_line(
    arguments, said, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LABS_PROGRESS", str(tmp_path / "mine.json"))
    (tmp_path / "here").write_text("mine", "utf-8")
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "progress.json").write_text('{"format": 1}', "utf-8")
    names = {
        "here": "here", "folder": "work",
        "table": ROOT / "data" / "day4" / "policy_as_code" / "guardrails.yaml",
    }  # fmt: skip
    assert main(arguments.format_map(names).split()) in (1, 2)
    shown = capsys.readouterr().err.splitlines()
    assert shown[-1].removeprefix("error: ") == said.format_map(names)
    assert (tmp_path / "here").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            FileExistsError(17, "File exists", "out.html"),
            "out.html already exists: choose another name, or move it",
        ),
        (PermissionError(13, "Permission denied", "out.html"), "out.html: Permission denied"),
        (FileExistsError("out exists"), "out exists"),
        (OSError(28, "No space left on device"), "No space left on device"),
    ],
)
def test_a_problem_with_a_file_is_told_without_numbers(error, said):
    assert file_problem(error) == said


def test_a_code_page_that_lacks_a_character_costs_that_character_alone(tmp_path):
    """On Windows, redirected output has a code page such as cp1252, which lacks the doctor's arrow."""
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

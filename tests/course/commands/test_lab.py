"""`python -m labs_helpers lab` finds the notebooks, and never overwrites a learner's work."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from labs_helpers.course.commands import lab

ROOT = Path(__file__).resolve().parent.parent.parent.parent


@pytest.fixture
def origin(tmp_path):
    """A folder with two of the course's notebooks."""
    folder = tmp_path / "package" / "notebooks"
    folder.mkdir(parents=True)
    for name in ("day1.ipynb", "day2.ipynb"):
        (folder / name).write_text(json.dumps({"cells": [], "is": name}))
    return folder


def test_notebooks_are_copied_where_there_are_none(origin, tmp_path):
    said = lab.copy(origin, tmp_path / "mine")
    assert [line.endswith(": new") for line in said] == [True, True]
    assert (tmp_path / "mine" / "day2.ipynb").read_bytes() == (origin / "day2.ipynb").read_bytes()


def test_a_learners_notebook_is_never_written_over(origin, tmp_path):
    mine = tmp_path / "mine"
    lab.copy(origin, mine)
    (mine / "day1.ipynb").write_text("my answers")
    said = lab.copy(origin, mine)
    assert (mine / "day1.ipynb").read_text() == "my answers"
    assert (mine / "day1.new.ipynb").read_bytes() == (origin / "day1.ipynb").read_bytes()
    assert "you changed it" in said[0]
    assert said[1].endswith(": unchanged")


def test_a_learner_who_works_in_the_new_edition_keeps_that_as_well(origin, tmp_path):
    mine = tmp_path / "mine"
    lab.copy(origin, mine)
    (mine / "day1.ipynb").write_text("my answers")
    lab.copy(origin, mine)
    (mine / "day1.new.ipynb").write_text("my answers in the new edition")
    for _ in range(2):
        assert "next to it as day1.2.new.ipynb" in lab.copy(origin, mine)[0]
    assert (mine / "day1.new.ipynb").read_text() == "my answers in the new edition"
    assert sorted(each.name for each in mine.glob("*.new.ipynb")) == ["day1.2.new.ipynb", "day1.new.ipynb"]


def test_a_notebook_with_the_line_ends_of_windows_is_the_same_notebook(origin, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (origin / "day1.ipynb").write_bytes(b'{\n "cells": []\n}\n')
    (mine / "day1.ipynb").write_bytes(b'{\r\n "cells": []\r\n}\r\n')
    assert lab.copy(origin, mine)[0].endswith(": unchanged")
    assert not list(mine.glob("*.new.ipynb"))


def test_a_full_disk_leaves_no_half_notebook(origin, tmp_path, monkeypatch):
    """Otherwise, half a notebook would be mistaken for the learner's work the next time, and stay."""

    def full(origin, target):
        target.write_bytes(origin.read_bytes()[:5])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lab.shutil, "copyfile", full)
    with pytest.raises(OSError, match="No space left"):
        lab.copy(origin, tmp_path / "mine")
    assert not list((tmp_path / "mine").iterdir())


def test_copy_only_opens_nothing_and_copies_what_the_checkout_has(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lab.runpy, "run_module", lambda *_, **__: pytest.fail("opened JupyterLab"))
    assert lab.run(["--copy-only"]) == 0
    assert (tmp_path / "notebooks" / "day2_iam.ipynb").exists()
    assert "day2_iam.ipynb: new" in capsys.readouterr().out


def test_no_link_of_a_copied_notebook_or_page_leads_nowhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert lab.run(["--copy-only"]) == 0
    files = [*tmp_path.glob("notebooks/*.ipynb"), *tmp_path.glob("docs/*.md")]
    dead = [
        (file.name, link)
        for file in files
        for link in re.findall(
            r"\]\((?!https?:|#|attachment:)([\w./-]+\.\w+)", file.read_text(encoding="utf-8")
        )
        if not (file.parent / link).exists()
    ]
    assert dead == []
    assert (tmp_path / "docs" / "your-account.md").exists()


def test_a_page_that_the_learner_has_under_the_same_name_stays(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "simulate.md").write_text("mine")
    assert lab.run(["--copy-only"]) == 0
    assert (tmp_path / "docs" / "simulate.md").read_text() == "mine"
    assert (tmp_path / "docs" / "simulate.new.md").exists()


def test_jupyterlab_is_asked_to_listen_on_loopback_only(monkeypatch):
    commands = []
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "mine")
    monkeypatch.setattr(lab.sys, "argv", [])
    monkeypatch.setattr(lab.runpy, "run_module", lambda *_, **__: commands.append(lab.sys.argv))
    assert lab.run(["--ServerApp.port=9999"]) == 0
    assert "--ServerApp.ip=127.0.0.1" in commands[0]
    assert "--LabApp.default_url=/lab/tree/notebooks/index.ipynb" in commands[0]
    assert commands[0][-1] == "--ServerApp.port=9999"


def test_jupyterlab_asks_for_no_news_and_keeps_the_settings_that_others_made(monkeypatch):
    """JupyterLab looks for its page configuration in the folder labconfig in each folder that the variable names."""
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "mine")
    monkeypatch.setattr(lab.sys, "argv", [])
    monkeypatch.setattr(lab.runpy, "run_module", lambda *_, **__: None)
    assert lab.run([]) == 0
    ours, theirs = os.environ["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert theirs == "mine"
    page = json.loads((Path(ours) / "labconfig" / "page_config.json").read_text(encoding="utf-8"))
    assert page == {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}


@pytest.mark.skipif(
    not hasattr(signal, "SIGKILL"), reason="Windows ends processes, and sends them no SIGTERM"
)
def test_who_ends_the_command_ends_jupyterlab(tmp_path):
    """A supervisor sends SIGTERM to the process that it started."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    options = [
        "--no-browser",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=t",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "labs_helpers", "lab", *options], cwd=ROOT, stderr=subprocess.DEVNULL,
        env=os.environ | {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        assert _answers(port, 60, wanted=True)
        process.terminate()
        process.wait(20)
        assert _answers(port, 0, wanted=False)
    finally:
        process.kill()
        process.wait()


def _answers(port: int, seconds: float, wanted: bool) -> bool:
    """Return whether JupyterLab starts (or stops) responding on the port in time."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=10):
                answered = True
        except OSError:
            answered = False
        if answered == wanted or time.monotonic() > end:
            return answered == wanted
        time.sleep(0.2)


def test_a_package_without_notebooks_says_so(tmp_path, monkeypatch, capsys):
    """A package that someone built without the notebooks, for example."""
    monkeypatch.setattr(lab, "_PACKAGE", tmp_path / "site-packages" / "labs_helpers")
    assert lab.run(["--here"]) == 1
    assert "without its notebooks" in capsys.readouterr().err


def test_without_jupyterlab_it_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setattr(lab, "find_spec", lambda name: None)
    assert lab.run([]) == 1
    assert "pip install jupyterlab" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_told_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notebooks").write_text("a file where the folder would be")
    assert lab.run(["--here"]) == 1
    assert "can't be copied" in capsys.readouterr().err


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch, capsys):
    """Some containers run with a user number that has no account: JupyterLab itself then ends with a traceback."""

    def nobody() -> None:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(lab.Path, "home", nobody)
    monkeypatch.setattr(lab.runpy, "run_module", lambda *_, **__: pytest.fail("opened JupyterLab"))
    assert lab.run([]) == 1
    assert "set HOME" in capsys.readouterr().err

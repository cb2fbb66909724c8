"""`python -m labs_helpers doctor` finds problems that keep the labs from running, and shows how to fix them."""

from __future__ import annotations

import builtins
import os
import subprocess
import sys
from pathlib import Path

import pytest

from labs_helpers.course.commands import doctor, lab


def test_a_sound_installation_is_told_so(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert doctor.run([]) == 0
    said = capsys.readouterr().out
    assert "denies requests from a user without a policy" in said
    assert said.endswith("The labs will run.\n")


def test_a_python_that_is_too_old_is_named_with_what_to_use(monkeypatch):
    monkeypatch.setattr(doctor.sys, "version_info", (3, 9, 18))
    (finding,) = doctor._python()
    assert finding.state == "wrong"
    assert "3.11" in finding.advice


def test_a_package_that_does_not_fit_is_named(monkeypatch):
    monkeypatch.setattr(
        doctor, "requires", lambda name: ["boto3>=99", "no-such-package", 'x; extra == "dev"']
    )
    (finding,) = doctor._packages()
    assert finding.state == "wrong"
    assert "boto3" in finding.what
    assert "no-such-package is not installed" in finding.what


def test_a_checkout_with_nothing_installed_is_told_what_to_install():
    # -S: without site-packages, as a Python is before anything is installed for it.
    root = Path(doctor.__file__).parents[3]
    outside = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run(
        [sys.executable, "-S", "-m", "labs_helpers", "doctor"],
        cwd=root, env=outside, capture_output=True, text=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    assert ran.returncode == 1
    assert ran.stderr == ""
    assert "labs_helpers is not installed; it runs from a folder" in ran.stdout
    assert "The cloud can't be loaded: No module named 'boto3'" in ran.stdout
    assert ran.stdout.endswith("Problems to fix before the labs can run: 2\n")


def test_an_installation_without_its_packages_is_told_so(monkeypatch):
    real = builtins.__import__

    def lacks_packaging(name, *rest):
        if name.partition(".")[0] == "packaging":
            raise ModuleNotFoundError(f"No module named {name!r}")
        return real(name, *rest)

    monkeypatch.setattr(doctor, "requires", lambda name: ["boto3"])
    monkeypatch.setattr(builtins, "__import__", lacks_packaging)
    (finding,) = doctor._packages()
    assert finding.state == "wrong"
    assert "run python -m pip install ." in finding.advice


def test_a_package_whose_library_is_missing_is_not_reported_but_installed_anew(monkeypatch):
    real = builtins.__import__

    def broken(name, *rest):
        if name == "labs_helpers.cloud":
            raise ImportError("libssl.so.3: cannot open shared object file")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", broken)
    (finding,) = doctor._cloud()
    assert finding.state == "wrong"
    assert "libssl.so.3" in finding.what
    assert "python -m venv --clear" in finding.advice


def test_a_day_without_its_content_is_named(monkeypatch):
    def lost(*parts):
        raise FileNotFoundError(f"data/{'/'.join(parts)} doesn't exist")

    assert [finding.state for finding in doctor._content()] == ["fine"]
    monkeypatch.setattr(doctor, "data_path", lost)
    (finding,) = doctor._content()
    assert finding.state == "wrong"
    assert "data/day1/day.json" in finding.what


def test_a_package_without_notebooks_is_noted_as_lab_words_it(monkeypatch):
    def nowhere():
        raise lab.MissingNotebooks("labs_helpers was installed without its notebooks: …")

    monkeypatch.setattr(doctor, "notebook_folder", nowhere)
    assert [finding.state for finding in doctor._content()] == ["note"]


def test_real_credentials_and_proxies_are_noted_and_left(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    said = [str(finding) for finding in doctor._environment()]
    assert any("AWS_ACCESS_KEY_ID" in line for line in said)
    assert any("HTTPS_PROXY" in line for line in said)
    assert not any("AKIAREAL" in line or "proxy.example" in line for line in said)


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["now"], 2)])
def test_it_takes_no_arguments(arguments, code, capsys):
    assert doctor.run(arguments) == code
    said = capsys.readouterr()
    assert "usage" in (said.err if code else said.out)


def test_the_folder_of_the_chosen_progress_file_is_examined(monkeypatch, tmp_path):
    monkeypatch.setenv("LABS_PROGRESS", str(tmp_path / "progress.json"))
    assert str(next(iter(doctor._folder()))) == f"ok   Progress can be saved in {tmp_path}"
    monkeypatch.setenv("LABS_PROGRESS", str(tmp_path / "missing" / "progress.json"))
    (finding,) = doctor._folder()
    assert finding.state == "note"
    assert finding.advice == "Set LABS_PROGRESS to a file you can write"


def test_a_folder_without_leave_to_write_is_noted(monkeypatch):
    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.delenv("LABS_PROGRESS", raising=False)
    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", full)
    (finding,) = list(doctor._folder())[:1]
    assert finding.state == "note"
    assert "LABS_PROGRESS" in finding.advice

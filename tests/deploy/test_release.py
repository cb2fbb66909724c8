"""The wheel and the source distribution that `make dist` builds, and their sizes: `make judges` runs this."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("LABS_PUBLISH", ROOT / ".judges" / "publish" / "bin"))
HEAVY = ("ipykernel", "ipywidgets", "anywidget", "lxml", "signxml", "jupyterlab")
MOST = 170_000_000

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (BIN / "twine").exists(), reason="needs build and twine in .judges/publish (make judges)"
    ),
]


def run(*command: str | Path, folder: Path | None = None) -> str:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    }
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=kept,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def checkout(folder: Path) -> Path:
    """A copy of what is under version control."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    return folder


def built(source: Path, out: Path) -> dict[str, Path]:
    """The files of a release, by their names."""
    run(BIN / "python", "-m", "build", "--no-isolation", "--outdir", out, source)
    return {each.name: each for each in out.iterdir()}


@pytest.fixture(scope="module")
def release(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("release")
    return built(checkout(folder / "source"), folder / "dist")


@pytest.fixture(scope="module")
def wheel(release) -> Path:
    (found,) = [path for name, path in release.items() if name.endswith(".whl")]
    return found


def test_two_builds_are_the_same_to_the_byte(release, tmp_path):
    again = built(checkout(tmp_path / "elsewhere"), tmp_path / "dist")
    assert {name: path.read_bytes() for name, path in again.items()} == {
        name: path.read_bytes() for name, path in release.items()
    }


def test_a_package_index_would_take_both(release):
    assert run(BIN / "twine", "check", "--strict", *release.values()).count("PASSED") == 2


def test_the_wheel_has_its_licenses_its_command_and_no_tests(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = [name for name in names if name.endswith(".dist-info/METADATA")]
        head = Parser().parsestr(archive.read(metadata).decode())
        scripts = archive.read(metadata.replace("METADATA", "entry_points.txt")).decode()
    assert head["License-Expression"] == "Apache-2.0 AND MIT"
    for license in head.get_all("License-File"):
        assert metadata.replace("METADATA", f"licenses/{license}") in names
    assert "labs = labs_helpers.__main__:console" in scripts
    assert {name.partition("/")[0] for name in names} == {"labs_helpers", metadata.partition("/")[0]}


def test_the_source_distribution_has_what_builds_the_same_wheel(release, wheel, tmp_path):
    (source,) = [path for name, path in release.items() if name.endswith(".tar.gz")]
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    run(BIN / "python", "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path / "dist", folder)
    assert (tmp_path / "dist" / wheel.name).read_bytes() == wheel.read_bytes()


def test_the_wheel_is_light_and_works_alone(wheel, tmp_path):
    """In an empty environment, with bytecode: no kernel, no widgets, no XML library; at most 170 MB."""
    environment = tmp_path / "venv"
    run(sys.executable, "-m", "venv", environment)
    python = environment / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt", wheel)
    files = [each for each in environment.rglob("*") if each.is_file()]
    size = sum(each.lstat().st_size for each in files)
    print(f"\n{size / 1e6:.0f} MB in an environment with the wheel and pip")
    assert size <= MOST
    if sys.version_info[:2] == (3, 13):  # of which docs/install.md has the sizes
        pips = sum(each.lstat().st_size for each in files if re.search(r"/site-packages/pip\b", str(each)))
        page = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
        shown = re.search(r"^\| `\.` \| .* \| (\d+) MB \|$", page, re.MULTILINE)
        assert shown is not None
        assert abs((size - pips) / 1e6 - int(shown[1])) < 1
    installed = run(python, "-m", "pip", "list", "--format", "freeze").casefold()
    assert [name for name in HEAVY if f"{name.casefold()}==" in installed] == []
    labs = environment / "bin" / "labs"
    assert "The labs will run." in run(labs, "doctor", folder=tmp_path)
    requests = ROOT / "data" / "day4" / "policy_as_code" / "guardrails.yaml"
    assert "0 failed" in run(labs, "test-policies", requests, folder=tmp_path)

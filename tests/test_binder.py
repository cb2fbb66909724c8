"""The packages that Binder and conda install, and Binder's build."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from deploy.binder_link import link
from tests import environment_file

ROOT = Path(__file__).resolve().parent.parent
REPO2DOCKER = Path(os.environ.get("LABS_BINDER", ROOT / ".judges" / "binder" / "bin")) / "jupyter-repo2docker"


def test_the_environment_says_what_the_project_and_its_pins_say():
    """`python -m tests.environment_file` writes it again."""
    assert environment_file.FILE.read_text(encoding="utf-8") == environment_file.text()


def test_the_environment_names_no_file_of_the_repository():
    """Otherwise, Binder would install everything again after each commit."""
    text = environment_file.FILE.read_text(encoding="utf-8")
    entries = [line.strip().removeprefix("- ") for line in text.splitlines() if line.strip().startswith("- ")]
    assert [entry for entry in entries if entry.startswith((".", "-", "file:")) or "/" in entry] == []


def test_binders_own_packages_are_not_pinned():
    """The package `notebook` in Binder's environment requires a certain JupyterLab, so our pin could conflict."""
    pinned = re.findall(r"- ([a-z0-9-]+)==", environment_file.FILE.read_text(encoding="utf-8"))
    assert not {"jupyterlab", "notebook", "jupyter-server", "ipykernel", "ipywidgets", "traitlets"} & set(
        pinned
    )


def test_post_build_can_be_run_and_brings_nothing():
    script = ROOT / "postBuild"
    assert os.access(script, os.X_OK)
    # By its path: the bash that Windows finds by the name alone is that of a Linux that may not be there.
    bash = shutil.which("bash")
    assert bash is None or subprocess.run([bash, "-n", script.as_posix()], check=False).returncode == 0
    assert "--no-deps" in script.read_text(encoding="utf-8")


def test_nobody_is_asked_for_news_or_updates():
    settings = json.loads((ROOT / "docs" / "binder" / "overrides.json").read_text(encoding="utf-8"))
    asked = settings["@jupyterlab/apputils-extension:notification"]
    assert asked == {"checkForUpdates": False, "fetchNews": "false"}


def test_a_notebooks_contents_are_shown_from_the_beginning():
    """The names of the workspace and the panel are JupyterLab's own. tests/browser opens the workspace."""
    workspace = json.loads((ROOT / "docs" / "binder" / "workspace.json").read_text(encoding="utf-8"))
    left = workspace["data"]["layout-restorer:data"]["left"]
    assert workspace["metadata"]["id"] == "default"
    assert not left["collapsed"]
    assert left["current"] == "@jupyterlab/toc:plugin"
    assert "jupyter lab workspaces import docs/binder/workspace.json" in (ROOT / "postBuild").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("repository", "named"),
    [
        ("https://github.com/class/labs.git", "gh/class/labs"),
        ("https://gitlab.com/school/class/labs/", "gl/school%2Fclass%2Flabs"),
        ("https://git.example.org/class/labs", "git/https%3A%2F%2Fgit.example.org%2Fclass%2Flabs"),
    ],
)
def test_a_link_names_repository_branch_and_notebook(repository, named):
    asked = urlsplit(link(repository, "day2_iam.ipynb", "autumn"))
    assert (asked.netloc, asked.path) == ("mybinder.org", f"/v2/{named}/autumn")
    assert parse_qs(asked.query) == {"urlpath": ["lab/tree/notebooks/day2_iam.ipynb"]}


@pytest.mark.skipif(not REPO2DOCKER.exists(), reason="needs repo2docker in .judges/binder (make test)")
def test_binder_makes_the_environment_before_it_copies_the_repository(tmp_path):
    """As a result, a commit that changes only code runs only postBuild."""
    for name in ("environment.yml", "postBuild"):
        shutil.copy(ROOT / name, tmp_path / name)
    done = subprocess.run(
        [REPO2DOCKER, "--no-build", "--debug", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    said = done.stdout + done.stderr
    assert "Building conda environment for python=3.12" in said
    assert said.index('env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"') < said.index(
        "# Copy stuff."
    )
    assert said.index("# Copy stuff.") < said.index("./postBuild")

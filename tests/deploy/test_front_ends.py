"""The commands in docs/without-jupyterlab.md, run in a copy of the checkout: `make judges`. The packages are the newest
that pip finds. VS Code isn't included, but what it starts is: a kernel in an environment without JupyterLab.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "without-jupyterlab.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A copy of the files under version control, in which the page's first block was run."""
    folder = tmp_path_factory.mktemp("labs")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    typed("python3 -m venv", folder)
    return folder


def command(start: str) -> str:
    """Return the page's block with this beginning, for the Python that runs these tests."""
    (block,) = re.findall(rf"^```console\n({re.escape(start)}.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    block = re.sub(r"^python3 ", f"{sys.executable} ", block)
    return re.sub(r"^python ", ".venv/bin/python ", block, flags=re.MULTILINE)


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "LABS_PROGRESS")}
    return {**kept, "HOME": str(folder), "LABS_PROGRESS": str(folder / "progress.json"), "JUPYTER_TOKEN": "t"}


def typed(start: str, folder: Path, **instead: str) -> str:
    """Return a block's output. `instead` contains words that replace the page's words."""
    text = command(start)
    for word, other in instead.items():
        text = re.sub(rf"\b{word}\.ipynb", other, text)
    done = subprocess.run(
        ["bash", "-ec", text], cwd=folder, env=environment(folder), encoding="utf-8", capture_output=True,
        timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_notebooks_are_copied_and_the_installation_is_sound(checkout):
    said = typed("python -m labs_helpers lab --copy-only", checkout)
    assert "The labs will run." in said
    assert "JupyterLab is not installed" in said


def test_every_cell_of_every_notebook_runs_on_a_kernel_without_jupyterlab(checkout):
    said = typed(".venv/bin/python -m pip install pytest nbval", checkout, day2_iam="*.ipynb")
    assert re.search(r"^=+ \d+ passed", said, re.MULTILINE), said[-2000:]
    assert not list((checkout / ".venv").glob("lib/*/site-packages/jupyterlab"))


def test_papermill_writes_a_copy_with_outputs(checkout):
    typed(".venv/bin/python -m pip install papermill", checkout)
    assert (checkout / "day2-with-outputs.ipynb").read_text(encoding="utf-8").count('"output_type"') > 100


def test_notebook_7_shows_a_notebook_and_starts_its_kernel(checkout):
    with notebook_7(checkout) as address:
        assert "jupyter-config-data" in asked(f"{address}/notebooks/index.ipynb")
        assert '"execution_state"' in asked(f"{address}/api/kernels", b"{}")


@contextlib.contextmanager
def notebook_7(checkout: Path) -> Iterator[str]:
    """Return its address. Without a screen, it doesn't open a browser, and root needs an option."""
    install, start = command(".venv/bin/python -m pip install notebook").splitlines()
    subprocess.run(["bash", "-ec", install], cwd=checkout, env=environment(checkout), check=True, timeout=900)
    server = subprocess.Popen(
        ["bash", "-ec", f"exec {start} --no-browser --allow-root"], cwd=checkout, env=environment(checkout),
        stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    try:
        assert server.stderr is not None
        yield next(found[0] for line in server.stderr if (found := re.search(r"http://127[.\d]+:\d+", line)))
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)


def asked(address: str, body: bytes | None = None) -> str:
    """Return the text of a page; if there is a `body`, it is posted."""
    request = urllib.request.Request(address, body, {"Authorization": "token t"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read().decode()

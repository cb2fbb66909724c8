"""Bytecode in place of sources for Python in a browser, so that a page doesn't have to compile its modules."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent


def precompile(core: Path, archives: Iterable[Path]) -> None:
    """Replace the Python sources in archives, such as wheels, with the bytecode of a release of Pyodide.

    `core` is npm's package pyodide. Equal archives result in equal bytes. Raises `FileNotFoundError` if Node.js isn't
    installed, and `subprocess.CalledProcessError` if Pyodide can't be started.
    """
    subprocess.run(["node", HERE / "precompile.mjs", core, *archives], check=True)

"""Pyodide: its core, which comes from npm, and the packages that a site takes from its full distribution."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy.lite.lock import Entry

CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "package.json")
"""The files that a browser loads before any package, and the file that contains their release."""
ITS_OWN = ("cryptography",)
"""The packages for browsers that exist only in Pyodide's distribution, not on PyPI or npm."""


def elsewhere(release: str) -> str:
    """Return the URL at which Pyodide publishes the files of a release's distribution."""
    return f"https://cdn.jsdelivr.net/pyodide/v{release}/full"


def its_own(lock: dict[str, Any], names: tuple[str, ...], had: set[str]) -> list[Entry]:
    """Return the entries of packages and their dependencies in Pyodide's lock file, without those that the site has."""
    found: dict[str, Entry] = {}
    wanted = [name for name in names if name not in had]
    while wanted:
        name = wanted.pop()
        if name not in found and name not in had:
            found[name] = dict(lock["packages"][name])
            wanted += found[name]["depends"]
    return list(found.values())


def brought(entries: list[Entry], distribution: Path, into: Path) -> Iterator[Entry]:
    """Copy packages' files from a distribution's folder. Raises `ValueError` for a different release."""
    for entry in entries:
        file = distribution / entry["file_name"]
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != entry["sha256"]:
            raise ValueError(
                f"{distribution} doesn't contain {entry['file_name']} of this release of Pyodide"
            )
        shutil.copy(file, into)
        yield entry


def linked(entries: list[Entry], release: str) -> Iterator[Entry]:
    """Return the same entries with the URLs at which Pyodide publishes the files. Pyodide verifies the hashes."""
    for entry in entries:
        yield {**entry, "file_name": f"{elsewhere(release)}/{entry['file_name']}"}

"""Pyodide: its core, which npm brings, and the packages of its own that a site takes from its full distribution."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy.lite.lock import Entry

CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "package.json")
"""The files that a browser loads before any package, and the one that says which release they are of."""
ITS_OWN = ("cryptography",)
"""What exists for the browser in Pyodide's distribution only: neither PyPI nor npm has it."""


def elsewhere(release: str) -> str:
    """Where Pyodide publishes a release's distribution, file by file."""
    return f"https://cdn.jsdelivr.net/pyodide/v{release}/full"


def its_own(lock: dict[str, Any], names: tuple[str, ...], had: set[str]) -> list[Entry]:
    """The entries of packages in Pyodide's lock and of all they need, without those that the site has already."""
    found: dict[str, Entry] = {}
    wanted = [name for name in names if name not in had]
    while wanted:
        name = wanted.pop()
        if name not in found and name not in had:
            found[name] = dict(lock["packages"][name])
            wanted += found[name]["depends"]
    return list(found.values())


def brought(entries: list[Entry], distribution: Path, into: Path) -> Iterator[Entry]:
    """Copy packages' files out of a distribution's folder. Raises ValueError where it is of another release."""
    for entry in entries:
        file = distribution / entry["file_name"]
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != entry["sha256"]:
            raise ValueError(
                f"{distribution} has no {entry['file_name']} as this release of Pyodide knows it"
            )
        shutil.copy(file, into)
        yield entry


def linked(entries: list[Entry], release: str) -> Iterator[Entry]:
    """The same packages, which browsers fetch from where Pyodide publishes them; Pyodide compares their hashes."""
    for entry in entries:
        yield {**entry, "file_name": f"{elsewhere(release)}/{entry['file_name']}"}

"""Pyodide's lock file, which lists the site's wheels and what each one needs. Pyodide reads it before any package.

https://pyodide.org/en/stable/usage/loading-packages.html
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

Entry = dict[str, Any]
"""A package in a lock file, in Pyodide's form: name, version, file_name, sha256, depends, imports, etc."""

_BROWSER = {"sys_platform": "emscripten", "platform_system": "Emscripten", "os_name": "posix", "extra": ""}
"""The environment for which the markers in requirements are evaluated, without the Python version."""


def read(path: Path) -> dict[str, Any]:
    """Return a lock file's content."""
    lock: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return lock


def entry_of(wheel: Path, python: str) -> Entry:
    """Return the lock file's entry for a wheel in the same folder. `python` is the site's version, such as "3.14.2"."""
    name, version, *_ = parse_wheel_filename(wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(inside for inside in names if inside.endswith(".dist-info/METADATA"))
        head = HeaderParser().parsestr(archive.read(metadata).decode())
    return {
        "name": name,
        "version": str(version),
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": sorted(_modules(names)),
        "depends": sorted(_needs(head.get_all("Requires-Dist", []), python)),
        "unvendored_tests": False,
    }


def _modules(names: Iterable[str]) -> set[str]:
    """Return the names of a wheel's top-level modules and packages."""
    tops = {PurePosixPath(name).parts[0] for name in names}
    return {top.removesuffix(".py") for top in tops if re.fullmatch(r"[A-Za-z_]\w*(\.py)?", top)}


def _needs(requirements: Iterable[str], python: str) -> set[str]:
    """Return the names of the packages that a wheel requires in the site's environment."""
    place = {**_BROWSER, "python_full_version": python, "python_version": python.rpartition(".")[0]}
    read_ones = map(Requirement, requirements)
    return {canonicalize_name(need.name) for need in read_ones if _applies(need, place)}


def _applies(need: Requirement, place: Mapping[str, str]) -> bool:
    return need.marker is None or need.marker.evaluate(dict(place))


def joined(entries: Iterable[Entry], left_out: Iterable[str]) -> dict[str, Entry]:
    """Return the entries by name, without dependencies on packages that are left out.

    Raises `LookupError` for a missing package.
    """
    packages = {entry["name"]: entry for entry in entries}
    without = set(left_out)
    for entry in packages.values():
        entry["depends"] = [need for need in entry["depends"] if need not in without]
    missing = {need for entry in packages.values() for need in entry["depends"]} - packages.keys()
    if missing:
        raise LookupError(f"no wheel of {', '.join(sorted(missing))}: name it in wheels.txt, or leave it out")
    return dict(sorted(packages.items()))

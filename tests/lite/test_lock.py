"""The site's Python packages: pinned, complete, and from a single Pyodide release."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from deploy.lite import lock, pyodide, wheels

THEIRS = {
    "packages": {
        "cryptography": {"name": "cryptography", "file_name": "c.whl", "sha256": "0" * 64, "depends": ["six", "cffi"]},
        "cffi": {"name": "cffi", "file_name": "f.whl", "sha256": "0" * 64, "depends": ["pycparser"]},
        "pycparser": {"name": "pycparser", "file_name": "p.whl", "sha256": "0" * 64, "depends": []},
    }
}  # fmt: skip


def _lines(path: Path) -> list[str]:
    return [
        line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
    ]


def test_every_wheel_is_pinned():
    """By constraints.txt, or where it is named."""
    pinned = {re.split("==", line)[0].lower().replace("_", "-") for line in _lines(wheels.PINS)}
    named = [*_lines(wheels.HERE / "wheels.txt"), *wheels.FROM_SOURCE]
    assert [name for name in named if "==" not in name and name.lower().replace("_", "-") not in pinned] == []


def _wheel(folder: Path, name: str, *needs: str) -> Path:
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{name}/__init__.py", "")
        head = "".join(f"Requires-Dist: {need}\n" for need in needs)
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\n{head}")
    return wheel


def test_a_wheel_s_needs_are_those_of_its_place(tmp_path):
    needs = (
        'tzdata; sys_platform == "win32"',
        'here; python_version >= "3.14"',
        'more; extra == "all"',
        "Six[a]>=1",
    )
    entry = lock.entry_of(_wheel(tmp_path, "one", *needs), "3.14.2")
    assert (entry["depends"], entry["imports"]) == (["here", "six"], ["one"])


def test_what_is_missing_is_named(tmp_path):
    entry = lock.entry_of(_wheel(tmp_path, "one", "two", "lxml"), "3.14.2")
    with pytest.raises(LookupError, match="no wheel of two"):
        lock.joined([entry], ["lxml"])


def test_what_a_package_needs_is_taken_along_unless_the_site_has_it():
    taken = pyodide.its_own(THEIRS, ("cryptography",), {"six"})
    assert sorted(entry["name"] for entry in taken) == ["cffi", "cryptography", "pycparser"]


def test_a_distribution_of_another_release_is_refused(tmp_path):
    (tmp_path / "c.whl").write_bytes(b"of another release")
    with pytest.raises(ValueError, match=r"doesn't contain c\.whl of this release of Pyodide"):
        list(pyodide.brought([THEIRS["packages"]["cryptography"]], tmp_path, tmp_path))

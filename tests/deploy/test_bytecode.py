"""Bytecode in place of sources: what Pyodide does with the archives of a page, here with this Python."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from deploy.bytecode.in_pyodide import precompile


def archive(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("shop/", "")
        made.writestr("shop/__init__.py", "NAME = 'larkspur'\nKNOWN = {'a', 'b', 'c'}\n")
        made.writestr("shop/data.json", "[1]")
        made.writestr("mistake.py", "def (:\n")
    return path


def test_modules_are_imported_from_their_bytecode_and_all_else_stays(tmp_path):
    path = archive(tmp_path / "shop.zip")
    precompile(str(path))
    assert set(zipfile.ZipFile(path).namelist()) == {
        "shop/",
        "shop/__init__.pyc",
        "shop/data.json",
        "mistake.py",
    }
    code = "import sys; sys.path.insert(0, sys.argv[1]); import shop; print(shop.NAME, shop.__file__)"
    run = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert run.stdout.split()[0] == "larkspur"
    assert run.stdout.strip().endswith("__init__.pyc")


def test_equal_sources_become_equal_bytes(tmp_path):
    one, other = archive(tmp_path / "one.zip"), archive(tmp_path / "other.zip")
    precompile(str(one))
    precompile(str(other))
    assert one.read_bytes() == other.read_bytes()

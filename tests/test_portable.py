"""Rules that keep the labs portable to systems where these tests don't run, especially Windows."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_FILES = {"open", "read_text", "write_text"}
_PROGRAMS = {"run", "Popen", "check_output"}
_WITHOUT_POSIX = """
import asyncio, multiprocessing, os, pkgutil, signal, subprocess, sys, tempfile
for module in ("fcntl", "grp", "pwd", "resource", "termios", "_posixsubprocess"):
    sys.modules[module] = None
for name in "fork forkpty geteuid getuid killpg posix_spawn posix_spawnp register_at_fork setsid".split():
    delattr(os, name)
for name in ("SIGALRM", "SIGKILL", "setitimer"):
    delattr(signal, name)
import labs_helpers
for found in pkgutil.walk_packages(labs_helpers.__path__, "labs_helpers."):
    if not found.name.endswith("__main__"):
        __import__(found.name)
day = labs_helpers.open_day(2)
assert day.check("2.1", {POLICY})
print("opened")
"""


def _unnamed_encodings(source: str) -> Iterator[int]:
    """Yield the lines that open a text file, or exchange text with a program, in the system's encoding."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or "encoding" in {keyword.arg for keyword in node.keywords}:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        alone = isinstance(node.func, ast.Name)
        modes = [each.value for each in node.args[1:2] if isinstance(each, ast.Constant)]
        if name in _FILES and (name != "open" or alone) and not any("b" in str(mode) for mode in modes):
            yield node.lineno
        if name in _PROGRAMS and {"text", "universal_newlines"} & {keyword.arg for keyword in node.keywords}:
            yield node.lineno


def test_every_text_names_its_encoding():
    """Windows would use the country's code page, and no other system could read the files."""
    unnamed = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / "labs_helpers").rglob("*.py"))
        for line in _unnamed_encodings(path.read_text(encoding="utf-8"))
    ]
    assert unnamed == []


def test_texts_without_an_encoding_are_found():
    lines = [
        "open(p)",
        "open(p, 'rb')",
        "p.read_text()",
        "p.write_text(t, encoding='utf-8')",
        "run(c, text=True)",
    ]
    assert list(_unnamed_encodings("\n".join([*lines, "browser.open(address)"]))) == [1, 3, 5]


def _unnamed_line_ends(source: str) -> Iterator[int]:
    """Yield the lines that write text with the system's line endings."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or "newline" in {keyword.arg for keyword in node.keywords}:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        modes = [str(each.value) for each in node.args[1:2] if isinstance(each, ast.Constant)]
        opened = name == "open" and any(mode[0] in "wxa" and "b" not in mode for mode in modes)
        if name == "write_text" or opened:
            yield node.lineno


def test_every_text_that_is_written_names_its_line_ends():
    """Windows would use other line endings, with which shells can't read scripts, and spreadsheets show empty rows."""
    unnamed = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / "labs_helpers").rglob("*.py"))
        for line in _unnamed_line_ends(path.read_text(encoding="utf-8"))
    ]
    assert unnamed == []


def test_texts_without_line_ends_are_found():
    lines = ["open(p, 'w')", "open(p)", "open(p, 'wb')", "p.write_text(t)", "open(p, 'x', newline='')"]
    assert list(_unnamed_line_ends("\n".join(lines))) == [1, 4]


def test_everything_loads_and_a_day_opens_without_what_windows_lacks(tmp_path):
    """Windows has no fork, alarm, resource limits, or user numbers. Code that needs them must report that first."""
    solution = (ROOT / "data/day2/exercises/2.1.json").read_text(encoding="utf-8")
    script = f"import json\nPOLICY = json.loads({solution!r})['solution']" + _WITHOUT_POSIX.replace(
        "{POLICY}", "POLICY"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, encoding="utf-8", capture_output=True, timeout=120, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.endswith("opened\n"), done.stderr

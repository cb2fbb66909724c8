"""The package's public modules, and formerly documented names."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from labs_helpers import retired

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTED = (ROOT / "tests" / "documented_imports.txt").read_text(encoding="utf-8").splitlines()
"""All imports that README, docs/, and the notebooks showed before the package was divided into three floors."""
DOORS = (
    "labs_helpers", "labs_helpers.policy", "labs_helpers.cloud", "labs_helpers.cloud.actors", "labs_helpers.course",
    "labs_helpers.testing", *(f"labs_helpers.course.days.day{number}" for number in (1, 3, 4, 5, 6)),
    "labs_helpers.course.days.weekend",
)  # fmt: skip
_IMPORT = re.compile(r"^\s*from (labs_helpers[\w.]*) import ([\w, ]+)", re.MULTILINE)


def shown_imports() -> list[tuple[str, str, str]]:
    """Return (file, module, names) for each import that README, docs/, and the notebooks show today."""
    found = []
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "notebooks").glob("*.ipynb")]:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
        found += [(path.name, *match) for match in _IMPORT.findall(text)]
    return found


def widget_doors() -> list[str]:
    """Return the modules of labs_helpers/widgets."""
    folder = ROOT / "labs_helpers" / "widgets"
    return [f"labs_helpers.widgets.{path.stem}" for path in sorted(folder.glob("[a-z]*.py"))]


def retired_paths_of_public_names() -> list[str]:
    """Return each retired path that has the same spelling as a public name."""
    parts = {old: old.rpartition(".") for old in retired.MOVED}
    return [
        old
        for old, (package, _, name) in parts.items()
        if name in getattr(import_module(package), "__all__", ())
    ]


@pytest.mark.parametrize("line", DOCUMENTED)
def test_every_documented_import_goes_on_working(line):
    namespace: dict[str, object] = {}
    exec(line, namespace)
    for alias in ast.parse(line).body[0].names:
        assert namespace[alias.asname or alias.name] is not None


def test_documented_imports_work_in_a_new_process_in_any_order():
    """The process ends with exit code 0, although warnings are errors."""
    code = "\n".join(reversed(DOCUMENTED))
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, check=True, timeout=120)


def test_what_is_shown_comes_through_a_front_door():
    doors = {*DOORS, *widget_doors()}
    assert [each for each in shown_imports() if each[1] not in doors] == []


def test_there_are_at_most_a_dozen_front_doors_besides_the_widgets():
    assert len(DOORS) <= 12


@pytest.mark.parametrize("name", [*DOORS, *widget_doors()])
def test_a_front_door_says_what_it_offers(name):
    door = import_module(name)
    assert door.__doc__
    assert door.__all__
    for each in door.__all__:
        assert getattr(door, each) is not None


@pytest.mark.parametrize("name", [*DOORS, *widget_doors()])
def test_a_front_door_has_a_page_in_the_reference(name):
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        generated = import_module("hooks").widgets()
    finally:
        sys.path.remove(str(ROOT / "docs"))
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "reference").glob("*.md")]
    assert any(re.search(rf"^::: {re.escape(name)}$", page, re.MULTILINE) for page in [*pages, generated])


def test_a_retired_name_is_the_module_of_today():
    for old, today in retired.MOVED.items():
        assert import_module(old) is import_module(today)


def test_a_public_name_stays_a_function_after_its_retired_path_is_imported():
    """The retired path is imported in a new process, in which nothing has used the public name before."""
    paths = retired_paths_of_public_names()
    assert "labs_helpers.cloud.who_can" in paths
    code = f"""
from importlib import import_module
for old in {paths}:
    package, _, name = old.rpartition(".")
    module = import_module(old)
    assert getattr(import_module(package), name) is getattr(module, name), old
    assert callable(getattr(import_module(package), name)), old
import_module("labs_helpers.cloud").who_can(import_module("labs_helpers.cloud").Cloud(), ["s3:GetObject"])
import_module("labs_helpers.course.days.day1").incidents()
import_module("labs_helpers.course").way()
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)


def test_the_package_itself_uses_no_retired_name():
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "labs_helpers").rglob("*.py")}
    used = [
        f"{path.name}: {old}"
        for path, text in texts.items()
        if path.name != "retired.py"
        for old in retired.MOVED
        if re.search(rf"^\s*(from {re.escape(old)} import|import {re.escape(old)}\b)", text, re.MULTILINE)
    ]
    assert used == []

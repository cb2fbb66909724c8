"""A module's tests are found by its path or in the table tests/where.json, and every test states what it checks."""

from __future__ import annotations

import ast
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE: dict[str, list[str]] = json.loads((ROOT / "tests" / "where.json").read_text(encoding="utf-8"))


def modules() -> dict[str, ast.Module]:
    """Return the modules of the package that have code in functions, by path from the root."""
    found = {}
    for path in sorted((ROOT / "labs_helpers").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) for node in ast.walk(tree)
        ):
            found[path.relative_to(ROOT).as_posix()] = tree
    return found


def by_path(module: str) -> str:
    """Return where a module's tests are if only the module's path determines that: a/b.py → tests/a/test_b.py."""
    path = Path(module).relative_to("labs_helpers")
    if path.name == "__init__.py":
        path = path.parent.parent / f"{path.parent.name or 'package'}.py"
    return (Path("tests") / path.parent / f"test_{path.name.removeprefix('_')}").as_posix()


def says_what_it_holds(test: ast.FunctionDef, checking: set[str]) -> bool:
    """Return whether a test has an assertion, calls a function of its file that has one, or has a docstring."""
    if ast.get_docstring(test):
        return True
    for node in ast.walk(test):
        if isinstance(node, ast.Assert) or (isinstance(node, ast.Attribute) and node.attr in _EXPECTS):
            return True
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in checking or name.startswith(_ASSERTING):
                return True
    return False


_EXPECTS = {"raises", "fail", "warns", "expect"}
_ASSERTING = ("assert", "refused", "denied", "check", "expect")


def test_the_tests_of_every_module_are_found():
    missing = [name for name in modules() if name not in TABLE and not (ROOT / by_path(name)).exists()]
    assert missing == []


def test_the_table_names_modules_and_tests_that_exist():
    assert [name for name in TABLE if not (ROOT / name).exists()] == []
    assert [test for tests in TABLE.values() for test in tests if not (ROOT / test).exists()] == []
    assert [name for name, tests in TABLE.items() if not tests] == []


def test_the_table_is_sorted_and_has_one_row_per_line():
    rows = [f"  {json.dumps(name)}: {json.dumps(tests)}" for name, tests in sorted(TABLE.items())]
    text = (ROOT / "tests" / "where.json").read_text(encoding="utf-8")
    assert text == "{\n" + ",\n".join(rows) + "\n}\n"


def test_a_test_without_an_assertion_says_what_it_holds():
    silent = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        checking = {
            each.name
            for each in functions
            if not each.name.startswith("test_")
            and any(isinstance(node, ast.Assert | ast.Raise) for node in ast.walk(each))
        }
        silent += [
            f"{path.relative_to(ROOT).as_posix()}:{each.lineno} {each.name}"
            for each in functions
            if each.name.startswith("test_") and not says_what_it_holds(each, checking)
        ]
    assert silent == []

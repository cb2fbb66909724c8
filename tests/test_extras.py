"""What an installation without extras can do, and what it reports if an extra is missing."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from labs_helpers import extras

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OPTIONAL = (
    "ipykernel",
    "IPython",
    "ipywidgets",
    "anywidget",
    "traitlets",
    "lxml",
    "signxml",
    "tornado",
    "trustme",
)
WITHOUT = f"""
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {OPTIONAL!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in {OPTIONAL!r} else real(name, package)
"""
ALLOWED = {
    "labs_helpers/widgets": {"notebooks"},
    "labs_helpers/course": {"notebooks", "lab", "drill"},
    "labs_helpers/cloud/endpoint": {"endpoint"},
    "labs_helpers/cloud/actors": {"saml"},
    "labs_helpers/cloud/core": {"saml"},
    "labs_helpers/cloud/testing": {"test"},
}
BROUGHT = {
    "botocore": "boto3", "s3transfer": "boto3", "urllib3": "boto3",
    "requests": "moto", "jinja2": "flask", "werkzeug": "flask",
    "lxml": "signxml", "ipython": "ipykernel", "traitlets": "ipywidgets",
    "nbconvert": "jupyterlab", "nbformat": "jupyterlab",
}  # fmt: skip
"""A package that modules import → the declared package that requires it."""


def _names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(each).name) for each in requirements}


def _imported(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
    return found - sys.stdlib_module_names - {"labs_helpers", ""}


def test_what_a_module_imports_is_declared_for_its_part_of_the_package():
    homes = packages_distributions()
    base, declared = _names(PROJECT["dependencies"]), PROJECT["optional-dependencies"]
    unexpected = []
    for path in sorted((ROOT / "labs_helpers").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        parts = {
            extra for folder, allowed in ALLOWED.items() if name.startswith(f"{folder}/") for extra in allowed
        }
        known = base.union(*(_names(declared[extra]) for extra in parts))
        for top in _imported(path.read_text(encoding="utf-8")):
            packages = {canonicalize_name(each) for each in homes.get(top, [top])}
            if not {BROUGHT.get(each, each) for each in packages} & known:
                unexpected.append(f"{name} imports {top}")
    assert unexpected == []


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_day_opens_without_the_extras_and_says_in_one_line_what_to_install(tmp_path):
    done = run(f"from labs_helpers import open_day; open_day(2, progress={str(tmp_path / 'p.json')!r})")
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if "are missing here" in line]
    assert "python -m pip install ipykernel ipywidgets anywidget lxml signxml" in line


@pytest.mark.parametrize("widget", ["matrix", "policy_editor"])
def test_a_widget_says_in_one_line_what_to_install(widget):
    done = run(f"import labs_helpers.widgets.{widget}")
    assert done.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: The widgets need packages that aren't installed. "
        "Run: python -m pip install ipywidgets anywidget"
    )


def test_saml_says_what_to_install():
    done = run(
        "from labs_helpers.cloud import Cloud\nfrom labs_helpers.cloud.actors import SamlProvider\n"
        "with Cloud() as cloud: SamlProvider(cloud)"
    )
    assert done.stderr.splitlines()[-1].endswith("Run: python -m pip install lxml signxml")


def test_nothing_is_missing_where_the_tests_run():
    assert extras.missing((*extras.NOTEBOOKS, *extras.SAML)) == []
    extras.need(extras.NOTEBOOKS, "The widgets")
    with pytest.raises(ModuleNotFoundError, match=r"Notes need .* install no_such_package"):
        extras.need(("no_such_package",), "Notes")


def test_the_console_command_is_the_module():
    assert PROJECT["scripts"] == {"labs": "labs_helpers.__main__:console"}
    assert {each.value for each in entry_points(group="console_scripts", name="labs")} <= {
        "labs_helpers.__main__:console"
    }

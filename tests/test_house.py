"""The structure of the package: no circular imports, and services whose modules and operations are all registered."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from labs_helpers.cloud import services
from labs_helpers.cloud.core import registry
from tests import import_graph

ROOT = Path(__file__).parent.parent / "labs_helpers"


@pytest.fixture(scope="module")
def modules() -> dict[str, set[str]]:
    return import_graph.imports()


def test_no_modules_import_each_other(modules):
    """Imports within functions and imports for types are included."""
    assert import_graph.cycles(modules) == []


def test_no_components_import_each_other(modules):
    assert import_graph.cycles(import_graph.dependencies(modules)) == []


def test_cycles_are_found():
    assert import_graph.cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


def test_contributing_counts_components_and_dependencies_as_they_are(modules):
    graph = import_graph.dependencies(modules)
    within_course = sum(
        other.startswith("course/")
        for here, others in graph.items()
        if here.startswith("course/")
        for other in others
    )
    text = (ROOT.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    now = {
        row[0].strip(): row[2].strip() for row in re.findall(r"^\| (.*?) \| (\d+) \| (\d+) \|$", text, re.M)
    }
    assert now["components"] == str(len(graph))
    assert now["dependencies between components of the course"] == str(within_course)
    assert str(sum(map(len, graph.values()))) in now.values()


def test_a_module_name_that_occurs_more_than_once_has_one_meaning(modules):
    """tests/module_names.json states each meaning. A module that means something else needs another name.

    The public modules in labs_helpers/widgets have the names of the modules that they re-export.
    """
    names = Counter(
        module.rpartition(".")[2] for module in modules if not module.startswith("labs_helpers.widgets.")
    )
    meanings = json.loads((ROOT.parent / "tests" / "module_names.json").read_text(encoding="utf-8"))
    assert list(meanings) == sorted(name for name, times in names.items() if times > 1)


@pytest.fixture(scope="module")
def everything_loaded() -> None:
    for service in services.modelled_services():
        services.load(service)


def test_operations_are_registered_in_the_folder_of_their_service(everything_loaded):
    """A module is loaded with its folder's service: an operation of another service might be registered too late."""
    wrong = [
        f"{service}.{name} in {function.__module__}"
        for service, name in registry.registered()
        if (function := registry.find(service, name)) is not None
        and not function.__module__.startswith(f"labs_helpers.cloud.services.{services.folder(service)}.")
    ]
    assert wrong == []


def test_every_module_of_a_service_is_loaded_with_it(everything_loaded):
    """An operation that is registered in a module that is not loaded might never be found.

    `services.load` imports the modules of a service's folder and of its subpackages. A web application (a package with
    an `app`) waits for a browser: no operation may be registered there.
    """
    services_folder = ROOT / "cloud" / "services"
    written = {
        "labs_helpers." + ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in services_folder.rglob("*.py")
        if path.name != "__init__.py"
        and (services_folder / path.relative_to(services_folder).parts[0] / "table.py").exists()
        and (
            not (path.parent / "app.py").exists()
            or re.search(r"@operation\(", path.read_text(encoding="utf-8"))
        )
    }
    assert len(written) > 300
    assert written - sys.modules.keys() == set()


def test_every_operation_of_ours_is_asked_about(everything_loaded):
    """An operation that isn't in any table could not be called."""
    unasked = []
    for service, name in registry.registered():
        table = services.table(service)
        if table is None or name not in table.operations:
            unasked.append(f"{service}.{name}")
    assert sorted(unasked) == []

"""The project's metadata: versions are pinned, and all installation requirements are documented."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT, CODESPELL = SETTINGS["project"], SETTINGS["tool"]["codespell"]


def _pins() -> list[str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _declared() -> list[str]:
    extras = PROJECT["optional-dependencies"].values()
    requirements = [*PROJECT["dependencies"], *(one for extra in extras for one in extra)]
    names = {canonicalize_name(re.match(r"[\w.-]+", one).group()) for one in requirements}
    return sorted(names - {canonicalize_name(PROJECT["name"])})


@pytest.mark.parametrize("pin", _pins())
def test_a_constraint_is_an_exact_version_and_names_no_host(pin: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9][\w.-]*==[\w.]+", pin)


@pytest.mark.parametrize("name", _declared())
def test_every_declared_dependency_is_pinned(name: str) -> None:
    assert name in {canonicalize_name(pin.split("==")[0]) for pin in _pins()}


def test_what_make_builds_is_neither_under_version_control_nor_spelled() -> None:
    """Otherwise, `make lint` would fail after `make lite`, because of files that others wrote."""
    (removed,) = re.findall(r"^\trm -rf (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    built = {name for name in removed.split() if name.isalpha()}
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    skipped = CODESPELL["skip"].split(",")
    assert built >= {"lite", "site", "handout"}
    assert [name for name in sorted(built) if not {f"{name}/", f"/{name}/"} & set(ignored)] == []
    assert [name for name in sorted(built) if not {name, f"./{name}"} & set(skipped)] == []


def test_every_pin_takes_the_oldest_python() -> None:
    """Debian 12 has Python 3.11.2. The requirements come from the packages installed here, which are pinned."""
    pins = {canonicalize_name(pin.split("==")[0]): pin.split("==")[1] for pin in _pins()}
    installed = {canonicalize_name(each.metadata["Name"]): each for each in distributions()}
    too_new = [
        f"{name} needs {needed}"
        for name, pinned in pins.items()
        if (found := installed.get(name)) is not None
        and found.version == pinned
        and (needed := found.metadata.get("Requires-Python"))
        and not SpecifierSet(needed).contains("3.11.0")
    ]
    assert too_new == []

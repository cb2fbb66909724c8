"""Write environment.yml, the pinned environment for Binder and conda: `python -m tests.environment_file`.

It doesn't name any file in this repository, so that Binder keeps the environment if a commit changes only code:
postBuild then installs only the package. Packages in Binder's own environment (JupyterLab and related packages) aren't
pinned here, because Binder's versions fit each other, and two pins of one package conflict.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "environment.yml"
_EXTRAS = ("cli", "endpoint", "notebooks", "saml", "test")
_BINDERS = frozenset(("ipykernel", "ipywidgets", "jupyterlab", "notebook"))
"""The packages that Binder's environment has, with their dependencies. conda gets them by name.

jupyter-server-proxy is needed only on Binder, where it leads the browser to the pages of Days 3 and 4.
"""
_HEAD = """\
# For Binder and conda: `conda env create -f environment.yml`, then `python -m pip install --no-deps -e .` (on Binder,
# postBuild does that). `python -m tests.environment_file` writes this file from pyproject.toml and constraints.txt.
name: aws-security-week
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python=3.12
  - pip
  - jupyterlab=4.*
  - ipywidgets=8.*
  - jupyter-server-proxy=4.*
  - pip:
"""


def text() -> str:
    """Return the content of environment.yml."""
    pins = dict(_pins())
    own = _closure(_declared(), set()) - _closure(_BINDERS, set())
    # What both need is Binder's, but for what we need newer than it has.
    own |= {"tornado"}
    return _HEAD + "".join(f"      - {name}=={pins[name]}\n" for name in sorted(own) if name in pins)


def _pins() -> Iterator[tuple[str, str]]:
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, version = line.partition("==")
            yield canonicalize_name(name), version


def _declared() -> frozenset[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [
        *project["dependencies"],
        *(one for extra in _EXTRAS for one in project["optional-dependencies"][extra]),
    ]
    return frozenset(line for line in lines if not line.startswith("labs_helpers"))


def _closure(requirements: frozenset[str], seen: set[tuple[str, frozenset[str]]]) -> set[str]:
    """Return the names of requirements and of all their dependencies."""
    found: set[str] = set()
    for each in map(Requirement, requirements):
        name, extras = canonicalize_name(each.name), frozenset(each.extras)
        found.add(name)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            lines = requires(name) or []
        except PackageNotFoundError:
            continue
        wanted = {
            line for line, needed in ((line, Requirement(line)) for line in lines)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras or {""})
        }  # fmt: skip
        found |= _closure(frozenset(wanted), seen)
    return found


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")

"""The packages of the optional extras, and the error that names what to install if one is missing.

The extras are declared in pyproject.toml. The advice names the packages instead of the extra, because
this package isn't on a package index.
https://packaging.python.org/en/latest/specifications/dependency-specifiers/#extras
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

NOTEBOOKS = ("ipykernel", "ipywidgets", "anywidget")
"""The packages that a notebook's kernel needs for the widgets; the extras `lab` and `notebooks` include them."""
SAML = ("lxml", "signxml")
"""The packages that read and sign SAML documents; the extras `saml`, `lab`, and `notebooks` include them."""


def missing(packages: Iterable[str]) -> list[str]:
    """Return the packages that can't be imported, in the given order."""
    return [name for name in packages if find_spec(name) is None]


def advice(packages: Iterable[str]) -> str:
    """Return the command that installs packages."""
    return f"python -m pip install {' '.join(packages)}"


def need(packages: Iterable[str], what: str) -> None:
    """Raise `ModuleNotFoundError`, with one line that names what to install, if a package is missing."""
    if absent := missing(packages):
        raise ModuleNotFoundError(
            f"{what} need packages that aren't installed. Run: {advice(absent)}", name=absent[0]
        )

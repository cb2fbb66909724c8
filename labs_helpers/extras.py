"""The packages of the optional extras, and the error that names what to install if one is missing.

The extras are declared in pyproject.toml. The advice names the packages, not the extra of this package, because no
package index has this package.
https://packaging.python.org/en/latest/specifications/dependency-specifiers/#extras
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

NOTEBOOKS = ("ipykernel", "ipywidgets", "anywidget")
"""What a notebook's kernel needs for the widgets; the extras `lab` and `notebooks` bring it."""
SAML = ("lxml", "signxml")
"""What reads and signs SAML documents; the extras `saml`, `lab`, and `notebooks` bring it."""


def missing(packages: Iterable[str]) -> list[str]:
    """Return the packages that can't be imported, in the given order."""
    return [name for name in packages if find_spec(name) is None]


def advice(packages: Iterable[str]) -> str:
    """Return the command that installs packages."""
    return f"python -m pip install {' '.join(packages)}"


def need(packages: Iterable[str], what: str) -> None:
    """Raise `ModuleNotFoundError`, with one line that says what to install, if a package is missing."""
    if absent := missing(packages):
        raise ModuleNotFoundError(
            f"{what} need packages that aren't installed. Run: {advice(absent)}", name=absent[0]
        )

"""The environment in which the notebook runs, if it affects the learner: Binder, or only a browser."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from labs_helpers import extras
from labs_helpers.cloud import in_a_browser

_OF_BINDER = ("BINDER_LAUNCH_HOST", "BINDER_SERVICE_HOST")


def warning() -> str | None:
    """Return a warning for a day's card about data that this environment deletes, or None if it deletes nothing.

    https://mybinder.readthedocs.io/en/latest/about/about.html
    """
    if any(os.environ.get(name) for name in _OF_BINDER):
        return (
            "This is Binder. It deletes everything, including your progress, after about ten minutes without activity "
            "and after six hours at the latest. `day.progress().export()` writes a file to download."
        )
    if in_a_browser():
        return (
            "Python runs in this browser page: the cloud exists as long as the page is open, and only cells can "
            "reach it (no AWS CLI, no other programs). This browser keeps notebooks and progress until you clear its "
            "data. "
            "`day.progress().export()` writes a file to download."
        )
    return None


def missing_parts(card: Mapping[str, Any]) -> str | None:
    """Return a sentence about the parts of a day that don't work in this environment, or None if all of them work."""
    return card.get("not_in_a_browser") if in_a_browser() else None


def missing_packages() -> str | None:
    """Return the line that names what to install for the notebooks and widgets, or None if everything is installed."""
    absent = [] if in_a_browser() else extras.missing((*extras.NOTEBOOKS, *extras.SAML))
    if not absent:
        return None
    return f"For notebooks, widgets, and SAML, packages are missing here. Run: `{extras.advice(absent)}`"

"""Where the notebook runs, as far as a learner has to know it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud import in_a_browser

_OF_BINDER = ("BINDER_LAUNCH_HOST", "BINDER_SERVICE_HOST")


def warning() -> str | None:
    """What has to be said of this place on a day's card: what it forgets. None: nothing has to be said.

    https://mybinder.readthedocs.io/en/latest/about/about.html
    """
    if any(os.environ.get(name) for name in _OF_BINDER):
        return (
            "This is Binder. It forgets everything, also your progress, after some ten minutes in which you do "
            "nothing, and after six hours at the latest: `day.progress().export()` writes a file to download."
        )
    if in_a_browser():
        return (
            "This is Python in a page of your browser: the cloud lasts as long as the page, and it is reached from its "
            "cells only (no AWS CLI, no other program). Notebooks and progress are kept by this browser until its data "
            "is cleared: `day.progress().export()` writes a file to download."
        )
    return None


def left_out(card: Mapping[str, Any]) -> str | None:
    """What a day can't do in this place, as its file says. None where it can do everything."""
    return card.get("not_in_a_browser") if in_a_browser() else None

"""Where the notebook runs, as far as a learner has to know it."""

from __future__ import annotations

import os

_OF_BINDER = ("BINDER_LAUNCH_HOST", "BINDER_SERVICE_HOST")


def warning() -> str | None:
    """What has to be said of this place on a day's card: that it forgets. None where there is nothing to say.

    https://mybinder.readthedocs.io/en/latest/about/about.html
    """
    if any(os.environ.get(name) for name in _OF_BINDER):
        return (
            "This is Binder. It forgets everything, also your progress, after some ten minutes in which you do "
            "nothing, and after six hours at the latest: `day.progress().export()` writes a file to download."
        )
    return None

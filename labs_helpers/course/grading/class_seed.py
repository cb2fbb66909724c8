"""The seed of a class, which determines the learners' variants of exercises."""

from __future__ import annotations

import os

VARIABLE = "LABS_CLASS_SEED"
"""The environment variable with the seed: any string that the instructor chooses, the same for the whole class."""


def class_seed() -> str:
    """Return the class's seed, or an empty string if all learners have the printed facts."""
    return os.environ.get(VARIABLE, "")

"""The seed of a class, which determines the learners' variants of exercises."""

from __future__ import annotations

import os

VARIABLE = "LABS_CLASS_SEED"
"""The environment variable with the seed: any text that the instructor chooses, the same for the whole class."""


def class_seed() -> str:
    """Return the class's seed, or an empty text: then all learners have the same facts, as they are printed."""
    return os.environ.get(VARIABLE, "")

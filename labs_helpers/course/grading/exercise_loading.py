"""A loader that validates the exercises in data/dayN/ and data/weekend/."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from labs_helpers.course.content.files import DataError
from labs_helpers.course.content.loading import read_tagged
from labs_helpers.course.content.numbering import folder_of, place_of
from labs_helpers.course.content.paths import data_path

if TYPE_CHECKING:
    from labs_helpers.course.grading.kinds import Exercise


@cache
def load(day: int) -> Mapping[str, Exercise]:
    """Return a day's exercises by ID, in order. Raises `DataError`, which locates the fault, if a file is invalid."""
    return load_folder(data_path(folder_of(day), "exercises"))


def load_folder(folder: Path) -> Mapping[str, Exercise]:
    """Return the exercises in `folder` by ID, in order. Each is a JSON file that is named after the exercise."""
    from labs_helpers.course.grading.kinds import EXERCISE

    found: dict[str, Exercise] = {}
    for file in sorted(folder.glob("*.json"), key=lambda file: place_of(file.stem)):
        exercise = read_tagged(file, EXERCISE.validate_python)
        if exercise.id != file.stem:
            raise DataError(file, "id", f"is {exercise.id}, but the file's name says {file.stem}")
        found[exercise.id] = exercise
    return MappingProxyType(found)

"""Loading exercises, scenes and quizzes from data/, validated."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from labs_helpers.core.content import data_path
from labs_helpers.course.files import DataError, read_json

if TYPE_CHECKING:
    from labs_helpers.course.schema import Exercise, Model, Quiz, Scene

    M = TypeVar("M", bound=Model)


@cache
def load(day: int) -> Mapping[str, Exercise]:
    """The exercises of a day by id, in order. DataError names the file and place of a fault."""
    return load_folder(data_path("exercises", f"day{day}"))


def load_folder(folder: Path) -> Mapping[str, Exercise]:
    """The exercises in the JSON files of `folder`; each file is named after its exercise."""
    from labs_helpers.course.schema import Exercise

    found: dict[str, Exercise] = {}
    for file in sorted(folder.glob("*.json"), key=lambda file: [int(part) for part in file.stem.split(".")]):
        exercise = read(file, Exercise)
        if exercise.id != file.stem:
            raise DataError(file, "id", f"is {exercise.id}, but the file's name says {file.stem}")
        found[exercise.id] = exercise
    return MappingProxyType(found)


@cache
def load_scene(name: str) -> Scene:
    """A scene of data/scenes/ by its name."""
    from labs_helpers.course.schema import Scene

    return read(data_path("scenes", f"{name}.json"), Scene)


@cache
def load_quiz(day: int) -> Quiz:
    """The quiz of a day."""
    from labs_helpers.course.schema import Quiz

    return read(data_path("quizzes", f"day{day}.json"), Quiz)


def read(file: Path, model: type[M]) -> M:
    """One data file as `model`. Raises DataError("file: place: what is wrong") for the first fault in it."""
    from pydantic import ValidationError

    value = read_json(file)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DataError(file, place, first["msg"]) from None

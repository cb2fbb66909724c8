"""Loaders that validate the files in data/dayN/ other than exercises: scenes, quizzes, beliefs, demos, mornings."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from labs_helpers.course.content.files import DataError, read_json
from labs_helpers.course.content.numbering import WEEKEND, folder_of, lesson_of, place_of
from labs_helpers.course.content.paths import data_path

if TYPE_CHECKING:
    from labs_helpers.course.content.schema import Beliefs, Demos, Morning, PathsFile, Quiz, Scene

    M = TypeVar("M")


@cache
def days() -> tuple[int, ...]:
    """Return the numbers of all days, in order."""
    return tuple(sorted(int(file.parent.name[3:]) for file in data_path().glob("day[1-9]/day.json")))


@cache
def lessons() -> tuple[int, ...]:
    """Return the numbers of all days, in order, and then the number of the weekend."""
    return (*days(), WEEKEND)


@cache
def exercise_ids(day: int) -> tuple[str, ...]:
    """Return the IDs of a day's exercises, in order. The IDs are the file names, so no file is read."""
    found = (file.stem for file in (data_path(folder_of(day)) / "exercises").glob("*.json"))
    return tuple(sorted(found, key=place_of))


@cache
def exercise_title(id: str) -> str:
    """Return an exercise's title from its file, without validating the rest of the file."""
    title: str = read_json(data_path(folder_of(lesson_of(id)), "exercises", f"{id}.json"))["title"]
    return title


@cache
def page_titles() -> dict[str, str]:
    """Return the titles of AWS's pages to reread, by address."""
    titles: dict[str, str] = read_json(data_path("aws_pages.json"))
    return titles


@cache
def load_scene(day: int, name: str) -> Scene:
    """Return a day's scene by name."""
    from labs_helpers.course.content.schema import Scene

    return read(data_path(folder_of(day), "scenes", f"{name}.json"), Scene.model_validate)


@cache
def load_quiz(day: int) -> Quiz:
    """Return a day's quiz."""
    from labs_helpers.course.content.schema import Quiz

    return read(data_path(folder_of(day), "quiz.json"), Quiz.model_validate)


@cache
def load_beliefs(day: int) -> Beliefs | None:
    """Return the common beliefs about a day's subject, or None if the day has no list of beliefs."""
    from labs_helpers.course.content.schema import Beliefs

    file = data_path(folder_of(day)) / "beliefs.json"
    return read(file, Beliefs.model_validate) if file.exists() else None


@cache
def load_demos(day: int) -> Demos | None:
    """Return the expected outcomes of the calls that a day's lesson attempts, or None if there are no such calls."""
    from labs_helpers.course.content.schema import Demos

    file = data_path(folder_of(day)) / "demos.json"
    return read(file, Demos.model_validate) if file.exists() else None


@cache
def load_paths(day: int) -> PathsFile | None:
    """Return the pictures of paths in a day's lesson, or None if the day has none."""
    from labs_helpers.course.content.schema import PathsFile

    file = data_path(folder_of(day)) / "paths.json"
    return read(file, PathsFile.model_validate) if file.exists() else None


@cache
def load_morning(day: int) -> Morning | None:
    """Return what happens on the morning after a day, or None if the day has no such file."""
    from labs_helpers.course.content.schema import Morning

    file = data_path(folder_of(day)) / "morning.json"
    return read(file, Morning.model_validate) if file.exists() else None


def read(file: Path, validate: Callable[[Any], M]) -> M:
    """Return the validated content of a data file. Raises `DataError` ("file: location: fault") for the first fault."""
    return _validated(file, validate, ".".join)


def read_tagged(file: Path, validate: Callable[[Any], M]) -> M:
    """Return the validated content of a data file, as `read` does, for a schema that depends on the key `kind`.

    Pydantic then begins each location with the kind's name, which isn't in the file, so `DataError` omits the name.
    """
    return _validated(file, validate, lambda parts: ".".join(parts[1:]) or "kind")


def _validated(file: Path, validate: Callable[[Any], M], place_of: Callable[[list[str]], str]) -> M:
    from pydantic import ValidationError

    value = read_json(file)
    try:
        return validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = place_of([str(part) for part in first["loc"]])
        raise DataError(file, place, first["msg"]) from None

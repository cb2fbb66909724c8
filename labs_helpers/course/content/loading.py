"""Loading what data/dayN/ holds beside exercises, validated: scenes, quiz, beliefs, demos."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from labs_helpers.course.content.files import DataError, read_json
from labs_helpers.course.content.paths import data_path

if TYPE_CHECKING:
    from labs_helpers.course.content.schema import Beliefs, Demos, Quiz, Scene

    M = TypeVar("M")


@cache
def days() -> tuple[int, ...]:
    """The numbers of the days that there are."""
    return tuple(sorted(int(file.parent.name[3:]) for file in data_path().glob("day[1-9]/day.json")))


@cache
def exercise_ids(day: int) -> tuple[str, ...]:
    """The ids of a day's exercises, in order, by the names of their files: nothing is read."""
    found = (file.stem for file in (data_path(f"day{day}") / "exercises").glob("*.json"))
    return tuple(sorted(found, key=lambda id: [int(part) for part in id.split(".")]))


@cache
def load_scene(day: int, name: str) -> Scene:
    """A scene of a day by its name."""
    from labs_helpers.course.content.schema import Scene

    return read(data_path(f"day{day}", "scenes", f"{name}.json"), Scene.model_validate)


@cache
def load_quiz(day: int) -> Quiz:
    """The quiz of a day."""
    from labs_helpers.course.content.schema import Quiz

    return read(data_path(f"day{day}", "quiz.json"), Quiz.model_validate)


@cache
def load_beliefs(day: int) -> Beliefs | None:
    """What people believe of a day's subject, None if the day has no such list."""
    from labs_helpers.course.content.schema import Beliefs

    file = data_path(f"day{day}") / "beliefs.json"
    return read(file, Beliefs.model_validate) if file.exists() else None


@cache
def load_demos(day: int) -> Demos | None:
    """What must come of a day's attempts, None if the day makes none."""
    from labs_helpers.course.content.schema import Demos

    file = data_path(f"day{day}") / "demos.json"
    return read(file, Demos.model_validate) if file.exists() else None


def read(file: Path, validate: Callable[[Any], M], *, tagged: bool = False) -> M:
    """One data file, validated. Raises DataError("file: place: what is wrong") for the first fault in it.

    `tagged`: places begin with the name of a kind, which nobody looks for in the file.
    """
    from pydantic import ValidationError

    value = read_json(file)
    try:
        return validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        parts = [str(part) for part in first["loc"]]
        place = ".".join(parts[1:] if tagged else parts) or ("kind" if tagged else "")
        raise DataError(file, place, first["msg"]) from None

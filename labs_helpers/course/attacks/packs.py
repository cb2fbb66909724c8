"""A loader that validates the attack packs and the ordinary work."""

from __future__ import annotations

from functools import cache

from labs_helpers.course.attacks.schema import Pack, Work
from labs_helpers.course.content.files import DataError
from labs_helpers.course.content.loading import read
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.shown.mistakes import one_of


@cache
def pack_names() -> tuple[str, ...]:
    """Return the names of all packs, sorted."""
    return tuple(sorted(file.stem for file in data_path("weekend", "packs").glob("*.json")))


@cache
def load_pack(name: str) -> Pack:
    """Return a pack. Raises `UnknownName`, which lists the packs, or `DataError`, which states where the fault is."""
    one_of(name, pack_names(), "attack")
    file = data_path("weekend", "packs", f"{name}.json")
    pack = read(file, Pack.model_validate)
    if pack.name != name:
        raise DataError(file, "name", f"is {pack.name}, but the file's name says {name}")
    return pack


@cache
def load_work() -> Work:
    """Return the chores of an ordinary workday (data/weekend/work.json)."""
    return read(data_path("weekend", "work.json"), Work.model_validate)

"""Finding and undoing a learner's replacements in the course's code, so that a patched check can't pass an answer.

This stops only pranks, because code in the same process can hide its changes (docs/instructors.md).
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from types import FunctionType, ModuleType
from typing import Any

_GRADING = (
    "labs_helpers.engine",
    "labs_helpers.cloud.core",
    "labs_helpers.cloud.gate",
    "labs_helpers.course.content",
    "labs_helpers.course.grading",
    "labs_helpers.course.lesson",
    "labs_helpers.course.situations",
)
"""The packages that decide whether an answer passes; their modules are imported before the first cell."""
_Place = tuple[Any, str]
"""A module or class, and the name of a function or class in it."""


class OwnCode:
    """The functions and classes of the packages that grade, as they were when this object was created."""

    def __init__(self) -> None:
        self._kept: dict[_Place, tuple[Any, Any]] = {}
        for package in _GRADING:
            for module in _modules(importlib.import_module(package)):
                self._keep(module)

    def restore(self) -> list[str]:
        """Undo every replacement, and return the names of what was replaced."""
        replaced = []
        for (owner, name), (value, code) in self._kept.items():
            is_same = vars(owner).get(name) is value
            if is_same and (code is None or value.__code__ is code):
                continue
            if not is_same:
                setattr(owner, name, value)
            if code is not None:
                value.__code__ = code
            replaced.append(f"{owner.__name__}.{name}")
        return replaced

    def _keep(self, owner: ModuleType | type) -> None:
        for name, value in list(vars(owner).items()):
            if isinstance(value, FunctionType):
                self._kept[owner, name] = value, value.__code__
            elif isinstance(value, (property, classmethod, staticmethod)):
                self._kept[owner, name] = value, None
            elif isinstance(owner, ModuleType) and callable(value) and not name.startswith("__"):
                self._kept[owner, name] = value, None
                if isinstance(value, type) and value.__module__ == owner.__name__:
                    self._keep(value)


def _modules(package: ModuleType) -> list[ModuleType]:
    names = [found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    for name in names:
        importlib.import_module(name)
    return [package, *(sys.modules[name] for name in names)]

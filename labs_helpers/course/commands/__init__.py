"""`python -m labs_helpers COMMAND`: one module a command, found by its file and by nothing else.

A module's name with hyphens is the command's; its first line says what it does; `run(arguments)` does it and returns
the exit code: 0 done, 1 what was asked for failed, 2 asked wrongly.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

Run = Callable[[list[str]], int]


def names() -> list[str]:
    """The commands there are."""
    return sorted(each.name.replace("_", "-") for each in iter_modules(__path__))


def about(command: str) -> str:
    """What a command does, in one line; nothing is imported for it."""
    source = Path(__path__[0], f"{command.replace('-', '_')}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


def find(command: str) -> Run:
    """What runs a command that there is."""
    found: Run = import_module(f"{__name__}.{command.replace('-', '_')}").run
    return found

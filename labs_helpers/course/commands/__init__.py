"""The commands of `python -m labs_helpers COMMAND`: one module per command, discovered by its file name.

The module's name with hyphens is the command's name, and the first line of its docstring is its help text.
`run(arguments)` runs the command and returns its exit code: 0 for success, 1 for failure, 2 for invalid arguments.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

Run = Callable[[list[str]], int]


def names() -> list[str]:
    """Return the names of all commands, sorted."""
    return sorted(each.name.replace("_", "-") for each in iter_modules(__path__))


def about(command: str) -> str:
    """Return a command's one-line help text, without importing its module."""
    source = Path(__path__[0], f"{command.replace('-', '_')}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


def find(command: str) -> Run:
    """Return the function that runs an existing command."""
    found: Run = import_module(f"{__name__}.{command.replace('-', '_')}").run
    return found

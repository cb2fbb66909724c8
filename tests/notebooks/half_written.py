"""Steps that are half written: the learner completes a line of code, and the text below has one answer.

    python -m tests.notebooks.half_written notebooks/day4_organizations.ipynb

executes the notebook with each step completed, and prints what a step doesn't print although it should.

half_written.json has, for each day and step (the ID of its cell), the text to complete, the completed text, and what
the cell prints then.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import TypedDict

from IPython.core.interactiveshell import InteractiveShell

from tests.notebooks.names import code_cells

FEWEST = 2
"""A day, except for the last one, has at least as many steps."""


class Step(TypedDict):
    """A step: the text to complete, the completed text, and what its cell prints then."""

    open: str
    done: str
    prints: list[str]


STEPS: dict[str, dict[str, Step]] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))


def steps(path: Path) -> dict[str, Step]:
    """Return the steps of a notebook, by the ID of the cell."""
    return STEPS.get(path.stem.split("_")[0], {})


def problems(path: Path) -> list[str]:
    """Execute a notebook with its steps completed, and return what is missing, one line per step."""
    shell, found = InteractiveShell.instance(), list[str]()
    shell.reset(new_session=True)
    asked = steps(path)
    for cell in code_cells(path):
        step, shown = asked.get(cell.id), io.StringIO()
        source = cell.source.replace(step["open"], step["done"], 1) if step else cell.source
        with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(io.StringIO()):
            result = shell.run_cell(source)
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            return [*found, f"{cell.id}: {type(error).__name__}: {error}"]
        missing = [text for text in step["prints"] if text not in shown.getvalue()] if step else []
        if missing:
            found.append(f"{cell.id}: prints {shown.getvalue()!r}, without {missing}")
    return found


def main(paths: list[str]) -> int:
    lines = [f"{path}: {line}" for path in paths for line in problems(Path(path))]
    print("\n".join(lines) or f"Half-written steps: {len(paths)} notebooks, no problems")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

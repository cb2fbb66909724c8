"""The places of lessons and exercises: the notebooks in a folder, and a link to each exercise in its notebook.

A link names the exercise's cell. JupyterLab follows the link to the cell, even if the notebook isn't open yet.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path

from labs_helpers.course.content.loading import exercise_ids
from labs_helpers.course.content.numbering import EXERCISE_ID, folder_of

_HEADING = re.compile(rf"^#+ .*\b[Ee]xercise ({EXERCISE_ID})\b", re.MULTILINE)


def notebook_of(lesson: int, folder: Path) -> str | None:
    """Return the name of a lesson's notebook in a folder, or None if it isn't there."""
    return next((each.name for each in sorted(folder.glob(f"{folder_of(lesson)}_*.ipynb"))), None)


def exercise_links(lesson: int, folder: Path) -> dict[str, str]:
    """Return a link to each exercise of a lesson, by the exercise's ID, in the notebook's order.

    Exercises that can't be found have no link: the learner can have moved, changed, or broken the notebook.
    """
    name = notebook_of(lesson, folder)
    links: dict[str, str] = {}
    for text, cell in _texts(folder / name) if name else ():
        for id in _HEADING.findall(text):
            links.setdefault(id, f"{name}#cell-id={cell}")
    return links


def _texts(notebook: Path) -> list[tuple[str, str]]:
    """Return the texts of a notebook's Markdown cells, with the cells' IDs.

    While Jupyter saves a notebook, the file is incomplete, and a copy of the earlier one is next to it.
    https://github.com/jupyter-server/jupyter_server/blob/main/jupyter_server/services/contents/fileio.py
    """
    for path in (notebook, notebook.with_name(f".~{notebook.name}"), notebook):
        with suppress(OSError, ValueError, KeyError, TypeError):
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            return [
                ("".join(cell["source"]), cell["id"]) for cell in cells if cell["cell_type"] == "markdown"
            ]
    return []


def in_order(lesson: int, folder: Path) -> tuple[str, ...]:
    """Return the IDs of a lesson's exercises in the notebook's order; those that can't be found in it come last."""
    ids = exercise_ids(lesson)
    found = [id for id in exercise_links(lesson, folder) if id in ids]
    return (*found, *(id for id in ids if id not in found))

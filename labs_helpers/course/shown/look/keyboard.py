"""Keyboard handling within a widget: JupyterLab's shortcuts are suppressed, and arrow keys move between table cells.

While a widget's button has the focus, JupyterLab is in command mode, where x cuts the cell and ↓ goes to the next cell.
An element with `data-lm-suppress-shortcuts` keeps its keys (Lumino's CommandRegistry looks for the attribute on the
focused element first); a widget can't set it from Python, so a short script does. JupyterLab still handles Ctrl+S,
Shift+Enter, and similar shortcuts. If scripts don't run, all controls still work with Tab and Space.
https://lumino.readthedocs.io/en/latest/api/classes/commands.CommandRegistry.html

The scripts are in the folder keyboard_js, one file per concern.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import ipywidgets

_FOLDER = Path(__file__).parent / "keyboard_js"
_KEYS = ("once", "cells", "questions", "answers", "lists", "focus", "listeners")
"""The parts of the script of a page, in their order: the listeners use the functions of the other parts."""


def followed_rows() -> ipywidgets.Output:
    """Return an invisible output that keeps the chosen row of a widget's list in view."""
    return _output("followed_rows")


def keys() -> ipywidgets.Output:
    """Return an invisible output that adds the script to the page that shows a widget."""
    return _output(*_KEYS)


def named_sliders() -> ipywidgets.Output:
    """Return an invisible output that names each slider of a widget after the field next to it."""
    return _output("slider_names")


@cache
def script(*parts: str) -> str:
    """Return files of the folder as one script whose names are its own, without lines that are comments."""
    lines = (
        line for part in parts for line in (_FOLDER / f"{part}.js").read_text(encoding="utf-8").splitlines()
    )
    kept = "\n".join(line for line in lines if not line.lstrip().startswith("//"))
    return f"<script>(() => {{\n{kept}\n}})()</script>"


def _output(*parts: str) -> ipywidgets.Output:
    shown = {
        "output_type": "display_data",
        "data": {"text/html": script(*parts), "text/plain": ""},
        "metadata": {},
    }
    return ipywidgets.Output(outputs=(shown,), layout={"height": "0", "margin": "0", "overflow": "hidden"})

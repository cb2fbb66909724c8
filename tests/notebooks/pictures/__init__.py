"""The pictures of the notebooks: each drawn by a function, and attached to the cell that shows it.

A notebook contains its pictures, so that they are shown wherever it is read: in JupyterLab, in VS Code, on a site that
shows notebooks, on an exported page, or on paper. Each picture is attached twice: as SVG for pages and paper, and as
PNG, because JupyterLab doesn't show attached SVG. The PNG has two pixels per point, for sharp letters on dense screens,
so it stands in a `div` that has the drawing's width. `make pictures` draws the pictures (which requires Chromium) and
attaches them; see draw.py.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.notebooks.pictures.drawings import DRAWINGS

NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"
VECTOR, RASTER = "image/svg+xml", "image/png"
DENSITY = 2
"""The pixels of a PNG for each point of the drawing."""
_SHOWN = re.compile(r"!\[([^\]]*)\]\(attachment:([\w-]+)\.svg\)")


class Picture(NamedTuple):
    """A picture in both forms, each empty if it doesn't exist."""

    svg: str
    png: bytes


def drawn() -> dict[str, str]:
    """Every picture as SVG, by its name."""
    return {name: draw().svg(name) for name, draw in DRAWINGS.items()}


def says(name: str) -> str:
    """Return a picture's alternative text: its title and its description."""
    return DRAWINGS[name]().words


def attach(path: Path, pictures: dict[str, Picture]) -> None:
    """Attach the pictures that a notebook's cells show to these cells, with their alternative text."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell, _, name in _shown(notebook):
        source = "".join(cell["source"])
        source = _SHOWN.sub(lambda shown: f"![{says(shown[2])}](attachment:{shown[2]}.svg)", source)
        cell["source"] = source.splitlines(keepends=True)
        both = {RASTER: pictures[name].png, VECTOR: pictures[name].svg.encode()}  # JupyterLab takes the first
        cell.setdefault("attachments", {})[f"{name}.svg"] = {
            kind: base64.b64encode(raw).decode() for kind, raw in both.items()
        }
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def attached(path: Path) -> Iterator[tuple[str, str, Picture]]:
    """Yield each picture that a notebook shows, as its name, its alternative text, and the picture."""
    for cell, words, name in _shown(json.loads(path.read_text(encoding="utf-8"))):
        bundle = cell.get("attachments", {}).get(f"{name}.svg", {})
        svg, png = (base64.b64decode(bundle.get(kind, "")) for kind in (VECTOR, RASTER))
        yield name, words, Picture(svg.decode(), png)


def _shown(notebook: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, str]]:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            for words, name in _SHOWN.findall("".join(cell["source"])):
                yield cell, words, name

"""The pictures of the notebooks: each drawn from a Mermaid file, and attached to the cell that shows it.

A notebook brings its pictures along, so that they are there wherever it is read: in JupyterLab, in VS Code, on a site
that shows notebooks, as an exported page, on paper. None of these need know Mermaid. Each is attached twice: as SVG,
which pages and paper take, and as PNG, since JupyterLab shows no attached SVG.

`make pictures` draws them (it needs npm and a Chromium) and attaches them; see draw.py. A picture says in a comment
which text it was drawn from, so that a test tells when it is out of date.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).resolve().parent
NOTEBOOKS = FOLDER.parents[2] / "notebooks"
VECTOR, RASTER = "image/svg+xml", "image/png"
_SHOWN = re.compile(r"!\[([^\]]*)\]\(attachment:([\w-]+)\.svg\)")


class Picture(NamedTuple):
    """One picture in both forms; empty where there is none."""

    svg: str
    png: bytes


def sources() -> dict[str, str]:
    """Every picture's Mermaid text, by the picture's name."""
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("*.mmd"))}


def says(text: str) -> str:
    """What a picture says to those who don't see it: its title and its description."""
    title, description = (re.search(rf"{part}: (.+)", text) for part in ("accTitle", "accDescr"))
    if title is None or description is None:
        raise ValueError("a picture needs accTitle and accDescr, each in a line")
    return f"{title[1].strip()}. {description[1].strip()}"


def mark(text: str) -> str:
    """What tells, in a picture, that it was drawn from this text."""
    return f"<!-- {hashlib.sha256(text.encode()).hexdigest()[:16]} -->"


def attach(path: Path, drawn: dict[str, Picture]) -> None:
    """Put the pictures that a notebook's cells show into these cells, with the words that say what they show."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    texts = sources()
    for cell, _, name in _shown(notebook):
        source = "".join(cell["source"])
        source = _SHOWN.sub(lambda shown: f"![{says(texts[shown[2]])}](attachment:{shown[2]}.svg)", source)
        cell["source"] = source.splitlines(keepends=True)
        both = {RASTER: drawn[name].png, VECTOR: drawn[name].svg.encode()}  # JupyterLab takes the first
        cell.setdefault("attachments", {})[f"{name}.svg"] = {
            kind: base64.b64encode(raw).decode() for kind, raw in both.items()
        }
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def attached(path: Path) -> Iterator[tuple[str, str, Picture]]:
    """Of every picture that a notebook shows: its name, what it says in words, and itself."""
    for cell, words, name in _shown(json.loads(path.read_text(encoding="utf-8"))):
        bundle = cell.get("attachments", {}).get(f"{name}.svg", {})
        svg, png = (base64.b64decode(bundle.get(kind, "")) for kind in (VECTOR, RASTER))
        yield name, words, Picture(svg.decode(), png)


def _shown(notebook: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, str]]:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            for words, name in _SHOWN.findall("".join(cell["source"])):
                yield cell, words, name

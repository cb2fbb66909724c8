"""The sources of the text that people read: notebooks, data, and documents, and how to extract text from them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]

_NO_PROSE = {
    "Statement", "Condition", "Principal", "Action", "Resource", "documents", "source", "sources", "id", "kind",
    "name", "code", "function", "principal", "action", "resource", "account", "service", "call",
}  # fmt: skip
_CODE = re.compile(r"```.*?```|`[^`\n]*`|<pre\b.*?</pre>|\]\([^)\s]*\)|https?://\S+", re.DOTALL)

_PROGRAM = re.compile(r"(?:def|import|from|class|async def) \w|[A-Z_]+ = |title: .*\n\w+:|(?:SELECT|WITH) \w")
"""The beginning of an answer that is a program, or a detection rule."""


class Text(NamedTuple):
    """A piece of text: the kind of its source, where it is (for a message), and what it says."""

    kind: str
    place: str
    text: str


def without_code(text: str) -> str:
    """Return the prose of a text: code spans, fenced code and addresses of links are left out."""
    return _CODE.sub(" ", text)


def notebook_cells(path: Path) -> list[dict[str, Any]]:
    """Return the cells of a notebook, each with `source` as one string."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in cells]


def notebooks(root: Path = ROOT) -> list[Path]:
    """Return the notebooks, the index included."""
    return sorted((root / "notebooks").glob("*.ipynb"))


def _prose(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if len(str(key).split()) > 3:
                yield f"{path}/{key}", str(key)
            if key not in _NO_PROSE:
                yield from _prose(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _prose(inner, f"{path}/{number}")
    elif isinstance(value, str) and len(value.split()) > 2 and not _PROGRAM.match(value):
        yield path, value


def texts(root: Path = ROOT) -> Iterator[Text]:
    """Yield the markdown cells of notebooks, the prose of data/, and README, the guides and docs/."""
    for path in notebooks(root):
        for cell in notebook_cells(path):
            if cell["cell_type"] == "markdown":
                yield Text("notebooks", f"{path.name} [{cell['id']}]", cell["source"])
    for path in sorted((root / "data").rglob("*.json")):
        if "iam" in path.relative_to(root / "data").parts:
            continue
        place = str(path.relative_to(root))
        for inner, text in _prose(json.loads(path.read_text(encoding="utf-8")), ""):
            yield Text("data", f"{place} {inner}", text)
    for path in sorted((root / "data").rglob("*.md")):
        yield Text("data", str(path.relative_to(root)), path.read_text(encoding="utf-8"))
    guides = [root / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]
    for path in [*guides, *sorted((root / "docs").glob("*.md"))]:
        yield Text("docs", str(path.relative_to(root)), path.read_text(encoding="utf-8"))

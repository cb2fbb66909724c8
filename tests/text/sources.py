"""The sources of the text that people read: notebooks, data, documents, and the messages in code."""

from __future__ import annotations

import ast
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

_AWS_ANSWERS = {"core", "gate", "services"}
"""Folders of `labs_helpers/cloud` whose messages are AWS's, word for word, as far as they are known."""
_TAG = re.compile(r"<[A-Za-z/!][^<>]*(?:>|$)")
_WORD = re.compile(r"(?<![^\s(“\"'])[A-Za-z][a-z'’]*(?=[,.;:?!)”\"'…]*(?:\s|$))")
_NO_MESSAGE = re.compile(
    r"[{;]\s*\n|\(\?|\\[bdsw]|var\(--|^\s*(?:import|from|def|SELECT|WITH|CREATE|INSERT|python|pip|curl) \w"
)
"""What a style sheet, a regular expression, a program, or a query has."""


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


def messages(source: str) -> Iterator[tuple[int, str]]:
    """Yield the messages in a module: string literals of four or more words, with their lines.

    Docstrings aren't messages. The values in an f-string are `…`.
    """
    tree = ast.parse(source)
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            inside.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            inside |= {id(each) for each in ast.walk(node) if each is not node}
    for node in ast.walk(tree):
        if id(node) in inside:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values]
            text = "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if is_message(text):
            yield node.lineno, _TAG.sub(" ", text)


def is_message(text: str) -> bool:
    """Return True for at least four words, two of them in lowercase, that aren't a program."""
    if len(text.split()) < 4 or _NO_MESSAGE.search(text):
        return False
    return sum(word.islower() for word in _WORD.findall(_TAG.sub(" ", without_code(text)))) >= 2


def _code_texts(root: Path) -> Iterator[Text]:
    """Yield the messages of labs_helpers: `answers` are AWS's own, and the others are `code`."""
    for path in sorted((root / "labs_helpers").rglob("*.py")):
        parts = path.relative_to(root / "labs_helpers").parts
        kind = "answers" if parts[0] == "cloud" and parts[1] in _AWS_ANSWERS else "code"
        for line, text in messages(path.read_text(encoding="utf-8")):
            yield Text(kind, f"{path.relative_to(root)}:{line}", text)


def texts(root: Path = ROOT) -> Iterator[Text]:
    """Yield the markdown cells of notebooks, the prose of data/, README, the guides and docs/, and code's messages."""
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
    yield from _code_texts(root)

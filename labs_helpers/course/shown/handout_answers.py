"""The order of a printed day: questions where they are asked, and their results and answers at the end.

A prediction is a text cell with `**Predict:**`, then cells that run, then a text cell that begins with a collapsed
answer. On paper, the cells' results and the collapsed answer move to the end, and a number takes their place.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import Any

RESULT = "result"
"""The tag of the cells that show only their outputs."""
_PREDICT = "**Predict:**"
_FOLDED = re.compile(r"<details>\s*<summary>(?P<title>.*?)</summary>(?P<body>.*?)</details>\s*", re.DOTALL)
_ASKS = re.compile(r"^\s*day\.predict\(", re.MULTILINE)
_ON_SCREEN = re.compile(r"\bopen_day\(|\bday\.(check|progress|predictions|morning|recall|self_test_again)\(")
"""Cells whose outputs aren't printed, because they repeat questions or are about a learner's own work."""
_TASK = re.compile(r'day\.exercise\("[\dW.]+"\)\s*$')
"""A cell that only shows an exercise's task."""
_STARTER = re.compile(
    r'<p>Start with:</p><div class="labs"><div>(?P<code><pre.*?</pre>)</div></div>', re.DOTALL
)
_NEAR = 8
"""The number of cells below a task in which to look for its answer."""
_HEAD = "# Predictions: results and answers"


def with_answers_at_the_end(cells: Sequence[Any]) -> list[Any]:
    """Return a day's executed cells, with everything that answers a question moved to the end."""
    from nbformat.v4 import new_markdown_cell

    kept: list[Any] = []
    moved: list[Any] = []
    waiting: list[Any] = []
    number, asking = 0, False
    for place, cell in enumerate(cells):
        if cell.cell_type == "code":
            if _ASKS.search(cell["source"]):
                continue
            if _TASK.match(cell["source"]):
                kept.append(_without_source(_without_starter(cell, cells[place + 1 :])))
                continue
            if _ON_SCREEN.search(cell["source"]):
                cell = _as_node({**cell, "outputs": []})
            if asking and cell.get("outputs"):
                waiting.append(cell.copy())
                cell = {**cell, "outputs": []}
            kept.append(_as_node(cell))
            continue
        found = list(_FOLDED.finditer(cell.source))
        if found:
            number += 1
            moved += [new_markdown_cell(f"### {number}. {found[0]['title'].removeprefix('Answer: ')}")]
            moved += [_without_source(each) for each in waiting]
            moved += [new_markdown_cell(text) for text in _bodies(found)]
            cell.source = _FOLDED.sub(
                "", _FOLDED.sub(f"*Result and answer: {number}, at the end.*\n\n", cell.source, 1)
            )
            waiting, asking = [], False
        if _PREDICT in cell.source:
            moved += [_without_source(each) for each in waiting]
            waiting, asking = [], True
        kept.append(cell)
    moved += [_without_source(each) for each in waiting]
    return [*kept, new_markdown_cell(_HEAD), *moved] if moved else kept


def _bodies(found: Sequence[re.Match[str]]) -> Iterator[str]:
    """Yield the collapsed answers as text; the title of the first one is the heading above."""
    first, *more = found
    yield first["body"].strip()
    for each in more:
        yield f"**{each['title']}** {each['body'].strip()}"


def _without_source(cell: Any) -> Any:
    """Return a code cell that shows only its outputs."""
    shown = {**cell, "id": f"{cell['id']}-result"}
    shown["metadata"] = {**cell["metadata"], "tags": [RESULT]}
    return _as_node(shown)


def _without_starter(cell: Any, later: Sequence[Any]) -> Any:
    """Return a task's cell without its starter if one of the cells below contains the same starter."""
    below = [_bare(each["source"]) for each in later[:_NEAR] if each.cell_type == "code"]

    def kept(found: re.Match[str]) -> str:
        starter = _bare(html.unescape(re.sub(r"<[^>]*>", "", found["code"])))
        return "" if any(starter in each for each in below) else found[0]

    for output in cell.get("outputs", ()):
        if "text/html" in (data := output.get("data", {})):
            data["text/html"] = _STARTER.sub(kept, data["text/html"])
    return cell


def _bare(code: str) -> str:
    """Return code without white space and commas, which differ between two layouts of the same data."""
    return re.sub(r"[\s,]", "", code)


def _as_node(cell: Any) -> Any:
    from nbformat import from_dict

    return from_dict(cell)

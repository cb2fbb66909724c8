"""Draw the picture in docs/proved.md: `python -m tests.engine.analysis.containment.cells_picture`.

The cells, and what is true in them, come from the prover and the decision engine.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from labs_helpers.engine.analysis.containment.cells import cells
from labs_helpers.engine.policy.conditions import CompiledCondition, compile_condition

PATH = Path(__file__).parents[4] / "docs" / "images" / "cells.svg"
_KEY = "aws:sourceip"
_RANGES = {
    "A allows": ("10.0.0.0/8",),
    "B, 1st statement": ("10.0.0.0/9",),
    "B, 2nd statement": ("10.128.0.0/9",),
}
_LEFT, _WIDTH, _TOP, _HEIGHT = 190, 118, 86, 34
_LABELED = 'aria-labelledby="title desc"'
_DESCRIPTION = (
    "One column per cell, and one row per condition. A and the two statements of B together are true in the same "
    "cells, so no cell is left that A allows and B doesn't."
)
_STYLE = """
    .paper { fill: #fbfaf7; stroke: #c9c5ba; }
    .cell { fill: #ffffff; stroke: #8a9499; }
    .true { fill: #cfe3f1; stroke: #1f5f8b; }
    text { font: 14px Arial, Helvetica, 'Liberation Sans', sans-serif; fill: #1b1b1b; }
    .small { font-size: 12px; fill: #444444; }
    .bold { font-weight: bold; }"""


def _condition(*ranges: str) -> CompiledCondition:
    return compile_condition("IpAddress", _KEY, list(ranges), variables=False, path="picture")


def picture() -> str:
    """Return the picture as SVG."""
    conditions = {label: _condition(*ranges) for label, ranges in _RANGES.items()}
    values = sorted(cells("IPAddress", conditions.values()), key=lambda text: (":" in text, text))
    columns: list[str | None] = [None, *values]
    rows = {
        label: [condition.test({} if value is None else {_KEY: value}) for value in columns]
        for label, condition in conditions.items()
    }
    a, *b = rows.values()
    rows["A allows, B doesn't"] = [mine and not any(theirs) for mine, *theirs in zip(a, *b, strict=True)]
    width, height = _LEFT + _WIDTH * len(columns) + 24, _TOP + _HEIGHT * len(rows) + 62
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" {_LABELED}>',
        '  <title id="title">The cells of aws:SourceIp</title>',
        f'  <desc id="desc">{_DESCRIPTION}</desc>',
        f"  <style>{_STYLE}\n  </style>",
        f'  <rect class="paper" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="6"/>',
        _text(20, 30, "Every request falls into one of these cells of aws:SourceIp", "bold"),
    ]
    for index, value in enumerate(columns):
        parts.append(
            _text(_LEFT + _WIDTH * index + _WIDTH // 2, _TOP - 28, _label(value), "small", middle=True)
        )
        shown = "no address" if value is None else value
        parts.append(_text(_LEFT + _WIDTH * index + _WIDTH // 2, _TOP - 11, shown, "small", middle=True))
    for number, (label, holds) in enumerate(rows.items()):
        top = _TOP + _HEIGHT * number
        parts.append(_text(20, top + 21, label, "bold" if number == len(rows) - 1 else ""))
        for index, true in enumerate(holds):
            kind, word = ("true", "true") if true else ("cell", "–")
            parts.append(
                f'  <rect class="{kind}" x="{_LEFT + _WIDTH * index}" y="{top}" width="{_WIDTH}" height="{_HEIGHT}"/>'
            )
            parts.append(_text(_LEFT + _WIDTH * index + _WIDTH // 2, top + 21, word, "", middle=True))
    parts.append(
        _text(
            20,
            height - 24,
            "No cell is left in the last row: PROVED. A single one would be a request.",
            "small",
        )
    )
    return "\n".join([*parts, "</svg>", ""])


def _label(value: str | None) -> str:
    """Return what a cell stands for: the addresses from its value up to the next bound."""
    if value is None:
        return "key absent"
    if ":" in value:
        return "any IPv6"
    return {"0.0.0.0": "below 10.0.0.0", "11.0.0.0": "above 10/8"}.get(value, "a half of 10/8")


def _text(x: int, y: int, text: str, kind: str, *, middle: bool = False) -> str:
    anchor = ' text-anchor="middle"' if middle else ""
    named = f' class="{kind}"' if kind else ""
    return f'  <text x="{x}" y="{y}"{named}{anchor}>{escape(text, quote=False)}</text>'


if __name__ == "__main__":
    PATH.write_text(picture(), encoding="utf-8")

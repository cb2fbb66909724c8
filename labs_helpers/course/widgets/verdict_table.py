"""What tables of verdicts share: rows under the heads of their groups, and cells that the arrow keys find."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from labs_helpers.course.widgets.design import escaped

Grouping = Callable[[str], str] | None
"""What rows or columns stand under; None for no groups."""


def body(names: Sequence[str], group: Grouping, columns: int, row: Callable[[str], str]) -> str:
    """The rows of a table of so many columns beside the heads; `row` makes the row of a name."""
    rows, before = [], None
    for name in names:
        if group is not None and (head := group(name)) != before:
            before = head
            rows.append(
                f'<tr><th class="group" scope="rowgroup" colspan="{columns + 1}">{escaped(head, 200)}</th></tr>'
            )
        rows.append(row(name))
    # One cell is in the order of Tab; the arrows go from there (widgets.design.keys).
    return "".join(rows).replace('tabindex="-1"', 'tabindex="0"', 1)


def cell(column: int, row: int, chip: str) -> str:
    """A verdict, with its place among all that was asked."""
    return f'<td tabindex="-1" data-column="{column}" data-row="{row}">{chip}</td>'

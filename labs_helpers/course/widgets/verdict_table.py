"""The shared parts of verdict tables: rows under group headings, and cells that can be reached by arrow keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from labs_helpers.course.widgets.visual_language import escaped

Grouping = Callable[[str], str] | None
"""A function from the name of a row or column to its group heading, or None if there are no groups."""


def body(
    names: Sequence[str],
    group: Grouping,
    columns: int,
    row: Callable[[str], str],
    more: Callable[[str], str] = lambda _: "",
) -> str:
    """Return a table's rows, with a heading column and `columns` other columns.

    `row` returns the row for a name, and `more` the HTML that follows a group's heading.
    """
    rows, before = [], None
    for name in names:
        if group is not None and (head := group(name)) != before:
            before = head
            said = f"<span>{escaped(head, 200)}</span>{more(head)}"
            rows.append(f'<tr><th class="group" scope="rowgroup" colspan="{columns + 1}">{said}</th></tr>')
        rows.append(row(name))
    # Tab reaches one cell; the arrow keys move on from there (shown.look.keyboard).
    return "".join(rows).replace('tabindex="-1"', 'tabindex="0"', 1)


def cell(column: int, row: int, chip: str, kind: str = "", *, is_chosen: bool = False) -> str:
    """Return a table cell that contains a verdict, and the cell's column and row for the arrow keys.

    `kind`: the cell's CSS class, or "". `is_chosen`: True if the cell's reason is shown.
    """
    named = f' class="{kind}"' if kind else ""
    named += ' aria-current="true"' if is_chosen else ""
    return f'<td tabindex="-1" data-column="{column}" data-row="{row}"{named}>{chip}</td>'

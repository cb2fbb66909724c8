"""The HTML for the access map's heat map: a row per principal, grouped columns of actions, and a chip per cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from labs_helpers.course.shown.access_map import AccessMap
from labs_helpers.course.widgets.design import Verdict, breakable, chip, escaped
from labs_helpers.course.widgets.verdict_table import Grouping, body, cell

SHOWN_ROWS = 200
"""The maximum number of rows drawn. To see other rows, use the filter or the CSV file, which contains all rows."""
_CELLS = {
    True: (Verdict.ALLOW, "allow"), False: (Verdict.IMPLICIT_DENY, "deny"), None: (Verdict.UNKNOWN, "not answered"),
}  # fmt: skip
_CHIPS = {answer: chip(verdict, word) for answer, (verdict, word) in _CELLS.items()}

_LEGEND = (
    "Each row is a user or a role, and each column is an action that an attacker wants. ✓ allow: anyone with the "
    "keys of this user or role can do it in its account. ✗ deny: they can't."
)


def heat_map(
    asked: AccessMap,
    principals: Sequence[str],
    actions: Sequence[str],
    name: Callable[[str], str],
    group: Grouping,
) -> str:
    """Return the table of these principals and actions.

    `name` returns the name of a principal's account; `group` returns a row's group heading, or is None to omit groups.
    """
    if not principals or not actions:
        return '<p role="status">Nothing matches: remove a filter.</p>'
    services = "".join(
        _service(service, len(list(those)))
        for service, those in groupby(actions, lambda action: action.partition(":")[0])
    )
    named = "".join(
        f'<th class="upright" scope="col" title="{escaped(each, 80)}">{escaped(each.partition(":")[2], 80)}</th>'
        for each in actions
    )
    rows = body(principals[:SHOWN_ROWS], group, len(actions), _row(asked, actions, name))
    left = len(principals) - SHOWN_ROWS
    more = f"<p>And {left} more rows: use Find, or csv().</p>" if left > 0 else ""
    return (
        f"<p>{_LEGEND}</p>"
        '<div class="scrolled" style="max-height: 44em; padding: 0" tabindex="0" role="region" aria-label="Access map">'
        '<table class="cells many"><caption>Who can do which dangerous action</caption>'
        f'<thead><tr><th class="group corner" scope="col" rowspan="2">principal, actions allowed</th>{services}</tr>'
        f"<tr>{named}</tr></thead><tbody>{rows}</tbody></table></div>{more}"
    )


def _service(name: str, columns: int) -> str:
    """Return the heading of a service's columns: vertical above a single column, because words are not broken."""
    upright = " upright" if columns == 1 else ""
    return f'<th class="group{upright}" scope="colgroup" colspan="{columns}">{escaped(name, 40)}</th>'


def _row(asked: AccessMap, actions: Sequence[str], name: Callable[[str], str]) -> Callable[[str], str]:
    across = {action: place for place, action in enumerate(asked.actions)}
    down = {principal: place for place, principal in enumerate(asked.principals)}

    def row(principal: str) -> str:
        """Return a principal's row."""
        answers = asked.rows[principal]
        cells = "".join(
            cell(across[action], down[principal], _CHIPS[answers[across[action]]]) for action in actions
        )
        allowed, of = asked.radius(principal)
        who = breakable(escaped(principal.split(":", 5)[-1], 120))
        where = escaped(name(principal), 80)
        return f'<tr><th scope="row">{who}<br><span class="dim">{where}: {allowed} of {of}</span></th>{cells}</tr>'

    return row

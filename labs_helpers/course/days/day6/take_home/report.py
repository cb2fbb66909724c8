"""A one-page report on a company: what was proved, what wasn't, the map, the scoreboard, the trail, the decisions.

The page doesn't load anything from other sites, so it opens offline. All text is escaped, and the page can be printed.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from labs_helpers.course.days.day6.blueprint import MANAGEMENT, ROOT, Blueprint
from labs_helpers.course.days.day6.capstone_scoreboard import Report
from labs_helpers.course.days.day6.take_home.proved_scoreboard import NOT_PROVED, Proof

_MOST_EVENTS = 300
"""The maximum number of events shown, in order of time; if there are more, denied events are kept first."""


def report_page(
    blueprint: Blueprint, proof: Proof | None = None, decisions: Sequence[tuple[str, str]] = ()
) -> str:
    """Return the page. `decisions` are (decision, reason) pairs, in addition to the blueprint's own descriptions."""
    scoreboard = proof.scoreboard if proof is not None else None
    parts = [
        f"<h1>{_text(blueprint.title)}</h1><p>{_text(blueprint.about)}</p>",
        f"<h2>What was verified, and what wasn't</h2>{_proved(proof)}",
        f"<h2>Map</h2>{_map(blueprint)}",
        f"<h2>Scoreboard</h2>{_scoreboard(scoreboard)}",
        f"<h2>What the trail recorded</h2>{_trail(scoreboard)}",
        f"<h2>Decisions, and why</h2>{_decisions(blueprint, decisions)}",
    ]
    return _PAGE.format(title=_text(blueprint.title), body="\n".join(parts))


def _proved(proof: Proof | None) -> str:
    said = "Nothing: the scoreboard wasn't run for this design." if proof is None else proof.proved()
    whose = f"<p>{_text(proof.whose)}</p>" if proof is not None else ""
    items = "".join(f"<li>{_text(each)}</li>" for each in NOT_PROVED)
    return f"<p>{_text(said)}</p>{whose}<p>Not verified:</p><ul>{items}</ul>"


def _text(value: object) -> str:
    return html.escape(str(value))


def _map(blueprint: Blueprint) -> str:
    """Return the tree as nested lists, which screen readers can read, with the guardrails attached to each place."""
    rails = (*blueprint.scps, *blueprint.rcps)
    hanging = {
        place: [rail.name for rail in rails if place in rail.targets]
        for place in (ROOT, *(unit.name for unit in blueprint.units), MANAGEMENT, *blueprint.accounts)
    }

    def rails_of(place: str) -> str:
        """Return the guardrails attached to a place."""
        named = ", ".join(map(_text, hanging[place]))
        return f' <span class="rails">▪ {named}</span>' if named else ""

    def below(place: str) -> str:
        """Return the accounts and OUs in a place."""
        accounts = [(name, each.about) for name, each in blueprint.accounts.items() if each.unit == place]
        if place == ROOT:
            accounts.insert(0, (MANAGEMENT, "guardrails don't apply to it"))
        items = [f"<li><b>{_text(name)}</b>{rails_of(name)}: {_text(about)}</li>" for name, about in accounts]
        items += [
            f"<li>{_text(unit.name)}{rails_of(unit.name)}{below(unit.name)}</li>"
            for unit in blueprint.units
            if unit.parent == place
        ]
        return f"<ul>{''.join(items)}</ul>" if items else ""

    return (
        f"<p>Root{rails_of(ROOT)}</p>{below(ROOT)}"
        "<p>▪ a guardrail that is attached there, and applies to everything below.</p>"
    )


def _scoreboard(scoreboard: Report | None) -> str:
    if scoreboard is None:
        return "<p>The scoreboard wasn't run.</p>"
    said = f"<p>{scoreboard.green} of {len(scoreboard.outcomes)} probes have the right result.</p>"
    rows = (
        (
            "✓" if one.right else "✗", one.probe.id, one.probe.kind, one.probe.title, one.said,
            "" if one.right else f"{one.probe.control}: {one.why or one.probe.layer} (day {one.probe.day})",
        )
        for one in scoreboard.outcomes
    )  # fmt: skip
    return said + _table(
        ("", "probe", "kind", "what", "AWS's answer", "what allowed it, or stopped it"), rows
    )


def _trail(scoreboard: Report | None) -> str:
    if scoreboard is None or not scoreboard.records:
        return f"<p>{_text(scoreboard.unread if scoreboard else 'No logs were read.')}</p>"
    shown = _chosen(scoreboard.records)
    left = len(scoreboard.records) - len(shown)
    more = f"<p>And {left} more.</p>" if left else ""
    return _table(("time", "who", "what", "answer"), (_event(each) for each in shown)) + more


def _chosen(records: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    kept = [each for each in records if each.get("errorCode")][:_MOST_EVENTS]
    kept += [each for each in records if not each.get("errorCode")][: _MOST_EVENTS - len(kept)]
    return sorted(kept, key=lambda each: str(each.get("eventTime")))


def _event(record: Mapping[str, Any]) -> tuple[str, ...]:
    identity = record.get("userIdentity") or {}
    who = identity.get("arn") or identity.get("invokedBy") or identity.get("type") or "unknown"
    return (
        str(record.get("eventTime")),
        str(who),
        str(record.get("eventName")),
        str(record.get("errorCode") or "done"),
    )


def _decisions(blueprint: Blueprint, decisions: Sequence[tuple[str, str]]) -> str:
    return _table(("what", "why"), [*decisions, *_reasons(blueprint)])


def _reasons(blueprint: Blueprint) -> Iterator[tuple[str, str]]:
    """Yield the blueprint's descriptions of its parts."""
    for kind, rails in (("SCP", blueprint.scps), ("RCP", blueprint.rcps)):
        for rail in rails:
            yield f"{kind} {rail.name} on {', '.join(rail.targets)}", rail.about
    for key in blueprint.keys:
        yield f"key {key.alias} in {key.account}", key.about
    for bucket in blueprint.buckets:
        yield f"bucket {bucket.name} in {bucket.account}", bucket.about
    for role in blueprint.roles:
        yield f"role {role.name} in {role.account}", role.about
    for user in blueprint.users:
        yield f"user {user.name} in {user.account}", user.about
    for one in blueprint.people.permission_sets:
        yield f"permission set {one.name}", one.about


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{_text(name)}</th>" for name in header)
    body = "".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>
body{{font:15px/1.45 system-ui,sans-serif;max-width:75em;margin:2em auto;padding:0 1em;color:#1b1b1b;background:#fff}}
table{{border-collapse:collapse;width:100%}}
th,td{{border:1px solid #bbb;padding:.25em .5em;text-align:left;vertical-align:top}}
td{{overflow-wrap:anywhere;white-space:pre-line}}
td:nth-child(3),td:nth-child(4){{overflow-wrap:break-word}} td:nth-child(4){{min-width:8em}}
.rails{{color:#7a3b00}} thead{{display:table-header-group}}
tr{{break-inside:avoid}}
@media print{{body{{margin:0;max-width:none;font-size:10px}} h2{{break-after:avoid}}}}
</style>
{body}
</html>
"""

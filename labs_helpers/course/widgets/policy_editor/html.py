"""The policy editor's HTML. All incoming text is escaped; colors come from the notebook's own theme."""

from __future__ import annotations

import html
from collections.abc import Sequence

from labs_helpers.course.shown.counted import counted
from labs_helpers.course.widgets.policy_editor.check import MAX_TEXT, Checked, Problem
from labs_helpers.course.widgets.policy_editor.impact import Change, Impact
from labs_helpers.course.widgets.policy_editor.quotas import Quota
from labs_helpers.course.widgets.visual_language import Verdict, alert, breakable, chip, escaped, note

SHOWN_PROBLEMS = 50
SHOWN_CHANGES = 200
SHOWN_LINES = 600
STYLE = """<style>
.labs-policy-editor { max-width: 100%; overflow: hidden; }
.labs-policy-editor textarea { font-family: var(--jp-code-font-family, monospace) !important; direction: ltr; }
.labs-policy-editor .widget-textarea > label { text-align: left; }
.labs-policy-editor a { color: var(--jp-content-link-color, inherit); text-decoration: underline; }
.labs-policy-editor .widget-html-content { line-height: 1.45; overflow-wrap: anywhere; white-space: normal;
  min-width: 0; }
.labs-policy-editor p { margin: .3em 0; }
.labs-policy-editor ol { margin: .3em 0; padding-left: 2em; }
.labs-policy-editor li { margin: .3em 0; }
.labs-policy-editor code { font-family: var(--jp-code-font-family, monospace); unicode-bidi: isolate; direction: ltr;
  background: transparent; color: inherit; border: 1px solid currentColor; padding: 0 .3em; }
.labs-policy-editor pre { margin: 0; font-family: var(--jp-code-font-family, monospace); direction: ltr;
  white-space: pre-wrap; color: inherit; background: transparent; }
.labs-policy-editor ins, .labs-policy-editor del { text-decoration: none; font-weight: bold; }
.labs-policy-editor ins { background: color-mix(in srgb, var(--jp-success-color1, #2e7d32) 16%, transparent); }
.labs-policy-editor del { background: color-mix(in srgb, var(--jp-error-color1, #c62828) 16%, transparent); }
.labs-policy-editor .labs-editor-place.labs-editor-place { min-height: 0; }
.labs-policy-editor .cm-scroller.cm-scroller { min-height: 12em; }
.labs-policy-editor .scrolled { max-height: 24em; overflow: auto; }
@media screen { .labs-policy-editor .labs .scrolled { border: 0; padding: 0 0 1.8em;
  mask-image: linear-gradient(#000 calc(100% - 1.8em), transparent); } }
.labs-policy-editor table { border-collapse: collapse; width: 100%; }
.labs-policy-editor caption { text-align: left; padding: .3em 0; }
.labs-policy-editor th, .labs-policy-editor td { text-align: left; vertical-align: top; padding: .2em .5em;
  border: 1px solid var(--jp-border-color1, #888); overflow-wrap: break-word; }
</style>"""
_SIGNS = {
    "ERROR": "✗ ERROR", "SECURITY_WARNING": "‼ SECURITY WARNING", "WARNING": "⚠ WARNING", "SUGGESTION": "ⓘ SUGGESTION",
}  # fmt: skip
_ORDER = list(_SIGNS)
_EFFECTS = {effect: chip(Verdict[effect]) for effect in ("ALLOW", "IMPLICIT_DENY", "EXPLICIT_DENY")}


def _cut(text: str) -> str:
    """Return escaped text of at most 600 characters."""
    return escaped(text, 600)


def _breakable(text: str) -> str:
    """Return escaped text with line break opportunities after colons and slashes."""
    return _cut(text).replace(":", ":<wbr>").replace("/", "/<wbr>")


def size(text: str, quotas: Sequence[Quota]) -> str:
    """Return the policy's size compared with its quotas. The first quota is shown in full."""
    first, *others = quotas
    line = _measured(text, first)
    if others:
        line += " As inline: " + "; ".join(_short(text, quota) for quota in others) + "."
    link = f'<a href="{first.source}" target="_blank" rel="noopener">{_QUOTA_PAGE}</a>'
    if "✗" in line or first.size(text) > _MUCH * first.limit:
        return f'<p role="group" aria-label="Size">{line} {link}</p>'
    short, _, rest = line.partition(" (")
    return (
        f'<details role="group" aria-label="Size">{_SUMMARY}{short}</summary><p>({rest} {link}</p></details>'
    )


_QUOTA_PAGE = "AWS's page on this quota"
_MUCH = 0.7
"""The share of a quota from which the size is shown in full."""
_SUMMARY = '<summary style="cursor:pointer;line-height:1.6">'


def _measured(text: str, quota: Quota) -> str:
    if len(text) > MAX_TEXT:
        return f"✗ Size: {len(text):,} characters; the quota of {quota.what} is {quota.limit:,} {quota.unit}."
    used = quota.size(text)
    share = -(-used * 100 // quota.limit)
    space = "including white space" if quota.space else "not counting white space"
    verdict = f"✗ {used - quota.limit:,} too many" if used > quota.limit else f"✓ {share}%"
    return (
        f"<strong>Size: {used:,} of {quota.limit:,} {quota.unit}, {verdict}</strong> ({quota.what}; {space})."
    )


def _short(text: str, quota: Quota) -> str:
    if len(text) > MAX_TEXT:
        return f"{quota.limit:,} for {quota.what}"
    return f"{'✗ over' if quota.size(text) > quota.limit else '✓ within'} {quota.limit:,} for {quota.what}"


def errors(checked: Checked, kind: str, *, blank: bool) -> str:
    """Return the errors in the JSON and the policy grammar, or a confirmation that there are none.

    The confirmation has no ✓ if Access Analyzer finds an error, which is shown below it.
    """
    found = [each for each in checked.problems if each.source != "Access Analyzer"]
    if found:
        listed = f'<div role="status" aria-label="Errors">{_listed(found)}</div>'
        return f'<div class="labs"><div class="box tinted {Verdict.NO.tint}">{listed}</div></div>'
    if blank:
        return note(checked.note)
    wrong = sum(each.severity == "ERROR" for each in checked.problems)
    if wrong:
        count = "an error" if wrong == 1 else f"{wrong:,} errors"
        return _stated(Verdict.NO, f"Valid JSON, but Access Analyzer finds {count} in this {kind}.")
    return _stated(Verdict.YES, f"Valid JSON, and a valid {kind}.")


def _stated(verdict: Verdict, text: str) -> str:
    """Return a verdict about the whole text, as a tinted line that screen readers announce."""
    line = f'<p role="status" class="box tinted {verdict.tint}"><strong>{verdict.sign} {escaped(text)}</strong></p>'
    return f'<div class="labs">{line}</div>'


def findings(checked: Checked, *, blank: bool) -> str:
    """Return Access Analyzer's findings, or a confirmation that there are none."""
    found = [each for each in checked.problems if each.source == "Access Analyzer"]
    if blank or not (found or checked.policy is not None or checked.note):
        return ""
    if not found:
        return note(checked.note or "✓ Access Analyzer has no findings.")
    found.sort(key=lambda each: _ORDER.index(each.severity))
    title = f"{len(found):,} finding{'s' if len(found) != 1 else ''} from Access Analyzer's policy validation"
    return (
        f'<div role="region" aria-label="Access Analyzer findings"><p role="status"><strong>{title}</strong></p>'
        f'<div class="scrolled" tabindex="0" role="group" aria-label="List of findings">{_listed(found)}</div></div>'
    )


def _listed(problems: Sequence[Problem]) -> str:
    items = "".join(f"<li>{_problem(each)}</li>" for each in problems[:SHOWN_PROBLEMS])
    more = len(problems) - SHOWN_PROBLEMS
    rest = f"<p>… and {more:,} more; all are in <code>.problems</code>.</p>" if more > 0 else ""
    return f"<ol>{items}</ol>{rest}"


def _problem(problem: Problem) -> str:
    place = "" if problem.source == "text" else f", line {problem.line}, column {problem.column}"
    link = (
        f' <a href="{html.escape(problem.link)}" target="_blank" rel="noopener">AWS on {_cut(problem.code)}</a>'
        if problem.link
        else ""
    )
    before, after = problem.excerpt
    shown = f"<br><code>{_cut(before)}<strong>▶{_cut(after)}</strong></code>" if before or after else ""
    return f"<strong>{_SIGNS[problem.severity]}{place}</strong>: {_cut(problem.message)}{link}{shown}"


def difference(name: str, lines: Sequence[str], meaning: Sequence[str] = ()) -> str:
    """Return a diff as HTML: what the difference means, and the lines removed from and added to the policy `name`."""
    if not lines:
        return note(f"✓ The text is the same as {name}, which is in force.")
    taken, added = (sum(line.startswith(sign) for line in lines) for sign in "-+")
    changed = f"{counted(taken, 'line')} removed, {counted(added, 'line')} added"
    said = f"Compared with {_breakable(name)}, which is in force: {changed}."
    meant = "".join(f"<p>{_breakable(line)}</p>" for line in meaning)
    shown = "".join(map(_line, lines[:SHOWN_LINES]))
    more = len(lines) - SHOWN_LINES
    rest = f"<p>… and {counted(more, 'more line')}.</p>" if more > 0 else ""
    return (
        f'<div role="region" aria-label="Difference"><p role="status">{said}</p>{meant}<div class="scrolled" '
        f'tabindex="0" role="group" aria-label="Lines"><pre>{shown}</pre></div>{rest}</div>'
    )


def _line(line: str) -> str:
    name = {"-": "del", "+": "ins"}.get(line[0], "span")
    return f"<{name}>{line[0]} {_cut(line[2:])}</{name}>\n"


def outdated() -> str:
    """Return a warning that the displayed changes are outdated because the policy or its target has changed."""
    return alert("The policy or its target has changed since. Press Show what would change again.")


def impact(found: Impact, where: str) -> str:
    """Return a table of changed decisions, with notes about what was evaluated."""
    changes = found.changes
    gained = sum(change.after == "ALLOW" for change in changes)
    caption = (
        f"With this policy on {_breakable(where)}: {counted(gained, 'request')} newly allowed, "
        f"{len(changes) - gained:,} no longer allowed; {counted(found.asked, 'request')} decided."
    )
    notes = "".join(f"<li>{_cut(each)}</li>" for each in found.notes)
    body = f"<p>{caption}</p>" if not changes else _table(caption, changes)
    return f'<div role="region" aria-label="What would change">{body}{f"<ul>{notes}</ul>" if notes else ""}</div>'


def _row(change: Change) -> str:
    principal = "anonymous (*)" if change.principal == "*" else change.principal
    cells = (
        _from(principal, "iam::"), breakable(_cut(change.action)), _from(change.resource, "s3:::"),
        f"{_EFFECTS[change.before]} → {_EFFECTS[change.after]}",
    )  # fmt: skip
    listed = zip(_HEADS, cells, strict=True)
    return "<tr>" + "".join(f'<td data-head="{head}">{cell}</td>' for head, cell in listed) + "</tr>"


def _from(arn: str, start: str) -> str:
    """Return an ARN without its beginning, up to and including `start`; the whole ARN is the element's title."""
    return f'<span title="{_cut(arn)}">{breakable(_cut(arn.removeprefix(f"arn:aws:{start}")))}</span>'


_HEADS = ("Principal", "Action", "Resource", "Before → after")


def _table(caption: str, changes: Sequence[Change]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in _HEADS)
    rows = "".join(map(_row, changes[:SHOWN_CHANGES]))
    more = len(changes) - SHOWN_CHANGES
    rest = f"<p>… and {more:,} more; all are in <code>.changes</code>.</p>" if more > 0 else ""
    return (
        '<div class="labs"><div class="scrolled" tabindex="0" role="group" aria-label="Table of changes">'
        f'<table class="stacked"><caption>{caption}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></div>{rest}"
    )

"""The capstone's scoreboard as a card: each red probe with the layer to fix, and a row of marks for each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from labs_helpers.course.content.paths import data_path
from labs_helpers.course.days.day6.actors import ACTORS
from labs_helpers.course.days.day6.capstone_scoreboard import Outcome, Report
from labs_helpers.course.days.day6.company_probes import LAYERS
from labs_helpers.course.lesson.exercise_places import notebook_of
from labs_helpers.course.shown.display import break_long_words, inline
from labs_helpers.course.shown.look import Verdict, chip, escaped, framed, headline
from labs_helpers.course.shown.printable import clean

STYLE = """<style>
.labs .steps.steps { width: 100%; max-width: 62em; margin: 1.2em 0 .3em; overflow-wrap: normal; }
.labs.labs .steps :is(th, td) { vertical-align: middle; } .labs .steps th[scope=row] { font-weight: normal; }
.labs.labs .steps tr { background: none; }
.labs .steps .tally { display: flex; flex-wrap: wrap; gap: .2em .6em; align-items: center; }
.labs .steps .tally > span:first-child { min-width: 3.4em; white-space: nowrap; }
.labs .steps .marks { display: grid; grid-template-columns: repeat(8, 1.4em); gap: 2px; }
.labs .steps .marks i { height: 1.4em; line-height: 1.3em; text-align: center; font-style: normal; font-weight: bold;
  font-size: 85%; border: 1px solid var(--tint); border-radius: .25em; box-sizing: border-box;
  background: color-mix(in srgb, var(--tint) 14%, transparent); }
@container (min-width: 60em) { .labs .steps.steps { width: auto; } .labs .steps th[scope=row] { white-space: nowrap; }
  .labs .steps .tally { flex-wrap: nowrap; } }
@container (max-width: 46em) { .labs .steps :is(tbody, tr, th, td) { display: block; border: 0; padding: 0; }
  .labs .steps.steps { display: block; } .labs .steps tr { padding: .5em .3em; border-top: 1px solid var(--labs-line); }
  .labs .steps thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .labs .steps th[scope=row] { font-weight: bold; } .labs .steps td { margin-top: .3em; }
  .labs .steps .tally::before { content: attr(data-head); min-width: 8.5em; }
  .labs .steps .whole .marks, .labs .card p.setting { display: none; }
  .labs .card .setting > summary { grid-template-columns: .8em var(--state) minmax(0, 1fr); }
  .labs .card .setting > summary > span:last-child { grid-column: 3; }
  .labs .card .setting > summary > span:last-child::before { content: attr(data-head); } }
</style>"""
"""The style of the steps, in addition to the stylesheet that every output has."""
_SIDES = {"attack": "attacks stopped", "work": "work continues"}


def scoreboard_card(
    report: Report, steps: Mapping[int, str], red: Sequence[Outcome], more: str = "", whose: str = ""
) -> str:
    """Return a report as HTML.

    `steps`: the titles of the steps, by number; `red`: the red probes to list; `more`: a sentence about red probes that
    aren't listed; `whose`: a sentence that states whose design it is.
    """
    missing = len(report.outcomes) - report.green
    verdict, word = (Verdict.NO, f"{missing} red") if missing else (Verdict.YES, "all green")
    said = f"<p>{escaped(whose)}</p>" if whose else ""
    return STYLE + framed(
        f'<div class="card {verdict.tint}">'
        + headline(verdict, word, f"{report.green} of {len(report.outcomes)} probes are green")
        + f"{said}{_listed(red)}{f'<p>{escaped(more)}</p>' if more else ''}{_table(report, steps)}</div>"
    )


def happened(outcome: Outcome) -> tuple[str, str]:
    """Return what was wrong with a red probe's result: in a word or two, and as a sentence."""
    if outcome.probe.kind == "work":
        return "stopped", f"The work was stopped: {outcome.said}."
    if outcome.said == "it works":
        why = f", {outcome.why}" if outcome.why not in ("", "allowed") else ""
        return "got through", f"It got through{why}."
    return "not denied", f"It failed, but no policy stopped it: {outcome.said}."


def _table(report: Report, steps: Mapping[int, str]) -> str:
    heads = "".join(
        f'<th scope="col">{name}: {_count(report.outcomes, kind)}</th>' for kind, name in _SIDES.items()
    )
    rows = "".join(
        _row(f"{step} {steps.get(step, '')}", list(outcomes))
        for step, outcomes in groupby(report.outcomes, key=lambda one: one.probe.step)
    )
    head = f'<tr><th scope="col">step</th>{heads}</tr>'
    return f'<table class="steps"><thead>{head}</thead><tbody>{rows}</tbody></table>'


def _row(title: str, outcomes: list[Outcome]) -> str:
    cells = "".join(
        f'<td><div class="tally" data-head="{name}"><span>{_count(outcomes, kind)}</span>{_marks(outcomes, kind)}'
        "</div></td>"
        for kind, name in _SIDES.items()
    )
    whole = ' class="whole"' if all(one.right for one in outcomes) else ""
    return f'<tr{whole}><th scope="row">{escaped(title)}</th>{cells}</tr>'


def _count(outcomes: Sequence[Outcome], kind: str) -> str:
    own = [one for one in outcomes if one.probe.kind == kind]
    return f"{sum(one.right for one in own)} of {len(own)}"


def _marks(outcomes: Sequence[Outcome], kind: str) -> str:
    marks = ""
    for one in outcomes:
        if one.probe.kind == kind:
            verdict = Verdict.YES if one.right else Verdict.NO
            title = escaped(f"{one.probe.id} {one.probe.title}")
            marks += f'<i class="{verdict.tint}" title="{title}">{verdict.sign}</i>'
    return f'<span class="marks" aria-hidden="true">{marks}</span>'


def _listed(red: Sequence[Outcome]) -> str:
    """Return red probes as lines that expand when they are clicked; the first one is expanded."""
    if not red:
        return ""
    named = "".join(f"<span>{each}</span>" for each in ("Result", "Red probe", "Layer to fix"))
    rows = "".join(_red(one, is_open=one is red[0]) for one in red)
    return (
        '<div role="group" aria-label="Red probes, and the layer to fix" style="--state:9.2em">'
        f'<p class="setting" aria-hidden="true">{named}</p>{rows}</div>'
    )


def _red(outcome: Outcome, *, is_open: bool) -> str:
    probe, (word, story) = outcome.probe, happened(outcome)
    who = ACTORS[probe.who].about
    told = (f"{who[0].upper()}{who[1:]}: {probe.story}", story.replace("..", "."))
    paragraphs = "".join(f"<p>{break_long_words(inline(clean(each)))}</p>" for each in told)
    return (
        f'<details class="setting bad"{" open" if is_open else ""}><summary>{chip(Verdict.NO, word)} '
        f"<strong>{escaped(f'{probe.id} {probe.title}')}</strong> "
        f'<span data-head="Fix: ">{LAYERS[probe.layer]}</span></summary>'
        f'<div class="panel">{paragraphs}<p><strong>Fix:</strong> {inline(clean(probe.control))} '
        f"({_day(probe.day)})</p></div></details>"
    )


def _day(number: int) -> str:
    """Return a link to the notebook of the day that taught a probe's topic."""
    found = notebook_of(number, data_path().parent / "notebooks")
    return f'<a href="{escaped(found)}">Day {number}</a>' if found is not None else f"Day {number}"

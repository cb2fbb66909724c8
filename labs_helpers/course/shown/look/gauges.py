"""Gauges: how much of something is done, as a ring, a bar of segments, or a meter, next to words that say the same."""

from __future__ import annotations

from collections.abc import Iterable

from labs_helpers.course.shown.look.palette import Verdict

STYLE = """<style>
.labs .meter { display: inline-block; width: 100%; max-width: 14em; height: .8em; box-sizing: border-box;
  border: 1px solid var(--tint); border-radius: .4em; overflow: hidden; }
.labs .meter > i { display: block; height: 100%; background: var(--tint); }
.labs .ring { width: 2.6em; height: 2.6em; flex: none; transform: rotate(-90deg); }
.labs .ring circle { fill: none; stroke-width: 5; stroke: var(--labs-line); }
.labs .ring .done { stroke: var(--labs-good); }
.labs .home.home { display: flex; flex-wrap: wrap; gap: 12px; list-style: none; margin: 0; padding: 0; }
.labs .home li { display: flex; flex-direction: column; flex: 1 1 24.7em; box-sizing: border-box; gap: .3em .8em;
  margin: 0; padding: 10px 12px; border-radius: 8px; border: 1px solid var(--labs-edge); }
.labs .home li p { margin: .3em 0 0; }
.labs .home li.here { outline: 2px solid var(--labs-calm); outline-offset: -2px; border-color: var(--labs-calm); }
.labs .home a { font-weight: bold; }
.labs .home li > .gauge { display: flex; flex-wrap: wrap; gap: .2em .6em; align-items: center; margin: auto 0 0; }
.labs .labs-home .part { font-size: var(--jp-content-font-size3, 1.4em); line-height: 1.2; margin: 1em 0 .5em;
  font-weight: var(--jp-content-heading-font-weight, 500); }
@container (34em <= width < 50.2em) { .labs .home li { flex-flow: row; }
  .labs .home li > div { flex: 1; } .labs .home li > .gauge { flex: 0 0 11.5em; margin: auto 0; } }
.jp-MarkdownCell:has(+ .jp-CodeCell .labs-home) { display: none; }
.labs .sized { container-type: inline-size; }
.labs .part { font-weight: bold; margin: 1.2em 0 .3em; }
.labs .halves .part { margin-top: .8em; }
.labs .week.week, .labs .tasks.tasks, .labs .gauges.gauges { list-style: none; margin: 0; padding: 0; }
.labs .week li, .labs .gauges li { display: grid; gap: 0 .8em; align-items: center; margin: 0; padding: .2em .5em;
  grid-template-columns: 4.5em minmax(3em, 1fr) 4.8em; border-radius: .5em; }
.labs .gauges li { padding: .2em 0; grid-template-columns: 9.5em minmax(2.5em, 1fr) 4em; }
.labs .gauges .when { display: block; padding: .6em 0 0; font-size: 92%; }
.labs .week li > span, .labs .gauges li > span { overflow-wrap: normal; }
.labs .week li > span:last-child, .labs .gauges li > span:last-child { text-align: right; white-space: nowrap; }
.labs .week li.here { outline: 2px solid var(--labs-calm); outline-offset: -2px;
  background: color-mix(in srgb, var(--labs-calm) 12%, transparent); font-weight: bold; }
.labs .week .bar { display: flex; gap: 2px; } .labs .week .bar i { flex: 1 1 0; width: auto; margin: 0; }
.labs .gauges .meter { max-width: none; }
.labs .tasks.tasks { display: grid; }
.labs .tasks li { display: flex; gap: .7em; align-items: center; margin: 0; padding: .25em .5em; min-height: 2.9em;
  box-sizing: border-box; }
.labs .tasks .mark { flex: none; width: 2em; height: 2em; line-height: 1.8em; box-sizing: border-box; font-weight: bold;
  text-align: center; border: 2px solid var(--tint); border-radius: 50%; color: var(--labs-text);
  background: color-mix(in srgb, var(--tint) 14%, transparent); }
.labs .tasks .mark.open { border-style: dashed; background: transparent; }
.labs .tasks small { display: block; font-size: 88%; color: var(--labs-text); }
.labs .tasks small.heard { position: absolute; }
@container (min-width: 44em) { .labs .halves { display: grid; grid-template-columns: 1fr 1fr; gap: 0 3em; }
  .labs .tasks.tasks { gap: 0 3em; grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr);
    grid-template-rows: repeat(var(--lines), 1fr); } }
</style>"""
"""The style of the pages with gauges, in addition to the stylesheet that every output has."""
_AROUND = 100.0
"""The length of a ring's circle, so that a share of it is a percentage."""


def ring(share: float) -> str:
    """Return a ring with a share of it filled."""
    radius = _AROUND / 6.2832
    circle = f'<circle cx="20" cy="20" r="{radius:.2f}"'
    done = f'{circle} class="done" stroke-dasharray="{share * _AROUND:.1f} {_AROUND:.0f}"/>' if share else ""
    return f'<svg class="ring" viewBox="0 0 40 40" aria-hidden="true">{circle}/>{done}</svg>'


def segments(done: Iterable[bool]) -> str:
    """Return a bar with a segment for each part, filled if the part is done."""
    parts = "".join(f'<i class="{(Verdict.YES if each else Verdict.UNKNOWN).tint}"></i>' for each in done)
    return f'<span class="bar" aria-hidden="true">{parts}</span>'


def meter(right: int, of: int, tint: str) -> str:
    """Return a bar, filled to the share of right answers. `tint`: one of the palette's tints."""
    share = 100 * right / of if of else 0
    return f'<span class="meter {tint}" aria-hidden="true"><i style="width:{share:.0f}%"></i></span>'

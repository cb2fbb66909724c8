"""The stylesheet, built on JupyterLab's own theme variables: it follows light, dark, and high-contrast themes."""

from __future__ import annotations

from labs_helpers.course.shown.look.palette import COLORS, classes
from labs_helpers.course.shown.look.picture_style import PICTURES

_FIELDS = (
    ".labs-widget :is(.widget-text, .widget-combobox, .widget-textarea, .widget-dropdown, .widget-select)"
    ":not(.labs-stacked)"
)
_STACKED = f"""{_FIELDS} {{ flex-wrap: wrap; height: auto; }}
  {_FIELDS} > .widget-label {{ flex: 1 0 100%; width: 100% !important; text-align: left; height: auto; }}
  {_FIELDS} > :not(.widget-label) {{ flex: 1 1 auto; min-height: var(--jp-widgets-inline-height, 28px); }}"""
"""The rules for a narrow container: labels are above their fields, so that the fields have the full width."""
_DOWN_ARROW = """--arrow: "↓" / ""; --arrow-left: 1em; --arrow-top: -1.3em; --arrow-move: none;"""
_DOWNWARD = f"""--way: column; --gap: 1.15em; --left: 0; --wide: min(100%, 38em); --most: none;
    --flow: row wrap; --across: center; --along: flex-start; --back: 0; --lead-contain: none;
    {_DOWN_ARROW}"""
"""The variables of a path that is drawn downward."""
_ABOVE = """display: grid; --left: 0; --lead-contain: inline-size; --most: none; --gap: 1.3em 1.5em;
    --along: flex-start; --lead: 1 / -1; --lead-flow: row wrap; --back: 0;"""
"""The rules for a path whose stops are in one row, below the line that shows who requests what."""
_STOP, _STOP_BESIDE = 13, 14
"""The width in em of a stop with its arrow: below the request's line, and next to the request."""


def _paths() -> str:
    """Return the rules that fit a path into its place: one row, one row below the request, or one column.

    A path of AWS's layers begins with the request, and has at most six more stops.
    """
    rules = []
    for stops in range(2, 8):
        path = f".labs ol.path:has(> .start):has(> :nth-child({stops + 1}))"
        columns = f"grid-template-columns: repeat({stops}, auto) 1fr;"
        first = f"{path} > .start + .stop {{ {_DOWN_ARROW} }}"
        above = f"{path} {{ {_ABOVE} {columns} }} {first}"
        rules.append(f"@container way (max-width: {stops * _STOP_BESIDE + 12}em) {{ {above} }}")
        bare = f".labs ol.path:not(:has(> .start)):has(> :nth-child({stops + 1}))"
        down = f"{{ display: flex; {_DOWNWARD} }}"
        rules.append(f"@container way (max-width: {stops * _STOP}em) {{ {path} {down} }}")
        rules.append(f"@container way (max-width: {(stops + 1) * 9}em) {{ {bare} {down} }}")
    return "\n".join(rules)


# Notebooks align tables right, which suits numbers but not words. One class can't override that rule: hence
# `.labs.labs`. The colors of code are mixed with the text's color, since code is text (4.5:1).
# VS Code shows widgets on white, with JupyterLab's light colors, and everything else on its own theme's background.
_TEMPLATE = """<style>
.labs { --labs-text: var(--jp-ui-font-color1, CanvasText);
  --labs-ground: var(--jp-layout-color0, var(--jp-layout-color1, Canvas));
  --labs-line: color-mix(in srgb, var(--labs-text) 35%, var(--labs-ground));
  --labs-edge: color-mix(in srgb, var(--labs-text) 60%, var(--labs-ground));
  {COLORS}
  --labs-link: color-mix(in srgb, var(--jp-content-link-color, #1565c0) 75%, var(--labs-text));
  --labs-name: color-mix(in srgb, var(--jp-mirror-editor-property-color, #0055aa) 65%, var(--labs-text));
  --labs-string: color-mix(in srgb, var(--jp-mirror-editor-string-color, #ba2121) 65%, var(--labs-text));
  color: var(--labs-text); line-height: 1.45; max-width: 100%; overflow-wrap: anywhere; white-space: normal; }
body[data-vscode-theme-kind] .labs:not(.jupyter-widgets *) { --labs-text: var(--vscode-editor-foreground);
  --labs-ground: var(--vscode-editor-background); --labs-name: var(--vscode-debugTokenExpression-name);
  --labs-string: var(--vscode-debugTokenExpression-string);
  --labs-link: var(--vscode-textLink-foreground); }
.labs p { margin: .3em 0; }
.labs .icon { width: 1.25em; height: 1.25em; max-width: none; vertical-align: -.25em; flex: none; }
.labs .heard { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }
.labs .json .says { display: inline-block; text-indent: 0; white-space: normal; overflow-wrap: break-word;
  max-width: 100%; }
.labs .dim { font-style: italic; }
.labs .chip { display: inline-block; padding: 0 .5em; border-radius: .6em; border: 1px solid currentColor;
  color: var(--labs-text); font-weight: bold; white-space: nowrap; }
.labs-widget .jupyter-button { color: var(--jp-ui-font-color1, CanvasText); background: transparent; box-shadow: none;
  border: 1px solid color-mix(in srgb, var(--jp-ui-font-color1, CanvasText) 45%, transparent); border-radius: .5em; }
.labs-widget .jupyter-button:hover:enabled:not(.tinted) { box-shadow: none;
  background: color-mix(in srgb, var(--jp-ui-font-color1, CanvasText) 10%, transparent); }
.labs-widget .jupyter-button.mod-active { font-weight: bold; border: 2px solid var(--jp-ui-font-color1, CanvasText);
  box-shadow: none; background: color-mix(in srgb, var(--jp-brand-color1, #1976d2) 22%, transparent); }
.labs-widget .jupyter-button:focus-visible { outline: 3px solid var(--jp-ui-font-color1, CanvasText);
  outline-offset: 1px; box-shadow: none; }
.labs-widget .jupyter-button.mod-primary, .labs-widget .jupyter-button.mod-primary:hover:enabled { font-weight: bold;
  color: var(--jp-layout-color0, var(--jp-layout-color1, Canvas)); border-color: transparent;
  background: color-mix(in srgb, var(--jp-brand-color1, #1976d2) 70%, var(--jp-ui-font-color1, CanvasText)); }
.labs-widget .jupyter-button.jupyter-button:is(:disabled, [aria-disabled]) { opacity: 1; cursor: default;
  background: transparent; font-weight: normal;
  color: color-mix(in srgb, var(--jp-ui-font-color1, CanvasText) 80%, var(--jp-layout-color0, Canvas));
  border: 1px dashed color-mix(in srgb, var(--jp-ui-font-color1, CanvasText) 60%, transparent); }
.labs-widget .jupyter-button.mod-warning, .labs-widget .jupyter-button.mod-warning:hover:enabled {
  border: 2px solid color-mix(in srgb, var(--jp-warn-color1, #b26a00) 75%, var(--jp-ui-font-color1, CanvasText)); }
{TINTS}
.labs .chip, .labs .tinted { border-color: var(--tint, currentColor);
  background: color-mix(in srgb, var(--tint, transparent) 14%, transparent); }
.labs .box { margin: .4em 0; padding: .4em .7em; border-left: 4px solid var(--tint, currentColor); }
.labs table { border-collapse: collapse; margin: .3em 0; } .labs caption { text-align: left; }
.labs th, .labs td { vertical-align: top; padding: .2em .6em; border-bottom: 1px solid var(--labs-line); }
.labs.labs th, .labs.labs td { text-align: left; }
.labs th[scope=col] { overflow-wrap: normal; } .labs td { min-width: 4.5em; } .labs td:first-child { min-width: 6.5em; }
.labs table.narrow td:first-child { min-width: 0; }
.labs .roster { table-layout: auto; } .labs .roster th { white-space: nowrap; } .labs .roster td { min-width: 0; }
.labs .calls.calls { display: grid; gap: .3em 2em; list-style: none; margin: .6em 0; padding: 0;
  grid-template-columns: repeat(auto-fill, minmax(min(24em, 100%), 1fr)); max-width: 62em; }
.labs .calls li { margin: 0; } .labs .calls code { white-space: nowrap; }
.labs .fold .calls code { white-space: normal; }
.labs .opening { container-type: inline-size; }
.labs .opening > div { display: grid; gap: .6em 3em; grid-template-columns: minmax(0, 1fr); }
.labs .opening table { align-self: start; justify-self: start; margin: .3em 0; }
.labs .opening code { padding-block: 0; line-height: 1.3; white-space: nowrap; }
@container (min-width: 64em) { .labs .opening > div { grid-template-columns: auto auto 1fr; } }
@container (max-width: 30em) { .labs .opening table { width: 100%; } .labs .commands tbody { display: grid; }
  .labs .commands :is(tr, th, td) { display: block; } .labs .commands thead { display: none; }
  .labs.labs .commands :is(th, td) { border: 0; padding: 0 .6em; }
  .labs .commands tr { padding: .3em 0; border-bottom: 1px solid var(--labs-line); } }
.labs .foot { margin-top: 1em; } .labs .foot code { display: inline-block; max-width: 100%; }
.labs pre { word-break: normal; }
.jp-Notebook:has(.labs) .jp-RenderedText pre { word-break: normal; overflow-wrap: anywhere; padding-right: 1em; }
.labs pre, .labs code { font-family: var(--jp-code-font-family, monospace); color: inherit; background: transparent; }
.labs .scrolled { max-height: 24em; overflow: auto; border: 1px solid var(--labs-line); padding: .3em; }
.labs .scrolled table.cells { border-collapse: separate; border-spacing: 0; margin: 0; }
.labs .cells th, .labs .cells td { padding: .15em .3em; border: solid var(--labs-line); border-width: 0 1px 1px 0; }
.labs .cells td { min-width: 1.2em; white-space: nowrap; cursor: pointer; }
.labs .cells td .chip { font-size: 90%; padding: 0 .35em; }
.labs .cells td:focus { outline: 3px solid var(--labs-text); outline-offset: -3px; }
.labs .cells th { font-weight: normal; min-width: 4em; max-width: 15em; overflow-wrap: anywhere; }
.labs .scrolled .cells th { position: sticky; background: var(--labs-ground); z-index: 1; }
.labs .scrolled .cells thead { position: sticky; top: 0; z-index: 2; } .labs .cells thead th { vertical-align: bottom; }
.labs .scrolled .cells tbody th, .labs .scrolled .cells .corner { left: 0; }
.labs .cells tbody th, .labs .cells .corner { min-width: 10em; }
.labs-widget .widget-html-content { min-width: 0; } .labs-widget .widget-html-content p { line-height: 1.45; }
.labs .cells .group { font-weight: bold; max-width: none; }
.labs .way { container: way / inline-size; } .labs .even .way { container: none; }
.labs ol.path { display: flex; flex-direction: var(--way, row); gap: var(--gap, 1.5em); list-style: none;
  margin: .5em 0; padding: 0 0 0 var(--left, 1.5em); }
.labs ol.path:not(:has(> .start)) { padding-left: 0; }
{PATHS}
.labs .stop { position: relative; display: flex; flex-flow: var(--flow, column); align-items: var(--across, flex-start);
  gap: .25em .3em; flex: 0 1 auto; overflow-wrap: break-word; width: var(--wide, auto);
  max-width: var(--most, 15em); box-sizing: border-box; margin: 0; padding: .35em .6em;
  border-radius: .5em; border: 2px dashed var(--labs-edge); }
.labs ol.path:has(> .start) > .stop:last-child { flex-shrink: 0; }
.labs .stop.start { border: 0; flex-shrink: 9; padding-left: 0; margin-left: var(--back, -1.5em);
  justify-content: var(--along, center); contain: var(--lead-contain, none); grid-column: var(--lead, auto);
  max-width: var(--most, 22em); flex-flow: var(--lead-flow, var(--flow, column)); gap: .15em .9em;
  align-items: baseline; }
.labs .stop .name { display: flex; gap: .3em; } .labs .stop .name > .icon { margin-top: .1em; }
.labs .stop:not(.worded) .chip.chip { white-space: nowrap; }
.labs .stop code { font-size: 92%; } .labs .stop .chip { white-space: normal; overflow-wrap: break-word; }
.labs .stop.worded .chip { display: inline-flex; gap: .3em; align-items: baseline; }
.labs .stop.lit { border-style: solid; border-color: var(--tint);
  background: color-mix(in srgb, var(--tint) 14%, transparent); }
.labs.labs a:any-link { color: var(--labs-link); text-decoration: underline; text-underline-offset: .15em; }
@media (min-width: 641px) { .labs .stop.long { min-width: min-content; }
  .labs .stop.long > .chip { white-space: nowrap; } .labs .even ol.path { flex-wrap: nowrap; }
  .labs .even .stop { flex: 1 1 0; min-width: 0; } }
.labs .stop.here { border-width: 4px; padding: calc(.35em - 2px) calc(.6em - 2px); }
.labs .stop + .stop::before { content: var(--arrow, "→" / ""); position: absolute; left: var(--arrow-left, -1.4em);
  top: var(--arrow-top, 50%); transform: var(--arrow-move, translateY(-50%)); font-weight: bold; }
.labs .headline { font-size: 115%; font-weight: bold; display: flex; flex-wrap: wrap; gap: .2em .6em;
  align-items: baseline; } .labs .headline .whole { display: inline-block; max-width: 100%; overflow-wrap: anywhere; }
.labs .card { margin: .3em 0; padding: .5em .9em; border: 1px solid var(--tint); border-left-width: 6px;
  border-radius: .5em; background: color-mix(in srgb, var(--tint) 7%, var(--labs-ground));
  container-type: inline-size; }
.labs .card.after { margin-top: .9em; } .labs .stop.start code { padding: 0; background: transparent; }
.labs .headline .score { font-weight: normal; margin-left: auto; } .labs .headline .chip { white-space: normal; }
.labs .headline:not(:has(> .chip)) { justify-content: space-between; }
.labs .headline:not(:has(> .chip)) .score { margin-left: 0; }
@container (max-width: 38em) { .labs .headline .score { order: 1; font-size: 87%; }
  .labs .headline:has(.score) .title { order: 2; flex: 1 0 100%; } }
.labs .card p code { padding: 0; background: transparent; } .labs.labs .todo code { white-space: nowrap; }
.labs .clause { container-type: inline-size; padding: .3em 0; }
.labs .sides { display: flex; flex-wrap: wrap; align-items: center; gap: .4em .55em; }
.labs .sides > p { flex: 1 0 100%; margin: 0 0 .2em; }
.labs .sides > p small { font-size: 92%; font-style: italic; }
.labs .great { font-size: 170%; font-weight: bold; line-height: 1.3; }
.labs .great small { font-size: 59%; font-weight: normal; }
.labs .dots { display: contents; }
.labs .dots .side { flex: 1 0 100%; font-size: 92%; font-weight: bold; margin-bottom: -.35em; }
.labs .dots:is(.round, .square) .side::before { content: "" / ""; display: inline-block; width: .7em; height: .7em;
  box-sizing: border-box; margin-right: .5em; border: 2px solid currentColor; border-radius: 50%; }
.labs .dots.square .side::before { border-radius: .15em; } .labs .dots.square .dot > summary { border-radius: .45em; }
.labs .dot > summary { list-style: none; width: 1.9em; height: 1.9em; line-height: 1.7em; box-sizing: border-box;
  text-align: center; border-radius: 50%; border: 2px solid var(--tint); font-weight: bold; cursor: pointer;
  background: color-mix(in srgb, var(--tint) 14%, transparent); min-width: 24px; min-height: 24px; }
.labs .dot > summary::-webkit-details-marker { display: none; }
.labs .dot[open] { flex: 1 0 100%; min-width: 0; }
@supports selector(details::details-content) { .labs .dot { display: contents; }
  .labs .dot::details-content { display: none; }
  .labs .dot[open]::details-content { display: block; order: 1; flex: 1 0 100%; min-width: 0; }
  .labs .dot[open] > summary { outline: 2px solid var(--tint); outline-offset: 2px; color: var(--labs-ground);
    background: var(--tint); } }
.labs .panel { margin: .3em 0; padding: .3em .7em; border-left: 4px solid var(--tint); background: var(--labs-ground); }
.labs .panel.unmet .stop.here { border: 4px dashed var(--labs-bad); outline: 0; }
@container (min-width: 26em) { .labs .alone .sides { display: block; }
  .labs .alone .dots { display: flex; flex-wrap: wrap; gap: .55em; align-items: center; margin-bottom: .3em;
    position: relative; padding-left: 13.5em; }
  .labs .alone .side { position: absolute; left: 0; top: .35em; white-space: nowrap; }
  .labs .alone .dot[open]::details-content { flex: 0 0 100cqw; margin-left: -13.5em; } }
@container (min-width: 37em) { .labs .clause:not(.alone) > .sides { --below: 1; display: grid;
    grid-template-columns: 13em repeat(9, 1.9em) minmax(0, 1fr); gap: .3em .55em; }
  .labs .sides > p { grid-column: 1 / -1; }
  .labs .clause:not(.alone) .side { margin: 0; grid-row: calc(var(--line) + var(--below));
    grid-column: calc(2 - var(--below)); }
  .labs .clause:not(.alone) .dot > summary { grid-row: calc(var(--line) + var(--below));
    grid-column: calc(var(--at) - var(--below)); }
  .labs .clause:not(.alone) .dot[open]::details-content { grid-column: 1 / -1;
    grid-row: calc(var(--lines) + 1 + var(--below)); } }
@container (min-width: 54em) { .labs .clause:not(.alone) > .sides { --below: 0;
    grid-template-columns: minmax(0, 1fr) 13em repeat(9, 1.9em); }
  .labs .sides > p:not(:only-child) { grid-column: 1; grid-row: 1 / span var(--lines, 1); margin: 0 1em 0 0;
    align-self: start; } }
.labs .through { display: flex; flex-wrap: wrap; gap: .2em .8em; align-items: center; }
.labs .through .bar { display: flex; gap: 2px; flex: 0 1 16em; min-width: 0; }
.labs.labs .through .bar i { flex: 1 1 0; width: auto; margin: 0; }
.labs .bar i { display: inline-block; width: 1.4em; height: .7em; margin-right: 2px; border: 1px solid var(--tint); }
.labs .bar i.good, .labs .bar i.filled { background: var(--tint); }
.labs .todo { margin: .4em 0; padding: .5em .9em; border: 2px solid var(--tint); border-radius: .5em;
  background: color-mix(in srgb, var(--tint) 8%, var(--labs-ground)); }
.labs-widget .widget-dropdown > select { text-overflow: ellipsis;
  background-repeat: no-repeat; background-size: .4em .4em;
  background-position: right .75em center, right .4em center;
  background-image: linear-gradient(45deg, transparent 50%, currentColor 50%),
    linear-gradient(-45deg, transparent 50%, currentColor 50%); }
.labs-piles { counter-reset: pile; }
.labs-piles > .widget-vbox.widget-vbox { counter-increment: pile; position: relative; overflow: visible; width: auto;
  margin: 2px; padding: 0 .7em .3em; min-height: 7em; border: 2px solid var(--tint); border-radius: .5em;
  background: color-mix(in srgb, var(--tint) 10%, transparent); }
.labs-piles > .empty.empty { border-style: dashed; background: transparent; }
.labs-piles:not(.done) > :has(> .labs-pile:hover).widget-vbox { border-style: solid;
  background: color-mix(in srgb, var(--tint) 22%, transparent); }
.labs-widget .labs .labs-pile.labs-pile { position: static; width: auto; max-width: none; margin: .6em 0;
  padding: .3em .6em; border: 1px solid var(--tint); border-bottom-width: 3px; border-radius: .5em; outline: 0;
  box-shadow: none; background: color-mix(in srgb, var(--tint) 16%, var(--labs-ground)); font-weight: bold;
  font-size: inherit; }
.labs-piles:not(.done) > :hover > .labs-pile.labs-pile.labs-pile { background: color-mix(in srgb, var(--tint) 30%,
  var(--labs-ground)); }
.labs-pile::before { content: counter(pile) / ""; display: inline-block; min-width: 1.2em; margin-right: .6em;
  font-weight: normal; opacity: .8; }
.labs-pile::after { content: ""; position: absolute; inset: -2px; border-radius: .5em; }
.labs-pile:focus-visible::after { outline: 3px solid var(--labs-text); outline-offset: 1px; }
.labs-widget .labs-piles.done .labs-pile.labs-pile.labs-pile { cursor: default; border-color: transparent;
  background: transparent; padding-inline: 0; text-align: left; } .labs-piles.done .labs-pile::before { display: none; }
.labs-piles.done .labs-pile:not(:focus-visible)::after { display: none; }
.labs-piles .piece { position: relative; z-index: 1; }
@media (hover: none) { .labs-pile::before { display: none; } }
@media screen { .labs .on-paper { display: none; } }
.labs-widget .labs-stacked > .widget-label { width: auto; max-width: 100%; height: auto; overflow: visible;
  flex: 1 0 auto; text-align: left; white-space: normal; line-height: 1.4; padding: .3em 0 0; }
.labs-widget .labs-stacked > input { flex: 0 0 auto !important; }
.labs-widget ::placeholder { color: var(--jp-ui-font-color1, CanvasText); opacity: .7; font-style: italic; }
.labs .labs-options button { display: block; width: calc(100% - 4px); height: auto; min-height: 2.4em; margin: .2em 2px;
  padding: .4em .9em; white-space: normal; overflow-wrap: anywhere; text-align: left; line-height: 1.4;
  border: 2px solid var(--tint, var(--labs-edge)); border-radius: .5em; cursor: pointer; color: var(--labs-text);
  font-size: inherit; }
.labs-question .widget-html:has(> .widget-html-content:empty) { display: none; }
.labs-question.labs-question { container-type: inline-size; }
.labs .labs-options.labs-row { display: grid; gap: 0 .4em; grid-template-columns: minmax(0, 1fr); }
@container (min-width: 42em) { .labs .labs-options.labs-row { grid-auto-flow: column; grid-template-columns: none;
    grid-auto-columns: minmax(0, 1fr); }
  .labs .labs-scale button { text-align: center; white-space: pre-line; padding: .3em;
    min-height: calc(2lh + .6em + 4px); } }
.labs-onward.labs-onward { flex-flow: row wrap; align-items: center; gap: .3em .9em; margin-top: .4em; }
.labs-widget .labs-onward.labs-onward > .jupyter-button { min-width: 8em; align-self: center; }
.labs-onward .keys { margin: 0; }
.labs .labs-places.labs-places { display: grid; gap: 5px; overflow: visible; margin: .3em 2px .5em;
  grid-template-columns: repeat(auto-fit, minmax(28px, 1fr)); }
.labs .labs-places button { width: auto; max-width: none; height: 2em; line-height: 1.8em; margin: 0; padding: 0;
  font-weight: bold; white-space: nowrap; color: var(--labs-text); border: 2px solid var(--tint); border-radius: .4em;
  background: color-mix(in srgb, var(--tint) 14%, transparent); }
.labs .labs-places button.open { border-width: 1px; background: transparent; font-weight: normal; }
.labs .labs-places button.here { outline: 2px solid var(--labs-text); font-weight: bold; }
.labs-widget .labs-places button:focus-visible { outline: 4px solid var(--labs-text); }
@container (max-width: 24em) { .labs .labs-places.labs-places { gap: 3px;
    grid-template-columns: repeat(auto-fit, minmax(26px, 1fr)); }
  .labs .labs-places button { font-size: 85%; } }
@container (max-width: 32em) {
  .labs .labs-places.labs-by-5 { grid-template-columns: repeat(5, minmax(26px, 1fr)); }
  .labs .labs-places.labs-by-6 { grid-template-columns: repeat(6, minmax(26px, 1fr)); } }
@media (hover: none) { .labs-question .keys { display: none; } }
.labs-quiz.labs-quiz { padding: .5em clamp(.5em, 2cqi, 1.1em) .8em; border: 1px solid var(--labs-line);
  border-radius: .6em; }
.labs-quiz:focus { outline: none; }
.labs-quiz:focus-visible { outline: 2px solid var(--labs-text); outline-offset: -2px; }
.labs-quiz .headline { margin: .2em 2px .5em; } .labs-quiz .headline .chip { font-size: 87%; }
.labs-quiz .more { margin: .3em 0 0; }
.labs .labs-places button.past { border-style: dashed; background: transparent; font-weight: normal; }
.labs-question .labs-heard.labs-heard { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden;
  clip-path: inset(50%); display: block; }
.labs-missed .part { margin: .6em 2px .1em; }
.labs .labs-missed > .widget-vbox { width: calc(100% - 4px); margin: .2em 2px; overflow: visible;
  border: 1px solid var(--labs-edge); border-left: 4px solid var(--labs-bad); border-radius: .3em; }
.labs .labs-missed button { display: block; width: 100%; height: auto; margin: 0; padding: .35em .7em .35em 1.9em;
  text-indent: -1.2em; white-space: normal; text-align: left; line-height: 1.4; font-size: inherit; cursor: pointer;
  border: 0; color: var(--labs-text); background: transparent; }
.labs-missed .reread { margin: 0 0 0 -2px; padding: 0 .7em .4em 1.9em; line-height: 1.4; }
.labs .labs-missed button:hover { background: color-mix(in srgb, var(--labs-text) 8%, transparent); }
.labs .labs-options button.tinted { font-weight: bold; } .labs-predict:not(:focus-within) .keys { visibility: hidden; }
.labs .labs-options button:focus-visible { outline: 3px solid var(--labs-text); outline-offset: -3px; }
.labs-predict.labs-predict { margin: 0; padding-right: 20px; } .labs-predict > .labs-question { margin: 0; }
.labs-predict .labs-question .labs-options button { margin-inline: 0; width: 100%; max-width: none; }
.labs-predict .labs-onward :is(.widget-html, p) { margin: 0; }
@container (min-width: 42em) { .labs-predict .labs-options.labs-row.labs-row { display: flex; flex-flow: row wrap; }
  .labs-predict .labs-row > button { flex: 1 1 0; min-width: 0; }
  .labs-predict .labs-row > .widget-html { flex: 1 0 100%; order: 1; } }
.labs-predict.labs-done .labs-options button { cursor: default; border-color: var(--tint, var(--labs-line)); }
.labs-predict.labs-done .jupyter-button:hover:enabled:not(.tinted) { background: transparent; }
.labs.labs .compared code { padding: 0; background: transparent; }
.labs .compared .chip { background: color-mix(in srgb, var(--tint) 14%, var(--labs-ground)); }
.labs .compared { display: grid; gap: .5em .8em; grid-template-columns: max-content minmax(0, 1fr); }
@container (max-width: 26em) { .labs .compared { gap: .2em; grid-template-columns: minmax(0, 1fr); }
  .labs .compared > :nth-child(n + 3):nth-child(odd) { margin-top: .5em; } }
.labs-question .widget-html-content { line-height: 1.45; }
.labs-widget .widget-radio { width: auto; max-width: 100%; }
.labs .labs-grid .widget-radio { display: flex; flex-wrap: wrap; height: auto; gap: .1em 1em; overflow: visible;
  border-top: 1px solid var(--labs-line); padding: .35em 0; }
.labs .labs-grid .widget-radio > .widget-label { white-space: normal; text-align: left; flex: 1 1 20em; width: auto;
  max-width: 100%; height: auto; overflow: visible; line-height: 1.4; }
.labs .labs-grid .widget-radio > .widget-radio-box { flex: 0 0 auto; max-width: 100%; width: auto;
  flex-wrap: wrap; height: auto; margin: 0 !important; }
.labs .labs-grid .widget-radio { align-items: center; padding-inline: .3em; }
.labs .labs-grid .widget-radio:hover { background: color-mix(in srgb, var(--labs-text) 6%, transparent); }
 .labs .labs-grid .widget-radio-box label input { margin: 0; }
.labs .labs-grid .widget-radio-box label { display: flex; flex-direction: row-reverse; align-items: center; gap: .4em;
  margin: 0 -1px 0 0; padding: .1em .7em .1em .5em; width: auto; min-height: 26px; cursor: pointer;
  border: 1px solid var(--labs-edge); }
.labs .labs-grid .widget-radio-box label:first-child { border-radius: .6em 0 0 .6em; }
.labs .labs-grid .widget-radio-box label:last-child { margin: 0; border-radius: 0 .6em .6em 0; }
.labs .labs-grid .widget-radio-box:has(> label:nth-child(8)) label { margin: 0 .25em .25em 0; border-radius: .6em; }
.labs .labs-grid .widget-radio-box label:has(input:checked) { box-shadow: inset 0 0 0 2px var(--labs-text);
  background: color-mix(in srgb, var(--jp-brand-color1, #1976d2) 22%, transparent); }
.labs .reason { margin: 0 0 .4em 1.2em; padding-left: .8em; border-left: 4px solid var(--tint, var(--labs-line)); }
.labs .option { margin: .3em 0; padding: .3em .8em; border-radius: .5em;
  border: 2px solid var(--tint, var(--labs-line)); }
.labs .end { display: flex; gap: .4em 1.2em; align-items: center; margin: .4em 2px; }
.labs .end p { margin: .1em 0; } .labs .end .headline { font-size: 140%; }
.labs .ringed { display: grid; flex: none; place-items: center; font-size: 115%; }
@container (max-width: 24em) { .labs .end { flex-wrap: wrap; } .labs .end > div { display: contents; }
  .labs .end .headline { flex: 1 1 0; } .labs .end p:not(.headline) { flex: 1 0 100%; } }
.labs .ringed > * { grid-area: 1 / 1; } .labs .ringed .ring { width: 4.4em; height: 4.4em; }
.labs .question { font-size: 115%; font-weight: bold; } .labs-question .question { margin: .5em 0; }
.labs .fold > summary { cursor: pointer; font-weight: bold; line-height: 1.6; padding: .15em 0 .15em 1.1em;
  text-indent: -1.1em; }
.labs .fold[open] { padding-bottom: .4em; }
.labs .if-narrow > summary { display: none; cursor: pointer; font-weight: bold; line-height: 1.6; }
.labs .if-narrow::details-content { content-visibility: visible; block-size: auto; }
@supports not selector(::details-content) { .labs .if-narrow > summary { display: list-item; } }
@container (max-width: 28em) { .labs .if-narrow > summary { display: list-item; }
  .labs .if-narrow:not([open])::details-content { content-visibility: hidden; block-size: 0; } }
.labs-widget .stop.lit.here { animation: labs-light .6s ease-out; }
@keyframes labs-light { from { background: transparent; opacity: .35; transform: translateX(-.6em); } }
.labs .beside { display: flex; flex-wrap: wrap; gap: .3em 1.5em; }
.labs .beside > div { flex: 1 1 24em; min-width: 0; } .labs .beside > div:last-child { flex: 1 1 20em; }
.labs .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20em, 100%), 1fr)); gap: 0 1em; }
.labs pre.json { margin: .3em 0; padding: 0 .4em; max-height: 45lh; box-sizing: content-box; overflow: auto;
  white-space: pre-wrap; overflow-wrap: anywhere; word-break: normal; line-height: 1.4;
  border: 1px solid var(--labs-line); font-size: var(--jp-code-font-size, 13px); }
.labs:not(.codes) > div > .json { margin-bottom: .9em; }
.labs.codes { columns: 30em 2; column-gap: 2em; } .labs.codes > div { break-inside: avoid; padding-bottom: .9em; }
.labs .caption { margin: .9em 0 .1em; font-weight: bold; } .labs .caption + .json { margin: 0 0 .9em; }
.labs.codes .caption { margin-top: 0; } .labs.codes .caption + .json { margin: 0; }
.labs .json code { padding: 0; font-size: inherit; white-space: inherit; }
.labs .json .line { display: block; padding-left: calc(var(--in) * 1ch); text-indent: calc(var(--in) * -1ch); }
.labs .evidence { margin: .5em 0; } .labs .evidence > p { margin: 0; font-weight: bold; }
.labs .evidence .json { margin: .2em 0; border: 0; border-left: 4px solid var(--labs-bad);
  background: color-mix(in srgb, var(--labs-bad) 10%, transparent); }
.labs .json .n { color: var(--labs-name); font-weight: bold; display: inline-block; text-indent: 0;
  max-width: 100%; } .labs .json .s { color: var(--labs-string); }
.labs .json :is(.marked, ins, del) { display: block; color: inherit; text-decoration: none; margin: 0 -.4em;
  padding: 0 .4em 0 calc(.4em - 4px + 4ch); text-indent: -4ch; border-left: 4px solid var(--tint);
  background: color-mix(in srgb, var(--tint) 14%, transparent); }
.labs-widget .widget-html:has(> .widget-html-content > style:only-child) { display: none; }
.labs-widget .widget-inline-hbox { max-width: calc(100% - 4px); } .labs-widget .widget-text input { min-width: 0; }
.labs-widget .jupyter-button { white-space: normal; height: auto; min-height: var(--jp-widgets-inline-height, 28px);
  max-width: calc(100% - 4px); line-height: 1.4; padding-block: .2em; overflow-wrap: break-word; }
.labs-widget .widget-hbox > .jupyter-button { align-self: flex-end; }
.labs-bar > .widget-inline-hbox:not(.widget-checkbox) { flex: 1 1 13em; width: auto; max-width: 22em; }
.labs ul.legend { display: flex; flex-wrap: wrap; gap: .2em 1.4em; list-style: none; margin: .2em 0 .5em; padding: 0; }
.labs-form { container-type: inline-size; } .labs-sides ol.path { --most: 20em; }
@container (min-width: 66em) { .labs-widget .labs-sides { display: grid; gap: 0 1.5em;
  grid-template: auto 1fr / minmax(0, 1fr) minmax(0, 2fr); } .labs-sides > :nth-child(2) { grid-area: 1 / 2 / 3; } }
.labs-grow textarea { field-sizing: content; padding-block: 2px !important;
  max-height: calc(9lh + 6px); }
@container (max-width: 28em) { {STACKED} .labs-form .keys { display: none; }
  .labs-choice.labs-choice > select { font-size: 12px; padding-right: 16px; }
  .labs-grow textarea { font-size: 12px !important; }
  .labs-form input::-webkit-calendar-picker-indicator { display: none !important; } }
@media screen and (max-width: 480px) { {STACKED}
  .labs-bar > .widget-inline-hbox:not(.widget-checkbox) { flex-basis: 7em; }
  .labs-context textarea { max-height: calc(4lh + 6px); }
  .labs-arn input { font-size: 12px; padding-inline: 4px; font-stretch: condensed; } }
@container (max-width: 21em) { .labs-arn input { font-size: 11px; } }
.labs-arn input:not(:focus) { text-overflow: ellipsis; }
.labs-predicts.labs-predicts { display: flex; flex-wrap: wrap; align-items: center; height: auto; gap: 0 1em; }
.labs-predicts > .widget-radio-box.widget-radio-box { display: flex; flex-flow: row wrap; gap: 0 1em; height: auto;
  margin: 0 !important; }
.labs-predicts > .widget-radio-box > label { display: flex; flex-direction: row-reverse; align-items: center;
  gap: .4em; width: auto; margin: 0; min-height: 28px; } .labs-predicts > .widget-radio-box input { margin: 0; }
.labs-predicts.labs-predicts > .widget-label { width: auto; font-weight: bold; }
.labs .piles, .labs-piles.labs-piles { display: grid; gap: .3em 1em;
  grid-template-columns: repeat(3, minmax(0, 1fr)); }
.labs .piece .chip { white-space: normal; }
.labs .piece { margin: .6em 0; }
.labs .piece > summary { display: grid; grid-template-columns: 1em minmax(0, 1fr); align-items: baseline;
  cursor: pointer; list-style: none; font-weight: normal; }
.labs .piece > summary::before { content: "▸" / ""; } .labs .piece[open] > summary::before { content: "▾" / ""; }
.labs .piece > summary > * { grid-column: 2; justify-self: start; } .labs .piece > summary > .chip { grid-row: 1; }
.labs .piece > summary:focus-visible { outline: 3px solid var(--labs-text); }
.labs .piece .reason { margin: .2em 0 0 .3em; } .labs .newest .piece > summary > span:last-child { font-weight: bold; }
.labs-piles.labs-piles { width: auto; align-self: stretch; }
@container (max-width: 42em) { .labs-piles.labs-piles { grid-template-columns: minmax(0, 1fr); }
  .labs-piles > .widget-vbox.widget-vbox { min-height: 0; } }
@container (min-width: 28em) and (max-width: 42em) {
  .labs-piles .piece > summary { display: flex; flex-wrap: wrap; gap: 0 .5em; } }
.labs .setting { margin: 0; border-bottom: 1px solid var(--labs-line); }
.labs .setting > summary, .labs p.setting { display: grid; gap: 0 .8em; align-items: baseline; padding: .15em .3em;
  grid-template-columns: .8em var(--state, 8em) minmax(0, 11fr) minmax(0, 9fr); cursor: pointer; list-style: none; }
.labs p.setting { font-weight: bold; cursor: default; } .labs p.setting > :first-child { grid-column: 2; }
.labs .setting .chip { justify-self: start; } .labs .setting > summary strong { font-weight: normal; }
.labs .setting > summary:hover { background: color-mix(in srgb, var(--labs-text) 8%, transparent); }
.labs .setting > summary:focus-visible { outline: 3px solid var(--labs-text); outline-offset: -3px; }
.labs .setting > summary::before { content: "▸" / ""; } .labs .setting[open] > summary::before { content: "▾" / ""; }
.jp-RenderedMarkdown > details:not(:last-child) { margin-bottom: 1em; }
.jp-RenderedMarkdown :is(p, li) > code { overflow-wrap: anywhere; }
@media screen { .jp-MarkdownCell:has(+ .jp-CodeCell .labs-predict) .jp-RenderedMarkdown { position: relative; }
  .jp-MarkdownCell:has(+ .jp-CodeCell .labs-predict) .jp-RenderedMarkdown > p:has(+ ul:last-child) {
    margin-bottom: .2em; }
  .jp-MarkdownCell:has(+ .jp-CodeCell .labs-predict) .jp-RenderedMarkdown > ul:last-child { position: absolute;
    inset: 0 auto auto 0; width: 1px; height: 1px; margin: 0; padding: 0; overflow: hidden; clip-path: inset(50%); } }
@media (prefers-reduced-motion: reduce) { .labs * { transition: none !important; animation: none !important; } }
@media (forced-colors: active) { .labs .chip, .labs .tinted, .labs .stop { background: Canvas; } }
.labs .on-phones { display: none; } .labs .downward { container-type: inline-size; }
@container (min-width: 37em) { .labs .snug { display: none; } }
@container (max-width: 36.9em) { .labs .roomy { display: none; } }
{PICTURES}
@media (max-width: 640px) { .labs .even ol.path { {DOWNWARD} } }
@media screen and (max-width: 480px) { .labs .stacked, .labs .stacked tbody, .labs .stacked caption { display: block; }
  .labs .stacked thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .labs .stacked tr { display: block; padding: .3em 0; border-bottom: 1px solid var(--labs-line); }
  .labs .stacked td { display: block; border: 0; padding: .1em 0; min-width: 0; }
  .labs .stacked td:first-child:not([data-head]) { float: left; padding-right: .6em; font-weight: bold; }
  .labs .stacked td:empty { display: none; }
  .labs .stacked td[data-head]:has(> details)::before { content: none !important; }
  .labs .stacked td[data-head]::before { content: attr(data-head) ": "; font-weight: bold; } }
@media (max-width: 640px) { .labs .stop + .stop.here::before { margin-top: -4px; } }
.labs .piles > .empty { border-style: dashed; background: transparent; }
@media screen and (max-width: 480px) { .labs .piles { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 560px) { .labs p.setting { display: none; }
  .labs .setting > summary { display: block; padding: .5em .3em; }
  .labs .setting > summary::before { margin-right: .3em; }
  .labs .setting > summary > span:last-child { display: block; }
  .labs .setting > summary > span:last-child::before { content: attr(data-head); } }
@media (max-width: 420px) { .labs td, .labs th, .labs p { overflow-wrap: break-word; }
  .labs td code, .labs p code { overflow-wrap: anywhere; } }
@media (max-height: 500px) { .labs .scrolled .cells thead, .labs .scrolled .cells thead th { position: static; } }
@media print { .labs { print-color-adjust: exact; } .labs .fold.why { display: none; }
  .labs .dot:not([open])::details-content { display: none !important; }
  details::details-content { content-visibility: visible !important; display: block !important;
    block-size: auto !important; }
  .labs .figure svg { min-width: 0 !important; }
  .labs .json, .labs .scrolled { max-height: none !important; overflow: visible !important; }
  .labs .cells th, .labs .cells td { padding: .15em .4em !important; font-size: 75%; min-width: 0 !important; }
  .labs .cells .chip { padding: 0 .1em !important; white-space: normal; }
  .labs .scrolled .cells th, .labs .scrolled .cells thead { position: static !important; }
  .labs-widget button, .labs-widget .widget-inline-hbox:not(.widget-html) { display: none !important; } }
.labs-widget.jupyter-widgets-disconnected { background-image: none !important; }
.labs-widget.jupyter-widgets-disconnected::before { display: block; padding: .4em .7em; font-weight: bold;
  content: "⚠ The kernel has restarted. Run this cell again to use this widget.";
  border: 2px solid var(--jp-ui-font-color1, currentColor); }
</style>"""
STYLE = (
    _TEMPLATE.replace("{COLORS}", COLORS)
    .replace("{PICTURES}", PICTURES)
    .replace("{TINTS}", classes())
    .replace("{STACKED}", _STACKED)
    .replace("{PATHS}", _paths())
    .replace("{DOWNWARD}", _DOWNWARD)
)

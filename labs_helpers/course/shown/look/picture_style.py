"""The part of the stylesheet for pictures and for what is next to them: rows of facts, lists, and columns.

The width of a picture's place decides its form, not the window's width: JupyterLab's side bars take their share, and
a widget can have two columns.
"""

from __future__ import annotations

WIDTHS = (340, 480, 640, 750, 1_000)
"""The widths, in pixels, below which a picture can be replaced by a narrow one."""

_FORMS = "\n".join(
    f"@media screen {{ @container (max-width: {width - 1}px) {{\n"
    f"  .labs .below-{width} > .on-phones {{ display: block; }}"
    f" .labs .below-{width} > .on-wide-pages {{ display: none; }} }} }}"
    for width in WIDTHS
)
PICTURES = f"""{_FORMS}
.labs .widths {{ container-type: inline-size; }}
.labs .cue {{ margin: 0; overflow: hidden; max-height: clamp(0px, (var(--least) - 100cqw) * 999, 1.6em); }}
.labs .rows {{ container-type: inline-size; max-height: 25em; overflow: auto; padding-bottom: 1.8em;
  scroll-snap-type: y proximity; scroll-padding-top: 2em;
  mask-image: linear-gradient(#000 calc(100% - 1.8em), transparent); }}
.labs .rows:focus-visible {{ outline: 3px solid var(--labs-text); outline-offset: -3px; }}
.labs .rows table {{ width: 100%; margin: 0; }} .labs .events th:nth-child(2) {{ width: 45%; }}
.labs .events :is(th, td) {{ padding-inline: .3em; min-width: 0; }}
.labs .rows caption {{ scroll-snap-align: start; }}
.labs .rows thead th {{ position: sticky; top: 0; background: var(--labs-ground); white-space: nowrap; }}
.labs .rows tr[data-option] {{ cursor: pointer; scroll-snap-align: start; }}
.labs .rows tr[data-option]:hover {{ background: color-mix(in srgb, var(--labs-text) 8%, transparent); }}
@media screen {{ @container (max-width: 559px) {{ .labs .rows {{ scroll-padding-top: 0; }}
  .labs .rows :is(table, tbody, caption) {{ display: block; }}
  .labs .rows thead {{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }}
  .labs .rows tr {{ display: block; padding: .3em 0; border-bottom: 1px solid var(--labs-line); }}
  .labs .rows td {{ display: inline; border: 0; padding: 0 .4em 0 0; }}
  .labs .rows td:is(:nth-child(2), :nth-child(3)):not(:has(br)) {{ display: inline-block; max-width: 100%; }}
  .labs .rows td > span {{ display: inline !important; }}
  .labs .rows td.by::before {{ content: "by "; }} .labs .rows td.then::before {{ content: "→ " / ""; }} }} }}
.labs svg g[data-list]:hover text {{ text-decoration: underline; }}
.labs .rows.whole {{ max-height: none; padding: 0; mask: none; }}
.labs-widget .labs-stacked > :is(select, textarea) {{ flex: 0 0 auto !important; width: 100%; }}
.labs.labs .facts {{ width: 100%; table-layout: auto; }}
.labs .facts caption {{ font-weight: bold; padding-bottom: .2em; }}
.labs .facts thead {{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }}
.labs .facts th {{ font-weight: normal; white-space: nowrap; padding-left: 0; }}
.labs .facts.brief :is(th, td) {{ min-width: 0; }} .labs .facts td {{ width: 99%; }}
.labs .facts code {{ overflow-wrap: break-word; }} .labs .facts td > code {{ font-weight: bold; }}
@container (max-width: 439px) {{
  .labs .facts td {{ overflow-wrap: anywhere; }}
  .labs .facts:not(.brief) :is(th, td) {{ display: inline; width: auto; padding: 0 .6em 0 0; border: 0; }}
  .labs .facts:not(.brief) td > code {{ display: inline-block; max-width: 100%; }}
  .labs .facts:not(.brief) tr {{ display: block; padding: .3em 0; border-bottom: 1px solid var(--labs-line); }}
  .labs .facts:not(.brief) :is(tbody, caption) {{ display: block; }} }}
.labs .bytes {{ line-height: 1.9; max-height: 14lh; overflow: auto; padding: 0 .4em;
  border: 1px solid var(--labs-line); }}
.labs .bytes span {{ border-bottom: 2px solid var(--tint); margin-right: .6em; }}
.labs .bytes .chosen {{ outline: 2px solid var(--labs-text); }}
.labs .bytes .chosen i {{ display: inline-block; height: 1em; scroll-initial-target: nearest; }}
.labs-widget .widget-toggle-buttons > .widget-label {{ margin-left: 2px; }}
.labs-widget .labs-assumption {{ display: grid; grid-template-columns: minmax(0, 1fr) 8em; gap: 0 1em; }}
.labs-widget :is(.labs-assumption, .widget-gridbox:has(> .labs-assumption)) {{ overflow: visible; }}
.labs-widget .labs-assumption > .widget-text {{ display: contents; }}
.labs-widget .labs-assumption .widget-label {{ grid-column: 1 / -1; grid-row: 1; width: auto; height: auto;
  margin: 0 2px; text-align: left; white-space: normal; line-height: 1.4; }}
.labs-widget .labs-assumption input {{ grid-column: 2; grid-row: 2; width: auto; }}
.labs-widget .labs-assumption > .slider-container, .labs-widget .labs-assumption > .widget-slider {{ grid-column: 1;
  grid-row: 2; margin-left: 0; }}
.labs-widget .labs-assumption > .widget-html {{ grid-column: 1 / -1; margin: 0 2px; height: auto; }}
.labs .limits {{ margin: 0; }} .labs .real .whole {{ white-space: nowrap; }} .labs .real {{ max-width: 90em; }}
@media screen {{ @container (max-width: 559px) {{ .labs .real :is(tbody, tr, td) {{ display: block; }}
  .labs .real thead {{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }}
  .labs .real tr {{ padding: .3em 0; border-bottom: 1px solid var(--labs-line); }}
  .labs .real td {{ border: 0; padding: .1em 0; min-width: 0; }}
  .labs .real td:nth-child(-n + 2) {{ display: inline; padding-right: .6em; }}
  .labs .real td:first-child {{ font-weight: bold; }}
  .labs .real td[data-head]::before {{ content: attr(data-head) ": "; font-weight: bold; }} }} }}
.labs-widget .noUi-handle {{ border: 2px solid var(--jp-ui-font-color1, CanvasText); }}
.labs .pair.close {{ grid-template-columns: repeat(auto-fit, minmax(min(15em, 100%), 1fr)); }}
.labs ul.plain {{ list-style: none; margin: .2em 0; padding: 0; }}
.labs .figures {{ display: flex; flex-wrap: wrap; gap: .2em 2em; margin: .4em 0; }}
.labs .figures > span {{ display: flex; gap: 1.2em; align-items: flex-end; padding-left: .6em;
  border-left: 4px solid var(--tint); }}
.labs .figures strong {{ display: block; font-size: 170%; line-height: 1.2; }}
.labs .rounds {{ display: flex; gap: 3px; font-size: 85%; line-height: 1.3; text-align: center; }}
.labs .rounds > span {{ display: flex; flex-direction: column; justify-content: flex-end; min-width: 1.7em; }}
.labs .rounds i {{ font-size: 2em; border-top: 2px solid var(--tint);
  background: color-mix(in srgb, var(--tint) 35%, transparent); }}
.labs .parts {{ display: flex; flex-wrap: wrap; gap: .3em .6em; }}
.labs-widget .labs-token {{ display: grid; grid-template-columns: minmax(0, 1fr); position: relative; margin: 2px;
  width: auto; max-height: calc(12lh + 6px); overflow: auto;
  border: 1px solid var(--jp-widgets-input-border-color, currentColor);
  font: var(--jp-code-font-size, 13px)/1.45 var(--jp-code-font-family, monospace); }}
.labs-widget .labs-token:focus-within {{ border-color: var(--jp-widgets-input-focus-border-color, currentColor); }}
.labs-token > .widget-html, .labs-token .widget-html-content, .labs-token .labs,
.labs-widget .labs-token > .labs-stacked {{ display: contents; }}
.labs-widget .labs-token > .labs-stacked > .widget-label {{ position: absolute; width: 1px; height: 1px;
  overflow: hidden; clip-path: inset(50%); }}
.labs-widget .labs-token > .labs-stacked > textarea, .labs-token .colored {{ grid-area: 1 / 1; width: auto; margin: 0;
  padding: 4px 8px 0; border: 0; font: inherit; white-space: pre-wrap; word-break: break-all; overflow: hidden; }}
.labs-token .colored {{ color: transparent; pointer-events: none; }}
.labs .colored i {{ padding-block: 2px; font-style: normal;
  background: color-mix(in srgb, var(--tint, transparent) 26%, transparent); }}
.labs .colored i::before {{ content: attr(data-text) / ""; }}
.labs .colored i.framed {{ background: color-mix(in srgb, var(--labs-bad) 35%, transparent);
  outline: 2px solid var(--labs-bad); }}
@supports not (field-sizing: content) {{ .labs-token .colored {{ display: none; }} }}
@supports (field-sizing: content) {{ .labs-widget .labs-token > .labs-stacked > textarea {{ field-sizing: content;
  height: auto; min-height: calc(2lh + 4px); resize: none; position: relative; background: transparent; }} }}
@media screen and (max-width: 480px) {{ .labs-widget .labs-token {{ max-height: calc(8lh + 6px); }} }}
.labs-widget .labs-stacked > textarea {{ padding: 4px 8px 0; line-height: 1.4;
  font-family: var(--jp-code-font-family, monospace); }}
.labs .legend {{ display: grid; gap: 0 1.5em; }} .labs .inspected {{ display: grid; gap: .6em 1.5em; }}
@container (min-width: 900px) {{ .labs .legend {{ grid-template-columns: repeat(2, minmax(0, 1fr)); }} }}
@container (min-width: 660px) {{ .labs .inspected {{ grid-template: "begin uses" auto "claims uses" 1fr / 1fr 1fr; }}
  .labs .inspected > :nth-child(1) {{ grid-area: begin; }} .labs .inspected > :nth-child(2) {{ grid-area: uses; }}
  .labs .inspected > :nth-child(3) {{ grid-area: claims; }} }}
.labs .layers {{ display: grid; gap: .6em 1.5em; }}
@container (min-width: 440px) and (max-width: 1079px) {{
  .labs .layers > div + div {{ display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .6em 1.5em; }} }}
@container (max-width: 1079px) {{ .labs .layers .reason {{ margin-left: 0; }} }}
@container (min-width: 1080px) {{ .labs .layers {{ grid-template-columns: 374px minmax(0, 1fr); }}
  .labs .layers > div + div {{ display: grid; grid-auto-rows: 44px; padding-top: 6px; }}
  .labs .layers .reason {{ margin: 0; height: 40px; display: flex; align-items: center; box-sizing: border-box; }}
  .labs .layers .reason > span {{ position: absolute; width: 1px; height: 1px; overflow: hidden;
    clip-path: inset(50%); }} }}
.labs .json.whole-lines {{ max-height: 17lh; padding: 0 .4em; }}
@container (min-width: 74em) {{ .labs-widget .labs-beside .json.whole-lines {{ max-height: 37lh; }} }}
@media screen and (max-width: 480px) {{ .labs .json.whole-lines {{ max-height: 12lh; }} }}
.labs-widget button.labs-stop:disabled {{ display: none; }}
.labs-widget .labs-stacked > select {{ height: var(--jp-widgets-inline-height, 28px); }}
.labs-widget .labs-stacked > .widget-label {{ font-weight: bold; }}
.labs-widget .labs-pair {{ display: grid; align-items: end; gap: 0 .8em; grid-template-columns: minmax(0, 1fr) 11em; }}
.labs-widget .labs-pair > * {{ width: auto; max-width: none; }}
.labs-widget .labs-pair > .widget-inline-hbox {{ grid-column: 1; }}
@container (max-width: 28em) {{ .labs-widget .labs-pair {{ grid-template-columns: minmax(0, 1fr); }} }}
@media print {{ .labs .cue {{ display: none; }}
  .labs :is(.rows, .bytes) {{ max-height: none; mask: none; overflow: visible; }} }}"""
"""The rules, for the stylesheet."""

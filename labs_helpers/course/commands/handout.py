"""Write each day as a page to read or print, with answers at the end (HTML, and PDF if Chromium is installed)."""

from __future__ import annotations

import argparse
import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from labs_helpers import extras
from labs_helpers.course.commands.lab import MissingNotebooks, notebook_folder
from labs_helpers.course.content.numbering import lesson_in, title_of
from labs_helpers.course.content.paths import notebooks_in
from labs_helpers.course.shown.handout_answers import RESULT, with_answers_at_the_end
from labs_helpers.course.shown.handout_code import breaking, closely, closely_in_html, hanging

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_WIDGET = "application/vnd.jupyter.widget-view+json"
_SECONDS = 600
_QUIETLY = "--log-level=ERROR"
"""The kernel's argument: without it, ipykernel 7 warns on each start that its local connections aren't encrypted."""
_LETTERED = re.compile(r"<ul>(?=\s*<li>(?:<p>)?a\) )")
"""The beginning of a list whose items have their own letters."""
_REPEATED = re.compile(
    r"<p><strong>Exercise [\dW]\.\d+ · [^<]*</strong></p>"
    r"|<details[^>]*><summary><strong>The whole draft</strong></summary>.*?</details>",
    re.DOTALL,
)
"""The parts that the page shows elsewhere: an exercise's title (in the heading above it) and a draft (in its parts)."""
_BLANK = re.compile(r"\n([ \t]*\n){2,}")
_DEEP = re.compile(r"^ {17,}", re.MULTILINE)
"""Runs of empty lines and deep indentation, for which a narrow column doesn't have room."""
_LONG = 12
"""The number of line breaks above which a repeated output is printed only once."""
# Paper has no scroll bars: code wraps, tables of six columns span the page, and no name is broken. nbconvert keeps each
# output on one page, which leaves half of the pages empty; here, tables and texts continue on the next page.
_PRINT = """<style>
.handout { max-width: 62em; margin: 2em auto; padding: 0 1em; font-family: system-ui, sans-serif; line-height: 1.5; }
.handout pre { white-space: pre-wrap; border-left: 2px solid #bbb; padding: .1em .5em; }
section.handout { margin-top: 2em; }
pre .line { display: block; padding-left: calc(var(--in) + 2ch); text-indent: calc(-1 * var(--in) - 2ch); }
.jp-RenderedHTMLCommon ul.options { list-style: none; padding-left: 1.2em; }
.jp-RenderedHTMLCommon ul.options li { padding-left: 1.4em; text-indent: -1.4em; }
@page { size: A4; margin: 8mm 9mm 11mm;
  @bottom-left { content: "TITLE"; font: 8pt sans-serif; color: #555; }
  @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #555; } }
@media print {
  :root { --paper: "Helvetica Neue", Helvetica, Arial, "Liberation Sans", "DejaVu Sans Condensed", sans-serif;
    --jp-code-font-family: Menlo, Consolas, "DejaVu Sans Mono", monospace;
    --jp-content-font-family: var(--paper); --jp-ui-font-family: var(--paper);
    --jp-content-font-size1: 12px; --jp-ui-font-size1: 12px; --jp-code-font-size: 10.4px;
    --jp-content-line-height: 1.3; --jp-code-line-height: 1.18; --jp-cell-padding: 0; --jp-notebook-padding: 0;
    --jp-code-padding: 0; --jp-ui-font-color1: #111; --jp-content-font-color1: #111; }
  html, body, main, .handout { font-family: var(--paper); }
  body.jp-Notebook, main { padding: 0 !important; margin: 0 !important; }
  .handout { max-width: none; margin: 0; padding: 0; font-size: 12px; line-height: 1.3; }
  main { columns: 2; column-gap: 6mm; column-rule: .5px solid #ccc; }
  .jp-Cell { padding: 0 !important; margin: 0 !important; } .jp-CodeCell { margin: 0 0 5px !important; }
  .jp-InputPrompt, .jp-OutputPrompt, .anchor-link, .jp-Collapser { display: none !important; }
  .jp-Cell :is(.jp-InputArea, .jp-Cell-inputWrapper, .jp-Cell-outputWrapper, .jp-OutputArea, .jp-OutputArea-child,
    .jp-OutputArea-output, .jp-RenderedHTMLCommon) { display: block !important; overflow: visible !important;
    padding: 0 !important; margin: 0 !important; width: auto !important; break-inside: auto !important; }
  main :is(table:has(th:nth-child(5)), .scrolled.map, .figure, .jp-OutputArea-output:has(.figure) .facts) {
    column-span: all; position: relative; background: #fff; }
  main .jp-OutputArea-output:has(.figure) :is(.jp-OutputArea-output > p, .labs > p, .labs > .box, .legend p,
    ul.legend) {
    column-span: all; break-inside: avoid; }
  main .jp-OutputArea-output:has(.figure) > p { break-after: avoid; padding-top: 6px; }

  .jp-RenderedHTMLCommon :is(h1, h2, h3, h4), .handout :is(h1, h2, h3) { font-weight: 700 !important;
    line-height: 1.2 !important; margin: 0 0 3px !important; break-after: avoid; }
  main h1 { font-size: 22px !important; margin: 0 0 8px !important; }
  .jp-Cell:not(.jp-Cell:has(h1) ~ .jp-Cell) h1 { column-span: all; }
  main h2, section.handout h2 { font-size: 16px !important; padding-top: 4px; margin-top: 10px !important;
    border-top: 1.5px solid #111; }
  main :is(h3, h4), section.handout h3 { font-size: 13px !important; margin-top: 9px !important; }
  .jp-RenderedHTMLCommon :is(p, ul, ol, table, blockquote), .handout :is(p, ul, ol) { margin: 0 0 5px !important; }
  .jp-RenderedHTMLCommon :is(ul, ol), .handout :is(ul, ol) { padding-left: 1.4em; }
  .jp-RenderedHTMLCommon li { margin: 0 !important; } .jp-RenderedHTMLCommon li p { margin-bottom: 2px !important; }
  .jp-RenderedHTMLCommon blockquote { padding: 0 0 0 .8em; border-left: 3px solid #bbb; }
  p, li { orphans: 3; widows: 3; } p:has(> strong:only-child), .headline, summary { break-after: avoid; }
  p:has(+ ul.options) { break-after: avoid; } ul.options { break-inside: avoid; }

  pre, code { font-family: var(--jp-code-font-family) !important; }
  pre, pre code { white-space: pre-wrap !important; overflow-wrap: break-word; word-break: normal !important; }
  pre { font-size: 10.4px !important; line-height: 1.18 !important; }
  .jp-InputArea pre { padding: 3px 4px !important; background: #f3f4f5 !important; }
  .jp-InputArea-editor { display: block !important; border: 0 !important;
    background: none !important; margin: 0 0 3px !important; }
  .jp-OutputArea pre, .handout pre { padding: 0 0 0 5px !important; margin: 2px 0 6px !important;
    border: 0 solid #bbb !important; border-left-width: 2px !important; }
  .jp-InputArea pre { break-inside: avoid; }
  :not(pre) > code { font-size: 92% !important; background: none !important; padding: 0 !important; }
  main .figure { overflow: visible !important; } main :is(.figure, .widths) { container-type: normal !important; }
  main .figure svg { max-width: 540px !important; margin: 0 auto !important; }
  main .legend { display: block !important; }
  main ul.legend.legend { display: flex !important; }
  main .jp-OutputArea-output > svg { display: block; max-width: 100%; font-size: 18.8px !important;
    overflow: visible; }
  figure, .figure, .map, tr, .stop, .chip, ol.path { break-inside: avoid; }
  img { display: block; max-width: 100%; max-height: 84mm; height: auto; margin: 2px auto; }
  .scrolled { overflow: visible !important; } .labs svg { min-width: 0 !important; }

  .jp-RenderedHTMLCommon table { max-width: 100% !important; margin: 2px 0 6px !important; font-size: 11px;
    line-height: 1.3; border-top: 1px solid #111; border-bottom: 1px solid #111; }
  .jp-RenderedHTMLCommon thead { border-bottom: 1px solid #111 !important; }
  .jp-RenderedHTMLCommon tr { background: none !important; }
  .jp-RenderedHTMLCommon :is(th, td) { padding: 2px 6px 2px 0 !important; text-align: left !important;
    vertical-align: top; white-space: normal; border-bottom: .5px solid #ccc; }
  .labs .facts tr > :first-child { padding-right: 12px !important; }
  .labs .facts tr > :first-child, .labs .facts .chip { white-space: nowrap !important; }
  .labs .facts caption { break-after: avoid; } .labs .facts tbody tr:first-child { break-before: avoid; }
  table:not(.cells) :is(th, td) { min-width: 2.5em !important; overflow-wrap: break-word; }
  main table:not(.cells) td:nth-child(4) { overflow-wrap: anywhere; }
  :is(th, td) code { white-space: pre-wrap !important; overflow-wrap: break-word; }
  td:nth-child(n + 3) code { overflow-wrap: anywhere; }
  .labs .stacked td:not(:first-child) { overflow-wrap: anywhere; }

  details::details-content { content-visibility: visible !important; display: block !important; }
  summary { font-weight: bold; list-style: none; } .labs .setting.setting::details-content { display: none !important; }
  .labs .setting > summary::before { content: none !important; }
  .labs p.setting > :first-child { grid-column: 2 !important; }
  .labs .setting > summary, .labs p.setting { gap: 0 6px !important;
    grid-template-columns: 5em minmax(0, 5fr) minmax(0, 3fr) !important; padding: 1px 0 !important;
    font-weight: normal; }
  .labs details.fold, .labs-widget details { display: none; }
  .labs.labs, .labs p { line-height: 1.3; } .labs .headline { font-size: 12px !important; }
  .labs ol.path { display: flex !important; flex-flow: row wrap !important; gap: 3px 15px !important;
    margin: 3px 0 5px !important; padding: 3px 14px 3px 3px !important; font-size: 11px; }
  .labs .stop { flex-flow: row wrap !important; flex: 0 1 auto !important; gap: 1px 4px !important;
    align-items: center !important; justify-content: flex-start !important; text-align: left !important;
    min-width: 0 !important; max-width: none !important; width: auto !important; margin: 0 !important;
    padding: 1px 4px !important; border-width: 1px !important; }
  .labs .stop.here { outline-width: 2px; outline-offset: 1px; }
  .labs .stop + .stop::before { content: none !important; }
  .labs .stop:not(:last-child)::after { content: "→" / ""; position: absolute; right: -14px; top: 50%;
    transform: translateY(-50%); font-weight: bold; }
  .labs .stop.start { padding: 1px 0 !important; flex-basis: 100% !important; }
  .labs .stop.start::after { position: static !important; transform: none !important; }
  .labs .stop:not(.start) .icon { display: none; }
  .labs .option { border: 0 !important; margin: 0 0 1px 1.4em !important; padding: 0 !important;
    background: none !important; text-indent: -1.4em; }
  .labs .question { font-size: 12px !important; margin-top: 5px !important; break-after: avoid; }
  .labs .chip { white-space: normal !important; padding: 0 .35em !important; }
  .labs .stop :is(code, small), .labs .cells :is(th, td, .chip), .labs small { font-size: 10.6px !important; }
}
</style>"""


def run(arguments: list[str]) -> int:
    """Write a page for each day and the weekend.

    Returns 1 if nbconvert is missing or a page can't be written, otherwise 0.
    """
    parser = argparse.ArgumentParser("python -m labs_helpers handout", description=__doc__)
    parser.add_argument("days", type=int, nargs="*", help="1 to 6, or 7 for the weekend (default: all)")
    parser.add_argument(
        "--out", type=Path, default=Path("handout"), help="the folder to write to (default: %(default)s)"
    )
    parser.add_argument("--html", action="store_true", help="don't write PDF files")
    parsed = parser.parse_args(arguments)
    if absent := extras.missing(("nbconvert", "ipykernel")):
        print(f"Some packages are not installed. Run: {extras.advice(absent)}", file=sys.stderr)
        return 1
    try:
        notebooks = notebooks_in(notebook_folder())
    except MissingNotebooks as error:
        print(error, file=sys.stderr)
        return 1
    browser = None if parsed.html else _chromium()
    chosen = [each for each in notebooks if not parsed.days or lesson_in(each.name) in parsed.days]
    try:
        parsed.out.mkdir(parents=True, exist_ok=True)
        _write_days(chosen, parsed.out, browser)
    except OSError as error:
        what = f"{error.filename or parsed.out}: {error.strerror or error}"
        print(f"{what}. Choose another folder with --out.", file=sys.stderr)
        return 1
    if browser is None and not parsed.html:
        print("No PDF was written, because Chromium was not found. Print the pages from any browser.")
    return 0


def _write_days(notebooks: list[Path], folder: Path, browser: str | None) -> None:
    """Run each notebook and write its page, and its PDF if there is a browser. Raises `OSError`."""
    for notebook in notebooks:
        print(f"{notebook.stem}: running", flush=True)
        page = folder / f"{notebook.stem}.html"
        page.write_text(written(notebook, lesson_in(notebook.name)), encoding="utf-8", newline="\n")
        print(f"{notebook.stem}: {page}", flush=True)
        if browser is not None:
            print(f"{notebook.stem}: {as_pdf(browser, page)}", flush=True)


def written(notebook: Path, day: int) -> str:
    """Run a day's notebook and return a self-contained page, with pictures of its widgets and answers at the end."""
    import nbformat
    from nbconvert import HTMLExporter
    from nbconvert.preprocessors import TagRemovePreprocessor

    whole = _executed(nbformat.read(notebook, as_version=4))
    remove_widgets(whole)
    whole.cells = with_answers_at_the_end(whole.cells)
    write_closely(whole.cells)
    exporter = HTMLExporter(
        embed_images=True, mathjax_url="", require_js_url="", jquery_url="", mermaid_js_url=""
    )
    hides = TagRemovePreprocessor(remove_input_tags={RESULT}, enabled=True)
    exporter.register_preprocessor(hides, enabled=True)
    page, _ = exporter.from_notebook_node(whole)
    page = re.sub(r'<script[^>]*src="https?:[^>]*></script>', "", page)
    page = page.replace("</main>", f"{answers(day)}</main>", 1)
    page = _LETTERED.sub('<ul class="options">', _REPEATED.sub("", breaking(hanging(page))))
    return page.replace(
        "</head>", f"{_PRINT.replace('TITLE', _heading(whole.cells) or title_of(day))}</head>", 1
    )


def _heading(cells: list[Any]) -> str:
    """Return the day's title, which is the first heading in its notebook."""
    return next((each.source.split("\n")[0][2:] for each in cells if each.source.startswith("# ")), "")


def _executed(whole: Any) -> Any:
    """Return the notebook with its outputs; the progress of this run is discarded."""
    from nbconvert.preprocessors import ExecutePreprocessor

    with tempfile.TemporaryDirectory() as folder:
        before = os.environ.get("LABS_PROGRESS")
        os.environ["LABS_PROGRESS"] = str(Path(folder) / "progress.json")
        try:
            runner = ExecutePreprocessor(
                timeout=_SECONDS, store_widget_state=False, allow_errors=True, extra_arguments=[_QUIETLY]
            )
            runner.preprocess(whole, {"metadata": {"path": folder}})
        finally:
            os.environ.pop("LABS_PROGRESS")
            if before is not None:
                os.environ["LABS_PROGRESS"] = before
    return whole


def remove_widgets(whole: Any) -> None:
    """Remove the widgets from a notebook's outputs, including buttons without a picture. Static pictures are kept."""
    whole.metadata.pop("widgets", None)
    for cell in whole.cells:
        kept = []
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if dict(data) == {"text/plain": ""}:  # an empty output, left by a progress line
                continue
            if data.pop(_WIDGET, None) is None or "text/html" in data:
                kept.append(output)
        if "outputs" in cell:
            cell.outputs = kept


def write_closely(cells: list[Any]) -> None:
    """Write data in outputs compactly, and write long outputs only once."""
    seen: set[str] = set()
    for cell in cells:
        if cell.cell_type == "code":
            cell.source = _DEEP.sub(" " * 16, _BLANK.sub("\n\n", cell.source))
        for output in cell.get("outputs", ()):
            if output.output_type == "stream":
                output.text = closely(output.text.strip())
            data = output.get("data", {})
            text = data.get("text/plain", "")
            if text in seen:
                data.clear()
                data["text/plain"] = "The same output as above."
            elif text.count("\n") > _LONG:
                seen.add(text)
            if "text/html" in data:
                data["text/html"] = closely_in_html(data["text/html"])


def answers(day: int) -> str:
    """Return the answer section of a day's page: solutions, the truth about beliefs, and the quiz's right options."""
    from labs_helpers.course.content.loading import load_beliefs, load_quiz
    from labs_helpers.course.grading.exercise_loading import load
    from labs_helpers.course.shown.display import inline

    rule = "One solution per exercise; any answer that behaves the same is correct."
    parts = [f"<h1>{title_of(day)}: answers</h1><p>{rule}</p>"]
    for exercise in load(day).values():
        head = f"{exercise.id} {exercise.title}"
        parts.append(
            f"<h3>{html.escape(head)}</h3><pre>{html.escape(closely(exercise.solution_code()))}</pre>"
        )
    if (beliefs := load_beliefs(day)) is not None:
        rows = "".join(
            f"<li><strong>{each.true}.</strong> {inline(each.truth)}</li>" for each in beliefs.beliefs
        )
        parts.append(f"<h2>True or false</h2><ol>{rows}</ol>")
    questions = load_quiz(day).questions
    lines = "".join(
        f"<li>{inline(each.question)}<br><strong>{each.right}</strong>: {inline(each.options[each.right].text)}</li>"
        for each in questions
    )
    return f'<section class="handout">{"".join(parts)}<h2>Quiz</h2><ol>{lines}</ol></section>'


def _chromium() -> str | None:
    chosen = os.environ.get("CHROMIUM")
    return chosen or next((path for path in map(shutil.which, _BROWSERS) if path), None)


def as_pdf(browser: str, page: Path) -> Path:
    """Print a page to a PDF next to it and return its path.

    Raises `RuntimeError` with the browser's output on failure.
    """
    target = page.with_suffix(".pdf")
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--no-first-run",
    ]
    done = subprocess.run(
        [browser, *flags, "--no-pdf-header-footer", f"--print-to-pdf={target.resolve()}", page.resolve().as_uri()],
        capture_output=True, timeout=_SECONDS, check=False,
    )  # fmt: skip
    if done.returncode or not target.exists():
        raise RuntimeError(done.stderr.decode("utf-8", "replace")[-2_000:])
    return target

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
from labs_helpers.course.shown.handout_code import closely, closely_in_html

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_WIDGET = "application/vnd.jupyter.widget-view+json"
_SECONDS = 600
_LONG = 12
"""The minimum number of lines of an output that is printed only once."""
# Paper has no scroll bars: wide content wraps, but no word of a heading or a first column is broken. nbconvert keeps
# each output on one page, which leaves half of the pages empty; here tables and texts continue on the next page.
_PRINT = """<style>
.handout { max-width: 62em; margin: 2em auto; padding: 0 1em; font-family: system-ui, sans-serif; line-height: 1.5; }
.handout pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid #888; padding: .5em; }
section.handout { margin-top: 2em; }
@page { size: A4; margin: 9mm 10mm 12mm; @bottom-center { content: counter(page); font: 8pt sans-serif; } }
@media print {
  :root { --jp-content-font-size1: 10.2px; --jp-code-font-size: 10px; --jp-ui-font-size1: 10px;
    --jp-content-line-height: 1.3; --jp-code-line-height: 1.12; --jp-content-font-size0: 10px;
    --jp-content-font-size2: 12px; --jp-content-font-size3: 13px; --jp-content-font-size4: 15px;
    --jp-content-font-size5: 18px; --jp-cell-padding: 1px; --jp-notebook-padding: 0; --jp-code-padding: 2px; }
  body.jp-Notebook, main { padding: 0 !important; margin: 0 !important; }
  .handout { max-width: none; margin: 0; padding: 0; font-size: 10.2px; line-height: 1.3; }
  main, section.handout { columns: 2; column-gap: 5mm; } section.handout h1 { column-span: all; font-size: 18px; }
  .handout pre { font-size: 10px; line-height: 1.1; padding: .2em; margin: .2em 0; border-width: 0 0 0 2px; }
  .handout h3 { margin: .6em 0 .2em; }
  .jp-Cell { padding: 0 !important; } .jp-InputPrompt, .jp-OutputPrompt, .anchor-link { display: none !important; }
  .jp-Cell, .jp-OutputArea, .jp-OutputArea-child, .jp-OutputArea-output { overflow: visible !important; }
  .jp-OutputArea-child { break-inside: auto !important; display: block !important; }
  .jp-OutputArea-output { padding: 0 !important; } .jp-InputArea-editor { border-width: 0 0 0 2px !important; }
  .jp-RenderedHTMLCommon :is(p, ul, ol, table, pre, blockquote) { margin-bottom: .45em !important; }
  .jp-RenderedHTMLCommon :is(h1, h2, h3) { margin: .7em 0 .3em !important; }
  details::details-content { content-visibility: visible !important; display: block !important; }
  summary { break-after: avoid; font-weight: bold; }
  .labs details.fold, .labs-widget details { display: none; }
  p, li { orphans: 2; widows: 2; } h1, h2, h3, h4, p:has(> strong:only-child) { break-after: avoid; }
  .labs svg { min-width: 0 !important; } .scrolled { overflow: hidden !important; }
  figure, tr, .stop, .chip { break-inside: avoid; } img { max-width: 100%; max-height: 58mm; height: auto; }
  pre, pre code { white-space: pre-wrap !important; overflow-wrap: anywhere; word-break: normal !important; }
  .jp-InputArea pre { break-inside: avoid; } .jp-OutputArea pre { font-size: 10px; line-height: 1.1; }
  .labs .headline { font-size: 10.5px !important; } .labs .stop.here { outline-width: 2px; }
  .jp-RenderedHTMLCommon table { max-width: 100% !important; margin-left: 0 !important; font-size: 10px;
    line-height: 1.3; }
  .jp-RenderedHTMLCommon table:has(th:nth-child(4)) { column-span: all; }
  .jp-RenderedHTMLCommon :is(th, td) { padding: .15em .4em !important; }
  table:not(.cells) :is(th, td) { overflow-wrap: break-word; min-width: 2.5em !important; white-space: normal; }
  :is(th, td) code { white-space: pre-wrap !important; overflow-wrap: anywhere; background: none !important;
    padding: 0 !important; }
  td:first-child code { overflow-wrap: break-word; }
  .jp-RenderedHTMLCommon { overflow-wrap: anywhere; }
  .labs { line-height: 1.25; } .labs .stop { flex-flow: row wrap !important; flex: 0 1 auto !important;
    gap: .1em .4em !important; min-width: 0 !important; max-width: none !important; width: auto !important;
    padding: .1em .4em !important;
    border-width: 1px !important; align-items: center !important; }
  .labs ol.path { flex-flow: row wrap !important; gap: .25em 1.3em !important; margin: .2em 0 !important;
    padding: 0 0 0 1.2em !important; font-size: 10px; }
  .labs .chip { white-space: normal !important; }
  .labs .stop :is(code, small), .labs .cells :is(th, td, .chip), .labs small { font-size: 10px !important; }
  .labs :is(th, td) { padding: .1em .3em !important; }
}
</style>"""


def run(arguments: list[str]) -> int:
    """Write a page for each day and the weekend. Returns 1 if nbconvert is missing or a page can't be written, or 0."""
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
    return page.replace("</head>", f"{_PRINT}</head>", 1).replace("</body>", f"{answers(day)}</body>", 1)


def _executed(whole: Any) -> Any:
    """Return the notebook with its outputs; the progress of this run is discarded."""
    from nbconvert.preprocessors import ExecutePreprocessor

    with tempfile.TemporaryDirectory() as folder:
        before = os.environ.get("LABS_PROGRESS")
        os.environ["LABS_PROGRESS"] = str(Path(folder) / "progress.json")
        try:
            runner = ExecutePreprocessor(timeout=_SECONDS, store_widget_state=False, allow_errors=True)
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
            if dict(data) == {"text/plain": ""}:  # a progress line at its end
                continue
            if data.pop(_WIDGET, None) is None or "text/html" in data:
                kept.append(output)
        if "outputs" in cell:
            cell.outputs = kept


def write_closely(cells: list[Any]) -> None:
    """Write data in outputs compactly, and write long outputs only once."""
    seen: set[str] = set()
    for cell in cells:
        for output in cell.get("outputs", ()):
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
    """Return the answer section of a day's page: solutions, what is true, and the right options of the quiz."""
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
    target = page.with_suffix(".pdf").resolve()
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--no-first-run",
    ]
    done = subprocess.run(
        [browser, *flags, "--no-pdf-header-footer", f"--print-to-pdf={target}", page.resolve().as_uri()],
        capture_output=True, timeout=_SECONDS, check=False,
    )  # fmt: skip
    if done.returncode or not target.exists():
        raise RuntimeError(done.stderr.decode("utf-8", "replace")[-2_000:])
    return target

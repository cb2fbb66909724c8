"""Predictions in a notebook: a question with its options, a choice, the cell that answers it, and the explanation.

    markdown   the situation, and then, as its end:
               **Predict:** Can an outsider still read the invoice?

               - a) Yes, because …
               - b) No, because …
    code       day.predict("block-public-policy")
    (markdown  what the next cell does, if that needs words; it doesn't answer)
    code       with day.attempt("block-public-policy") as result: … or, at its end, day.outcome("…", value)
    markdown   <details><summary>Answer: Can an outsider still read the invoice?</summary> the rule, More:, Look for

Question, options, right answer, and reason are in data/dayN/demos.json. `python -m tests.notebooks.predictions
--write notebooks/dayN….ipynb` writes them into the cells around each `day.predict("name")`; without --write it prints
what differs.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "data"
FEWEST, MOST = 12, 25
OF_THE_WEEKEND = 8, 12
"""The same for the weekend, which is half as long as a day."""
BINDING = ("day1", "day2", "day3", "day4", "day5", "day6", "weekend")
"""The days whose predictions bind. The others follow."""
_PREDICT = re.compile(r"""^day\.predict\(["']([^"']+)["']\)$""")
_BLOCK = re.compile(r"\*\*Predict:\*\*.*", re.DOTALL)
_REASON = re.compile(r"[:;]|(?<!\d),|\b(?:because|so that|as long as)\b")
_YES_OR_NO = re.compile(r"(?:Yes|No)\b")
_SUMMARY = re.compile(r"<details><summary>Answer: .*?</summary>", re.DOTALL)


def _source(cell: dict) -> str:
    return "".join(cell["source"])


def _demos(path: Path) -> dict[str, dict]:
    file = DATA / path.stem.split("_")[0] / "demos.json"
    return json.loads(file.read_text("utf-8"))["demos"] if file.exists() else {}


def block(demo: dict) -> str:
    """The end of the cell that asks: the question and its options."""
    options = "\n".join(f"- {letter}) {text}" for letter, text in demo["choices"].items())
    return f"**Predict:** {demo['question']}\n\n{options}"


def summary(demo: dict) -> str:
    """The beginning of the explanation, which repeats the question."""
    question = demo["question"].replace("&", "&amp;").replace("<", "&lt;")
    marked = re.sub("`([^`]+)`", r"<code>\1</code>", question)
    marked = re.sub(r"\*([^*]+)\*", r"<em>\1</em>", marked)  # Jupyter shows Markdown in a summary as it is
    return f"<details><summary>Answer: {marked}</summary>"


def odd_one_out(demo: dict) -> bool:
    """Return True if the right option is the only one that gives a reason, or the only one that doesn't."""
    reasoned = {
        letter: bool(_REASON.search(re.sub("`[^`]*`", "…", text))) for letter, text in demo["choices"].items()
    }
    return len(reasoned) > 2 and list(reasoned.values()).count(reasoned[demo["right"]]) == 1


def asked(cells: list[dict]) -> Iterator[tuple[int, str]]:
    """Return the places of the cells that ask for a choice, and the names of their questions."""
    for place, cell in enumerate(cells):
        found = _PREDICT.match(_source(cell)) if cell["cell_type"] == "code" else None
        if found:
            yield place, found[1]


def _answering(cells: list[dict], place: int, name: str) -> int | None:
    """Return the place of the cell that answers, which is one of the next three code cells."""
    called = re.compile(rf"""day\.(?:attempt|outcome)\(\s*["']{re.escape(name)}["']""")
    code = [index for index in range(place + 1, len(cells)) if cells[index]["cell_type"] == "code"]
    return next((index for index in code[:3] if called.search(_source(cells[index]))), None)


def problems(path: Path) -> list[str]:
    """Return what doesn't follow the form, one sentence per problem."""
    cells, demos = json.loads(path.read_text("utf-8"))["cells"], _demos(path)
    places = list(asked(cells))
    found = []
    for place, name in places:
        demo = demos.get(name, {})
        if not demo.get("question"):
            found.append(f"{name}: data has no such question")
            continue
        found += [f"{name}: {problem}" for problem in _around(cells, place, name, demo)]
        if demo.get("question") and odd_one_out(demo):
            found.append(
                f"{name}: the right option is the only one that gives a reason, or the only one without"
            )
    names = [name for _, name in places]
    found += [f"{name}: is asked twice" for name in sorted(set(names)) if names.count(name) > 1]
    found += [
        f"{name}: is never asked"
        for name, demo in demos.items()
        if demo.get("question") and name not in names
    ]
    prompts = sum(_source(cell).count("**Predict:**") for cell in cells if cell["cell_type"] == "markdown")
    if prompts != len(names):
        found.append(f"{prompts} prompts say **Predict:**, and {len(names)} cells ask for a choice")
    fewest, most = OF_THE_WEEKEND if path.stem.startswith("weekend") else (FEWEST, MOST)
    if not fewest <= len(names) <= most:
        found.append(f"{len(names)} predictions, not {fewest} to {most}")
    rights = [demos[name]["right"] for name in names if demos.get(name, {}).get("question")]
    found += [
        f"{letter}) is right in more than half of the questions"
        for letter in sorted(set(rights))
        if 2 * rights.count(letter) > len(rights)
    ]
    if not any(_source(cell) == "day.predictions()" for cell in cells):
        found.append("no cell says how many predictions were not made: day.predictions()")
    return found


def _around(cells: list[dict], place: int, name: str, demo: dict) -> Iterator[str]:
    prompt = _source(cells[place - 1])
    if cells[place - 1]["cell_type"] != "markdown" or not prompt.endswith(block(demo)):
        yield "the cell before day.predict doesn't end with the question and options of data"
    result = _answering(cells, place, name)
    if result is None:
        yield "none of the next three code cells has day.attempt or day.outcome of that name"
        return
    after = cells[result + 1 : result + 2]
    if not (after and after[0]["cell_type"] == "markdown" and _source(after[0]).startswith(summary(demo))):
        yield "the cell below the result doesn't begin with the answer's fold and the question"
        return
    said = _YES_OR_NO.match(_source(after[0]).removeprefix(summary(demo)).lstrip())
    right = _YES_OR_NO.match(demo["choices"][demo["right"]])
    if said and right and said[0] != right[0]:
        yield f"the explanation begins with {said[0]}, and the right option with {right[0]}"


def write(path: Path) -> None:
    """Write questions, options, and summaries from data/ into a notebook; other text stays unchanged."""
    notebook, demos = json.loads(path.read_text("utf-8")), _demos(path)
    cells = notebook["cells"]
    for place, name in asked(cells):
        demo = demos.get(name, {})
        if not demo.get("question"):
            continue
        prompt, result = cells[place - 1], _answering(cells, place, name)
        before = _BLOCK.sub("", _source(prompt)).rstrip()
        _put(prompt, f"{before}\n\n{block(demo)}".lstrip())
        if result is not None and result + 1 < len(cells):
            below = cells[result + 1]
            text = _source(below)
            if below["cell_type"] == "markdown" and text.startswith("<details><summary>Answer"):
                _put(below, _SUMMARY.sub(lambda _, demo=demo: summary(demo), text, count=1))
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _put(cell: dict, text: str) -> None:
    cell["source"] = text.splitlines(keepends=True)


def main(arguments: list[str]) -> int:
    paths = [Path(path) for path in arguments if path != "--write"]
    if "--write" in arguments:
        for path in paths:
            write(path)
    found = [f"{path}: {problem}" for path in paths for problem in problems(path)]
    print("\n".join(found) or f"Predictions: {len(paths)} notebooks, no problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

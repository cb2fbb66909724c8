"""How long a notebook takes, part by part, and what its header and the headings of its parts state.

The model. A part takes, in minutes,

    words / 170                  everything that is read: prose, code, prompts, questions, options
    + 0.5 for each code cell     to run it and to look at what it prints
    + 1.4 for each prediction    to weigh the options, choose, and compare
    + the exercises              minutes by their kind (MINUTES), and 0.5 for each choice beyond ten; decisions about
                                 a draft take the reading of the task and of the draft, and 1.4 each, as predictions do
    + what is played             widgets, long pages and investigations, whose text is in no cell (PLAYED)
    + 0.5 for each question of the quiz and of the two self-tests, and 3 for five recalled questions

The minutes of most kinds of exercises are those that learners took. Two constants are fitted to the whole days that
were tried with a clock (trials.json): a prediction's 1.4, to the day with 69 of them, and the 29 of a `design`, to the
capstone. test_times.py holds that the model gives what these trials took, within a twentieth.

A header says the whole, the core path, and a table of the parts. The core column has the minutes of a part on the core
path, that is without the exercises that the core path doesn't name; these minutes add up to the core path's:

    **Time:** about two hours in total (122 minutes). …
    **Core path:** about one hour (65 minutes): the marked parts, with exercises 3.1 and 3.4.
    | part | minutes | core |
    |---|---|---|
    | opening | 10 | 10 |
    | 1 · Who you are | 40 | 25 |
    | closing | 15 |  |

Below its heading, a part says the same: *Part 1 of 4, core (25 minutes of 40), exercises 3.1 and 3.2.*

`python -m tests.notebooks.times notebooks/*.ipynb` prints what is measured; with --write it puts it into the headers
and, on the days whose predictions bind, below the headings. Such a day takes at most six hours, its core path three.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from labs_helpers.course.content.numbering import EXERCISE_ID, WEEKEND, folder_of, lesson_in, lesson_of

DATA = Path(__file__).resolve().parents[2] / "data"
WORDS_A_MINUTE = 170
OFF = 0.25
"""By how much of the measured a header may be off; by five minutes in any case, since headers say fives."""
MINUTES = {
    "policy": 12, "resource_policy": 12, "trust_policy": 12, "key_policy": 12, "policies": 15, "scp": 12, "rcp": 12,
    "predictions": 15, "choices": 6, "least_privilege": 15, "repair": 30, "delegation": 25, "break_in": 25,
    "live": 15, "function": 20, "boundary": 12, "hunt": 60, "design": 29, "detection": 12,
}  # fmt: skip
"""What an exercise takes beside the reading, by its kind."""
OF_ANOTHER_KIND = 15
A_CELL = 0.5
"""What it takes to run a cell and to look at what comes of it."""
A_PREDICTION = 1.4
"""What it takes to weigh the options of a prediction, to choose, and to compare."""
A_QUESTION = 0.5
"""What choosing an answer takes beside the reading."""
MANY = 10
"""As many choices are in the minutes of an exercise of choices; each beyond takes as long as a question."""
RECALL = 3.0
"""Five questions of earlier days."""
PLAYED = {
    "IncidentPlayer(": 15.0, "SortingBoard(": 5.0, "ExposurePlot(": 3.0,
    "larkspur.requirements(": 3.0, "larkspur.scoreboard(": 2.0, "campaign.check(found": 15.0,
}  # fmt: skip
"""What it takes to play what a widget brings, to read a long page, to investigate: text that stands in no cell."""

_PART = re.compile(r"^## (\d+) · (.+)$", re.MULTILINE)
_CLOSING = re.compile(r"^## Quiz", re.MULTILINE)
_ROW = re.compile(r"^(\| (?:(\d+) · [^|]+|(opening|closing)) \| )(\d+)( \|) (✓|\d*) ?\|$", re.MULTILINE)
_PLACE = re.compile(r"^\*Part \d+ of \d+, [^\n]*\.\*\n\n", re.MULTILINE)
WHOLE, CORE = 360, 180
"""The minutes of a day, and of its core path, at most."""
OF_THE_WEEKEND = 200, 130
"""The same for the weekend."""
_WHOLE = re.compile(r"(\*\*Time:\*\* about )([a-z ]+? hours?)([^\n]*?\()(\d+)( minutes\))")
_CORE = re.compile(r"(\*\*Core path:\*\* about )([a-z ]+? hours?)([^\n]*?\()(\d+)( minutes\)[^\n]*)")
_HOURS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_EXERCISE = re.compile(r"\bday\.exercise\(\"([^\"]+)\"\)")
_SECTIONS = re.compile(r"^(?=#{2,3} )", re.MULTILINE)
_EXERCISE_HEADING = re.compile(rf"### .*\b[Ee]xercise ({EXERCISE_ID})\b")
_UNREAD = re.compile(r"!\[[^\]]*\]\([^)]*\)|\]\([^)]*\)|<[^>]+>")


def _source(cell: dict) -> str:
    return "".join(cell["source"])


def parts(notebook: dict) -> dict[str, list[dict]]:
    """Return a notebook's cells by part: "opening", "1", "2", …, "closing"."""
    found: dict[str, list[dict]] = {"opening": []}
    now = "opening"
    for cell in notebook["cells"]:
        text = _source(cell)
        begins = _PART.search(text) if cell["cell_type"] == "markdown" else None
        if begins:
            now = begins[1]
        elif cell["cell_type"] == "markdown" and _CLOSING.search(text):
            now = "closing"
        found.setdefault(now, []).append(cell)
    return found


def _text(cells: list[dict]) -> str:
    return "\n".join(map(_source, cells))


def _reading(text: str) -> float:
    """Return the minutes for reading; URLs, tags, and the alternative text of pictures aren't counted."""
    return len(re.findall(r"[\w’']+", _UNREAD.sub(" ", text))) / WORDS_A_MINUTE


def _exercise(id: str) -> dict:
    return json.loads((DATA / folder_of(lesson_of(id)) / "exercises" / f"{id}.json").read_text("utf-8"))


def exercise_minutes(id: str) -> float:
    """Return the minutes that an exercise takes, including reading its prompt and what is shown with it."""
    data = _exercise(id)
    shown = [data["prompt"], json.dumps(data.get("documents", ""))]
    shown += [situation["ticket"] for situation in data.get("situations", ())]
    if "decisions" in data:
        return _decided_minutes(data)
    beyond = max(len(data.get("items", ())) - MANY, 0)
    return MINUTES.get(data["kind"], OF_ANOTHER_KIND) + _reading(" ".join(shown)) + A_QUESTION * beyond


def _decided_minutes(data: dict) -> float:
    """Return the minutes for reading a draft with its task, and for deciding about it."""
    read = [data["prompt"], data.get("remarks", ""), *(clause["says"] for clause in data["clauses"])]
    read += [json.dumps(data["draft"]), json.dumps(data["decisions"])]
    asked = sum(1 + ("probes" in each) for each in data["decisions"])
    return A_PREDICTION * asked + _reading(" ".join(read))


def _questions(day: int, name: str, key: str) -> float:
    file = DATA / folder_of(day) / name
    if not file.exists():
        return 0.0
    asked = json.loads(file.read_text("utf-8"))[key]
    return sum(A_QUESTION + _reading(_read_of(each)) for each in asked)


def _read_of(question: dict) -> str:
    """Return the text that is read for a quiz question (including its options and one reason), or for a statement and
    its truth.
    """
    options = question.get("options", {})
    reasons = [option["reason"] for letter, option in options.items() if letter == question["right"]]
    own = [question.get(part, "") for part in ("question", "says", "truth")]
    return " ".join([*own, *(option["text"] for option in options.values()), *reasons])


def minutes(day: int, cells: list[dict]) -> float:
    """Return the minutes that a part with these cells takes."""
    text = _text(cells)
    taken = _reading(text) + A_CELL * sum(cell["cell_type"] == "code" for cell in cells)
    taken += A_PREDICTION * text.count("**Predict")
    taken += sum(map(exercise_minutes, _EXERCISE.findall(text)))
    if "day.quiz(" in text:
        taken += _questions(day, "quiz.json", "questions")
    if "day.self_test" in text:
        taken += _questions(day, "beliefs.json", "beliefs")
    taken += sum(played for widget, played in PLAYED.items() if widget in text)
    return taken + (RECALL if "day.recall(" in text else 0.0)


def measured(path: Path) -> dict[str, float]:
    """Minutes by part."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return {name: minutes(lesson_in(path.stem), cells) for name, cells in parts(notebook).items()}


def core_minutes(path: Path, marked: list[str], exercises: set[str]) -> dict[str, int]:
    """Return the minutes of each marked part on the core path, which has only these exercises, to the next five."""
    cells = parts(json.loads(path.read_text(encoding="utf-8")))
    return {name: _to_five(_without(path, cells[name], exercises)) for name in marked if name in cells}


def _without(path: Path, cells: list[dict], exercises: set[str]) -> float:
    return minutes(lesson_in(path.stem), list(_left(cells, exercises)))


def _left(cells: list[dict], exercises: set[str]) -> Iterator[dict]:
    """Yield what is left of cells without the other exercises, each from its heading to the next heading."""
    left_out = False
    for cell in cells:
        if cell["cell_type"] != "markdown":
            if not left_out:
                yield cell
            continue
        kept = []
        for section in _SECTIONS.split(_source(cell)):
            heading = _EXERCISE_HEADING.match(section)
            if heading or section.startswith("#"):
                left_out = heading is not None and heading[1] not in exercises
            kept += [] if left_out else [section]
        if kept:
            yield {**cell, "source": kept}


def marked(header: str) -> list[str]:
    """Return the parts of the core path: those that a header's table marks, and the opening, which no one can skip."""
    rows = [(row[2] or row[3], bool(row[6])) for row in _ROW.finditer(header)]
    return [name for name, mark in rows if mark or name == "opening"]


def says_minutes(header: str) -> bool:
    """Return whether a header has the table of minutes."""
    return "| part | minutes |" in header


def problems(path: Path, *, binding: bool = False) -> Iterator[str]:
    """Return which minutes in a header are missing, or are off by more than a quarter. On a day whose predictions bind,
    also check the headings of parts, the sums, and the limit of six hours.
    """
    header = _source(json.loads(path.read_text(encoding="utf-8"))["cells"][0])
    takes = measured(path)
    rows = {row[2] or row[3]: int(row[4]) for row in _ROW.finditer(header)}
    for name, taken in takes.items():
        if name not in rows:
            yield f'its header says no minutes for "{name}" (measured: {taken:.0f})'
        else:
            yield from _off(f'"{name}"', rows[name], taken)
    whole, core = _WHOLE.search(header), _CORE.search(header)
    if whole is None or core is None:
        yield 'its header lacks "**Time:** about … (N minutes)", or "**Core path:** about … (N minutes)"'
        return
    yield from _off("the whole", int(whole[4]), sum(takes.values()))
    on_core_path = core_minutes(path, marked(header), _named(core))
    yield from _off("its core path", int(core[4]), sum(on_core_path.values()))
    if binding:
        yield from _strict(path, header, int(whole[4]), int(core[4]))


def _strict(path: Path, header: str, whole: int, core: int) -> Iterator[str]:
    taken = sum(measured(path).values())
    most = OF_THE_WEEKEND if lesson_in(path.stem) == WEEKEND else (WHOLE, CORE)
    if whole > most[0] or core > most[1]:
        yield f"it takes {whole} minutes, its core path {core}: {most[0]} and {most[1]} are the most"
    elif taken > most[0]:
        yield f"it takes {taken:.1f} minutes before its parts are rounded: {most[0]} are the most"
    marks = [row[6] for row in _ROW.finditer(header)]
    if sum(int(mark) for mark in marks if mark.isdecimal()) != core or "✓" in marks:
        yield f"the minutes of its core column don't add up to its core path's {core}"
    for number, cells in _numbered(json.loads(path.read_text(encoding="utf-8"))).items():
        told = _place(path, header, number)
        if f"\n\n{told}\n\n" not in _source(cells[0]):
            yield f"below the heading of part {number} it should say {told}"


def _numbered(notebook: dict) -> dict[str, list[dict]]:
    return {name: cells for name, cells in parts(notebook).items() if name.isdecimal()}


def _place(path: Path, header: str, number: str) -> str:
    """Return the line below the heading of a part."""
    rows = {row[2]: (row[4], row[6]) for row in _ROW.finditer(header) if row[2]}
    whole, core = rows.get(number, ("0", ""))
    takes = f"{whole} minutes"
    if core:
        takes = f"core, {whole} minutes" if core == whole else f"core ({core} minutes of {whole})"
    cells = _numbered(json.loads(path.read_text(encoding="utf-8")))[number]
    ids = list(dict.fromkeys(_EXERCISE.findall(_text(cells))))
    exercises = f", exercise{'s' if len(ids) > 1 else ''} {_listed(ids)}" if ids else ""
    return f"*Part {number} of {len(rows)}, {takes}{exercises}.*"


def _listed(ids: list[str]) -> str:
    if len(ids) < 3:
        return " and ".join(ids)
    return f"{', '.join(ids[:-1])}, and {ids[-1]}"


def _named(core: re.Match[str]) -> set[str]:
    """The exercises of the core path."""
    return set(re.findall(rf"\b{EXERCISE_ID}\b", core[5]))


def _off(what: str, said: int, taken: float) -> Iterator[str]:
    if abs(said - taken) > max(OFF * taken, 5):
        yield f"its header says {said} minutes for {what}; measured: {taken:.0f}"


def mended(path: Path, *, binding: bool = False) -> str:
    """Return a notebook's text with the measured minutes in its header, to the next five; its words stay.

    On a day whose predictions bind, also below the headings of its parts.
    """
    notebook = json.loads(path.read_text(encoding="utf-8"))
    header, takes = _source(notebook["cells"][0]), measured(path)
    core = _CORE.search(header)
    assert core is not None
    on_core_path = core_minutes(path, marked(header), _named(core))
    in_core, whole = sum(on_core_path.values()), sum(map(_to_five, takes.values()))

    def row_of(row: re.Match[str]) -> str:
        """Return a row of the table with its minutes, or nothing if the notebook has no such part."""
        name = row[2] or row[3]
        return (
            f"{row[1]}{_to_five(takes[name])}{row[5]} {on_core_path.get(name, '')} |" if name in takes else ""
        )

    header = _ROW.sub(row_of, header)
    header = _WHOLE.sub(
        lambda said: f"{said[1]}{hours_in_words(sum(takes.values()))}{said[3]}{whole}{said[5]}", header
    )
    header = _CORE.sub(lambda said: f"{said[1]}{hours_in_words(in_core)}{said[3]}{in_core}{said[5]}", header)
    _put(notebook["cells"][0], header)
    if binding:
        for number, cells in _numbered(notebook).items():
            heading, _, text = _PLACE.sub("", _source(cells[0])).partition("\n\n")
            _put(cells[0], f"{heading}\n\n{_place(path, header, number)}\n\n{text}")
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _put(cell: dict, text: str) -> None:
    cell["source"] = text.splitlines(keepends=True)


def _to_five(taken: float) -> int:
    return max(5, 5 * round(taken / 5))


def hours_in_words(taken: float) -> str:
    """Return minutes as hours in words, to the nearest half."""
    whole, half = divmod(max(1, round(taken / 30)), 2)
    if not whole:
        return "half an hour"
    hours = f"{_HOURS[whole]} and a half" if half else _HOURS[whole]
    return f"{hours} hour{'s' if whole > 1 or half else ''}"


def main(paths: list[str]) -> None:
    from tests.notebooks.predictions import BINDING

    if paths[:1] == ["--write"]:
        for path in map(Path, paths[1:]):
            path.write_text(
                mended(path, binding=folder_of(lesson_in(path.stem)) in BINDING), encoding="utf-8"
            )
    for path in (Path(path) for path in paths if path != "--write"):
        takes = measured(path)
        print(path.name, *(f"{name}: {taken:.0f}" for name, taken in takes.items()), sep="  ")
        print(f"  the whole: {sum(takes.values()):.0f}")


if __name__ == "__main__":
    main(sys.argv[1:])

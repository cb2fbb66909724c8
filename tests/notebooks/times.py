"""How long a notebook takes, a part at a time, against what its header says.

Measured: every word that is read (prose, code, prompts, questions) at 170 a minute, half a minute to run each cell and
look at what comes of it, and minutes for each exercise by its kind, as learners took them. A header says the whole, the
core path, and a table of the parts:

    **About how long:** two hours for all of it (122 minutes). …
    **Core path:** about one hour (65 minutes): the parts that are marked, with exercises 3.1 and 3.4.
    | part | minutes | core |
    |---|---|---|
    | opening | 10 |  |
    | 1 · Who you are | 5 | ✓ |
    | closing | 15 |  |

`python -m tests.notebooks.times notebooks/*.ipynb` prints what is measured; with --write it puts it into the headers.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "data"
WORDS_A_MINUTE = 170
OFF = 0.25
"""By how much of the measured a header may be off; by five minutes in any case, since headers say fives."""
MINUTES = {
    "policy": 12, "resource_policy": 12, "trust_policy": 12, "key_policy": 12, "policies": 15, "scp": 12, "rcp": 12,
    "predictions": 15, "choices": 6, "least_privilege": 15, "repair": 30, "delegation": 25, "break_in": 25,
    "live": 15, "function": 20, "boundary": 12, "hunt": 60,
}  # fmt: skip
"""What an exercise takes beside the reading, by its kind."""
OF_ANOTHER_KIND = 15
A_CELL = 0.5
"""What it takes to run a cell and to look at what comes of it."""
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
_ROW = re.compile(r"^(\| (?:(\d+) · [^|]+|(opening|closing)) \| )(\d+)( \|(?: (✓?) ?\|)?)$", re.MULTILINE)
_WHOLE = re.compile(r"(\*\*About how long:\*\* (?:about )?)([a-z ]+? hours?)([^\n]*?\()(\d+)( minutes\))")
_CORE = re.compile(r"(\*\*Core path:\*\* about )([a-z ]+? hours?)([^\n]*?\()(\d+)( minutes\)[^\n]*)")
_HOURS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_EXERCISE = re.compile(r"\bday\.exercise\(\"([^\"]+)\"\)")
_UNREAD = re.compile(r"!\[[^\]]*\]\([^)]*\)|\]\([^)]*\)|<[^>]+>")


def _source(cell: dict) -> str:
    return "".join(cell["source"])


def parts(notebook: dict) -> dict[str, list[dict]]:
    """A notebook's cells by the part that they are in: "opening", "1", "2" …, "closing"."""
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
    """Minutes; addresses, tags and what a picture says to those who don't see it are not read."""
    return len(re.findall(r"[\w’']+", _UNREAD.sub(" ", text))) / WORDS_A_MINUTE


def _exercise(id: str) -> dict:
    return json.loads((DATA / f"day{id.partition('.')[0]}" / "exercises" / f"{id}.json").read_text("utf-8"))


def exercise_minutes(id: str) -> float:
    """What an exercise takes, its prompt and what is shown with it included."""
    data = _exercise(id)
    shown = [data["prompt"], json.dumps(data.get("documents", ""))]
    shown += [situation["ticket"] for situation in data.get("situations", ())]
    beyond = max(len(data.get("items", ())) - MANY, 0)
    return MINUTES.get(data["kind"], OF_ANOTHER_KIND) + _reading(" ".join(shown)) + A_QUESTION * beyond


def _questions(day: int, name: str, key: str) -> float:
    file = DATA / f"day{day}" / name
    if not file.exists():
        return 0.0
    asked = json.loads(file.read_text("utf-8"))[key]
    return sum(A_QUESTION + _reading(_read_of(each)) for each in asked)


def _read_of(question: dict) -> str:
    """What is read of a question of the quiz, its options and one reason among it, or of a statement and its truth."""
    options = question.get("options", {})
    reasons = [option["reason"] for letter, option in options.items() if letter == question["right"]]
    own = [question.get(part, "") for part in ("question", "says", "truth")]
    return " ".join([*own, *(option["text"] for option in options.values()), *reasons])


def minutes(day: int, cells: list[dict]) -> float:
    """What a part takes that has these cells."""
    text = _text(cells)
    taken = _reading(text) + A_CELL * sum(cell["cell_type"] == "code" for cell in cells)
    taken += sum(map(exercise_minutes, _EXERCISE.findall(text)))
    if "day.quiz(" in text:
        taken += _questions(day, "quiz.json", "questions")
    if "day.self_test" in text:
        taken += _questions(day, "beliefs.json", "beliefs")
    taken += sum(played for widget, played in PLAYED.items() if widget in text)
    return taken + (RECALL if "day.recall(" in text else 0.0)


def _day(path: Path) -> int:
    return int(re.sub(r"\D.*", "", path.stem.removeprefix("day")) or 0)


def measured(path: Path) -> dict[str, float]:
    """Minutes by part."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return {name: minutes(_day(path), cells) for name, cells in parts(notebook).items()}


def core_minutes(path: Path, marked: list[str], exercises: set[str]) -> float:
    """What the parts that are marked take, with no exercises but these."""
    cells = parts(json.loads(path.read_text(encoding="utf-8")))
    taken = 0.0
    for name in marked:
        left_out = set(_EXERCISE.findall(_text(cells[name]))) - exercises
        taken += minutes(_day(path), cells[name]) - sum(map(exercise_minutes, left_out))
    return taken


def marked(header: str) -> list[str]:
    """The parts of the core path: those that a header's table marks, and the opening, which nobody can leave out."""
    rows = [(row[2] or row[3], row[6] == "✓") for row in _ROW.finditer(header)]
    return [name for name, mark in rows if mark or name == "opening"]


def says_minutes(header: str) -> bool:
    """Whether a header has the table of minutes."""
    return "| part | minutes |" in header


def problems(path: Path) -> Iterator[str]:
    """What a header says of its minutes that is off by more than a quarter, or doesn't say."""
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
        yield 'its header lacks "**About how long:** … (N minutes)", or "**Core path:** about … (N minutes)"'
        return
    yield from _off("the whole", int(whole[4]), sum(takes.values()))
    core_parts = [name for name in marked(header) if name in takes]
    yield from _off("its core path", int(core[4]), core_minutes(path, core_parts, _named(core)))


def _named(core: re.Match[str]) -> set[str]:
    """The exercises of the core path."""
    return set(re.findall(r"\b\d\.\d+\b", core[5]))


def _off(what: str, said: int, taken: float) -> Iterator[str]:
    if abs(said - taken) > max(OFF * taken, 5):
        yield f"its header says {said} minutes for {what}; measured: {taken:.0f}"


def mend(path: Path) -> None:
    """Put the minutes that are measured into a header, to the next five; its words stay."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    header, takes = _source(notebook["cells"][0]), measured(path)
    core = _CORE.search(header)
    assert core is not None
    in_core = _to_five(core_minutes(path, [name for name in marked(header) if name in takes], _named(core)))
    whole = sum(map(_to_five, takes.values()))
    header = _ROW.sub(
        lambda row: (
            f"{row[1]}{_to_five(takes[row[2] or row[3]])}{row[5]}" if (row[2] or row[3]) in takes else ""
        ),
        header,
    )
    header = _WHOLE.sub(
        lambda said: f"{said[1]}{_hours(sum(takes.values()))}{said[3]}{whole}{said[5]}", header
    )
    header = _CORE.sub(lambda said: f"{said[1]}{_hours(in_core)}{said[3]}{in_core}{said[5]}", header)
    notebook["cells"][0]["source"] = header.splitlines(keepends=True)
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _to_five(taken: float) -> int:
    return max(5, 5 * round(taken / 5))


def _hours(taken: float) -> str:
    """In words, to the next half."""
    whole, half = divmod(max(1, round(taken / 30)), 2)
    if not whole:
        return "half an hour"
    hours = f"{_HOURS[whole]} and a half" if half else _HOURS[whole]
    return f"{hours} hour{'s' if whole > 1 or half else ''}"


def main(paths: list[str]) -> None:
    if paths[:1] == ["--write"]:
        for path in map(Path, paths[1:]):
            mend(path)
    for path in (Path(path) for path in paths if path != "--write"):
        takes = measured(path)
        print(path.name, *(f"{name}: {taken:.0f}" for name, taken in takes.items()), sep="  ")
        print(f"  the whole: {sum(takes.values()):.0f}")


if __name__ == "__main__":
    main(sys.argv[1:])

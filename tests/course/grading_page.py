"""The tables of docs/grading.md: what tests an answer to each exercise, and what became of the mutants.

    python -m tests.course.grading_page

writes both, which takes some minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from labs_helpers.cloud import Cloud
from labs_helpers.course.grading.kinds import Exercise
from labs_helpers.course.grading.kinds.design import Design
from labs_helpers.course.grading.kinds.function import Function
from labs_helpers.course.grading.kinds.live import Live
from labs_helpers.course.grading.kinds.policies import Probed
from labs_helpers.course.grading.kinds.repair import Repair
from labs_helpers.course.situations.faults import clause_numbers
from tests.course.proof import EXERCISES, table, tried

PAGE = Path(__file__).resolve().parents[2] / "docs" / "grading.md"
_HEAD = (
    "| exercise | kind | clauses | requests | fewest per clause | free values | right answers | wrong answers |",
    "| --- | --- | --: | --: | --: | --: | --: | --: |",
)


def tried_with(exercise: Exercise) -> list[tuple[str, tuple[int, ...]]]:
    """What an answer is tried with: a story, and the clauses that it tests."""
    if isinstance(exercise, Probed):
        return [(probe.story, clause_numbers(probe.clause)) for probe in exercise.probes]
    if isinstance(exercise, Function):
        return [(case.story, clause_numbers(case.clause)) for case in exercise.all_cases()]
    if isinstance(exercise, (Live, Repair)):
        own = [*getattr(exercise, "tries", ()), *getattr(exercise, "inquiries", ())]
        found = [(each.story, clause_numbers(each.clause)) for each in own]
        for situation in exercise.situations:
            inner = (*situation.tries, *situation.inquiries)
            found += [(each.story, clause_numbers(each.clause or situation.clause)) for each in inner]
        return found
    return []


def requests_table() -> list[str]:
    """The table of what tests an answer: a row per exercise, and the sums.

    The clause that says "nothing else" is tested by the search as well.
    """
    rows, sums = [], [0] * 5
    for exercise in EXERCISES:
        tests = [number for _, clauses in tried_with(exercise) for number in clauses]
        fewest = min((tests.count(number + 1) for number in range(len(exercise.clauses))), default=0)
        numbers = (
            len(exercise.clauses),
            exercise.tried,
            len(exercise.free),
            len(exercise.right),
            len(exercise.wrong),
        )
        sums = [one + other for one, other in zip(sums, numbers, strict=True)]
        clauses, requests, free, right, wrong = numbers
        rows.append(
            f"| {exercise.id} | {exercise.kind.replace('_', ' ')} | {clauses or 'items'} | {requests} "
            f"| {fewest if tests else ''} | {free} | {right} | {wrong} |".replace("|  |", "| |")
        )
    clauses, requests, free, right, wrong = sums
    return [*_HEAD, *rows, f"| all | | {clauses} | {requests} | | {free} | {right} | {wrong} |"]


def with_table(text: str, lines: Iterable[str]) -> str:
    """The page with the table that begins with the same heading replaced."""
    lines = list(lines)
    pattern = re.escape(lines[0]) + r"\n(?:\|.*\n)+"
    assert re.search(pattern, text), f"the page has no table {lines[0]}"
    return re.sub(pattern, lambda _: "\n".join(lines) + "\n", text)


def main() -> None:
    """Try every mutant, and write both tables."""
    with Cloud(seed=2) as cloud:
        rows = [tried(each, cloud).row(each.id) for each in EXERCISES if not isinstance(each, Design)]
    text = PAGE.read_text(encoding="utf-8")
    for lines in (table(rows), requests_table()):
        text = with_table(text, lines)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

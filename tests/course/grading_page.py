"""The figures of docs/grading.md: the tests of an answer to each exercise, and the results of the mutants.

    python -m tests.course.grading_page
    python -m tests.course.grading_page 2.1 5.3

writes both tables, the numbers in the sentence about the answers of `make seeds`, and the number of answers that
`make bench` grades. The first command tries the mutants of every exercise, which takes a few minutes. The second tries
only those of these exercises, and keeps the other rows.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from labs_helpers.cloud import Cloud
from labs_helpers.course.attacks.packs import load_pack, load_work
from labs_helpers.course.days.day6.company_probes import closer, load
from labs_helpers.course.grading.kinds import Exercise
from labs_helpers.course.grading.kinds.design import Design
from labs_helpers.course.grading.kinds.detection import Detection
from labs_helpers.course.grading.kinds.function import Function
from labs_helpers.course.grading.kinds.live import Live
from labs_helpers.course.grading.kinds.policies import Probed
from labs_helpers.course.grading.kinds.repair import Repair
from labs_helpers.course.situations.faults import clause_numbers
from tests.course.proof import EXERCISES, table, tried

PAGE = Path(__file__).resolve().parents[2] / "docs" / "grading.md"
OLD_PAGE = "docs/grading.md is out of date: run python -m tests.course.grading_page, with the IDs of changed exercises"
DRAWN = [exercise for exercise in EXERCISES if exercise.free or isinstance(exercise, (Probed, Function))]
"""The exercises with values that are chosen for each learner."""
_HEAD = (
    "| exercise | kind | clauses | requests | fewest per clause | free values | right answers | wrong answers |",
    "| --- | --- | --: | --: | --: | --: | --: | --: |",
)


def tried_with(exercise: Exercise) -> list[tuple[str, tuple[int, ...]]]:
    """Return the requests that test an answer: for each, its story, and the clauses that it tests."""
    if isinstance(exercise, Probed):
        return [(probe.story, clause_numbers(probe.clause)) for probe in exercise.probes]
    if isinstance(exercise, Detection):
        packs = [load_pack(name) for name in exercise.packs]
        forms = [(form.form, (1,)) for pack in packs for form in pack.forms]
        alike = [(each.title, (2,)) for pack in packs for each in pack.benign]
        return [*forms, *alike, *((chore.title, (3,)) for chore in load_work().chores)]
    if isinstance(exercise, Function):
        cases = exercise.all_cases()
        seen = [(case.story, clause_numbers(case.watch.clause)) for case in cases if case.watch.clause]
        return [*((case.story, clause_numbers(case.clause)) for case in cases), *seen]
    if isinstance(exercise, Design):
        probes = [probe for probe in (*load(), *closer()) if probe.step == exercise.step]
        return [(probe.story, clause_numbers(probe.clause)) for probe in probes]
    if isinstance(exercise, (Live, Repair)):
        own = [*getattr(exercise, "tries", ()), *getattr(exercise, "inquiries", ())]
        found = [(each.story, clause_numbers(each.clause)) for each in own]
        for situation in exercise.situations:
            inner = (*situation.tries, *situation.inquiries)
            found += [(each.story, clause_numbers(each.clause or situation.clause)) for each in inner]
        return found
    return []


def requests_table() -> list[str]:
    """Return the table of the tests of an answer, with a row per exercise, and the sums.

    The fewest requests don't include those for the clause that says "nothing else", which the search tests.
    """
    rows, sums = [], [0] * 5
    for exercise in EXERCISES:
        tests = [number for _, clauses in tried_with(exercise) for number in clauses]
        requested = set(range(1, len(exercise.clauses) + 1)) - {exercise.beyond}
        fewest = min((tests.count(number) for number in requested), default=0)
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


def what_is_drawn_for(text: str) -> str:
    """Return the sentence about how many answers test_seeds.py tries. The page has the numbers of mutants."""
    right = sum(len(each.right) + 1 for each in DRAWN)
    wrong = sum(len(each.wrong) for each in DRAWN if not each.live)
    rows = {
        cells[1].strip(): cells[2]
        for cells in (line.split("|") for line in text.splitlines())
        if len(cells) == 8
    }
    mutants = sum(int(rows[each.id]) for each in DRAWN if not each.live)
    return (
        f"For each of these learners, {right} correct answers to {len(DRAWN)} exercises pass, and {wrong} wrong "
        f"answers and {mutants} mutants of policies and functions are rejected, except for the mutants that are listed "
        "as equivalent."
    )


def with_table(text: str, lines: Iterable[str]) -> str:
    """Return the page in which this table replaces the table with the same heading."""
    lines = list(lines)
    pattern = re.escape(lines[0]) + r"\n(?:\|.*\n)+"
    assert re.search(pattern, text), f"the page has no table {lines[0]}"
    return re.sub(pattern, lambda _: "\n".join(lines) + "\n", text)


def with_sentence(text: str) -> str:
    """Return the page with new numbers in the sentence about the values that are chosen for each learner."""
    numbers = iter(re.findall(r"\d+", what_is_drawn_for(text)))
    written = re.search(r"For\s+each\s+of\s+these\s+learners,\s+\d+\s+correct\s+answers[^.]*\.", text)
    assert written, "the page has no sentence about the answers of `make seeds`"
    replaced = re.sub(r"\d+", lambda _: next(numbers), written[0])
    return text.replace(written[0], replaced)


def what_is_timed() -> str:
    """Return the beginning of the sentence about the answers that `make bench` grades."""
    listed = sum(len(each.right) + len(each.wrong) for each in EXERCISES if each.id[0] in "12345")
    return f"Of {listed:,} answers to the exercises of Days 1 to 5"


def with_timed(text: str) -> str:
    """Return the page with a new number of answers that `make bench` grades."""
    return re.sub(r"Of [\d,]+ answers to the exercises of Days 1 to 5", what_is_timed(), text)


def main(ids: list[str]) -> None:
    """Try the mutants of exercises, or of all, and write both tables and the numbers in both sentences."""
    text = PAGE.read_text(encoding="utf-8")
    with Cloud(seed=2) as cloud:
        tried_now = {
            each.id: tried(each, cloud).row(each.id) for each in EXERCISES if not ids or each.id in ids
        }
    kept = {
        row.split()[1]: row for row in text.splitlines() if re.fullmatch(r"\| [\dW]\.\d+ (\| \d+ ){5}\|", row)
    }
    rows = [{**kept, **tried_now}[each.id] for each in EXERCISES]
    for lines in (table(rows), requests_table()):
        text = with_table(text, lines)
    PAGE.write_text(with_timed(with_sentence(text)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

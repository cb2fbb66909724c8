"""Run the submissions of learners again, and report the result of each exercise (docs/instructors.md)."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

from labs_helpers import extras
from labs_helpers.course.handed_in import report
from labs_helpers.course.handed_in.submissions import read_submissions
from labs_helpers.course.handed_in.supervise import Limits, run_again
from labs_helpers.course.shown.file_errors import file_problem


def run(arguments: list[str]) -> int:
    """Grade a folder of submissions.

    Returns 0 for success, 1 if there are no submissions or a report can't be written, and 2 for invalid arguments.
    """
    parsed = _parser().parse_args(arguments)
    if (obstacle := _obstacle()) is not None:
        print(obstacle, file=sys.stderr)
        return 1
    limits = Limits(cell=parsed.seconds, megabytes=parsed.megabytes, unread=parsed.folder)
    try:
        works = read_submissions(parsed.folder)
        if not works:
            raise FileNotFoundError(f"{parsed.folder} contains no notebook and no progress file")
        for target in filter(None, (parsed.csv, parsed.html)):
            if target.exists():
                raise FileExistsError(f"{target} already exists: choose another name, or move it")
        rows = []
        for work in works:
            others = {each.learner: each.learner_id for each in works if each.learner_id and each is not work}
            listed = list(report.rows(work, run_again(work, limits, others)))
            rows += listed
            counts = Counter(row.result for row in listed if row.exercise)
            summary = ", ".join(f"{count} {result}" for result, count in counts.items())
            print(f"{work.learner}: {summary or 'nothing to grade'}", flush=True)
        for target, text in ((parsed.csv, report.as_csv(rows)), (parsed.html, report.as_html(rows))):
            if target is not None:
                with open(target, "x", encoding="utf-8", newline="\n") as out:
                    out.write(text)
        if parsed.csv is None and parsed.html is None:
            print(report.as_csv(rows), end="")
    except OSError as error:
        print(file_problem(error), file=sys.stderr)
        return 1
    return 0


def _obstacle() -> str | None:
    """Return the reason why notebooks can't be run again on this machine, or None if they can."""
    if not hasattr(os, "killpg"):
        return (
            "grade must end groups of processes, which Windows can't do: run it in WSL, or on Linux or macOS"
        )
    if extras.missing(("IPython",)):
        return f"grade needs IPython to run notebooks. Run: {extras.advice(extras.NOTEBOOKS)}"
    return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m labs_helpers grade", description=__doc__)
    parser.add_argument(
        "folder", type=Path, help="a folder with one folder or file per learner (notebooks, progress files)"
    )
    parser.add_argument(
        "--csv",
        type=Path,
        metavar="FILE",
        help="write the results as CSV; an existing file is not overwritten",
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the results as a web page")
    parser.add_argument(
        "--seconds", type=float, default=Limits().cell, help="time limit for a cell (default: 30)"
    )
    parser.add_argument(
        "--megabytes",
        type=int,
        default=Limits().megabytes,
        help="memory limit for a notebook (default: 3000)",
    )
    return parser

"""Judge learners' companies and the attacks on them, and write a table (docs/league.md)."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path


def run(arguments: list[str]) -> int:
    """Judge a folder of companies and attacks.

    Returns 0 for success, 1 if there is no company or the table can't be written, and 2 for invalid arguments.
    """
    from labs_helpers.course.handed_in.league import SECONDS, entrants, judge
    from labs_helpers.course.handed_in.league_table import as_csv, as_html, table
    from labs_helpers.course.shown.printable import clean

    parser = argparse.ArgumentParser("python -m labs_helpers league", description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder with one file or folder per learner")
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where to write the table (default: the folder)"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=SECONDS,
        help=f"limit on the processor time for judging a company or an attack (default: {SECONDS:.0f})",
    )
    parsed = parser.parse_args(arguments)
    out = parsed.out or parsed.folder
    begun = time.monotonic()

    def told(line: str) -> None:
        """Print a line about the progress."""
        print(clean(f"{time.monotonic() - begun:4.0f} s  {line}"), file=sys.stderr, flush=True)

    try:
        found = entrants(parsed.folder)
        if not any(entrant.company for entrant in found):
            raise FileNotFoundError(f"{parsed.folder} contains no company file")
        out.mkdir(parents=True, exist_ok=True)  # checked before the judging, which takes minutes
        targets = [out / "league.html", out / "league.csv"]
        for target in targets:
            if target.exists():
                raise FileExistsError(
                    f"{target} already exists: move it, or choose another folder with --out"
                )
        rows = table(judge(found, told, parsed.seconds))
        for target, text in zip(targets, (as_html(rows), as_csv(rows)), strict=True):
            with open(target, "x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(map(str, targets)))
    return 0

"""Test an organization's policies with tables of requests and expected decisions (docs/policy-as-code.md)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from labs_helpers.course.shown.file_errors import file_problem

if TYPE_CHECKING:
    from labs_helpers.course.policy_tests.trail_replay import TrailReplay


def run(arguments: list[str]) -> int:
    """Run policy tests.

    Returns 0 if all decisions are as expected, the policies provably allow no more than before (`--against`), and they
    wouldn't have denied any call (`--replay`). Otherwise, returns 1, or 2 if the tests can't be run.
    """
    from labs_helpers.course.policy_tests.policy_test_table import TableError
    from labs_helpers.course.policy_tests.report import comparison_lines, junit, lines
    from labs_helpers.course.policy_tests.runner import compare, reports

    parser = argparse.ArgumentParser(prog="python -m labs_helpers test-policies", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a table (YAML), or a directory of tables")
    parser.add_argument("--junit", metavar="XML", help="also write the results as JUnit XML")
    parser.add_argument(
        "--against",
        metavar="BEFORE",
        help="the table as it was: also prove, account by account, that nothing more is allowed (needs one FILE)",
    )
    parser.add_argument(
        "--replay",
        action="append",
        type=Path,
        metavar="TRAIL",
        help="CloudTrail files or a folder: also show which recent calls the SCPs would have denied (needs one FILE)",
    )
    try:
        given = parser.parse_args(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    if (given.against or given.replay) and (len(given.files) != 1 or Path(given.files[0]).is_dir()):
        print("error: --against and --replay need one FILE", file=sys.stderr)
        return 2
    try:
        found = reports(given.files)
        compared = compare(given.against, given.files[0]) if given.against else []
        replayed = _replayed(given.files[0], given.replay) if given.replay else []
        if given.junit:
            Path(given.junit).write_text(junit(found), encoding="utf-8", newline="\n")
    except (TableError, OSError) as error:
        what = file_problem(error) if isinstance(error, OSError) else error
        print(f"error: {what}", file=sys.stderr)
        return 2
    more = (f"{given.files[0]}: {line}" for each in replayed for line in each.lines())
    for line in (*lines(found), *comparison_lines(given.files[0], compared), *more):
        print(line.encode("utf-8", "backslashreplace").decode("utf-8"))
    wider = any(comparison is None or not comparison.no_wider for _, comparison in compared)
    broken = any(each.replayed.broken for each in replayed)
    return 1 if wider or broken or any(report.failed for report in found) else 0


def _replayed(table: str, trails: list[Path]) -> list[TrailReplay]:
    """Return the replay of trails. It starts a cloud, which takes a second, so the module is imported only here."""
    from labs_helpers.course.policy_tests.trail_replay import replay_trail

    return [replay_trail(table, trails)]

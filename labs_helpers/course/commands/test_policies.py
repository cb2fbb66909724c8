"""Test an organization's policies with tables of requests and expected decisions (docs/policy-as-code.md)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def run(arguments: list[str]) -> int:
    """Run policy tests. Returns 0 if all decisions are as expected, 1 if some aren't, 2 if the tests can't be run."""
    from labs_helpers.course.policy_tests.report import junit, lines
    from labs_helpers.course.policy_tests.runner import reports
    from labs_helpers.course.policy_tests.table import TableError

    parser = argparse.ArgumentParser(prog="python -m labs_helpers test-policies", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a table (YAML), or a directory of tables")
    parser.add_argument("--junit", metavar="XML", help="also write the results as JUnit XML")
    try:
        given = parser.parse_args(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    try:
        found = reports(given.files)
        if given.junit:
            Path(given.junit).write_text(junit(found), encoding="utf-8", newline="\n")
    except (TableError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for line in lines(found):
        print(line.encode("utf-8", "backslashreplace").decode("utf-8"))
    return 1 if any(report.failed for report in found) else 0

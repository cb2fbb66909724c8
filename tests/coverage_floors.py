"""Branch coverage, floor by floor: `python -m tests.coverage_floors` compares it with the minimums of pyproject.toml.

`make coverage` runs it on the data of a whole run. The minimums were measured before the three floors were built.
"""

from __future__ import annotations

import io
import sys
import tomllib
from pathlib import Path

from coverage import Coverage

ROOT = Path(__file__).resolve().parent.parent


def minimums() -> dict[str, float]:
    """Return the minimum branch coverage of each floor in percent, as pyproject.toml states it."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return dict(settings["tool"]["labs_helpers"]["branch-coverage"])


def measured(floor: str) -> float:
    """Return the branch coverage of a floor in percent, from the data file of the last run."""
    coverage = Coverage(data_file=str(ROOT / ".coverage"), config_file=str(ROOT / "pyproject.toml"))
    coverage.load()
    return coverage.report(include=[str(ROOT / "labs_helpers" / floor / "*")], file=io.StringIO())


def main() -> int:
    """Print a line per floor. Return 1 if one is below its minimum."""
    failed = 0
    for floor, least in minimums().items():
        found = measured(floor)
        print(f"{floor:<8}{found:6.2f} % of lines and branches, at least {least} %")
        failed |= found < least
    return failed


if __name__ == "__main__":
    sys.exit(main())

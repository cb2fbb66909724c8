"""The fidelity ledger in test runs, which shows the rows of data/ledger.json that this run's tests verified.

A test names the row that it proves with ``@pytest.mark.ledger("F-IAM-03")`` (or several rows). The mark travels in the
report's user properties, so that runs with pytest-xdist count as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

LEDGER = Path(__file__).resolve().parent.parent / "data" / "ledger.json"
STATUSES = ("held", "not yet", "not modelled")
_PROPERTY = "ledger"


def load_rows() -> list[dict]:
    """Return the rows of the ledger: ID, fact, status, and evidence.

    The evidence is `documented`, a list of AWS's documentation pages, or `observed`, a list of observations on AWS (the
    source's address, and the date), or both; `differs` is a sentence that states how the observations differ from the
    pages.
    """
    return json.loads(LEDGER.read_text(encoding="utf-8"))


def knowledge(row: Mapping[str, Any]) -> str:
    """Return how the ledger knows a fact: `documented`, `observed`, `both`, or `differs`."""
    evidence = row["evidence"]
    if "differs" in evidence:
        return "differs"
    if len(evidence) == 2:
        return "both"
    (only,) = evidence
    return only


def proved(reports: Iterable[pytest.TestReport]) -> tuple[set[str], set[str]]:
    """Return the rows that a run proved, and the rows that it disproved, which take precedence."""
    passed: set[str] = set()
    failed: set[str] = set()
    for report in reports:
        named = {value for name, value in report.user_properties if name == _PROPERTY}
        if report.failed:
            failed |= named
        elif report.when == "call" and report.passed and not hasattr(report, "wasxfail"):
            passed |= named
    return passed - failed, failed


class LedgerPlugin:
    """A pytest plugin that checks the marks when tests are collected, and prints the ledger's state at the end."""

    def __init__(self) -> None:
        self._rows = {row["id"]: row for row in load_rows()}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            for mark in item.iter_markers("ledger"):
                for row in mark.args:
                    if row not in self._rows:
                        raise pytest.UsageError(f"{item.nodeid}: the ledger has no row {row!r}")
                    item.user_properties.append((_PROPERTY, row))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        # Other plugins keep things that are no test reports in the statistics.
        reports = [
            report
            for category in terminalreporter.stats.values()
            for report in category
            if isinstance(report, pytest.TestReport)
        ]
        passed, failed = proved(reports)
        if not passed and not failed:
            return
        held = [name for name, row in self._rows.items() if row["status"] == "held"]
        holding = [name for name in held if name in passed]
        open_rows = [name for name in held if name not in passed]
        line = f"Ledger: {len(holding)} of {len(self._rows)} rows hold ({', '.join(holding) or 'none'})"
        if open_rows and len(holding) > len(held) / 2:  # in a run of few tests, most rows have no turn
            line += f"; said to be held but not proved in this run: {', '.join(open_rows)}"
        terminalreporter.write_sep("-", "fidelity ledger")
        terminalreporter.write_line(line)

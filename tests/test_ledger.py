"""The ledger is complete: rows are well formed, and each one that is held has a test that names it."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.ledger import STATUSES, load_rows, proved

ROWS = load_rows()
TESTS = Path(__file__).resolve().parent


def _marked_rows(tree: ast.AST) -> set[str]:
    """The rows that ``pytest.mark.ledger(...)`` names anywhere in a module."""
    return {
        argument.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.ledger")
        for argument in node.args
        if isinstance(argument, ast.Constant)
    }


@pytest.fixture(scope="module")
def rows_with_a_test() -> set[str]:
    return set().union(
        *(_marked_rows(ast.parse(path.read_text(encoding="utf-8"))) for path in TESTS.rglob("test_*.py"))
    )


def test_ids_are_unique() -> None:
    ids = [row["id"] for row in ROWS]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_row_states_a_fact_a_status_and_its_aws_pages(row: dict) -> None:
    assert set(row) == {"id", "fact", "status", "source"}
    assert row["fact"].endswith(".")
    assert row["status"] in STATUSES
    assert row["source"]
    assert all(page.startswith("https://docs.aws.amazon.com/") for page in row["source"])


@pytest.mark.parametrize("row", [row["id"] for row in ROWS if row["status"] == "held"])
def test_held_row_has_a_test_that_names_it(row: str, rows_with_a_test: set[str]) -> None:
    assert row in rows_with_a_test, f'no test is marked @pytest.mark.ledger("{row}")'


def _report(row: str, outcome: str, when: str = "call") -> SimpleNamespace:
    return SimpleNamespace(
        user_properties=[("ledger", row)],
        when=when,
        failed=outcome == "failed",
        passed=outcome == "passed",
    )


def test_a_row_is_proved_when_its_tests_pass_and_disproved_by_one_failure() -> None:
    reports = [
        _report("A", "passed"),
        _report("B", "passed"),
        _report("B", "failed"),
        _report("C", "skipped"),
        _report("D", "passed", "setup"),
        _report("E", "failed", "setup"),
    ]
    assert proved(reports) == ({"A"}, {"B", "E"})

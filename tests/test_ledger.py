"""The ledger is complete: rows are well-formed, and each verified row has a test that names it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.ledger import STATUSES, knowledge, load_rows, proved

ROWS = load_rows()
TESTS = Path(__file__).resolve().parent
_DATE = re.compile(r"20\d\d(-\d\d){0,2}( to 20\d\d(-\d\d){0,2})?")


def _marked_rows(tree: ast.AST) -> set[str]:
    """Return the rows that ``pytest.mark.ledger(...)`` names anywhere in a module."""
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
def test_row_states_a_fact_a_status_and_its_evidence(row: dict) -> None:
    assert set(row) == {"id", "fact", "status", "evidence"}
    assert row["fact"].endswith(".")
    assert row["status"] in STATUSES
    assert row["evidence"].keys() & {"documented", "observed"}
    assert row["evidence"].keys() <= {"documented", "observed", "differs"}
    assert all(row["evidence"].values())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_what_is_documented_names_aws_pages_and_what_was_observed_where_and_when(row: dict) -> None:
    pages, seen = row["evidence"].get("documented", []), row["evidence"].get("observed", [])
    assert all(page.startswith("https://docs.aws.amazon.com/") for page in pages)
    assert all(each.keys() == {"source", "date"} for each in seen)
    assert all(each["source"].startswith("https://") for each in seen)
    assert all(_DATE.fullmatch(each["date"]) for each in seen), seen


@pytest.mark.parametrize(
    "row", [row for row in ROWS if "differs" in row["evidence"]], ids=lambda row: row["id"]
)
def test_a_difference_is_a_sentence_about_pages_and_about_what_was_observed(row: dict) -> None:
    assert row["evidence"].keys() == {"documented", "observed", "differs"}
    assert row["evidence"]["differs"].endswith(".")


def test_a_row_tells_how_its_fact_is_known() -> None:
    page, seen = ["https://docs.aws.amazon.com/"], [{"source": "https://example.com/", "date": "2026-02"}]
    told = {
        knowledge({"evidence": evidence})
        for evidence in (
            {"documented": page}, {"observed": seen}, {"documented": page, "observed": seen},
            {"documented": page, "observed": seen, "differs": "It does."},
        )
    }  # fmt: skip
    assert told == {"documented", "observed", "both", "differs"}


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

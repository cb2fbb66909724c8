"""docs/parity.md is up to date, and its figures are those of the records."""

from __future__ import annotations

import json

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from labs_helpers.cloud import modelled_services
from labs_helpers.cloud.services.iam.service_linked_roles import known
from tests.cloud.observed import records
from tests.ledger import load_rows
from tests.parity import page, recording, refusals


def test_the_page_is_up_to_date() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.page(), (
        "docs/parity.md is out of date: run make parity"
    )


@pytest.mark.skipif(not records.exist(), reason="LABS_VECTORS names no folder with observed events")
def test_the_figures_are_those_of_the_records() -> None:
    assert refusals.kept() == refusals.figures(), "tests/parity/figures.json is out of date: run make parity"


def test_every_row_of_the_ledger_is_about_a_service() -> None:
    assert {page.service_of(row["id"]) for row in load_rows()} <= {*modelled_services(), page.SEVERAL}
    known = {row["id"] for row in load_rows()}
    assert {row for rows in page.OTHERS.values() for row in rows.split()} <= known


def test_what_stays_different_is_said_in_whole_sentences() -> None:
    rows = json.loads(page.STAYS.read_text(encoding="utf-8"))
    assert all(row.keys() == {"service", "aws", "here"} for row in rows)
    assert all(row["aws"].endswith(".") and row["here"].endswith(".") for row in rows)
    assert {row["service"] for row in rows} <= {*modelled_services(), "all"}


def test_the_row_about_service_linked_roles_counts_them() -> None:
    managed = json.loads(aws_managed_policies_data)
    policies = {name for name, each in managed.items() if each["Path"].startswith("/aws-service-role/")}
    left_out = policies - {role.policy for role in known().values()}
    rows = page.STAYS.read_text(encoding="utf-8")
    assert f"the service-linked roles of {len(known())} services." in rows
    assert (
        f"In addition, {len(left_out)} AWS managed policies belong to service-linked roles that aren't included"
        in rows
    )


def test_a_recording_that_is_checked_in_would_be_shown(tmp_path, monkeypatch) -> None:
    assert not recording.CHECKED_IN.exists(), "then change this test, and run make parity"
    assert "doesn't contain a recording" in page.page()
    path = tmp_path / "aws.json"
    recording.write(path, "aws", {})
    monkeypatch.setattr(recording, "CHECKED_IN", path)
    monkeypatch.setattr(page.report, "compared_here", lambda theirs: page.report.Comparison())
    assert "doesn't contain a recording" not in page.page()
    assert "but for words" in page.page()

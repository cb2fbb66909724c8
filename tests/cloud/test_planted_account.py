"""In an account of 400 users and roles, every planted finding is found, and no look-alike is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cloud import planted_account
from tests.judges import needs_judges

PAGE = Path(__file__).resolve().parents[2] / "docs" / "your-account.md"


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    return planted_account.write(folder), planted_account.search(folder)


@pytest.mark.parametrize("what", planted_account.Planted.__dataclass_fields__)
def test_what_is_planted_is_found_and_nothing_else(searched, what):
    planted, found = searched
    assert getattr(found.planted, what) == getattr(planted, what)


def test_the_account_is_large_and_answered_as_a_whole(searched):
    """How long it takes is measured by `make bench`: a few seconds."""
    _, found = searched
    assert (found.principals, found.mistakes, found.unanswered) == (400, 0, 0)


@needs_judges
@pytest.mark.slow
def test_the_page_shows_what_other_programs_find(tmp_path):
    """`python -m tests.cloud.planted_account` prints the table."""
    said = planted_account.compared(tmp_path)
    assert planted_account.table(said) in PAGE.read_text(encoding="utf-8")

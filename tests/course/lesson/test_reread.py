"""The links to what to reread after a wrong answer: which of them open a new tab."""

from __future__ import annotations

from pathlib import Path

import pytest

from labs_helpers.course.content.loading import load_quiz
from labs_helpers.course.drill.evaluation_rules import rules
from labs_helpers.course.lesson.reread import of_page, of_quiz, of_rule, of_statements

NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"


@pytest.fixture(autouse=True)
def beside_the_notebooks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(NOTEBOOKS)


def test_a_place_in_another_notebook_or_on_an_aws_page_opens_in_a_new_tab() -> None:
    for place in (of_rule(next(iter(rules().values()))), of_page("https://docs.aws.amazon.com/kms/")):
        assert 'target="_blank"' in place.html


def test_a_place_in_the_same_notebook_opens_in_the_same_tab() -> None:
    places = [*of_quiz(4, load_quiz(4).questions).values(), *of_statements(4).values()]
    local = [place.html for place in places if ".ipynb#" in place.html]
    assert local
    assert not any("target=" in html for html in local)

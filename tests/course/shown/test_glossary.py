"""The glossary: one entry per term, with AWS's page, for the day on which the course first uses the term."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from labs_helpers.course import open_day
from labs_helpers.course.content.numbering import folder_of
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.shown.display import Page
from labs_helpers.course.shown.glossary import day_page, find, term_page, terms, words_in

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"


def text_of(day: int) -> str:
    """Return the text that a learner reads on a day, or an empty string if the day has no notebook."""
    found = next(NOTEBOOKS.glob(f"{folder_of(day)}_*.ipynb"), None)
    if found is None:
        return ""
    cells = json.loads(found.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells)


@pytest.mark.parametrize("term", terms(), ids=lambda term: term.name)
def test_each_days_words_stand_in_its_notebook(term):
    text = text_of(term.day)
    if not text:
        pytest.skip(f"day {term.day} has no notebook yet")
    forms = "|".join(map(re.escape, (term.name, *term.also)))
    assert re.search(rf"\b(?:{forms})\b", text, re.IGNORECASE), f"day {term.day} never says {term.name!r}"


def test_a_word_is_found_in_any_case_and_form():
    assert find("BOUNDARY") is find("permissions boundary")
    assert find("SCPs") is find("service control policy")


def test_a_word_that_there_is_not_is_told_with_the_nearest():
    assert "boundary" in term_page("bounadry").text
    assert isinstance(term_page(None), Page)
    assert isinstance(term_page("x" * 100_000), Page)


def test_an_exercise_explains_a_word_the_first_time_it_comes_up(tmp_path, capsys):
    day = open_day(2, progress=tmp_path / "p.json")
    day.cloud.stop()
    id = next(id for id, each in load(2).items() if words_in(each.prompt, 2))
    word = find(words_in(load(2)[id].prompt, 2)[0])
    assert word is not None
    capsys.readouterr()
    day.exercise(id)
    assert word.says.split(".")[0][:40] in " ".join(capsys.readouterr().out.split())
    day.exercise(id)
    assert word.says.split(".")[0][:40] not in " ".join(capsys.readouterr().out.split())


def test_the_days_page_lists_its_words_with_their_pages():
    shown = day_page(5).text
    assert "encryption context" in shown
    assert "https://docs.aws.amazon.com/kms/" in shown

"""`python -m labs_helpers handout`: the days on paper."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from labs_helpers.course.commands import handout
from labs_helpers.course.content.loading import load_quiz
from labs_helpers.course.grading.exercise_loading import load

WIDGET = "application/vnd.jupyter.widget-view+json"


def shown(**data):
    return new_output("display_data", data=data)


def test_widgets_become_still_pictures_and_buttons_without_one_are_left_out():
    cell = new_code_cell("x")
    cell.outputs = [
        shown(**{WIDGET: {}, "text/html": "<p>still</p>", "text/plain": "a"}),
        shown(**{WIDGET: {}, "text/plain": "HBox()"}),
        shown(**{"text/plain": "42"}),
    ]
    whole = new_notebook(cells=[cell], metadata={"widgets": {"state": {}}})
    handout.remove_widgets(whole)
    assert [sorted(each.data) for each in cell.outputs] == [["text/html", "text/plain"], ["text/plain"]]
    assert "widgets" not in whole.metadata


@pytest.mark.parametrize("day", [2, 4])
def test_the_answers_are_behind_the_day_and_there_is_one_to_every_exercise_and_question(day):
    page = handout.answers(day)
    for exercise in load(day).values():
        assert f"<h3>{exercise.id} " in page
    assert page.count("<li>") == len(load_quiz(day).questions)


def test_a_page_needs_nothing_from_elsewhere_and_opens_details_in_print(tmp_path):
    notebook = tmp_path / "day2_short.ipynb"
    cell = new_code_cell("print('done')")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=[cell], metadata={"kernelspec": kernel}), notebook)
    page = handout.written(notebook, 2)
    assert "done" in page
    assert 'src="http' not in page
    assert "<link" not in page
    assert "details::details-content" in page
    assert page.index("done") < page.index("Day 2: answers")


def test_a_folder_that_cannot_be_written_is_named_with_what_to_do(tmp_path, capsys):
    (tmp_path / "taken").write_text("a file")
    assert handout.run(["--html", "--out", str(tmp_path / "taken" / "pages")]) == 1
    assert f"{tmp_path / 'taken'}" in (said := capsys.readouterr().err)
    assert said.endswith("Choose another folder with --out.\n")

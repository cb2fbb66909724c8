"""`python -m labs_helpers handout`: the days on paper."""

from __future__ import annotations

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from labs_helpers.course.commands import handout
from labs_helpers.course.content.loading import load_beliefs, load_quiz
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.shown.handout_answers import RESULT, with_answers_at_the_end

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
    quiz = page[page.index("<h2>Quiz</h2>") :]
    assert quiz.count("<li>") == len(load_quiz(day).questions)
    beliefs = load_beliefs(day)
    assert beliefs is not None
    assert page.count("<li>") - quiz.count("<li>") == len(beliefs.beliefs)


def test_a_page_needs_nothing_from_elsewhere_and_opens_details_in_print(tmp_path, capfd):
    notebook = tmp_path / "day2_short.ipynb"
    cell = new_code_cell("print('done')")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=[cell], metadata={"kernelspec": kernel}), notebook)
    page = handout.written(notebook, 2)
    assert capfd.readouterr().err == "", "no warnings of the kernel"
    assert "done" in page
    assert 'src="http' not in page
    assert "<link" not in page
    assert "details::details-content" in page
    assert page.index("done") < page.index("Day 2: answers") < page.index("</main>")


def test_only_what_is_too_wide_for_a_column_spans_both():
    too_wide = "table:has(th:nth-child(5)), .scrolled.map, .figure, .jp-OutputArea-output:has(.figure) .facts"
    assert re.findall(r"main :is\((.*)\) {\s+column-span: all", handout._PRINT) == [too_wide]
    title = "\n  .jp-Cell:not(.jp-Cell:has(h1) ~ .jp-Cell) h1 "
    assert re.findall(r"([^{}]*){ column-span: all", handout._PRINT) == [title]
    assert "orphans: 3; widows: 3" in handout._PRINT
    assert "main ul.legend.legend { display: flex" in handout._PRINT, (
        "a legend of signs is one line below its picture"
    )


def code(source, *outputs):
    cell = new_code_cell(source)
    cell.outputs = [shown(**{"text/plain": each}) for each in outputs]
    return cell


def test_nothing_is_printed_smaller_than_seven_and_a_half_points():
    sizes = re.findall(r"font-size\w*\s*:\s*([\d.]+)px", handout._PRINT)
    assert len(sizes) > 8
    assert min(map(float, sizes)) / 96 * 72 >= 7.5


def test_texts_are_nine_points_and_no_strip_is_torn_across_columns():
    (text,) = re.findall(r"--jp-content-font-size1: ([\d.]+)px", handout._PRINT)
    assert float(text) / 96 * 72 == 9
    (kept,) = re.findall(r"\n  ([^{\n]*ol\.path[^{\n]*){ break-inside: avoid; }", handout._PRINT)
    assert ".stop" in kept


def test_an_exercise_is_printed_without_what_stands_in_the_cell_below_it():
    starter = '<p>Start with:</p><div class="labs"><div><pre><code>{"a": [1,\n 2]}</code></pre></div></div>'
    task = code('day.exercise("2.1")')
    task.outputs = [shown(**{"text/html": f"<p>Write it.</p>{starter}<p>Then check.</p>"})]
    for below, left in (("answer = {\n    'b': 1}", True), ('answer = {"a": [\n    1, 2,\n]}', False)):
        printed = with_answers_at_the_end([task.copy(), code(below)])[0]
        assert RESULT in printed.metadata.tags
        assert ("Start with" in printed.outputs[0].data["text/html"]) is left
        assert "Then check" in printed.outputs[0].data["text/html"]


def test_code_on_paper_has_neither_runs_of_empty_lines_nor_deep_indentation():
    cell = code("f(1,\n                              2)\n\n\n\ng()")
    handout.write_closely([cell])
    assert cell.source == f"f(1,\n{' ' * 16}2)\n\ng()"


ANSWER = "<details><summary>Answer: Can she?</summary>\n\nNo, because.\n\n</details>\n\nNext."
ASKED = [
    code("open_day(2)", "the card"),
    new_markdown_cell("**Predict:** Can she?\n\n- a) Yes.\n- b) No."),
    code('day.predict("x")', "To answer, click"),
    code('with day.attempt("x") as result:', "Result: AccessDenied"),
    new_markdown_cell(ANSWER),
    code("print(1)", "1"),
    code('day.check("2.1", {})', "not yet"),
]


def texts(cells):
    """Yield what each cell prints: its source, unless only its outputs are shown, and its outputs."""
    for cell in cells:
        if cell.cell_type == "markdown" or RESULT not in cell.metadata.get("tags", ()):
            yield cell.source
        if cell.cell_type == "code":
            yield from (each.data["text/plain"] for each in cell.outputs)


def test_no_result_and_no_answer_is_printed_before_the_end():
    printed = list(texts(with_answers_at_the_end([each.copy() for each in ASKED])))
    end = printed.index("# Predictions: results and answers")
    assert [each for each in printed[:end] if "No, because" in each or "AccessDenied" in each] == []
    assert printed[end + 1 :] == ["### 1. Can she?", "Result: AccessDenied", "No, because."]
    assert "*Result and answer: 1, at the end.*\n\nNext." in printed[:end]


def test_what_only_a_screen_shows_is_left_out_and_other_outputs_stay():
    printed = list(texts(with_answers_at_the_end([each.copy() for each in ASKED])))
    assert "1" in printed
    for each in ("the card", "To answer, click", 'day.predict("x")', "not yet"):
        assert each not in printed


def test_a_day_without_questions_stays_as_it_is():
    cells = [new_markdown_cell("# A day"), code("print(1)", "1")]
    assert list(texts(with_answers_at_the_end(cells))) == ["# A day", "print(1)", "1"]


@pytest.mark.slow
@pytest.mark.parametrize("day", range(1, 7))
def test_a_day_needs_at_most_thirty_pages_and_no_answer_is_below_its_question(tmp_path, day):
    browser = handout._chromium()
    if browser is None:
        pytest.skip("no Chromium")
    (notebook,) = handout.notebook_folder().glob(f"day{day}_*.ipynb")
    page = tmp_path / "day.html"
    page.write_text(handout.written(notebook, day), encoding="utf-8")
    lesson, _ = page.read_text(encoding="utf-8").split("Predictions: results and answers", 1)
    assert "<summary>Answer" not in lesson
    printed = handout.as_pdf(browser, page).read_bytes()
    assert 10 <= len(re.findall(rb"/Type\s*/Page[^s]", printed)) <= 30


def test_a_folder_that_cannot_be_written_is_named_with_what_to_do(tmp_path, capsys):
    (tmp_path / "taken").write_text("a file")
    assert handout.run(["--html", "--out", str(tmp_path / "taken" / "pages")]) == 1
    assert f"{tmp_path / 'taken'}" in (said := capsys.readouterr().err)
    assert said.endswith("Choose another folder with --out.\n")

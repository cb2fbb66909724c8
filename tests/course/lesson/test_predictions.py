"""Predictions: they are made before the cell that answers them, and the result shows whether they were right."""

from __future__ import annotations

import html
import json
import re
import sys
import types

import pytest
from botocore.exceptions import ClientError

from labs_helpers.course.content.loading import days, load_beliefs, load_demos
from labs_helpers.course.content.schema import Belief, Beliefs, Demo, Demos
from labs_helpers.course.lesson import predictions
from labs_helpers.course.lesson.demos import DemoError
from labs_helpers.course.shown.display import Page
from labs_helpers.course.shown.mistakes import UnknownName

PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"
QUESTION = {"question": "What does AWS answer?", "choices": {"a": "It works.", "b": "It refuses.", "c": "Nothing."},
            "right": "b", "reason": "Nothing allows it.", "beliefs": {"a": "2.1"}}  # fmt: skip
DEMOS = Demos(day=2, demos={
    "refusal": Demo(expected="AccessDenied", **QUESTION), "success": Demo(expected="works"),
    "count": Demo(expected=0, **{**QUESTION, "question": "How many events?"}),
})  # fmt: skip
BELIEFS = Beliefs(day=2, beliefs=(Belief(says="A `boundary` grants.", truth="It limits.", source=PAGE),))


@pytest.fixture
def invented(monkeypatch):
    """Give Day 2 these questions and one belief."""
    monkeypatch.setattr(predictions, "load_demos", lambda day: DEMOS)
    monkeypatch.setattr(predictions, "load_beliefs", lambda day: BELIEFS)


@pytest.fixture
def lesson(day, invented):
    return day


def run(lesson):
    """Run the cell that answers the question."""
    with lesson.attempt("refusal"):
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "No."}}, "ListUsers")


def test_prediction_is_noted_and_told_when_the_attempt_is_run(lesson, capsys):
    lesson.predict("refusal")
    said = capsys.readouterr().out
    assert "What does AWS answer?" in said
    assert "a) It works." in said
    lesson.predict("refusal", "B")
    said = capsys.readouterr().out
    assert "Your prediction: b) It refuses." in said
    assert "Nothing allows it" not in said
    run(lesson)
    assert "✓ You predicted this: It refuses. Nothing allows it." in capsys.readouterr().out
    lesson.card()
    assert "Your predictions so far: 1 of 1 right." in capsys.readouterr().out


def test_wrong_prediction_is_told_with_the_right_answer_and_the_belief_behind_it(lesson, capsys):
    lesson.predict("refusal", "a")
    run(lesson)
    said = capsys.readouterr().out
    assert "✗ You predicted: It works.\nRight: It refuses. Nothing allows it." in said
    assert "A common belief behind your answer: “A `boundary` grants.”" in said
    assert "A common belief" not in told(lesson, capsys, "c")


def test_result_of_a_prediction_shows_the_choice_and_the_right_one_with_the_belief_and_the_reason(lesson):
    right = "<strong>b) It refuses.</strong>"
    wrong = (
        "wrong</span></span></div><div><strong>a) It works.</strong> (your&nbsp;prediction)<br>A common belief "
        "behind your answer: “A <code>boundary</code> grants.”</div>"
    )
    for choice, mark in (("a", ""), ("b", " (your&nbsp;prediction)")):
        lesson.commitments["refusal"] = choice
        page = Page()
        predictions.verdict(lesson, "refusal", DEMOS.demos["refusal"], page)
        assert f"right</span></span></div><div>{right}{mark}<br>Nothing allows it.</div>" in page.html
        assert (wrong in page.html) == (choice == "a")
        assert "Nothing.</strong>" not in page.html


def told(lesson, capsys, choice):
    """Return what a learner who predicts this in a fresh notebook sees."""
    lesson.answered.clear()
    lesson.predict("refusal", choice)
    run(lesson)
    return capsys.readouterr().out


def test_only_the_prediction_that_was_made_before_the_result_counts(lesson, capsys):
    lesson.predict("refusal", "a")
    lesson.predict("refusal", "c")
    run(lesson)
    capsys.readouterr()
    lesson.predict("refusal", "b")
    assert capsys.readouterr().out.endswith("doesn't count.\nRight: It refuses. Nothing allows it.\n")
    run(lesson)
    assert "✗ You predicted: Nothing." in capsys.readouterr().out, "the result says it each time"
    lesson.predictions()
    assert "1 of 2 made, 0 of them right" in capsys.readouterr().out


def test_value_that_a_cell_observes_answers_a_question_as_a_call_does(lesson, capsys):
    lesson.predict("count", "b")
    lesson.outcome("count", 0)
    assert "✓ You predicted this" in capsys.readouterr().out


def test_cell_breaks_that_observes_another_value(lesson):
    with pytest.raises(DemoError, match="count: expected 0, but got 3"):
        lesson.outcome("count", 3)


def test_without_a_prediction_nothing_is_asked_and_nothing_blocks(lesson, capsys):
    run(lesson)
    lesson.outcome("count", 0)
    assert "predicted" not in capsys.readouterr().out


def test_end_of_the_day_tells_which_predictions_were_not_made_and_which_were_wrong(lesson, capsys):
    lesson.predict("refusal", "a")
    run(lesson)
    capsys.readouterr()
    lesson.predictions()
    assert capsys.readouterr().out == (
        "Predictions: 1 of 2 made, 0 of them right.\nNot made: 1.\n  - How many events?\n"
        "Worth another look:\n  - What does AWS answer?\n"
    )


@pytest.mark.parametrize("choice", ["d", 7, "", object(), ["a"]])
def test_choice_that_there_is_not_is_explained(lesson, capsys, choice):
    lesson.predict("refusal", choice)
    assert capsys.readouterr().out == "Choose one of a, b, c.\n"
    assert lesson.commitments == {}


@pytest.mark.parametrize("name", ["refusall", "", None, 7, [], {}])
def test_name_that_there_is_not_is_answered_with_those_that_there_are(lesson, name):
    with pytest.raises(UnknownName, match="Questions: refusal, count"):
        lesson.predict(name)
    with pytest.raises(UnknownName, match="Attempts: refusal, success, count"):
        lesson.outcome(name)


def test_name_of_an_attempt_without_a_question_can_not_be_predicted(lesson):
    with pytest.raises(UnknownName, match='There is no question "success" on Day 2'):
        lesson.predict("success")


@pytest.fixture
def buttons(monkeypatch):
    """Collect the buttons that are created in a notebook, and the bundles that are displayed."""
    ipywidgets = pytest.importorskip("ipywidgets")
    made, shown = [], []
    real = ipywidgets.Button
    monkeypatch.setattr(ipywidgets, "Button", lambda **more: made.append(real(**more)) or made[-1])
    module = types.ModuleType("IPython.display")
    module.display = lambda bundle, **_: shown.append(bundle)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    monkeypatch.setattr(predictions, "in_notebook", lambda: True)
    return types.SimpleNamespace(made=made, shown=shown)


def test_button_with_the_text_of_a_choice_commits_to_it(lesson, buttons):
    lesson.predict("refusal")
    first, second, _ = buttons.made
    assert (first.description, second.description) == ("a) It works.", "b) It refuses.")
    first.click()
    second.click()
    assert lesson.commitments == {"refusal": "b"}
    assert first.description == "a) It works."
    assert second.description == "• b) It refuses. (your\N{NO-BREAK SPACE}prediction)"
    assert "tinted" not in first._dom_classes
    assert "tinted" in second._dom_classes


def told_by(lesson):
    """Return the texts of the marked buttons with the reasons below them, and the line below all buttons."""
    card = lesson.prediction_cards["refusal"]
    column = card.view.children[0].children[1].children[0].children
    marked = [
        " ".join([button.description, re.sub("<.*?>", "", reason.value)]).strip()
        for button, reason in zip(column[::2], column[1::2], strict=True)
        if "tinted" in button._dom_classes
    ]
    return marked, html.unescape(re.sub("<.*?>", "", card.said.value))


@pytest.mark.parametrize(("place", "heard"), [(0, "The right answer is b."), (1, "You were right.")])
def test_after_the_result_the_buttons_show_only_the_prediction(lesson, buttons, place, heard):
    lesson.predict("refusal")
    buttons.made[place].click()
    mine, line = told_by(lesson)
    assert line == "Your prediction is noted. Now run the next cell."
    run(lesson)
    assert told_by(lesson) == (mine, f"Your prediction is noted. Compare it with the result below. {heard}")
    buttons.made[2].click()
    assert told_by(lesson) == (mine, "Your choice is final, because you have seen the result.")


@pytest.mark.parametrize(("place", "marked"), [
    (0, ["✗ a) It works. (your answer) A common belief behind your answer: “A boundary grants.”",
         "✓ b) It refuses. (right) Nothing allows it."]),
    (1, ["✓ b) It refuses. (your answer, right) Nothing allows it."]),
])  # fmt: skip
def test_choice_after_the_result_is_judged_once_with_the_reason_and_does_not_count(
    lesson, buttons, capsys, place, marked
):
    lesson.predict("refusal")
    run(lesson)
    assert told_by(lesson) == ([], "The result is below. You can still test yourself.")
    buttons.made[place].click()
    assert told_by(lesson) == (marked, "You answered after the result, so this isn't a prediction.")
    buttons.made[2].click()
    capsys.readouterr()
    run(lesson)
    assert told_by(lesson) == (marked, "Your choice is final, because you have seen the result.")
    lesson.predictions()
    assert "Predictions: 0 of 2 made" in capsys.readouterr().out


def test_typed_prediction_marks_its_button_and_a_question_that_is_asked_again_keeps_its_mark(lesson, buttons):
    lesson.predict("refusal")
    lesson.predict("refusal", "b")
    mine = told_by(lesson)[0]
    assert mine == ["• b) It refuses. (your\N{NO-BREAK SPACE}prediction)"]
    lesson.predict("refusal")
    assert told_by(lesson) == (mine, "Your prediction is noted. Now run the next cell.")
    run(lesson)
    lesson.predict("refusal")
    assert told_by(lesson)[0] == mine
    assert "Compare it" in told_by(lesson)[1]


def test_saved_and_exported_notebooks_show_how_to_answer_in_the_place_of_buttons(lesson, buttons):
    lesson.predict("refusal")
    assert 'call `day.predict("refusal", "a")`' in buttons.shown[0]["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in buttons.shown[0]


@pytest.mark.parametrize("faulty", [
    {"expected": "works", "question": "Can she?"}, {"expected": "works", **QUESTION, "right": "d"},
    {"expected": "works", **QUESTION, "choices": {"a": "only"}, "right": "a", "beliefs": {}},
    {"expected": "works", **QUESTION, "beliefs": {"b": "2.1"}}, {"expected": "works", **QUESTION, "question": "Guess."},
])  # fmt: skip
def test_question_needs_choices_and_an_answer_and_beliefs_belong_to_wrong_choices(faulty):
    with pytest.raises(ValueError, match=r"prediction needs|belong to wrong|should match"):
        Demo(**faulty)


@pytest.mark.parametrize("number", days())
def test_every_belief_behind_a_wrong_choice_exists(number):
    demos = load_demos(number)
    for name, demo in demos.demos.items() if demos else ():
        json.dumps(demo.expected)
        for id in demo.beliefs.values():
            day, _, place = id.partition(".")
            assert int(place) <= len(load_beliefs(int(day)).beliefs), f"{name}: there is no belief {id}"

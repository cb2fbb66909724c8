"""Predictions: they are made before the cell that answers them, and the result shows whether they were right."""

from __future__ import annotations

import json
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
    """Day 2 has these questions, and one belief."""
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
    assert "Your predictions so far: 1 of 1 were right." in capsys.readouterr().out


def test_wrong_prediction_is_told_with_the_right_answer_and_the_belief_behind_it(lesson, capsys):
    lesson.predict("refusal", "a")
    run(lesson)
    said = capsys.readouterr().out
    assert "✗ You predicted: It works.\nRight: It refuses. Nothing allows it." in said
    assert "A common belief behind your answer: “A `boundary` grants.”" in said
    assert "A common belief" not in told(lesson, capsys, "c")


def test_result_of_a_prediction_has_the_two_rows_of_a_quiz(lesson):
    for choice, marked in (("a", ('bad">✗ a)', 'good">✓ b)')), ("b", ('good">✓ b)',))):
        lesson.commitments["refusal"] = choice
        page = Page()
        predictions.verdict(lesson, "refusal", DEMOS.demos["refusal"], page)
        assert ("“A <code>boundary</code> grants.”" in page.html) == (choice == "a")
        assert page.html.count('<div class="option') == len(marked)
        assert all(each in page.html for each in marked)


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
    lesson.predict("refusal", "b")
    assert "doesn't count" in capsys.readouterr().out
    run(lesson)
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
    """The buttons that are made in a notebook, and the bundles that are displayed."""
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
    assert second.description == "• b) It refuses. (your prediction)"
    assert "tinted" not in first._dom_classes
    assert "tinted" in second._dom_classes


def told_by(lesson, buttons):
    """Return the texts of the marked buttons, and the line below all buttons."""
    marked = [each.description for each in buttons.made if "tinted" in each._dom_classes]
    return marked, lesson.prediction_cards["refusal"].said.value


@pytest.mark.parametrize(("place", "marked", "line"), [
    (0, ["✗ a) It works. (your prediction)", "✓ b) It refuses. (right)"], "The answer was b."),
    (1, ["✓ b) It refuses. (your prediction)"], "You were right."),
])  # fmt: skip
def test_after_the_result_the_buttons_show_the_prediction_and_the_right_choice(
    lesson, buttons, place, marked, line
):
    lesson.predict("refusal")
    buttons.made[place].click()
    assert "Now run the next cell." in told_by(lesson, buttons)[1]
    run(lesson)
    assert told_by(lesson, buttons) == (marked, f'<p role="status">{line}</p>')
    buttons.made[2].click()
    assert told_by(lesson, buttons)[0] == marked
    assert " a prediction. The answer was b." in told_by(lesson, buttons)[1]


@pytest.mark.parametrize(("place", "marked"), [
    (0, ["✗ a) It works. (your answer)", "✓ b) It refuses. (right)"]), (1, ["✓ b) It refuses. (your answer)"]),
])  # fmt: skip
def test_choice_after_the_result_shows_the_right_one_and_does_not_count(
    lesson, buttons, capsys, place, marked
):
    lesson.predict("refusal")
    run(lesson)
    assert told_by(lesson, buttons) == ([], "")
    buttons.made[place].click()
    assert told_by(lesson, buttons)[0] == marked
    assert " a prediction. The answer was b." in told_by(lesson, buttons)[1]
    capsys.readouterr()
    run(lesson)
    lesson.predictions()
    assert "Predictions: 0 of 2 made" in capsys.readouterr().out


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

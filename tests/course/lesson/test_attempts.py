"""Attempts: a call, what AWS answers, and what must come of it by data; predictions made before it is run."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError, NoRegionError

from labs_helpers.course.content.schema import Demo, Demos
from labs_helpers.course.lesson import attempts
from labs_helpers.course.lesson.demos import DemoError

QUESTION = {"question": "What does AWS answer?", "choices": {"a": "It works.", "b": "It refuses."}, "right": "b",
            "reason": "Nothing allows it."}  # fmt: skip
DEMOS = Demos(day=2, demos={
    "refusal": Demo(expected="AccessDenied", **QUESTION), "success": Demo(expected="works"),
})  # fmt: skip


@pytest.fixture(autouse=True)
def _demos(monkeypatch):
    monkeypatch.setattr(attempts, "load_demos", lambda day: DEMOS)


def refuse(code="AccessDenied"):
    raise ClientError(
        {"Error": {"Code": code, "Message": "You may not."}, "ResponseMetadata": {"HTTPStatusCode": 403}},
        "ListUsers",
    )


def test_a_refusal_is_shown_in_aws_s_words_and_the_cell_goes_on(day, capsys):
    with day.attempt("refusal") as result:
        refuse()
    assert (result.allowed, bool(result), result.code, result.message) == (
        False,
        False,
        "AccessDenied",
        "You may not.",
    )
    assert (result.status, result.operation, str(result)) == (403, "ListUsers", "AccessDenied: You may not.")
    assert "✗ AccessDenied\nAWS's message: You may not." in capsys.readouterr().out


def test_a_success_is_shown_as_one(day, capsys):
    with day.attempt("success") as result:
        pass
    assert result
    assert str(result) == "It works."
    assert "✓ Allowed" in capsys.readouterr().out


def test_a_cell_breaks_that_comes_out_otherwise(day):
    with pytest.raises(DemoError, match=r"refusal: expected AccessDenied, but got a successful call"):
        with day.attempt("refusal"):
            pass
    with pytest.raises(DemoError, match="expected AccessDenied, but got NoSuchBucket"):
        with day.attempt("refusal"):
            refuse("NoSuchBucket")
    with pytest.raises(DemoError, match="expected a successful call"):
        with day.attempt("success"):
            refuse()


@pytest.mark.parametrize("name", ["none", None, 7])
def test_an_attempt_that_there_is_not_is_named(day, name):
    with pytest.raises(LookupError, match="Attempts: refusal, success"):
        with day.attempt(name):
            pass


@pytest.mark.parametrize("error", [NoRegionError(), ValueError("mine")])
def test_what_is_no_answer_of_aws_passes_through(day, error):
    with pytest.raises(type(error)), day.attempt("refusal"):
        raise error
    assert issubclass(NoRegionError, BotoCoreError)


# Predictions


def test_a_prediction_is_noted_and_told_when_the_attempt_is_run(day, capsys):
    day.predict("refusal")
    assert "What does AWS answer?" in capsys.readouterr().out
    day.predict("refusal", "B")
    said = capsys.readouterr().out
    assert "Your prediction: b) It refuses." in said
    assert "Nothing allows it" not in said
    with day.attempt("refusal"):
        refuse()
    assert "✓ You predicted: It refuses. Nothing allows it." in capsys.readouterr().out
    day.card()
    assert "Your predictions so far: 1 of 1 were right." in capsys.readouterr().out


def test_a_wrong_prediction_counts_once_and_is_explained(day, capsys):
    for choice in ("a", "b"):
        day.predict("refusal", choice)
        with day.attempt("refusal"):
            refuse()
    assert "✗ You predicted: It works. Nothing allows it." in capsys.readouterr().out
    day.progress()
    assert "Right predictions: 0 of 1" in capsys.readouterr().out


def test_without_a_prediction_nothing_is_asked_and_nothing_blocks(day, capsys):
    with day.attempt("refusal"):
        refuse()
    assert "You said" not in capsys.readouterr().out


@pytest.mark.parametrize("choice", ["c", 7, "", object()])
def test_a_choice_that_there_is_not_is_explained(day, capsys, choice):
    day.predict("refusal", choice)
    assert "Choose one of a, b." in capsys.readouterr().out


def test_an_attempt_without_a_question_says_so(day):
    with pytest.raises(LookupError, match="has no prediction"):
        day.predict("success")


def test_buttons_note_a_choice_in_a_notebook(day, monkeypatch, kernel):
    import ipywidgets

    made = []
    real = ipywidgets.Button
    monkeypatch.setattr(ipywidgets, "Button", lambda **more: made.append(real(**more)) or made[-1])
    day.predict("refusal")
    made[0].click()
    assert day.commitments == {"refusal": "a"}


@pytest.fixture
def kernel(monkeypatch):
    import sys
    import types

    ipython, display = types.ModuleType("IPython"), types.ModuleType("IPython.display")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    import ipywidgets  # before IPython is hidden

    display.display = lambda *shown, **more: None
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    return ipywidgets


@pytest.mark.parametrize("faulty", [
    {"expected": "works", "question": "?"}, {"expected": "works", **QUESTION, "right": "c"},
    {"expected": "works", **QUESTION, "choices": {"a": "only"}, "right": "a"},
])  # fmt: skip
def test_a_question_needs_choices_and_an_answer(faulty):
    with pytest.raises(ValueError, match=r"prediction needs"):
        Demo(**faulty)


def test_day_2_s_first_refusal_is_what_aws_answers(one_cloud, tmp_path, monkeypatch):
    monkeypatch.undo()
    from labs_helpers.course import open_day

    one_cloud.reset()
    day = open_day(2, cloud=one_cloud, progress=tmp_path / "p.json")
    with day.attempt("first-refusal") as result:
        boto3.Session(profile_name="alice").client("s3").get_object(Bucket="payroll", Key="2026.csv")
    assert "is not authorized to perform: s3:GetObject" in result.message


def test_in_a_notebook_buttons_are_shown_whose_plain_text_says_what_they_are(day, monkeypatch):
    """Saved and exported notebooks show the plain text where nothing draws widgets."""
    ipywidgets, shown = pytest.importorskip("ipywidgets"), []
    monkeypatch.setattr("labs_helpers.course.lesson.attempts.in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda bundle, **_: shown.append(bundle))
    made = []
    monkeypatch.setattr(
        ipywidgets, "Button", lambda real=ipywidgets.Button, **given: made.append(real(**given)) or made[-1]
    )
    day.predict("refusal")
    bundle = next(
        each for each in shown if isinstance(each, dict) and "Buttons" in each.get("text/plain", "")
    )
    assert "application/vnd.jupyter.widget-view+json" in bundle
    made[1].click()
    assert day.commitments == {"refusal": "b"}

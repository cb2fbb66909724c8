"""Attempts: a call, AWS's answer, and the outcome that the data requires."""

from __future__ import annotations

import re

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError, NoRegionError

from labs_helpers.course.content.schema import Demo, Demos
from labs_helpers.course.lesson import predictions
from labs_helpers.course.lesson.demos import DemoError

DEMOS = Demos(day=2, demos={
    "refusal": Demo(expected="AccessDenied"), "success": Demo(expected="works"),
})  # fmt: skip


@pytest.fixture(autouse=True)
def _demos(monkeypatch):
    monkeypatch.setattr(predictions, "load_demos", lambda day: DEMOS)


def refuse(code="AccessDenied", message="You may not."):
    raise ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 403}},
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
    assert "Result: AccessDenied\nAWS's message: You may not." in capsys.readouterr().out


def test_the_encoded_part_of_a_message_is_collapsed_and_whole_in_the_text(day, monkeypatch):
    pages = []
    monkeypatch.setattr(day, "show", pages.append)
    encoded = "Encoded authorization failure message: " + "k3J9" * 80
    with day.attempt():
        refuse(message=f"You may not. {encoded}")
    assert encoded in pages[-1].text
    shown, _, folded = pages[-1].html.partition("The whole message")
    assert "k3J9" not in shown
    assert "k3J9" * 80 in folded


def test_a_success_is_shown_as_one(day, capsys):
    with day.attempt("success") as result:
        pass
    assert result
    assert str(result) == "It works."
    assert "Result: it works." in capsys.readouterr().out


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


@pytest.mark.parametrize("name", ["none", "", 7, []])
def test_an_attempt_that_there_is_not_is_named(day, name):
    with pytest.raises(LookupError, match="Attempts: refusal, success"):
        with day.attempt(name):
            pass


@pytest.mark.parametrize("error", [NoRegionError(), ValueError("mine")])
def test_what_is_no_answer_of_aws_passes_through(day, error):
    with pytest.raises(type(error)), day.attempt("refusal"):
        raise error
    assert issubclass(NoRegionError, BotoCoreError)


def test_day_2_s_first_denial_is_what_aws_answers(one_cloud, tmp_path, monkeypatch):
    monkeypatch.undo()
    from labs_helpers.course import open_day

    one_cloud.reset()
    day = open_day(2, cloud=one_cloud, progress=tmp_path / "p.json")
    with day.attempt("alice-payroll") as result:
        boto3.Session(profile_name="alice").client("s3").get_object(Bucket="payroll", Key="2026.csv")
    assert "is not authorized to perform: s3:GetObject" in result.message


def test_a_learner_s_own_call_needs_no_name_and_may_come_out_either_way(day, capsys):
    with day.attempt():
        pass
    with day.attempt() as result:
        refuse("NoSuchBucket")
    assert result.code == "NoSuchBucket"
    assert capsys.readouterr().out == "Result: it works.\nResult: NoSuchBucket\nAWS's message: You may not.\n"


def test_what_a_call_also_needs_is_listed_below_the_path_if_the_decision_is_the_same(
    one_cloud, tmp_path, monkeypatch
):
    from labs_helpers.course import open_day

    one_cloud.reset()
    day, pages = open_day(4, cloud=one_cloud, progress=tmp_path / "p.json"), []
    monkeypatch.setattr(day, "show", pages.append)
    with day.attempt():
        boto3.client("sqs").create_queue(QueueName="tagged", tags={"team": "shop"})
    shown = pages[-1].html.replace("<wbr>", "").replace("\u200b", "")
    path, _, also = shown.partition("The call also needs the following")
    assert "CreateQueue" in path
    assert "TagQueue" not in path
    assert "TagQueue" in also
    assert re.search(r"</code>\s+<span>", also), "the action and the icon touch"
    assert shown.count("Why: each layer") == 1

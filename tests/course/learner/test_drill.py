"""A learner's drill: the next question, what is stored next to the progress, and what is remembered after a month."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta

import pytest

from labs_helpers.course.drill.evaluation_rules import rules
from labs_helpers.course.learner import drill_schedule
from labs_helpers.course.learner.drill import Drill
from labs_helpers.course.learner.drill_memory import DrillMemory, Review, read_drill_file
from labs_helpers.course.learner.drill_schedule import mixed_order, next_rule
from labs_helpers.course.learner.kept_file import BrokenFile, NewerFile
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.learner.recall import DRILL

START = datetime(2027, 1, 1, 9, tzinfo=UTC)


@pytest.fixture
def progress(tmp_path):
    return Progress(tmp_path / "p.json")


@pytest.fixture(params=["with FSRS", "plain"])
def schedule(request, monkeypatch):
    """Both schedules: the one with FSRS, and the one without it."""
    if request.param == "plain":
        monkeypatch.setattr(drill_schedule, "has_fsrs", lambda: False)
    else:
        pytest.importorskip("fsrs")


def reviews(**given: list[tuple[float, bool]]) -> dict[str, tuple[Review, ...]]:
    """Return answers by rule; each is given as days after the start, and whether it was right."""
    return {
        rule: tuple(Review(START + timedelta(days=days), right) for days, right in listed)
        for rule, listed in given.items()
    }


def test_new_rules_are_asked_until_all_are_known(schedule):
    known = reviews(a=[(0, True)])
    assert next_rule(["a", "b", "c"], known, START + timedelta(minutes=1)) == "b"


def test_a_wrong_rule_comes_back_before_new_ones(schedule):
    known = reviews(a=[(0, False)], b=[(0.001, True)], c=[(0.002, True)], d=[(0.003, True)])
    assert next_rule(["a", "b", "c", "d", "e"], known, START + timedelta(minutes=8)) == "a"


def test_no_rule_is_asked_twice_in_a_row(schedule):
    known = reviews(a=[(0, False)])
    assert next_rule(["a", "b"], known, START + timedelta(days=400)) == "b"


def test_a_rule_that_was_right_several_times_waits_longer(schedule):
    known = reviews(
        a=[(0, True), (1, True), (4, True), (12, True)], b=[(0, True), (11.9, True)], c=[(11.95, True)]
    )
    assert next_rule(["a", "b", "c"], known, START + timedelta(days=16)) in ("b", "c")


def test_only_rules_that_were_taught_are_asked_in_an_order_of_the_learner_s_own():
    listed = [(f"r{number}", 1 + number % 3) for number in range(12)]
    one, other = mixed_order(listed, 2, "one"), mixed_order(listed, 2, "other")
    assert sorted(one) == sorted(other) == sorted(rule for rule, day in listed if day <= 2)
    assert one != other


def test_answers_are_kept_beside_the_progress(progress):
    drill = Drill(progress, now=START)
    question = drill.next_question()
    assert drill.answer(question.right)
    kept = json.loads(progress.path.with_suffix(".drill.json").read_text(encoding="utf-8"))
    assert kept["reviews"] == {question.rule.id: [["2027-01-01T09:00:00Z", True]]}
    assert Drill(progress, now=START).next_question().rule.id != question.rule.id


def test_a_letter_that_is_no_option_isn_t_an_answer(progress):
    drill = Drill(progress, now=START)
    question = drill.next_question()
    assert "Choose one of a, b" in drill.answered_page("z").text
    assert drill.next_question() is question
    assert not progress.path.with_suffix(".drill.json").exists()


def test_two_notebooks_answers_are_merged(progress):
    one, other = DrillMemory(progress), DrillMemory(progress)
    one.add("a", True, START)
    other.add("a", False, START + timedelta(hours=1))
    one.add("b", True, START)
    assert [review.right for review in one.reviews()["a"]] == [True, False]


@pytest.mark.parametrize(
    "text",
    [
        "[]", "{", '{"version": 1}', '{"version": 1, "reviews": {"a": [["x", true]]}}',
        '{"version": 1, "reviews": {"a": 7}}',
        '{"version": 1, "reviews": {"a": [["9999-12-31T23:59:59Z", true]]}}',
    ],
)  # fmt: skip
def test_a_broken_file_is_put_aside_and_the_drill_goes_on(progress, text):
    path = progress.path.with_suffix(".drill.json")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BrokenFile):
        read_drill_file(path)
    memory = DrillMemory(progress)
    assert memory.take_notices()
    memory.add("a", True, START)
    assert list(memory.reviews()) == ["a"]


def test_a_newer_file_stays_as_it_is(progress):
    path = progress.path.with_suffix(".drill.json")
    path.write_text('{"version": 99}', encoding="utf-8")
    with pytest.raises(NewerFile):
        read_drill_file(path)
    DrillMemory(progress).add("a", True, START)
    assert path.read_text(encoding="utf-8") == '{"version": 99}'


def test_after_a_month_it_says_rule_by_rule_what_stayed(progress, schedule):
    memory = DrillMemory(progress)
    stayed, lost, silent, back = list(rules())[:4]
    for rule in (stayed, lost, silent, back):
        memory.add(rule, True, START)
    late = START + timedelta(days=30)
    memory.add(stayed, True, late)
    memory.add(lost, False, late)
    memory.add(back, False, late)
    memory.add(back, True, late + timedelta(days=1))
    drill = Drill(progress, now=START + timedelta(days=32))
    assert [each.words for each in drill.stayed()] == [
        "remembered",
        "forgotten",
        "not asked again",
        "learned again",
    ]
    shown = drill.report_page().text
    assert "Rules asked again four weeks or more after the first question: 3. You knew 2 of them." in shown
    assert all(rules()[rule].title in shown for rule in (stayed, lost, silent, back))


def test_before_the_month_is_over_the_report_says_when(progress):
    assert "no answers yet" in Drill(progress, now=START).report_page().text
    DrillMemory(progress).add("explicit-deny", True, START)
    assert "From 2027-01-29 on" in Drill(progress, now=START).report_page().text


def test_a_day_asks_and_answers(day, capsys):
    day.drill()
    assert 'day.drill("a")' in capsys.readouterr().out
    question = day._drill.question
    day.drill(question.right)
    assert "✓ Right." in capsys.readouterr().out
    day.drill("report")
    assert "1 answer about 1 of" in capsys.readouterr().out


def test_recall_draws_from_the_drill_too(day, capsys):
    drill = day._learners_drill()
    for rule in ("explicit-deny", "action-case", "scp-denies"):
        drill.recalled(rule, False)
    day.number = 3
    day.recall()
    assert "AWS" in capsys.readouterr().out
    ids = day._drawn.ids
    assert len(ids) == 5
    assert set(ids[3:]) == {f"{DRILL}explicit-deny", f"{DRILL}action-case"}, "only rules of earlier days"
    before = day._progress.answers()
    day.recall({5: day._drawn.questions[4].right})
    assert day._progress.answers() == before
    assert drill._memory.reviews()[ids[4].removeprefix(DRILL)][-1].right


def test_the_drill_doesn_t_import_fsrs_if_it_isn_t_there(progress, monkeypatch):
    monkeypatch.setattr(drill_schedule, "has_fsrs", lambda: False)
    monkeypatch.setitem(sys.modules, "fsrs", None)
    drill = Drill(progress, now=START)
    for _ in range(5):
        drill.answer(drill.next_question().right)
    assert "5 answers" in drill.report_page().text

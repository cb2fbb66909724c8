"""Questions about earlier days at the start of a day, and the self-test about common beliefs."""

from __future__ import annotations

import pytest

from labs_helpers.course.content.loading import load_quiz
from labs_helpers.course.content.schema import Belief, Beliefs
from labs_helpers.course.drill.drill_question import draw_question
from labs_helpers.course.drill.evaluation_rules import rules
from labs_helpers.course.learner import recall, self_test
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.learner.recall import draw

PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"


@pytest.fixture
def earlier(monkeypatch):
    """Two earlier days with the questions of day 2's quiz."""
    monkeypatch.setattr(recall, "days", lambda: (1, 2, 3))
    monkeypatch.setattr(recall, "load_quiz", lambda day: load_quiz(2))


@pytest.fixture
def progress(tmp_path):
    return Progress(tmp_path / "p.json")


def test_five_questions_of_earlier_days_are_drawn(earlier, progress):
    first = draw(3, progress)
    assert len(first.questions) == len(set(first.ids)) == 5
    assert {id.partition(".")[0] for id in first.ids} <= {"1", "2"}
    assert draw(3, progress).ids == first.ids


def test_what_was_wrong_before_comes_first_and_what_was_right_last(earlier, progress):
    progress.answered({"1.3": False, "2.7": False, **{f"2.{place}": True for place in range(1, 7)}})
    progress.answered({"1.3": False})
    ids = draw(3, progress).ids
    assert ids[:2] == ("1.3", "2.7")
    assert not set(ids) & {f"2.{place}" for place in range(1, 7)}


def test_every_earlier_day_has_its_turn_unless_answers_were_wrong(progress):
    assert {id.partition(".")[0] for id in draw(6, progress).ids} == {"1", "2", "3", "4", "5"}
    progress.answered({f"1.{place}": False for place in range(1, 6)})
    assert {id.partition(".")[0] for id in draw(6, progress).ids} == {"1"}


@pytest.mark.parametrize("day", [2, 3, 4, 5, 6])
def test_a_recalled_question_is_no_quiz_letter_by_letter(progress, day):
    drawn = draw(day, progress)
    for id, question in zip(drawn.ids, drawn.questions, strict=True):
        earlier, _, place = id.partition(".")
        asked = load_quiz(int(earlier)).questions[int(place) - 1]
        assert list(question.options.values()) != list(asked.options.values())
        assert set(question.options) == set(asked.options)
        assert question.options[question.right] == asked.options[asked.right]


@pytest.mark.parametrize("kind", ["allowed", "request"])
def test_questions_of_the_drill_with_the_same_text_name_their_situation_and_give_no_answer_away(
    progress, kind
):
    drilled = [draw_question(rule, "x", kind=kind) for rule in list(rules())[:2]]
    drawn = draw(5, progress, drilled)
    assert len(set(drawn.subjects.values())) == len(drilled)
    assert set(drawn.subjects) == set(drawn.ids[-2:])
    for question, subject in zip(drilled, drawn.subjects.values(), strict=True):
        asks = question.scene["action"] in subject
        assert asks is (question.kind != "request"), "the right request isn't named"


def test_card_offers_recall_and_self_test_where_there_are_any(day, capsys, monkeypatch):
    day.card()
    shown = capsys.readouterr().out
    assert "day.self_test()" in shown
    from labs_helpers.course.lesson import day as module

    monkeypatch.setattr(module, "days", lambda: (1, 2))
    day.card()
    assert "day.recall()" in capsys.readouterr().out


def test_first_day_has_nothing_to_recall(day, capsys):
    day.number = 1
    assert day.recall() is None
    assert "no questions about earlier days yet" in capsys.readouterr().out


def test_recall_is_graded_and_kept(earlier, day, capsys):
    day.number = 3
    assert day.recall() is None
    shown = capsys.readouterr().out
    assert "from memory" in shown
    draw = day._drawn
    result = day.recall({1: draw.questions[0].right, 2: "z"})
    assert (result.right, result.of) == (1, 5)
    assert day._progress.answers() == {draw.ids[0]: (1, 0)}
    assert "Questions about earlier days: 1 of 1 right" in capsys.readouterr().out


def test_a_quiz_s_answers_are_what_later_days_draw_from(day):
    questions = load_quiz(2).questions
    wrong = next(letter for letter in questions[0].options if letter != questions[0].right)
    day.quiz({1: wrong, 2: questions[1].right})
    assert day._progress.answers() == {"2.1": (0, 1), "2.2": (1, 0)}


def test_a_quiz_gives_the_reason_of_every_option(day, capsys):
    question = load_quiz(2).questions[0]
    day.quiz({1: question.right})
    shown = capsys.readouterr().out
    assert all(option.reason in shown for option in question.options.values())


def test_a_quiz_keeps_the_question_with_its_answer_and_says_which_option_was_right(day, capsys):
    question = load_quiz(2).questions[0]
    wrong = next(letter for letter in question.options if letter != question.right)
    day.quiz({1: wrong})
    shown = capsys.readouterr().out
    assert "Day 2 quiz: 0 of 1 right" in shown
    assert f"1. {question.question}" in shown
    assert f"Right: {question.right}) {question.options[question.right].text}" in shown


@pytest.mark.parametrize("slip", ["z", "", "ab", 7, None])
def test_a_slip_in_a_quiz_reveals_nothing_and_counts_as_nothing(day, capsys, slip):
    day.quiz({1: slip})
    shown = capsys.readouterr().out
    assert not any(option.reason in shown for option in load_quiz(2).questions[0].options.values())
    assert (day._progress.quiz(2), day._progress.answers()) == (None, {})


# The self-test

BELIEFS = Beliefs(day=2, beliefs=[
    Belief(says="A boundary grants.", truth="It caps.", source=PAGE),
    Belief(says="A deny wins.", true=True, truth="Always.", mistaken="An allow wins.", source=PAGE),
])  # fmt: skip


@pytest.fixture
def beliefs(monkeypatch):
    monkeypatch.setattr(self_test, "load_beliefs", lambda day: BELIEFS)


def test_opening_shows_the_statements_and_no_truth(beliefs, day, capsys):
    day.self_test()
    day.self_test({1: "definitely true", 2: "?"})
    shown = capsys.readouterr().out
    assert "1. A boundary grants." in shown
    assert "Saved: 2 of 2" in shown
    assert "It caps" not in shown


def test_closing_shows_what_holds_and_the_shift(beliefs, day, capsys):
    day.self_test({1: "definitely true", 2: "true"})
    capsys.readouterr()
    day.self_test_again({1: "False", 2: "definitely true"})
    shown = capsys.readouterr().out
    assert "False. It caps." in shown
    assert "True. Always." in shown
    assert "definitely true" in shown
    assert "Correct at the start of the day: 1 of 2. Correct now: 2 of 2." in shown
    assert PAGE in shown
    assert day._progress.beliefs(2, "before") == {1: 2, 2: 1}
    assert Progress(day._progress.path).beliefs(2, "after") == {1: -1, 2: 2}


def test_closing_without_an_opening_says_what_holds_all_the_same(beliefs, day, capsys):
    day.self_test_again({1: "?"})
    assert "Correct now: 0 of 1." in capsys.readouterr().out


def test_statements_that_were_skipped_or_mistyped_reveal_nothing(beliefs, day, capsys):
    day.self_test_again({1: "false", 2: "tru"})
    shown = capsys.readouterr().out
    assert "Correct now: 1 of 1." in shown
    assert "Always" not in shown
    assert "2. Answer with one of definitely true" in shown
    day.self_test_again({1: "z"})
    assert "It caps" not in capsys.readouterr().out


def test_progress_shows_how_sure_the_learner_was_and_how_often_right(beliefs, day, capsys):
    day.self_test({1: "definitely true", 2: "true"})
    day.self_test_again({1: "definitely false", 2: "?"})
    capsys.readouterr()
    day.progress()
    shown = capsys.readouterr().out
    assert (
        "At the start of the day: 0 of 1 right when you were sure; "
        "1 of 1 right when you were less sure." in shown
    )
    assert "At the end of the day: 1 of 1 right when you were sure." in shown


@pytest.mark.parametrize("answers", [{"1": "true"}, {3: "true"}, {1: "maybe"}, {1: 7}, [1], "true", 7])
def test_an_answer_that_is_none_is_explained(beliefs, day, capsys, answers):
    day.self_test(answers)
    assert "Saved: 0 of 2" in capsys.readouterr().out


def test_day_2_asks_eight_things(day, capsys):
    day.self_test()
    assert capsys.readouterr().out.count("\n  - ") == 8


def test_on_binder_the_card_says_that_it_forgets(day, capsys, monkeypatch):
    capsys.readouterr()
    day.card()
    assert "forgets" not in capsys.readouterr().out
    monkeypatch.setenv("BINDER_LAUNCH_HOST", "https://binder.example/")
    day.card()
    assert "day.progress().export()" in capsys.readouterr().out

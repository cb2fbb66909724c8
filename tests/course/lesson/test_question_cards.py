"""Questions that are answered by clicking: shown one at a time, marked in place, and saved like typed answers."""

from __future__ import annotations

import sys
import types
from dataclasses import replace
from typing import Any

import pytest

from labs_helpers.course.content.loading import load_beliefs, load_quiz, page_titles
from labs_helpers.course.content.numbering import WEEKEND
from labs_helpers.course.drill.evaluation_rules import rules
from labs_helpers.course.learner.asked import Asked, question_html, questions_html
from labs_helpers.course.learner.quiz import asked, grade_quiz, result_page
from labs_helpers.course.lesson import question_cards
from labs_helpers.course.lesson.question_cards import QuestionCards
from labs_helpers.course.lesson.question_end import End
from labs_helpers.course.lesson.reread import Place, of_quiz, of_statements
from labs_helpers.course.shown.display import soft

pytest.importorskip("ipywidgets")
QUIZ = load_quiz(2)
IMAGE = "<img src=x onerror=alert(1)>"


def buttons(cards: QuestionCards) -> list[str]:
    """Return the texts of the options' buttons."""
    return [cards.options._buttons[letter].description for letter in cards.current.options]


@pytest.fixture
def cards() -> QuestionCards:
    """The quiz of Day 2."""
    return QuestionCards("Quiz", asked(QUIZ), lambda number, letters: End(f"{len(letters)} answered"))


def missed(cards: QuestionCards) -> list[Any]:
    """Return the buttons of the missed questions."""
    return [
        each for group in cards.missed.children[1:] for each in group.children if hasattr(each, "on_click")
    ]


def wrong(cards: QuestionCards) -> str:
    return next(letter for letter in cards.current.options if letter not in cards.current.right)


def test_the_question_stays_and_the_chosen_and_the_right_option_are_marked_with_every_reason(cards) -> None:
    question = QUIZ.questions[0]
    chosen = wrong(cards)
    cards.choose(chosen)
    assert question.question[:30] in cards.head.value
    marked = dict(zip(question.options, buttons(cards), strict=True))
    assert marked[chosen] == f"✗ {chosen}) {soft(question.options[chosen].text)} (your answer)"
    assert (
        marked[question.right] == f"✓ {question.right}) {soft(question.options[question.right].text)} (right)"
    )
    assert all(each.value for each in list(cards.options._reasons.values())[: len(question.options)])


def test_missed_questions_with_the_same_text_are_told_apart_by_what_they_are_about() -> None:
    same = Asked("Policy:\n    {}\nIs it allowed?", {"a": "yes", "b": "no"}, frozenset("b"))
    about = [
        replace(same, subject=f"{name} requests secretsmanager:GetSecretValue") for name in ("ann", "bob")
    ]
    cards = QuestionCards("Recall", about, lambda number, letters: End("0 of 2 right"))
    for _ in about:
        cards.choose("a")
        cards.go_on()
    assert [each.description for each in missed(cards)] == [
        "✗ 1. ann requests secretsmanager:\u200bGetSecretValue. Is it allowed?",
        "✗ 2. bob requests secretsmanager:\u200bGetSecretValue. Is it allowed?",
    ]


@pytest.mark.parametrize(("count", "columns"), [(8, None), (9, 5), (10, 5), (12, 6)])
def test_the_places_of_many_questions_are_two_rows_of_the_same_length_on_a_phone(count, columns) -> None:
    asked_often = [Asked("?", {"a": "yes", "b": "no"})] * count
    cards = QuestionCards("Quiz", asked_often, lambda number, letters: End(""))
    row = cards.view.children[0].children[2]
    assert [each for each in row._dom_classes if each.startswith("labs-by-")] == (
        [f"labs-by-{columns}"] if columns else []
    )


def test_each_answered_question_is_marked_by_a_sign_in_the_row_above(cards) -> None:
    cards.choose(wrong(cards))
    cards.next.click()
    cards.choose(next(iter(cards.current.right)))
    assert [each.description for each in cards.places[:3]] == ["✗ 1", "✓ 2", "3"]
    assert [set(each._dom_classes) for each in cards.places[:3]] == [{"bad"}, {"good", "here"}, {"open"}]


def test_the_next_question_is_the_thing_to_do_only_after_an_answer(cards) -> None:
    assert (cards.next.description, cards.next.button_style) == ("Skip ▶", "")
    cards.choose(wrong(cards))
    assert (cards.next.description, cards.next.button_style) == ("Next ▶", "primary")


def test_an_answer_that_was_revealed_stays(cards) -> None:
    chosen = wrong(cards)
    cards.choose(chosen)
    cards.choose(next(iter(cards.current.right)))
    assert cards.letters == {1: chosen}


def test_nothing_is_revealed_before_the_answer(cards) -> None:
    assert not any("✓" in each or "✗" in each for each in buttons(cards))
    assert not any(each.value for each in cards.options._reasons.values())
    cards.choose(wrong(cards))
    cards.next.click()
    assert cards.number == 2
    assert not any("✓" in each or "✗" in each for each in buttons(cards))


def test_after_the_last_question_the_result_follows_with_the_score(cards) -> None:
    for question in QUIZ.questions:
        cards.choose(question.right)
        assert cards.next.button_style == "primary"
        last = cards.next.description
        cards.next.click()
    assert last == "Result ▶"
    assert cards.at_end
    assert cards.next.layout.display == cards.again.layout.display == "none"
    assert cards.missed.children == ()
    count = len(QUIZ.questions)
    assert cards.score == f"{count} of {count} answered, {count} right"
    assert f"{count} answered" in cards.told.value
    assert f"{count}/{count}" in cards.told.value


def test_the_missed_questions_lead_back_and_are_asked_in_a_second_round_which_does_not_count(cards) -> None:
    saved: list[int] = []
    cards._answered = lambda number, letters: saved.append(number) or End("Done")
    for number, question in enumerate(QUIZ.questions, 1):
        cards.choose(wrong(cards) if number in (2, 5) else question.right)
        cards.next.click()
    assert [each.description[:4] for each in missed(cards)] == ["✗ 2.", "✗ 5."]
    assert missed(cards)[1].description.endswith(
        "She has no boundary herself. Can she attach AdministratorAccess to herself?"
    )
    missed(cards)[0].click()
    assert (cards.number, cards.at_end, cards.next.description) == (2, False, "Result ▶")
    cards.next.click()
    assert cards.again.description == "Round 2: the 2 you missed"
    assert "Enter for round 2" in cards.keys.value
    cards.again.click()
    assert cards.number == 2
    assert "Round 2: the 2 that you missed" in cards.title.value
    past = [number for number, each in enumerate(cards.places, 1) if "past" in each._dom_classes]
    assert past == [each for each in range(1, len(QUIZ.questions) + 1) if each not in (2, 5)]
    cards.choose(QUIZ.questions[1].right)
    assert cards.score == "1 of 2 answered, 1 right"
    cards.next.click()
    assert cards.number == 5
    cards.choose(wrong(cards))
    cards.next.click()
    count = len(QUIZ.questions)
    assert "Round 2: 1 of 2 right" in cards.told.value
    assert f"Round 1: {count - 2} of {count} right" in cards.told.value
    assert f"All rounds: {count - 1} of {count} right." in cards.told.value
    assert f"{count - 1}/{count}" in cards.told.value
    assert cards.again.description == "Round 3: the one you missed"
    assert saved == list(range(1, count + 1))


def test_the_hint_names_the_keys_that_work_now(cards) -> None:
    assert "Keys: a, b, c, or d; ← and → to move" in cards.keys.value
    cards.choose(wrong(cards))
    assert "Enter or → for the next question" in cards.keys.value
    assert cards.heard.value.startswith("Wrong. Right: b)")
    cards.next.click()
    assert cards.heard.value == ""
    assert "Keys: a" in cards.keys.value


def test_what_to_reread_follows_a_wrong_answer_and_at_the_end_the_missed_questions_about_it() -> None:
    places = {
        number: Place("part 1" if number == 1 else "part 2", f"#{number > 1}", is_here=True)
        for number in range(1, 9)
    }
    cards = QuestionCards("Quiz", asked(QUIZ), lambda number, letters: End("Done"), places)
    for _ in QUIZ.questions:
        cards.choose(wrong(cards) if cards.number < 4 else next(iter(cards.current.right)))
        assert ("To reread" in cards.told.value) == (cards.number < 4)
        cards.next.click()
    told = [
        [each.description[:3] if hasattr(each, "on_click") else each.value for each in group.children]
        for group in cards.missed.children[1:]
    ]
    assert told == [
        ["✗ 1", '<p class="reread">Reread: <a href="#False">part 1</a></p>'],
        ["✗ 2", "✗ 3", '<p class="reread">Reread: <a href="#True">part 2</a></p>'],
    ]
    assert cards.step.value == ""


@pytest.mark.parametrize("day", range(1, 7))
def test_each_question_and_statement_names_what_to_reread_by_a_title(day: int) -> None:
    quiz, beliefs = load_quiz(day), load_beliefs(day)
    assert beliefs is not None
    quizzed, stated = of_quiz(day, quiz.questions), of_statements(day)
    assert (len(quizzed), len(stated)) == (len(quiz.questions), len(beliefs.beliefs))
    assert not [each.name for each in (*quizzed.values(), *stated.values()) if "https://" in each.name]
    assert all("“" in each.name for each in quizzed.values())


def test_the_titles_are_those_of_the_pages_that_questions_and_rules_name() -> None:
    sources = {each.source for day in (*range(1, 7), WEEKEND) for each in load_quiz(day).questions}
    assert set(page_titles()) == sources | {each.page for each in rules().values()}


def test_a_sure_and_wrong_answer_is_counted_and_listed_first() -> None:
    scale = {"a": "definitely true", "b": "true", "c": "?", "d": "false", "e": "definitely false"}
    said = [
        Asked(f"S{number}", scale, frozenset("de"), truth="False.", is_scale=True) for number in (1, 2, 3)
    ]
    cards = QuestionCards("Self-test", said, lambda number, letters: End("Done"))
    for letter in "bae":
        cards.choose(letter)
        cards.next.click()
    assert "sure but wrong: 1" in cards.told.value
    assert [each.description for each in missed(cards)] == [
        "✗ 2. S2 (sure\u00a0but\u00a0wrong)",
        "✗ 1. S1",
    ]


def test_a_question_is_chosen_by_its_number_too(cards) -> None:
    cards.places[3].click()
    assert cards.number == 4
    assert QUIZ.questions[3].question[:30] in cards.head.value


def test_where_nothing_is_revealed_the_next_question_follows_and_the_answer_can_be_changed() -> None:
    said = [Asked(f"Statement {number}", {"a": "true", "b": "false"}) for number in (1, 2)]
    cards = QuestionCards("Self-test", said, lambda number, letters: End("Saved"))
    cards.choose("a")
    assert cards.number == 2
    cards.places[0].click()
    cards.choose("b")
    assert cards.letters == {1: "b"}
    assert cards.score == "1 of 2 answered"


def test_the_steps_of_a_scale_have_no_letters_and_their_keys_are_numbers() -> None:
    said = [
        Asked(
            "Statement", {"a": "definitely true", "b": "false"}, frozenset("b"), truth="False.", is_scale=True
        )
    ]
    cards = QuestionCards("Self-test", said, lambda number, letters: End("Saved"))
    assert buttons(cards) == ["definitely true", "false"]
    assert "Keys: 1 to 2" in cards.keys.value
    cards.choose("a")
    assert buttons(cards) == ["✗ definitely true\n(yours)", "✓ false\n(right)"]
    assert "Enter or → for the result" in cards.keys.value


def test_a_reason_that_several_options_share_is_shown_once_below_the_answer() -> None:
    reasons = {"a": "Denied.", "b": "Denied.", "c": "Right."}
    each = Asked("Q", {"a": "A", "b": "B", "c": "C"}, frozenset("c"), reasons)
    cards = QuestionCards("Quiz", [each], lambda number, letters: End("Done"))
    cards.choose("b")
    assert [bool(cards.options._reasons[letter].value) for letter in "abc"] == [False, True, True]


def test_the_policies_of_a_question_are_code_above_it() -> None:
    text = (
        'Identity-based policy of sami:\n    {"Version": "2012-10-17"}\nRequest: sami reads.\nIs it allowed?'
    )
    html = question_html(5, text)
    assert '<p class="question">5. Is it allowed?</p>' in html
    assert (
        html.index("Identity-based")
        < html.index('<pre class="json"')
        < html.index("Request: ")
        < html.index("5. ")
    )
    assert question_html(5, text) in questions_html("Quiz", {5: Asked(text, {"a": "yes"})})


def test_a_button_shows_code_without_marks_but_a_word_in_quotation_marks() -> None:
    from labs_helpers.course.lesson.option_buttons import OptionButtons

    options = OptionButtons(lambda letter: None)
    options.ask({"a": "Only `play` can.", "b": "No: `not` applies to `s3:*`."})
    assert [each.description for each in options._buttons.values()] == [
        "a) Only “play” can.",
        "b) No: “not” applies to s3:*.",
    ]


def test_html_in_a_question_is_text() -> None:
    each = Asked(IMAGE, {"a": IMAGE, "b": "no"}, frozenset("a"), {"a": IMAGE}, IMAGE)
    cards = QuestionCards(IMAGE, [each], lambda number, letters: End(IMAGE))
    cards.choose("b")
    shown = [cards.head.value, cards.told.value, *(one.value for one in cards.options._reasons.values())]
    assert "<img" not in "".join(shown)
    assert "<img" not in questions_html(IMAGE, {1: each}, {1: "b"})


def test_the_page_of_a_result_keeps_the_question_and_marks_the_chosen_and_the_right_option() -> None:
    question = QUIZ.questions[0]
    chosen = next(letter for letter in question.options if letter != question.right)
    html = result_page(QUIZ, grade_quiz(QUIZ, {1: chosen})).html
    assert html.count('<div class="option') == len(question.options)
    assert f'option tinted bad">✗ {chosen})' in html
    assert f'option tinted good">✓ {question.right})' in html


@pytest.fixture
def shown(monkeypatch: Any) -> list[QuestionCards]:
    """Collect the cards that a notebook shows."""
    made: list[QuestionCards] = []
    real = QuestionCards
    monkeypatch.setattr(question_cards, "in_notebook", lambda: True)
    monkeypatch.setattr(question_cards, "QuestionCards", lambda *given: made.append(real(*given)) or made[-1])
    module = types.ModuleType("IPython.display")
    module.display = lambda bundle, **_: None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    return made


def test_clicks_in_the_quiz_are_saved_like_typed_answers(day, shown) -> None:
    assert day.quiz() is None
    for question in QUIZ.questions[:2]:
        shown[0].choose(question.right)
        shown[0].next.click()
    assert day._progress.quiz(2) == {"best": 2, "of": 2}
    assert day._progress.answers() == {"2.1": (1, 0), "2.2": (1, 0)}


def test_clicks_in_the_recall_are_saved_under_the_questions_own_days(day, shown) -> None:
    day.recall()
    shown[0].choose(next(iter(shown[0].current.right)))
    ((id, counted),) = day._progress.answers().items()
    assert id.startswith("1.")
    assert counted == (1, 0)


def test_clicks_in_the_self_test_are_saved_and_reveal_nothing_until_the_end_of_the_day(day, shown) -> None:
    day.self_test()
    shown[0].choose("a")
    assert day._progress.beliefs(2, "before") == {1: 2}
    assert not shown[0].current.right
    day.self_test_again()
    beliefs = load_beliefs(2)
    assert beliefs is not None
    shown[1].choose("e")
    assert day._progress.beliefs(2, "after") == {1: -2}
    assert beliefs.beliefs[0].truth[:20] in shown[1].told.value


def test_the_end_of_the_quiz_says_what_changed_since_the_best_score_before(day, shown) -> None:
    count = len(QUIZ.questions)
    day._progress.quizzed(2, count - 2, count)
    day.quiz()
    for question in QUIZ.questions:
        shown[0].choose(question.right)
        shown[0].next.click()
    assert f"Your best score before: {count - 2} of {count}, 2 more now." in shown[0].told.value
    assert "Continue with exercise 2.1." in shown[0].step.value


def test_the_end_of_the_self_test_says_how_sure_and_later_what_was_corrected(day, shown) -> None:
    day.self_test()
    count = len(shown[0].places)
    for _ in range(count):
        shown[0].choose("a")
    assert shown[0].at_end
    assert f"Sure: {count}. Less sure: 0." in shown[0].told.value
    assert "/" not in shown[0].told.value.partition("</style>")[2].partition("headline")[0], "no score yet"
    day.self_test_again()
    for _ in range(count):
        shown[1].choose(min(shown[1].current.right))
        shown[1].next.click()
    assert f"{count} of {count} correct" in shown[1].told.value
    assert "Corrected since then: " in shown[1].told.value
    assert "sure but wrong: 0" in shown[1].told.value

"""Day 1's widgets, operated as by their buttons; tests/browser operates them in Chromium."""

from __future__ import annotations

import html
import re

import boto3
import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day1 import account
from labs_helpers.course.days.day1.incidents import incidents, publication
from labs_helpers.course.days.day1.posture import scan
from labs_helpers.course.days.day1.responsibility import AT_ONCE
from labs_helpers.course.days.day1.widgets.attack_board import Scoreboard
from labs_helpers.course.days.day1.widgets.exposure_plot import ExposurePlot
from labs_helpers.course.days.day1.widgets.incident_player import IncidentPlayer
from labs_helpers.course.days.day1.widgets.sorting_board import SortingBoard
from labs_helpers.course.shown.mistakes import Mistake

# The sorting board


def piles(board: SortingBoard) -> str:
    return "".join(each.value for each in board._heaps.values())


def test_an_answer_is_told_its_reason_and_the_next_cell_comes_by_itself() -> None:
    board = SortingBoard()
    first = board.cells[0]
    board.say(first.answer)
    assert first.reason in html.unescape(piles(board))
    assert board.place.value == 2
    assert board.right == 1


def test_the_feedback_is_in_its_own_pile_below_the_next_question_and_the_last_cell_is_on_top() -> None:
    board = SortingBoard()
    for number in (1, 2):
        board.say("both")
        assert "Feedback" not in board._question.value
        assert piles(board).count(f'aria-label="Feedback on cell {number}"') == 1
        assert piles(board).count('<details class="piece" open') == 1
    both = html.unescape(board._pile("both"))
    assert both.index(f"2. {board.cells[1].name}") < both.index(f"1. {board.cells[0].name}")


def test_the_next_eight_are_offered_once_all_are_sorted_and_the_score_is_said_once() -> None:
    board = SortingBoard()
    for cell in board.cells:
        assert board.next.button_style == ""
        board.say(cell.answer)
        assert len(re.findall(r"\d of \d right", board._question.value)) == 1
    assert board.next.button_style == "primary"
    assert f"{AT_ONCE}/{AT_ONCE}" in board._question.value
    assert "Moved" not in board._question.value


def test_what_was_left_out_comes_back_and_at_the_end_the_reasons_of_the_wrong_ones_are_open() -> None:
    board = SortingBoard()
    board.choose(3)
    for _ in range(AT_ONCE):
        board.say("both")
    assert len(board._sorting.said) == AT_ONCE
    wrong = [place for place, cell in enumerate(board.cells, 1) if cell.answer != "both"]
    assert f"Moved to the right pile: {', '.join(map(str, wrong))}." in board._question.value
    assert piles(board).count("moved from Both") == len(wrong)
    for word, heap in board._heaps.items():
        own = [each.name for each in board.cells if each.answer == word]
        assert [name in html.unescape(heap.value) for name in own] == [True] * len(own)
        assert heap.value.count("<details") == len(own)
    assert piles(board).count('<details class="piece" open') == len({*wrong, board._last})
    board.choose(3)
    assert f"3 of {AT_ONCE}:" in board._question.value


def test_a_wrong_answer_is_marked_by_a_word_and_may_be_changed() -> None:
    board = SortingBoard()
    wrong = next(word for word in ("aws", "customer", "both") if word != board.cells[0].answer)
    board.say(wrong)
    assert "wrong" in piles(board)
    board.choose(1)
    board.say(board.cells[0].answer)
    assert "wrong" not in piles(board)


def test_the_next_eight_are_others_and_a_service_has_its_own() -> None:
    board = SortingBoard()
    first = set(board.cells)
    board.deal()
    assert not first & set(board.cells)
    assert {cell.service for cell in SortingBoard(service="kms").cells} == {"kms"}
    board.service.value = "lambda"
    assert {cell.service for cell in board.cells} == {"lambda"}
    board.deal()
    assert {cell.service for cell in board.cells} == {"lambda"}
    board.pick(None)
    assert set(board.cells) == first
    with pytest.raises(LookupError, match="kms"):
        SortingBoard(service="kns")


def test_sorting_as_text_prints_every_reason(capsys: pytest.CaptureFixture[str]) -> None:
    board = SortingBoard()
    board.sort(dict.fromkeys(range(1, AT_ONCE + 1), "aws"))
    printed = capsys.readouterr().out
    assert all(cell.reason in printed for cell in board.cells)
    with pytest.raises(Mistake, match="a dict"):
        board.sort("aws")  # type: ignore[arg-type]
    for place, word in ((0, "aws"), (1, "me"), ("1", "aws"), (1, ["aws"])):
        with pytest.raises(ValueError, match=r"numbered|one of"):
            board.sort({place: word})
    with pytest.raises(ValueError, match="numbered"):
        board.choose(99)


# Exposure


def test_an_assumption_that_changes_draws_anew() -> None:
    plot = ExposurePlot(bucket_days=2)
    assert "48 hours" in repr(plot) or "2 days" in repr(plot)
    plot.assume(bucket_days=30)
    assert "30 days" in plot._picture.value
    plot.fields["found_after_days"].value = 31
    assert plot.shown.bucket.read == 0
    assert "<svg" in plot.html
    typed, _, note = plot._assumption("records").children
    for text, said in (("2,500,000", "2,500,000"), ("many", "2,500,000"), ("nan", "2,500,000"), ("0", "1")):
        typed.value = text
        assert typed.value == said
        assert ("from 1 to 1,000,000,000" in note.value) == (text != said)
    with pytest.raises(Mistake, match="bucket_days"):
        plot.assume(days=1)


# Incidents


def test_an_incident_is_told_once_a_place_to_look_is_chosen() -> None:
    player = IncidentPlayer("uber")
    assert "What was misconfigured" not in repr(player)
    player.choose(incidents()["uber"].look.right)
    assert "What was misconfigured" in repr(player)
    assert player.right == 1
    player.next()
    assert player.id.value != "uber"
    player.go(list(incidents())[-1])
    player.next()
    assert player.id.value == next(iter(incidents()))
    with pytest.raises(ValueError, match="a, b, c"):
        player.choose("d")
    with pytest.raises(LookupError, match="uber"):
        IncidentPlayer("ueber")


def test_once_all_incidents_are_played_the_score_and_the_missed_ones_follow() -> None:
    player, every = IncidentPlayer(), incidents()
    for number, (id, found) in enumerate(every.items()):
        assert "All played" not in player._shown.value
        player.go(id)
        player.choose(found.look.right if number else next(iter(found.look.others)))
    assert f"All played: {len(every) - 1} of {len(every)} right" in player._shown.value
    assert "Worth another look: Code Spaces." in player._shown.value


def test_each_place_to_look_has_its_reason_once_one_is_chosen() -> None:
    player, look = IncidentPlayer("uber"), incidents()["uber"].look
    reasons = player.options._reasons
    assert not any(each.value for each in reasons.values())
    player.choose("b")
    for letter, why in {look.right: look.reason, **look.others}.items():
        assert why in html.unescape(reasons[letter].value)


def test_an_incident_is_a_path_with_its_figure_large_and_its_sources_as_links() -> None:
    player = IncidentPlayer("uber")
    player.choose("c")
    shown = player._shown.value
    assert shown.count('<li class="stop') == 4
    assert "would have stopped it" in shown
    assert '<span class="great">57 million</span>' in shown
    for name in incidents()["uber"].figures[0].sources:
        assert re.search(rf'<a href="https://[^>]*>{re.escape(publication(name))}</a>[;\]]', shown)
    assert "A deployment user's key is in a repository's history" in html.unescape(shown)


# The scoreboard


def test_a_mended_setting_is_told_from_one_whose_mending_stopped_work() -> None:
    """A bucket whose own reader is locked out isn't fixed. It is fixed once the work continues."""
    with Cloud(seed=1) as cloud:
        account.build(cloud)
        board = Scoreboard(cloud)
        assert {each.word for each in board.standings} >= {"open"}
        assert "an anonymous visitor" in board.html
        before = _word(board, "public-bucket")
        boto3.client("sqs").delete_queue(QueueUrl=boto3.client("sqs").list_queues()["QueueUrls"][0])
        board.attack()
        assert before == _word(board, "public-bucket") == "open"
        stopped = [each for each in board.standings if each.word == "work stopped"]
        assert stopped
        assert "Deleting isn't fixing" in " ".join(stopped[0].stopped)
        assert "Round 2" in repr(board)
        assert board.html.count(" open><summary>") == 1, "one row is unfolded, however much work stopped"
        account.begin_anew(cloud, stopped[0].id)
        board._button.click()
        assert _word(board, stopped[0].id) == "open"
    rounds = len(board.rounds)
    board._button.click()
    assert len(board.rounds) == rounds, "a stopped cloud isn't a safe one"
    assert "reset or stopped" in board._shown.value
    with pytest.raises(ValueError, match="isn't running"):
        Scoreboard(cloud)


def test_an_open_setting_names_the_exercise_that_fixes_it_and_the_call_that_shows_its_evidence() -> None:
    with Cloud(seed=1) as cloud:
        account.build(cloud)
        board, found = Scoreboard(cloud), scan(cloud)
    for each in board.standings:
        assert found.of(each.id), each.id
        assert f"scan(day.cloud).details(&quot;{each.id}&quot;)" in board.html
    assert board.html.count("exercise 1.7") == len(board.standings)


def _word(board: Scoreboard, id: str) -> str:
    return next(each.word for each in board.standings if each.id == id)

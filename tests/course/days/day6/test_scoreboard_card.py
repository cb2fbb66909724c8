"""The capstone's scoreboard as a card: the red probes first, then a row per step with a mark per probe."""

from __future__ import annotations

import re

import pytest

from labs_helpers.course.days.day6.capstone_scoreboard import Outcome, Report
from labs_helpers.course.days.day6.company_probes import standing
from labs_helpers.course.days.day6.scoreboard_card import happened, scoreboard_card

GREEN = tuple(Outcome(probe, True, "it works") for probe in standing())


def card(outcomes: tuple[Outcome, ...], more: str = "", whose: str = "") -> str:
    red = [one for one in outcomes if not one.right]
    html = scoreboard_card(Report(outcomes), {1: "Roles"}, red, more, whose)
    return html.rpartition("</style>")[2]


def broken(*places: int, said: str = "it works") -> tuple[Outcome, ...]:
    return tuple(Outcome(one.probe, False, said) if at in places else one for at, one in enumerate(GREEN))


def test_a_green_board_has_a_mark_per_probe_and_nothing_to_fix() -> None:
    html = card(GREEN)
    assert html.startswith('<div class="labs"><div class="card good">')
    assert f"{len(GREEN)} of {len(GREEN)} probes are green" in html
    assert html.count('<i class="good"') == len(GREEN)
    assert "<details" not in html
    assert html.count('<tr class="whole">') == len({one.probe.step for one in GREEN})


def test_a_report_at_the_end_of_a_cell_is_one_line() -> None:
    assert repr(Report(broken(0))) == f"<Report: {len(GREEN) - 1} of {len(GREEN)} probes are green>"


def test_red_probes_come_first_and_the_first_of_them_is_unfolded() -> None:
    html = card(broken(0, 1, 2), "And 2 more. Fix these first.", "1 of 8 steps is yours.")
    assert '✗ <span class="word">3 red</span>' in html
    assert html.index("<details") < html.index("And 2 more.") < html.index("<table")
    assert re.findall(r'<details class="setting bad"( open)?>', html) == [" open", "", ""]
    assert html.count('<i class="bad"') == 3
    assert '<th scope="row">1 Roles</th>' in html
    assert "1 of 8 steps is yours." in html


@pytest.mark.parametrize(
    ("kind", "said", "word"),
    [
        ("work", "AccessDenied", "stopped"),
        ("attack", "it works", "got through"),
        ("attack", "404", "not denied"),
    ],
)
def test_what_was_wrong_is_said_in_a_word_and_a_sentence(kind: str, said: str, word: str) -> None:
    probe = next(one.probe for one in GREEN if one.probe.kind == kind)
    told, sentence = happened(Outcome(probe, False, said))
    assert told == word
    assert sentence.endswith(".")


def test_html_in_a_message_is_text() -> None:
    html = card(
        broken(next(at for at, one in enumerate(GREEN) if one.probe.kind == "work"), said="<img src=x>")
    )
    assert "<img" not in html
    assert "&lt;img src=x&gt;" in html

"""The command `drill`: it asks until the learner stops, and its report shows what the learner remembers."""

from __future__ import annotations

import builtins
import itertools

import pytest

from labs_helpers.course.commands import drill


@pytest.fixture
def typed(monkeypatch):
    """Let the learner type these answers, and then end the input."""

    def answers(*given: str) -> None:
        listed = iter(given)

        def read(prompt: str = "") -> str:
            try:
                return next(listed)
            except StopIteration:
                raise EOFError from None

        monkeypatch.setattr(builtins, "input", read)

    return answers


def test_it_asks_until_the_learner_stops(tmp_path, typed, capsys):
    typed("a", "z", "b", "q")
    assert drill.run([str(tmp_path / "p.json")]) == 0
    shown = capsys.readouterr().out
    assert "Drill: question 3" in shown
    assert "Choose one of a, b" in shown
    assert "of 2 right" in shown


def test_the_end_of_the_input_ends_the_drill(tmp_path, typed, capsys):
    typed()
    assert drill.run([str(tmp_path / "p.json"), "--day", "2"]) == 0
    assert "0 of 0 right" in capsys.readouterr().out


def test_it_stops_after_the_number_of_questions_and_the_report_counts_them(tmp_path, typed, capsys):
    typed(*itertools.repeat("a", 9))
    path = str(tmp_path / "p.json")
    assert drill.run([path, "--questions", "4"]) == 0
    assert drill.run([path, "--report"]) == 0
    assert "The drill: 4 answers about 4 of 80 rules" in capsys.readouterr().out

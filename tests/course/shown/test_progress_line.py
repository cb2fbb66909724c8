"""Long work shows its progress: not immediately, never outside a notebook, and no longer once it is done."""

from __future__ import annotations

from typing import Any

import pytest

from labs_helpers.course.shown import progress_line


class Lines:
    """The lines that a notebook shows in one place, one after the other."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def display(self, data: dict[str, str], **options: Any) -> Lines:
        assert options == {"raw": True, "display_id": True}
        self.shown.append(data["text/plain"])
        return self

    def update(self, data: dict[str, str], **_: Any) -> None:
        self.shown.append(data["text/plain"])


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Lines:
    """Simulate a notebook, and a clock that advances by a second each time it is read."""
    found, ticks = Lines(), iter(range(1_000))
    monkeypatch.setattr(progress_line, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", found.display)
    monkeypatch.setattr(progress_line.time, "monotonic", lambda: float(next(ticks)))
    return found


def test_a_line_says_what_is_done_and_how_to_stop_it_and_goes_at_the_end(lines: Lines) -> None:
    assert list(progress_line.with_progress(["a", "b", "c"], str.upper)) == ["a", "b", "c"]
    assert lines.shown[0].startswith("1 of 3: A (to stop: ■ in the toolbar")
    assert lines.shown[-1] == ""


def test_within_an_output_widget_there_is_no_line(lines: Lines) -> None:
    with progress_line.no_progress_line():
        assert list(progress_line.with_progress([1, 2, 3], str)) == [1, 2, 3]
    assert lines.shown == []


def test_what_is_quick_says_nothing(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_line, "PATIENCE", 100.0)
    assert list(progress_line.with_progress(range(50), str)) == list(range(50))
    assert lines.shown == []


def test_what_is_stopped_leaves_where_it_was(lines: Lines) -> None:
    def work() -> None:
        for step in progress_line.with_progress(range(5), str):
            if step == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert lines.shown[-1].startswith("3 of 5")


def test_nothing_is_shown_outside_a_notebook(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress_line.with_progress([1, 2], str)) == [1, 2]
    assert capsys.readouterr().out == ""

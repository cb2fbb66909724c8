"""Gauges: they show a share, and no more than that, because the words next to them say the same."""

from __future__ import annotations

import pytest

from labs_helpers.course.shown.look.gauges import meter, ring, segments


def test_a_bar_has_one_segment_for_each_part() -> None:
    html = segments([True, False, True])
    assert (html.count('class="good"'), html.count('class="open"')) == (2, 1)


@pytest.mark.parametrize(("right", "of", "width"), [(0, 0, 0), (1, 4, 25), (3, 3, 100)])
def test_a_meter_is_filled_by_its_share(right: int, of: int, width: int) -> None:
    assert f"width:{width}%" in meter(right, of, "good")


def test_an_empty_ring_has_no_arc() -> None:
    assert "done" not in ring(0)
    assert "50.0 100" in ring(0.5)


def test_screen_readers_skip_what_the_words_say() -> None:
    assert all('aria-hidden="true"' in each for each in (ring(0.5), segments([True]), meter(1, 2, "good")))

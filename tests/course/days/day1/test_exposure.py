"""A zone outage versus a public bucket: the cost of each under assumptions, and the assumptions' limits."""

from __future__ import annotations

from html import escape

import pytest

from labs_helpers.course.days.day1.exposure import WORDS, exposure, exposures
from labs_helpers.course.days.day1.incidents import incident
from labs_helpers.course.shown.mistakes import Mistake


def test_a_zone_comes_back_and_a_bucket_is_read_for_good() -> None:
    shown = exposure()
    assert shown.zone.hours < 24 < shown.bucket.hours
    assert shown.zone.read == shown.bucket.gone == 0
    assert shown.bucket.read == shown.assumed.records > shown.zone.away > shown.zone.gone


def test_a_bucket_that_is_closed_before_anybody_finds_it_is_not_read() -> None:
    assert exposure(bucket_days=2, found_after_days=3).bucket.read == 0
    assert exposure(bucket_days=4, found_after_days=3, records=7).bucket.read == 7


def test_a_single_hour_day_or_record_is_not_a_plural() -> None:
    assert exposure(zone_hours=1, bucket_days=30).text.count("1 hour ") == 1
    assert "<strong>1</strong> record read" in exposure(records=1).html
    assert "<strong>0</strong> records lost" in exposure(records=1).html


def test_what_does_not_depend_on_one_zone_alone_stays() -> None:
    shown = exposure(zone_share=0)
    assert shown.zone.away == shown.zone.gone == 0
    assert exposure(zone_hours=0).zone.away == 0


@pytest.mark.parametrize(
    "wrong", [{"bucket_days": -1}, {"records": 0}, {"zone_share": 101}, {"records": "many"}]
)
def test_an_assumption_beyond_its_limits_is_refused_with_them(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="from"):
        exposure(**wrong)


def test_an_assumption_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(Mistake, match="bucket_days"):
        exposure(days=3)


def test_assumptions_and_public_events_stand_beside_the_picture_in_both_forms() -> None:
    shown = exposure(bucket_days=700)
    for form in (shown.text, shown.html):
        assert all(word in form for word in WORDS.values())
        assert "1.92 years" in form or "700 days" in form
        for outage in exposures().outages:
            assert outage.what in form
        for opening in exposures().openings:
            assert (opening.what if form == shown.text else escape(opening.what)) in form
            assert incident(opening.incident)
    pages = [page for outage in exposures().outages for page in outage.sources.values()]
    assert all(f'<a href="{page}"' in shown.html and f">{page}<" not in shown.html for page in pages)
    assert "(Verizon)" in shown.html
    every = 2 + len(exposures().outages) + len(exposures().openings)
    bars_and_the_part_after_an_outsider_found_it = every + 1
    assert shown.html.count("<rect") == 2 * bars_and_the_part_after_an_outsider_found_it, (
        "once for wide pages, and once for phones"
    )


def test_the_bar_of_a_public_bucket_shows_when_an_outsider_finds_it() -> None:
    for assumed, note, is_found in (
        ({}, "found after 3 days", True),
        ({"found_after_days": 0}, "found at once", True),
        ({"bucket_days": 2}, "closed before an outsider finds it", False),
    ):
        drawn = exposure(**assumed).svg
        assert f">{note}<" in drawn
        assert ("l5 9 h-10 z" in drawn) == is_found
    assert "closed before" not in exposure(bucket_days=0).svg


def test_each_duration_is_at_the_end_of_its_title() -> None:
    drawn = exposure().svg
    for title, value in (
        ("Yours: a zone is down", "6 hours"),
        ("One Availability Zone in Ireland", "3.1 hours"),
    ):
        line = drawn[drawn.index(title) :].partition("</text>")[0]
        assert f'<tspan font-weight="bold">{value}</tspan>' in line

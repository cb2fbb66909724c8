"""Events in lanes: one mark for each, the failed ones crossed out, with the times below."""

from __future__ import annotations

import re

from labs_helpers.course.shown.event_lanes import Event, event_lanes
from labs_helpers.course.shown.look import drawing

EVENTS = [
    Event("23:52", "tom", "CreateAccessKey", False),
    Event("23:53", "tom", "DeleteTrail", True),
    Event("02:14", "books-export", "StopLogging", False),
]


def test_every_event_is_a_mark_in_the_lane_of_its_caller_and_says_what_happened() -> None:
    html = event_lanes("The night", EVENTS)
    assert html.count("<title>") == 3
    assert "23:53 tom, DeleteTrail: failed" in html
    picture = html[html.index("<svg") : html.index("</svg>")]
    assert (picture.count("--labs-calm"), picture.count("--labs-bad")) == (2, 1)
    assert "3 events in 2 lanes, 1 of them failed" in html


def test_a_time_is_named_once_below_the_lanes() -> None:
    html = event_lanes("A second", [Event("17:01:00Z", "prod", "ListUsers", False)] * 30)
    assert html.count(">17:01:00Z<") == 1


def test_only_events_at_different_times_run_from_left_to_right() -> None:
    assert "time runs from left to right" in event_lanes("The night", EVENTS)
    same = event_lanes("A second", [Event("17:01:00Z", "prod", "ListUsers", False)] * 2)
    assert "all at the same time" in same
    assert "left to right" not in same


def test_lanes_keep_the_given_order_and_others_follow() -> None:
    html = event_lanes("The night", EVENTS, order=("nobody", "books-export"))
    assert html.index(">books-export<") < html.index(">tom<")
    assert "nobody" not in html


def test_a_lane_begins_to_the_right_of_its_name() -> None:
    html = event_lanes("A second", [Event("1", "management", "ListUsers", False)])
    lane = re.search(r'<line x1="([\d.]+)"', html)
    assert lane is not None
    assert float(lane[1]) > 4 + len("management") * drawing.BOLD + 8


def test_names_are_shortened_and_escaped() -> None:
    html = event_lanes("The night", [Event("1", "a" * 60, "<script>", False), Event("2", "<b>", "x", False)])
    assert "…" + "a" * 25 in html
    assert "<script>" not in html
    assert "<b>" not in html

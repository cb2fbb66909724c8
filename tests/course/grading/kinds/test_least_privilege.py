"""Allowed but unneeded access: it is counted, and shown in a chart."""

from __future__ import annotations

import re

import pytest

from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.grading.kinds.least_privilege import excess, pairs_of
from labs_helpers.course.shown.charts import bar_chart
from labs_helpers.engine.policy import parse_policy

SCORED = load(2)["2.9"]


def allowing(*actions, resource="*"):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return parse_policy({"Version": "2012-10-17", "Statement": [statement]})


def test_everything_allows_every_pair_that_is_not_needed():
    found = excess(SCORED, allowing("*"))
    assert len(found.pairs) == found.of == len(pairs_of(SCORED)) - 7
    assert found.of > 500


def test_what_is_needed_never_counts_as_too_much():
    needed = {(probe.action, probe.resource) for probe in SCORED.probes if probe.expected == "allow"}
    assert len(needed & set(pairs_of(SCORED))) == 7  # the others are of next year, and no pairs of today's
    assert not needed & set(excess(SCORED, allowing("*")).pairs)


def test_one_pair_too_many_is_counted_by_its_service():
    found = excess(SCORED, allowing("s3:DeleteObject", resource="arn:aws:s3:::orders-invoices/*"))
    assert found.by_service() == {"s3": 1}


def test_pairs_are_an_action_with_a_resource_it_works_on():
    pairs = set(pairs_of(SCORED))
    assert ("s3:ListBucket", "arn:aws:s3:::orders-invoices") in pairs
    assert ("s3:ListBucket", "arn:aws:s3:::orders-invoices/2026/2002.txt") not in pairs
    assert ("s3:ListAllMyBuckets", "*") in pairs


def test_score_is_shown_before_and_after():
    result = grade(SCORED, SCORED.solution)
    assert result.details.rows[-1][0] == "all"
    assert result.details.rows[-1][1][1] == 0
    assert result.details.rows[-1][1][0] > 500


# Charts

CHART = bar_chart(
    "Rain", "mm", ["May", "June"], [("Bern", [90, 110.5]), ("<img src=x onerror=alert(1)>", [0, 3])]
)


def test_chart_has_every_value_as_text_too():
    text = CHART.page().text
    for part in ("Rain", "May (mm)", "June (mm)", "Bern", "90", "110.50"):
        assert part in text
    assert repr(CHART) == text


def test_chart_escapes_labels():
    assert "<img" not in CHART.svg + CHART.page().html
    assert "&lt;img" in CHART.svg


def test_bars_are_as_long_as_their_values():
    widths = [float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)"', CHART.svg)][
        2:
    ]  # legend first
    assert widths[0] / widths[1] == pytest.approx(90 / 110.5, rel=0.01)
    assert widths[2] == 0


def test_chart_is_named_for_who_cannot_see_it():
    assert 'role="img" aria-label="Rain; the table below has the values"' in CHART.svg


@pytest.mark.parametrize("rows", [[("a", [1])], [("a", [1, -2])]])
def test_chart_refuses_rows_that_make_no_bars(rows):
    with pytest.raises(ValueError, match=r"value per series|can't be negative"):
        bar_chart("t", "u", ["x", "y"], rows)


def test_chart_of_nothing_is_drawn():
    assert bar_chart("t", "u", ["x"], []).svg.startswith("<svg")

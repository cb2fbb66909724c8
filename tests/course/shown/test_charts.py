"""Line charts: the table contains what the picture shows, and labels are text."""

from __future__ import annotations

import re

import pytest

from labs_helpers.course.shown.charts import line_chart


def test_the_table_has_every_value():
    chart = line_chart("Calls", "objects", "calls", [1, 10], {"each": [1, 10], "cached": [1, 2]})
    text = repr(chart)
    assert [line.split() for line in text.splitlines()[3:]] == [["1", "1", "1"], ["10", "10", "2"]]
    assert "each (calls)" in text


def test_labels_are_escaped_and_do_not_lie_upon_one_another():
    chart = line_chart("<b>", "x", "<i>", [1, 10], {"<u>one": [1, 10], "two": [1, 10], "three": [1, 10]})
    assert not re.search("<[biu]>", chart.svg)
    heights = [float(y) for y in re.findall(r'<text x="434.0" y="([\d.-]+)"', chart.svg)]
    assert len(heights) == 3
    assert min(abs(one - other) for one in heights for other in heights if one != other) >= 14
    assert len(set(heights)) == 3
    assert min(heights) >= 7, "half a line: none is cut by the picture's upper edge"


def test_no_label_is_above_the_picture():
    ends = {name: [1, 1_000] for name in ("each", "shared", "one envelope each")}
    chart = line_chart("Calls", "objects", "calls", [1, 1_000], ends)
    heights = [float(y) for y in re.findall(r'<text x="434.0" y="([\d.-]+)"', chart.svg)]
    assert sorted(heights) == [9, 27, 45]


@pytest.mark.parametrize(
    ("xs", "values"), [([1, 10], [1]), ([0, 1], [1, 1]), ([1, 10], [0, 1]), ([], []), ([1], [-1])]
)
def test_what_a_logarithmic_scale_cannot_show_is_refused(xs, values):
    with pytest.raises(ValueError, match=r"above zero|one value for each"):
        line_chart("t", "x", "y", xs, {"s": values})


def test_one_point_is_a_chart():
    assert "<circle" in line_chart("t", "x", "y", [5], {"s": [5]}).svg

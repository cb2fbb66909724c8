"""The line as a picture: where it is for each service, and that it moves."""

from __future__ import annotations

import html
import re

import pytest

from labs_helpers.course.days.day1 import the_line
from labs_helpers.course.days.day1.widgets.responsibility_line import (
    LAYERS,
    ROW,
    SERVICES,
    ResponsibilityLine,
    height,
    layers,
)


def test_the_line_rises_from_ec2_to_kms_and_who_can_use_it_is_always_yours() -> None:
    heights = [height(layers(the_line(), service)) for service in SERVICES]
    assert heights == sorted(heights, reverse=True)
    assert (heights[0], heights[-1]) == (4, 2)
    assert all(layers(the_line(), service)[0].side == "customer" for service in SERVICES)


def test_a_chosen_service_shows_its_layers_and_the_line_comes_from_where_it_was() -> None:
    shown = ResponsibilityLine()
    assert "translateY(0px)" in shown._picture.value
    shown.choose("kms")
    assert re.search(r"translateY\((-?[1-9]\d*)px\)", shown._picture.value)
    assert "AWS KMS: Who can use it (you)" in shown._picture.value


def test_the_still_form_has_every_service_and_the_text_says_the_same() -> None:
    shown = ResponsibilityLine("s3")
    assert all(name in shown.html for name in ("EC2", "EKS", "Fargate", "Lambda", "RDS", "S3", "KMS"))
    assert shown.html.count("<polyline") == 2
    assert len(repr(shown).splitlines()) == len(SERVICES) + len(LAYERS)
    for each in layers(the_line(), "s3"):
        assert each.reason in repr(shown)
        assert each.reason in html.unescape(shown.html)


@pytest.mark.parametrize("service", SERVICES)
def test_the_line_is_below_your_layers_and_runs_through_the_middle_of_the_shared_ones(service: str) -> None:
    sides = [each.side for each in layers(the_line(), service)]
    assert sides == sorted(sides, key=["customer", "shared", "aws", "inherited"].index)
    picture = ResponsibilityLine(service)._picture.value.partition('class="on-phones"')[0]
    assert (
        picture.count(">your part</text>")
        == picture.count(">AWS&#x27;s part</text>")
        == sides.count("shared")
    )
    points = [each.split(",") for each in re.findall(r'points="([^"]*)"', picture)[0].split()]
    lower, upper = float(points[0][1]), float(points[-1][1])
    assert lower - upper == sides.count("shared") * ROW


def test_a_service_without_a_stack_is_named() -> None:
    with pytest.raises(LookupError, match="ec2, eks"):
        ResponsibilityLine("sqs")
    with pytest.raises(LookupError, match="kms"):
        ResponsibilityLine().choose("KMS")

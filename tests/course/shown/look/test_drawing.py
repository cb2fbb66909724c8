"""Pictures drawn as SVG: well formed, described in words, in the palette's colors, and escaped."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from labs_helpers.course.shown.look import STYLE, drawing

HOSTILE = "<script>alert('x')</script>"


def picture(*parts: str) -> ElementTree.Element:
    html = drawing.svg(200, 100, "What it shows", parts)
    return ElementTree.fromstring(html[html.index("<svg") : html.index("</svg>") + 6])


def test_a_picture_says_in_words_what_it_shows_and_can_be_scrolled_by_keyboard() -> None:
    html = drawing.svg(200, 100, "What it shows", [], least=150)
    assert 'role="img" aria-label="What it shows"' in html
    assert 'tabindex="0"' in html
    assert "min-width:150px" in html


@pytest.mark.parametrize(
    "part",
    [
        drawing.label(1, 2, HOSTILE),
        drawing.box(0, 0, 100, 40, [HOSTILE, "second"]),
        drawing.padlock(10, 10, HOSTILE, closed=True),
        drawing.padlock(10, 10, HOSTILE, closed=False),
        drawing.arrow(0, 0, 100, 0, dashed=True),
        drawing.bounce(50, 10, -1),
    ],
)
def test_every_part_is_well_formed_and_escapes_its_text(part: str) -> None:
    assert picture(part).findall(".//script") == []


def test_every_color_is_one_of_the_stylesheets() -> None:
    parts = [
        drawing.box(0, 0, 9, 9, ["a"], tint=tint, lit=True)
        for tint in ("good", "bad", "warn", "calm", "open")
    ]
    parts += [drawing.box(0, 0, 9, 9, ["a"]), drawing.line(0, 0, 1, 1, tint="line"), drawing.label(0, 0, "a")]
    used = set(re.findall(r"var\((--labs-[a-z]+)\)", "".join(parts)))
    assert used
    assert [name for name in used if f"{name}:" not in STYLE] == []


def test_an_arrow_of_no_length_is_still_a_picture() -> None:
    assert picture(drawing.arrow(5, 5, 5, 5)).findall(".//polygon")

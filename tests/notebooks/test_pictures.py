"""The notebooks' pictures are present, up to date, described in words, self-contained, and readable on any ground."""

from __future__ import annotations

import json
import re
import struct
from itertools import combinations, pairwise, product
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.course.widgets.test_look import colour, contrast
from tests.notebooks import pictures
from tests.notebooks.pictures import solid
from tests.notebooks.pictures.signs import MEANINGS, Sign

SHOWN = [
    (path.stem, name, words, picture)
    for path in sorted(pictures.NOTEBOOKS.glob("*.ipynb"))
    for name, words, picture in pictures.attached(path)
]
SVG = "{http://www.w3.org/2000/svg}"
GROUNDS = ("#ffffff", "#212121", "#111111", "#000000")
"""Paper and the light theme; the dark theme's cells and page; the high-contrast theme."""
PHONE = 250
"""The width of a text cell's content on a screen that is 390 points wide."""


@pytest.mark.parametrize(("notebook", "name", "words", "picture"), SHOWN, ids=[each[1] for each in SHOWN])
def test_a_picture_is_the_one_that_is_drawn_and_says_what_it_shows(
    notebook: str, name: str, words: str, picture: pictures.Picture
) -> None:
    assert picture.svg == pictures.drawn()[name], "run `make pictures`"
    assert words == pictures.says(name)
    drawn = ElementTree.fromstring(picture.svg)
    assert drawn.find(f"{SVG}title") is not None
    assert drawn.find(f"{SVG}desc") is not None


@pytest.mark.parametrize(("notebook", "name", "words", "picture"), SHOWN, ids=[each[1] for each in SHOWN])
def test_a_picture_is_text_that_every_reader_of_svg_shows(
    notebook: str, name: str, words: str, picture: pictures.Picture
) -> None:
    svg = picture.svg
    assert "foreignObject" not in svg
    assert not re.search(r"<script|(?:href|src)=.http|url\(http|@import|var\(", svg)


@pytest.mark.parametrize(("notebook", "name", "words", "picture"), SHOWN, ids=[each[1] for each in SHOWN])
def test_a_picture_has_a_form_that_jupyterlab_shows(
    notebook: str, name: str, words: str, picture: pictures.Picture
) -> None:
    """JupyterLab uses the first form, and shows only attachments that are bitmaps. On dense screens, they are sharp if
    they have two pixels per point; their cell limits them to the width of the drawing.
    """
    cells = json.loads((pictures.NOTEBOOKS / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    (cell,) = [cell for cell in cells if f"{name}.svg" in cell.get("attachments", ())]
    assert list(cell["attachments"][f"{name}.svg"]) == ["image/png", "image/svg+xml"]
    limit = re.search(r'<div style="(?:max-width:|flex: 0 1) (\d+)px">\n\n!\[', "".join(cell["source"]))
    drawn = ElementTree.fromstring(picture.svg)
    assert picture.png.startswith(b"\x89PNG\r\n\x1a\n")
    size = struct.unpack(">II", picture.png[16:24])
    assert size == (2 * int(drawn.attrib["width"]), 2 * int(drawn.attrib["height"]))
    assert limit
    assert limit[1] == drawn.attrib["width"]


@pytest.mark.parametrize("name", pictures.DRAWINGS)
def test_every_word_of_a_picture_is_white_on_a_filled_part_and_large_enough_for_a_phone(name: str) -> None:
    drawn = ElementTree.fromstring(pictures.drawn()[name])
    rects = [
        tuple(float(part.attrib[side]) for side in ("x", "y", "width", "height"))
        for part in drawn.iter(f"{SVG}rect")
        if "fill" in part.attrib
    ]
    for part in drawn.iter(f"{SVG}text"):
        said, size = part.text or "", int(part.attrib["font-size"])
        half = solid.width_of(said, size) / 2
        x, y = float(part.attrib["x"]), float(part.attrib["y"])
        assert part.attrib["fill"] == "#fff"
        assert size * PHONE / solid.WIDTH >= 11
        around = [
            each
            for each in rects
            if each[0] <= x - half and x + half <= each[0] + each[2] and each[1] <= y <= each[1] + each[3]
        ]
        assert around, f"{said!r} is on no filled part"
    assert all(x >= 0 and x + width <= solid.WIDTH for x, _, width, _ in rects)
    assert all(y + height <= float(drawn.attrib["viewBox"].split()[3]) for _, y, _, height in rects)


def _points(part: ElementTree.Element) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (each.split(",") for each in part.attrib["points"].split())]


@pytest.mark.parametrize("name", pictures.DRAWINGS)
def test_no_line_of_a_picture_runs_through_a_label(name: str) -> None:
    drawn = ElementTree.fromstring(pictures.drawn()[name])
    labels = [
        [float(part.attrib[side]) for side in ("x", "y", "width", "height")]
        for part in drawn.iter(f"{SVG}rect")
        if part.attrib.get("rx") == "12"
    ]
    for line in drawn.iter(f"{SVG}polyline"):
        for (x1, y1), (x2, y2) in pairwise(_points(line)):
            assert [
                (x, y) for x, y, width, height in labels
                if max(x1, x2) > x and min(x1, x2) < x + width and max(y1, y2) > y and min(y1, y2) < y + height
            ] == []  # fmt: skip


Point = tuple[float, float]
Rect = tuple[float, float, float, float]
"""Left, top, right, bottom. A straight line is one without a width or a height."""
CLOSE, APART = 10, 8
"""A label is at most this far from what it labels. Parallel lines are at least this far from each other."""


class Layout:
    """A picture's parts: outlined boxes and frames, labels, arrows, and lines without a head."""

    def __init__(self, svg: str) -> None:
        self.outlined: list[Rect] = []
        self.labels: list[Rect] = []
        self.arrows: list[list[Point]] = []
        self.lines: list[list[Point]] = []
        for part in ElementTree.fromstring(svg):
            if part.tag == f"{SVG}rect":
                x, y, wide, high = (float(part.attrib[side]) for side in ("x", "y", "width", "height"))
                where = self.labels if part.attrib["rx"] == "12" else self.outlined
                if "stroke" in part.attrib or where is self.labels:
                    where.append((x, y, x + wide, y + high))
            elif part.tag == f"{SVG}polyline":
                self.lines.append(_points(part))
            elif part.tag == f"{SVG}polygon":  # a head, after its line
                self.arrows.append([*self.lines.pop()[:-1], _points(part)[0]])


def _straight(line: list[Point]) -> list[Rect]:
    return [(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)) for (x1, y1), (x2, y2) in pairwise(line)]


def _borders(rect: Rect) -> list[Rect]:
    left, top, right, bottom = rect
    return _straight([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)])


def _gaps(one: Rect, other: Rect) -> tuple[float, float]:
    """Return how far two parts are from each other sideways and up or down: below zero if they overlap."""
    return max(one[0] - other[2], other[0] - one[2]), max(one[1] - other[3], other[1] - one[3])


def _far(one: Rect, other: Rect) -> float:
    return max(0, *_gaps(one, other))


@pytest.mark.parametrize("name", pictures.DRAWINGS)
def test_an_arrow_begins_and_ends_at_the_middle_part_of_an_edge_or_on_a_line(name: str) -> None:
    layout = Layout(pictures.drawn()[name])
    for x, y in (end for arrow in layout.arrows for end in (arrow[0], arrow[-1])):
        here = (x, y, x, y)
        edges = [
            edge
            for rect in (*layout.outlined, *layout.labels)
            for edge in _borders(rect)
            if _far(here, edge) <= 4
        ]
        on_lines = any(_far(here, part) == 0 for line in layout.lines for part in _straight(line))
        assert edges or on_lines, f"an arrow's end at {x:g}, {y:g} is at nothing"
        for left, top, right, bottom in edges:
            from_corner = min(x - left, right - x) if top == bottom else min(y - top, bottom - y)
            assert from_corner >= min(20, max(right - left, bottom - top) / 5), f"{x:g}, {y:g} is at a corner"


@pytest.mark.parametrize("name", pictures.DRAWINGS)
def test_a_label_is_close_to_the_one_arrow_that_it_names(name: str) -> None:
    layout = Layout(pictures.drawn()[name])
    for label in layout.labels if layout.arrows else ():
        close = [
            arrow for arrow in layout.arrows if min(_far(label, part) for part in _straight(arrow)) <= CLOSE
        ]
        labels_a_box = any(_far(label, edge) <= CLOSE for rect in layout.outlined for edge in _borders(rect))
        assert len(close) == 1 or (not close and labels_a_box), f"the label at {label} is at {close}"
        for (x1, y1), *_, (x2, y2) in close:
            assert y1 != y2 or abs(x1 - x2) >= label[2] - label[0], f"{label} is wider than its arrow"


@pytest.mark.parametrize("name", pictures.DRAWINGS)
def test_parts_that_run_side_by_side_are_apart(name: str) -> None:
    layout = Layout(pictures.drawn()[name])
    groups = [_borders(rect) for rect in layout.outlined]
    groups += [_straight(line) for line in (*layout.arrows, *layout.lines)]
    for one, other in combinations(groups, 2):
        for a, b in product(one, other):
            for along in (0, 1):
                flat = a[1 - along] == a[3 - along] and b[1 - along] == b[3 - along]
                assert not (flat and _gaps(a, b)[along] < 0 and _gaps(a, b)[1 - along] < APART), (a, b)
    for one, other in combinations(layout.labels, 2):
        assert max(_gaps(one, other)) >= APART, (one, other)


@pytest.mark.parametrize("name", pictures.DRAWINGS)
def test_no_line_of_a_picture_crosses_a_part_that_it_does_not_end_at(name: str) -> None:
    layout = Layout(pictures.drawn()[name])
    for line in (*layout.arrows, *layout.lines):
        for rect in layout.outlined:
            if any(max(_gaps(part, rect)) < 0 for part in _straight(line)):
                assert any(_far((x, y, x, y), rect) == 0 for x, y in (line[0], line[-1])), (line, rect)


def test_a_sign_has_one_meaning_in_all_pictures() -> None:
    found: dict[str, set[str]] = {}
    for svg in pictures.drawn().values():
        parts = list(ElementTree.fromstring(svg))
        for part, text in pairwise(parts):
            is_titled = text.tag == f"{SVG}text" and text.text not in (
                "✓",
                "✗",
            )  # else a legend names the sign
            if part.tag == f"{SVG}g" and is_titled:
                drawing = "".join(ElementTree.tostring(each, encoding="unicode") for each in part)
                found.setdefault(drawing, set()).add(text.text or "")
    assert sorted(map(sorted, found.values())) == sorted(sorted(titles) for _, titles in MEANINGS.values())
    assert len({meaning for meaning, _ in MEANINGS.values()}) == len(MEANINGS) == len(Sign)


@pytest.mark.parametrize("name", pictures.DRAWINGS)
def test_the_words_of_a_label_have_the_same_distance_from_its_ends(name: str) -> None:
    parts = list(ElementTree.fromstring(pictures.drawn()[name]))
    for label, text in pairwise(parts):
        if label.attrib.get("rx") == "12" and label.attrib["height"] == "24":
            room = float(label.attrib["width"]) - solid.width_of(text.text or "")
            assert room == pytest.approx(2 * solid.PADDING, abs=0.1)
            middle = float(label.attrib["x"]) + float(label.attrib["width"]) / 2
            assert float(text.attrib["x"]) == pytest.approx(middle, abs=0.1)


def test_the_colors_stand_out_on_every_ground() -> None:
    for fill in solid.FILLS.values():
        assert contrast(colour("#ffffff", {}), colour(fill, {})) >= 4.5
    for line in solid.LINES.values():
        assert all(contrast(colour(line, {}), colour(ground, {})) >= 3 for ground in GROUNDS), line


def test_a_text_that_does_not_fit_its_box_is_refused() -> None:
    with pytest.raises(ValueError, match="too narrow"):
        solid.box(0, 0, 60, ["much too long for this"], "you")


def test_every_day_has_a_picture_and_every_drawing_is_shown() -> None:
    assert {notebook for notebook, *_ in SHOWN} == {
        path.stem for path in pictures.NOTEBOOKS.glob("[dw]*.ipynb")
    }
    assert sorted(name for _, name, *_ in SHOWN) == sorted(pictures.DRAWINGS)


FIGURE = re.compile(
    r"from labs_helpers\.widgets|path_picture\(\d|night_lanes\(|\.timeline\(|night_after\(|costs\.by_\w+\("
)
"""Cells that show a widget, a path, events in lanes, or a chart."""


@pytest.mark.parametrize("path", sorted(pictures.NOTEBOOKS.glob("[dw]*.ipynb")), ids=lambda path: path.stem)
def test_every_day_has_at_least_four_pictures_or_living_figures(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert len(list(pictures.attached(path))) + len(FIGURE.findall(code)) >= 4


def test_attaching_changes_nothing_where_nothing_is_new(tmp_path: Path) -> None:
    path = next(pictures.NOTEBOOKS.glob("day2*.ipynb"))
    copy = tmp_path / path.name
    copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    pictures.attach(copy, {name: picture for name, _, picture in pictures.attached(path)})
    assert copy.read_bytes() == path.read_bytes()

"""The notebooks' pictures are present, up to date, described in words, and self-contained."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.notebooks import pictures

SHOWN = [
    (path.stem, name, words, picture)
    for path in sorted(pictures.NOTEBOOKS.glob("*.ipynb"))
    for name, words, picture in pictures.attached(path)
]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(("notebook", "name", "words", "picture"), SHOWN, ids=[each[1] for each in SHOWN])
def test_a_picture_is_drawn_from_its_text_and_says_what_it_shows(
    notebook: str, name: str, words: str, picture: pictures.Picture
) -> None:
    text = pictures.sources()[name]
    assert pictures.mark(text) in picture.svg, "run `make pictures`"
    assert words == pictures.says(text)
    drawn = ElementTree.fromstring(picture.svg)
    assert drawn.find(f"{SVG}title") is not None
    assert drawn.find(f"{SVG}desc") is not None


@pytest.mark.parametrize(("notebook", "name", "words", "picture"), SHOWN, ids=[each[1] for each in SHOWN])
def test_a_picture_is_text_that_every_reader_of_svg_shows(
    notebook: str, name: str, words: str, picture: pictures.Picture
) -> None:
    svg = picture.svg
    assert "foreignObject" not in svg
    assert not re.search(r"<script|(?:href|src)=.http|url\(http|@import", svg)
    written = " ".join("".join(part.itertext()) for part in ElementTree.fromstring(svg).iter(f"{SVG}text"))
    labels = re.findall(r'\["([^"]+)"\]', pictures.sources()[name])
    assert [label for label in labels if label.split()[0] not in written] == []


@pytest.mark.parametrize(("notebook", "name", "words", "picture"), SHOWN, ids=[each[1] for each in SHOWN])
def test_a_picture_has_a_form_that_jupyterlab_shows(
    notebook: str, name: str, words: str, picture: pictures.Picture
) -> None:
    """It takes the first form, and of attachments it shows bitmaps alone; the size is that of the drawing."""
    cells = json.loads((pictures.NOTEBOOKS / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    (bundle,) = [
        cell["attachments"][f"{name}.svg"] for cell in cells if f"{name}.svg" in cell.get("attachments", ())
    ]
    assert list(bundle) == ["image/png", "image/svg+xml"]
    drawn = ElementTree.fromstring(picture.svg)
    assert picture.png.startswith(b"\x89PNG\r\n\x1a\n")
    size = struct.unpack(">II", picture.png[16:24])
    assert size == (int(drawn.attrib["width"]), int(drawn.attrib["height"]))


def test_every_day_and_the_index_have_a_picture_and_every_text_is_shown() -> None:
    assert {notebook for notebook, *_ in SHOWN} == {path.stem for path in pictures.NOTEBOOKS.glob("*.ipynb")}
    assert sorted(name for _, name, *_ in SHOWN) == sorted(pictures.sources())


def test_attaching_changes_nothing_where_nothing_is_new(tmp_path: Path) -> None:
    path = next(pictures.NOTEBOOKS.glob("day2*.ipynb"))
    copy = tmp_path / path.name
    copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    pictures.attach(copy, {name: picture for name, _, picture in pictures.attached(path)})
    assert copy.read_bytes() == path.read_bytes()

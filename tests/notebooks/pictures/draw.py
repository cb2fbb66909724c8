"""Draw the notebooks' pictures, as SVG and, in a Chromium, as PNG, and attach them: `make pictures`."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.browser.apng import SIGNATURE, chunk, chunks
from tests.browser.conftest import FLAGS, find_chromium
from tests.notebooks.pictures import NOTEBOOKS, Picture, attach, drawn

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCALE = 2
"""Points of the PNG for each point of the drawing, for screens with a high resolution."""


def raster(browser: Browser, svg: str) -> bytes:
    """A picture as PNG, without a ground, that is shown as large as the drawing."""
    page = browser.new_page(device_scale_factor=SCALE)
    page.set_content(f"<!doctype html><body style='margin: 0'>{svg}</body>")
    taken = page.locator("svg").first.screenshot(omit_background=True)
    page.close()
    return with_density(taken)


def with_density(png: bytes) -> bytes:
    """A PNG that says how large it is: `SCALE` of its points in one of the page's.

    https://html.spec.whatwg.org/multipage/images.html#preparing-an-image-for-presentation
    """
    parts = dict(chunks(png))
    width, height = struct.unpack(">II", parts[b"IHDR"][:8])
    exif = _exif(width // SCALE, height // SCALE)
    data = b"".join(content for name, content in chunks(png) if name == b"IDAT")
    whole = ((b"IHDR", parts[b"IHDR"]), (b"eXIf", exif), (b"IDAT", data), (b"IEND", b""))
    return SIGNATURE + b"".join(chunk(name, content) for name, content in whole)


def _exif(width: int, height: int) -> bytes:
    """The size and the resolution of a picture, as Exif."""
    short, long, rational = 3, 4, 5
    first, second, values = 8, 8 + 2 + 4 * 12 + 4, 8 + 2 + 4 * 12 + 4 + 2 + 2 * 12 + 4
    entries = [(282, rational, values), (283, rational, values), (296, short, 2 << 16), (34665, long, second)]
    listed = b"".join(struct.pack(">HHII", tag, kind, 1, value) for tag, kind, value in entries)
    sizes = b"".join(struct.pack(">HHII", tag, long, 1, value) for tag, value in ((40962, width), (40963, height)))
    return (
        struct.pack(">2sHI", b"MM", 42, first)
        + struct.pack(">H", 4) + listed + struct.pack(">I", 0)
        + struct.pack(">H", 2) + sizes + struct.pack(">I", 0)
        + struct.pack(">II", 72 * SCALE, 1)
    )  # fmt: skip


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        pictures = {name: Picture(svg, raster(browser, svg)) for name, svg in drawn().items()}
        browser.close()
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        attach(path, pictures)
    for name, picture in pictures.items():
        print(f"{name}: {len(picture.svg):,} bytes as SVG, {len(picture.png):,} as PNG")


if __name__ == "__main__":
    main()

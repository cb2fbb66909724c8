"""Draw the notebooks' pictures, as SVG and, in a Chromium, as PNG, and attach them: `make pictures`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS, find_chromium
from tests.notebooks.pictures import DENSITY, NOTEBOOKS, Picture, attach, drawn

if TYPE_CHECKING:
    from playwright.sync_api import Page


def raster(page: Page, svg: str) -> bytes:
    """Return a picture as PNG with a transparent background, for the page's density. Its cell limits the width at which
    JupyterLab shows it.
    """
    page.set_content(f"<!doctype html><body style='margin: 0'>{svg}</body>")
    return page.locator("svg").first.screenshot(omit_background=True)


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page(device_scale_factor=DENSITY)
        pictures = {name: Picture(svg, raster(page, svg)) for name, svg in drawn().items()}
        browser.close()
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        attach(path, pictures)
    for name, picture in pictures.items():
        print(f"{name}: {len(picture.svg):,} bytes as SVG, {len(picture.png):,} as PNG")


if __name__ == "__main__":
    main()

"""Draw the notebooks' pictures with Mermaid in a Chromium, and attach them: `make pictures`.

Text is text of SVG, without HTML in it, so that every reader of SVG shows it; a picture has a ground of its own, so
that it can be read in light and in dark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS, find_chromium
from tests.notebooks.pictures import FOLDER, NOTEBOOKS, Picture, attach, mark, sources

if TYPE_CHECKING:
    from playwright.sync_api import Page

_SETTINGS = {
    "startOnLoad": False,
    "deterministicIds": True,
    "theme": "base",
    "htmlLabels": False,
    "flowchart": {
        "htmlLabels": False,
        "useMaxWidth": False,
        "padding": 12,
        "wrappingWidth": 150,
        "nodeSpacing": 28,
        "rankSpacing": 40,
    },
    "sequence": {"useMaxWidth": False},
    "fontFamily": "Arial, Helvetica, 'Liberation Sans', sans-serif",
    "themeCSS": ".edgeLabel rect { opacity: 1; }",
    "themeVariables": {
        "fontFamily": "Arial, Helvetica, 'Liberation Sans', sans-serif",
        "fontSize": "15px",
        "background": "#ffffff",
        "primaryColor": "#eaf2fb",
        "primaryTextColor": "#111111",
        "primaryBorderColor": "#1f5fa8",
        "secondaryColor": "#ffffff",
        "tertiaryColor": "#f6f6f6",
        "tertiaryBorderColor": "#666666",
        "tertiaryTextColor": "#111111",
        "lineColor": "#444444",
        "textColor": "#111111",
        "edgeLabelBackground": "#ffffff",
        "noteBkgColor": "#fff6dd",
        "noteTextColor": "#111111",
        "noteBorderColor": "#8a6d1a",
    },
}
# Mermaid brings the rules of every kind of diagram: those that hold for nothing in this one are left out.
_DRAW = """async ([settings, name, text, mark]) => {
  mermaid.initialize(settings);
  document.body.innerHTML = (await mermaid.render(name, text)).svg;
  const svg = document.querySelector("svg"), style = svg.querySelector("style");
  const holds = rule => rule.selectorText && document.body.querySelector(rule.selectorText);
  const rules = [...style.sheet.cssRules].filter(holds);
  style.textContent = rules.map(rule => rule.cssText).join("\\n");
  const [x, y, width, height] = svg.getAttribute("viewBox").split(" ").map(Number), around = 8;
  const box = [x - around, y - around, width + 2 * around, height + 2 * around].map(each => Math.round(each * 10) / 10);
  svg.setAttribute("viewBox", box.join(" "));
  svg.setAttribute("width", Math.ceil(box[2])); svg.setAttribute("height", Math.ceil(box[3]));
  svg.removeAttribute("style");
  const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [key, value] of Object.entries({x: box[0], y: box[1], width: box[2], height: box[3], rx: 8, fill: "#fff"}))
    ground.setAttribute(key, value);
  svg.querySelector(":scope > g").before(ground);
  for (const part of svg.querySelectorAll("*"))
    for (const each of [...part.attributes]) if (each.name.startsWith("data-")) part.removeAttribute(each.name);
  const short = each => String(Number(Number(each).toFixed(1)));
  return new XMLSerializer().serializeToString(svg).replace(/\\d+\\.\\d{2,}/g, short)
    .replace("<style", mark + "<style") + "\\n";
}"""


def drawn(page: Page) -> dict[str, Picture]:
    """Every picture, by its name."""
    page.set_content("<!doctype html><body></body>")
    page.add_script_tag(path=FOLDER / "node_modules" / "mermaid" / "dist" / "mermaid.min.js")
    found = {
        name: page.evaluate(_DRAW, [_SETTINGS, name, text, mark(text)]) for name, text in sources().items()
    }
    return {name: Picture(svg, raster(page, svg)) for name, svg in found.items()}


def raster(page: Page, svg: str) -> bytes:
    """A picture as PNG, a point for each of its own: JupyterLab shows it as large as it is."""
    page.set_content(f"<!doctype html><body style='margin: 0'>{svg}</body>")
    return page.locator("svg").first.screenshot(omit_background=True)


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        pictures = drawn(browser.new_page())
        browser.close()
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        attach(path, pictures)
    for name, picture in pictures.items():
        print(f"{name}: {len(picture.svg):,} bytes as SVG, {len(picture.png):,} as PNG")


if __name__ == "__main__":
    main()

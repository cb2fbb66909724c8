"""axe-core, which finds violations of accessibility rules in a page: https://github.com/dequelabs/axe-core

It is installed with the other third-party tools (`make test`, in .judges). The contrasts that it can't measure are
computed for every pair of colors in tests/course/widgets/test_look.py.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
JUDGES = Path(os.environ.get("LABS_JUDGES", ROOT / ".judges"))
AXE = JUDGES / "node_modules" / "axe-core" / "axe.min.js"
NEEDED = "needs axe-core in .judges (make test)"
OUTPUTS = ".jp-Cell .jp-OutputArea-output"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async ([where, tags, every, from]) => {
  const include = [...document.querySelectorAll(where)].filter((_, number) => number % every === from);
  const found = await axe.run({include}, {resultTypes: ["violations"], runOnly: tags});
  return found.violations.flatMap(each => each.nodes.map(node => `${each.id}: ${node.html.slice(0, 200)}`));
}"""


def violations(page: Page, where: str, every: int = 1, first: int = 0) -> list[str]:
    """Return what axe finds in these parts of the page, or in every third of them, for example, from `first` on."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return sorted(set(page.evaluate(RUN, [where, TAGS, every, first])))

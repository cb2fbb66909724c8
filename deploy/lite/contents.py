"""The contents of the site's file browser: the notebooks, and the pages of docs/ that they link to."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from deploy.lite.wheels import ROOT

_LINK = re.compile(r"\]\(\.\./(docs/[\w./-]+)")


def copy(into: Path) -> None:
    """Copy the notebooks and pages, so that the links between them work."""
    (into / "notebooks").mkdir(parents=True)
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        shutil.copy(notebook, into / "notebooks")
        for page in _LINK.findall(notebook.read_text("utf-8")):
            target = into / page
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / page, target)

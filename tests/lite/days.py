"""`python -m tests.lite.days SITE`: runs every notebook in the site's Python, under Node, and prints each cell that
fails. This is slower and more thorough than what `make test` does with the site. If the site doesn't contain Pyodide's
own `cryptography` (a link isn't enough), build it with the tests' stand-in: `--wheel`, as test_site.py does.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LEFT_OUT = {"saml", "saml-in-code"}
"""The cells that can't run there, by their ids: Day 3's card names them."""


def told(site: Path, notebook: Path) -> Iterator[dict[str, Any]]:
    """Return what cells.mjs prints about a notebook: one line per cell that fails, then two lines about all cells."""
    command = ["node", HERE / "cells.mjs", site / "static" / "pyodide", notebook]
    # Node says on stderr what went wrong.
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return map(json.loads, done.stdout.splitlines())


def main(site: Path) -> int:
    """Run all notebooks, and print the results. Return 1 if a cell fails that isn't listed as an exception, or 0
    otherwise.
    """
    surprises = 0
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        print(notebook.stem)
        for line in told(site, notebook):
            print("   ", line)
            surprises += "error" in line and line["cell"] not in LEFT_OUT
    return 1 if surprises else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

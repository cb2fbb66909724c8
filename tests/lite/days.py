"""`python -m tests.lite.days SITE`: every notebook in the site's Python, under Node, and each cell that fails in it.

Slower and wider than what `make test` asks of the site. Without Pyodide's own `cryptography` in the site (a link to it
is none here), build the site with the tests' stand-in: `--wheel`, as test_site.py does.
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
    """What cells.mjs says of a notebook: a line a cell that fails, then two of the whole."""
    command = ["node", HERE / "cells.mjs", site / "static" / "pyodide", notebook]
    # Node says on stderr what went wrong.
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return map(json.loads, done.stdout.splitlines())


def main(site: Path) -> int:
    """Run them all, and print what comes out. 1 if a cell fails that is not left out, else 0."""
    surprises = 0
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        print(notebook.stem)
        for line in told(site, notebook):
            print("   ", line)
            surprises += "error" in line and line["cell"] not in LEFT_OUT
    return 1 if surprises else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

"""Prints the SQLite condition that pySigma makes of each rule in a folder, as JSON. Runs in pySigma's environment."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from sigma.backends.sqlite import sqliteBackend
from sigma.collection import SigmaCollection

print(
    json.dumps(
        {
            file.stem: sqliteBackend().convert(SigmaCollection.from_yaml(file.read_text(encoding="utf-8")))
            for file in sorted(Path(sys.argv[1]).glob("*.yml"))
        }
    )
)

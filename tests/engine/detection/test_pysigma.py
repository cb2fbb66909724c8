"""pySigma, the Sigma project's own program, as the judge of our Sigma: the same verdict on each rule and event.

pySigma needs libraries in C, so it has its own environment: .judges/sigma (created by `make judges`), or the folder of
programs that LABS_PYSIGMA names. It turns each rule into SQL, which runs here on one column per field.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.attacks.nights import FIRST
from labs_helpers.course.attacks.packs import pack_names
from labs_helpers.course.attacks.playing import WORK, play
from labs_helpers.engine.detection import Rule, read_rule, values
from labs_helpers.engine.detection.records import as_text
from tests.cloud.observed import records as observed
from tests.engine.detection.sigma_vectors import FOLDER, needs_rules, texts

ROOT = Path(__file__).resolve().parents[3]
PYTHON = Path(os.environ.get("LABS_PYSIGMA", ROOT / ".judges" / "sigma" / "bin")) / "python"
needs_pysigma = pytest.mark.skipif(not PYTHON.exists(), reason="needs pySigma in .judges/sigma (make judges)")


def queries() -> dict[str, str]:
    """Return pySigma's query for each rule."""
    side = Path(__file__).with_name("pysigma_side.py")
    done = subprocess.run(
        [str(PYTHON), str(side), str(FOLDER)], capture_output=True, text=True, check=True, timeout=120
    )
    return {name: each[0] for name, each in json.loads(done.stdout).items()}


def database(events: Sequence[Any], rules: dict[str, Rule]) -> sqlite3.Connection:
    """Return a table `logs` with a column for each field that a rule reads."""
    paths = sorted({path for rule in rules.values() for path in rule.asks})
    found = sqlite3.connect(":memory:")
    found.create_function("regexp", 2, lambda pattern, value: bool(re.search(pattern, value or "")))
    columns = ", ".join(f"`{path}` TEXT COLLATE NOCASE" for path in paths)
    found.execute(f"CREATE TABLE logs (place INTEGER, {columns})")
    marks = ", ".join("?" * (len(paths) + 1))
    rows = ([place, *(cell(event, path) for path in paths)] for place, event in enumerate(events))
    found.executemany(f"INSERT INTO logs VALUES ({marks})", rows)
    return found


def cell(event: Any, path: str) -> str | None:
    there = [each for each in values(event, path) if each is not None]
    return as_text(there[0] if len(there) == 1 else there) if there else None


@pytest.mark.slow
@needs_rules
@needs_pysigma
@pytest.mark.skipif(not observed.exist(), reason="LABS_VECTORS names no folder with observed events")
def test_pysigma_gives_the_same_verdict_on_each_rule_and_event():
    events = [dict(each) for each in observed.events()]
    with Cloud(seed=1) as cloud:
        events += [
            record for scenario in play(cloud, [*pack_names(), WORK], FIRST) for record in scenario.trail
        ]
    rules = {name: read_rule(text) for name, text in texts().items()}
    theirs = {}
    with closing(database(events, rules)) as logs:
        for name, query in queries().items():
            theirs[name] = [
                row[0] for row in logs.execute(query.replace("*", "place", 1) + " ORDER BY place")
            ]
    ours = {name: sorted(rule.find(events)) for name, rule in rules.items()}
    assert len(theirs) == 57
    assert sum(map(len, theirs.values())) > 1000
    assert ours == theirs

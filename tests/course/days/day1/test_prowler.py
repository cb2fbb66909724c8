"""Prowler, a third-party checker, reads the same account through the endpoint. `make prowler` installs it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from labs_helpers.course.days.day1 import scan
from tests.course.days.day1.prowler import COUNTERPARTS, failed

PROGRAM = Path(os.environ.get("LABS_PROWLER", Path(__file__).resolve().parents[4] / ".prowler/bin/prowler"))
pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="needs Prowler in .prowler (make prowler)")
DIFFERS = {"trust-everyone", "keys-in-repository", "stale-user"}
"""The settings that Prowler doesn't look for, or for which it looks at something else. docs/posture.md explains why."""


def test_prowler_finds_what_the_scan_finds(neglected, tmp_path):
    theirs = failed(neglected, str(PROGRAM), tmp_path)
    for id in scan(neglected).ids:
        found = any(name in theirs for name in COUNTERPARTS[id])
        assert (id, found) == (id, id not in DIFFERS)

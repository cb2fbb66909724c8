"""SigmaHQ's rules about CloudTrail (Detection Rule License 1.1), in the folder that LABS_VECTORS names.

github.com/SigmaHQ/sigma has them in rules/cloud/aws/cloudtrail.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("LABS_VECTORS", "/nowhere")) / "sigma"
needs_rules = pytest.mark.skipif(
    not FOLDER.is_dir(),
    reason="LABS_VECTORS names no folder with sigma; it is rules/cloud/aws/cloudtrail of github.com/SigmaHQ/sigma",
)


def texts() -> dict[str, str]:
    """Return the rules' texts by file name."""
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("*.yml"))}

"""A recording in its file: the answers to each scenario, and where and when they were recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import botocore

from tests.parity.shapes import Answer, Recorded
from tests.parity.targets import REGION

CHECKED_IN = Path(__file__).with_name("recordings") / "aws.json"
"""A recording of AWS that belongs to the project. There is none until somebody with an account makes it."""


def write(path: Path, where: str, found: Mapping[str, Recorded]) -> None:
    """Write a recording. It contains the day and the target, but not the account or the caller."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = {
        "made": {
            "where": where, "date": f"{datetime.now(UTC):%Y-%m-%d}", "region": REGION, "botocore": botocore.__version__,
        },
        "scenarios": {
            name: {
                "service": each.service,
                "digest": each.digest,
                **({"failed": each.failed} if each.failed else {}),
                "answers": [answer.as_json() for answer in each.answers],
            }
            for name, each in found.items()
        },
    }  # fmt: skip
    path.write_text(
        json.dumps(written, indent=1, ensure_ascii=False, sort_keys=True) + "\n",
        encoding="utf-8",
        newline="\n",
    )


def read(path: Path) -> tuple[dict[str, Any], dict[str, Recorded]]:
    """Return a recording's data about itself, and its scenarios by name."""
    written = json.loads(path.read_text(encoding="utf-8"))
    return written["made"], {
        name: Recorded(
            each["service"], each["digest"], tuple(map(Answer.from_json, each["answers"])), each.get("failed")
        )
        for name, each in written["scenarios"].items()
    }  # fmt: skip


def plain(recorded: Recorded) -> Recorded:
    """Return the scenario as it would be read from a file: values that JSON doesn't support are converted."""
    answers = tuple(Answer.from_json(json.loads(json.dumps(answer.as_json()))) for answer in recorded.answers)
    return Recorded(recorded.service, recorded.digest, answers, recorded.failed)

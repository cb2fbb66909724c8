"""The public rules that are compared: SigmaHQ's, and the metric filters of the CIS AWS Foundations Benchmark."""

from __future__ import annotations

import json
from pathlib import Path

from labs_helpers.cloud.services.logs.filter_patterns import compiled
from labs_helpers.engine.detection import Rule, read_rule
from tests.engine.detection.sigma_vectors import texts

HERE = Path(__file__).parent
_CIS = json.loads((HERE / "cis.json").read_text(encoding="utf-8"))
UNREACHABLE: dict[str, str] = json.loads((HERE / "unreachable.json").read_text(encoding="utf-8"))


def sigma() -> dict[str, Rule]:
    """Return SigmaHQ's rules by file name."""
    return {name: read_rule(text) for name, text in texts().items()}


def metric_filters() -> dict[str, Rule]:
    """Return the metric filters by Security Hub's ID for them."""
    return {each["id"]: _filter(each["title"], each["pattern"]) for each in _CIS["filters"]}


def _filter(title: str, pattern: str) -> Rule:
    matches = compiled(pattern)
    return Rule(
        "CloudWatch",
        pattern,
        (),
        lambda records: [place for place, record in enumerate(records) if matches(json.dumps(record))],
        {"title": title},
    )

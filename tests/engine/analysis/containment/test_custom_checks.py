"""The custom policy checks against the answers that AWS publishes with its sample policies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labs_helpers.engine.analysis.containment.custom_checks import new_access, read

PUBLISHED = json.loads(
    (Path(__file__).parent / "cases" / "published_checks.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("sample", PUBLISHED["samples"], ids=lambda sample: Path(sample["file"]).stem)
def test_published_answers_hold(sample):
    """Expect the results in https://github.com/aws-samples/iam-access-analyzer-custom-policy-check-samples."""
    reference = read(json.dumps(sample["reference"]), sample["type"])
    for candidate in sample["candidates"]:
        reasons = new_access(read(json.dumps(candidate["policy"]), sample["type"]), reference)
        assert ("FAIL" if reasons else "PASS") == candidate["result"], candidate["name"]
        assert all(reason.request for reason in reasons)

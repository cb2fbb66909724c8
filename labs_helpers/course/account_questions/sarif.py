"""Findings in SARIF, the format that code scanning services read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from labs_helpers.course.account_questions.account_answers import Finding

RULES = {
    "escalation": "A user or role that isn't an administrator can become one.",
    "escalation-if": "A user or role can become an administrator under conditions.",
    "escalation-possible": "A user or role could become an administrator depending on what isn't in the files.",
    "public": "Anyone can use a resource or assume a role.",
    "outside": "An outsider can use a resource or assume a role.",
    "unused-role": "A role wasn't used.",
    "unused-password": "A password wasn't used.",
    "unused-access-key": "An access key wasn't used.",
    "unused-services": "A user's or role's permissions for services weren't used.",
    "mistyped-name": "A policy contains a name that doesn't exist on AWS.",
}
"""Rule → its description."""


def sarif(
    findings: Iterable[Finding], gaps: Iterable[str], place_of: Callable[[str], tuple[str, int]]
) -> dict[str, Any]:
    """Return findings as a SARIF log. `place_of` returns the file and line of an ARN, or raises `LookupError`.

    Gaps are the run's notifications, because a missing file isn't a finding.
    """
    notes = [{"level": "warning", "message": {"text": gap}} for gap in gaps]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "labs_helpers load",
                        "rules": [
                            {"id": rule, "shortDescription": {"text": text}} for rule, text in RULES.items()
                        ],
                    }
                },
                "results": [_result(each, place_of) for each in findings],
                "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
            }
        ],
    }


def _result(finding: Finding, place_of: Callable[[str], tuple[str, int]]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": finding.level,
        "message": {"text": finding.sentence},
        "partialFingerprints": {"subject/v1": f"{finding.rule}:{finding.subject}"},
    }
    try:
        file, line = place_of(finding.subject)
    except LookupError:
        return result
    address = {"uri": quote(Path(file).as_posix())}
    result["locations"] = [{"physicalLocation": {"artifactLocation": address, "region": {"startLine": line}}}]
    return result

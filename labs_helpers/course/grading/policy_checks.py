"""What the editor would say of a policy, before it is graded: names that there are not, dates and ranges that are none.

The findings are Access Analyzer's. Those that stop an answer from meaning what it says make it no answer yet.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from labs_helpers.course.grading.answers import AnswerError, as_object
from labs_helpers.engine.analysis.policy_types import is_too_large, policy_type
from labs_helpers.engine.analysis.unknown_services import about, unknown_services
from labs_helpers.engine.policy import PolicyKind
from labs_helpers.engine.policy.conditions.dates import instant

# AWS takes these, and takes them for something that can't have been meant.
_AS_BAD = frozenset({"TYPE_MISMATCH_DATE", "TYPE_MISMATCH_NUMBER", "INVALID_DATE_VALUE"})
# AWS takes these too, and what comes of them is worth seeing.
_WORTH_SEEING = frozenset({"VARIABLE_UNSUPPORTED_IN_VERSION", "PRIVATE_IP_ADDRESS", "PRIVATE_NOT_IP_ADDRESS"})
_MOST_FINDINGS = 5


def validate(document: dict[str, Any] | str, kind: PolicyKind, name: str = "") -> tuple[str, ...]:
    """Findings that are worth saying beside what the check finds. AnswerError tells those that come first.

    `name` says which of several policies it is. Documents beyond every quota are not looked at.
    """
    from labs_helpers.engine.analysis.validation import validate as findings_of

    text = document if isinstance(document, str) else json.dumps(document)
    if is_too_large(text):
        return ()
    where = f"{name}: " if name else ""
    bad, notes = [], []
    for finding in findings_of(text, *policy_type(kind)):
        line = where + _line(finding, text)
        if finding.code in _WORTH_SEEING:
            notes.append(line)
        elif finding.type == "ERROR" or (finding.code in _AS_BAD and not _is_moment(finding, text)):
            bad.append(line)
    bad += [f"{where}{line}" for line in not_taken(document)]
    if bad:
        raise AnswerError("\n".join(dict.fromkeys(bad[:_MOST_FINDINGS])))
    return tuple(dict.fromkeys(notes))


_OF_SEVERAL = frozenset({"cognito-identity.amazonaws.com:amr"})
"""Keys of identity providers' tokens that hold several values. Access Analyzer knows those of AWS's services."""


def not_taken(document: dict[str, Any] | str) -> list[str]:
    """A line for each thing that AWS does not take and Access Analyzer says nothing of."""
    unknown = [about(name) for _, name in unknown_services(as_object(document))]
    return unknown + _without_set_operator(document)


def _without_set_operator(document: dict[str, Any] | str) -> list[str]:
    """A line for each test of a key with several values that lacks ForAnyValue or ForAllValues: AWS demands one.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_wif-amr
    """
    statements = as_object(document).get("Statement", [])
    return [
        f"`{key}` holds several values: AWS wants `ForAnyValue:` or `ForAllValues:` before the operator "
        f"`{operator}` that tests it."
        for statement in (statements if isinstance(statements, list) else [statements])
        for operator, tests in statement.get("Condition", {}).items()
        for key in tests
        if key.lower() in _OF_SEVERAL and ":" not in operator and operator != "Null"
    ]


def _is_moment(finding: Any, text: str) -> bool:
    """Whether what is written can be read as a time all the same: seconds since 1970, for instance."""
    return instant(_written(finding, text)) is not None


def _written(finding: Any, text: str) -> str:
    span = finding.locations[0][1] if finding.locations else None
    return text[span.start.offset : span.end.offset].strip('"') if span else ""


def _line(finding: Any, text: str) -> str:
    """`Statement 2: `s3:ListObjectsV2` is no IAM action: `s3:ListBucket` is meant.`"""
    written = _written(finding, text)
    meant = action_of(written) if finding.code == "INVALID_ACTION" else None
    if meant is not None:
        return f"`{written}` is no IAM action: `{meant}` is meant."
    shown = f"`{written}`: " if written and len(written) < 80 and finding.code != "JSON_SYNTAX_ERROR" else ""
    return shown + finding.details


@cache
def action_of(name: str) -> str | None:
    """The action that an API operation asks for where it has another name: `s3:ListObjectsV2` → `s3:ListBucket`."""
    from labs_helpers.cloud import action_of_operation

    prefix, _, operation = name.partition(":")
    return action_of_operation(prefix, operation)
